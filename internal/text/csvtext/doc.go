// Package csvtext reads what spreadsheets and editors leave in CSV files beside the values: the line that names the
// separator, a byte order mark, and characters that a reader does not see. Every reader of a CSV file that people
// send uses it, so that all of them have the same rules and the same words. It also has the one writer of CSV files,
// whose texts no spreadsheet takes for formulas, and the way back. It imports internal/text alone.
package csvtext
