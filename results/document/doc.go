// Package document writes the record of an election's results as a PDF to print, sign and publish: totals, lists, seats
// with their quotients, polling stations that are missing, lots, the remarks that lifted open points, and lines for the
// signatures.
//
// It is pure: the same record in the same language gives the same bytes. A record that is not certified has a watermark.
// The part of a constituency is never split over two pages unless it is longer than a page. Each page has its number, the
// number of pages and the SHA-256 of the figures.
//
// The PDF has a language, a title and text that can be copied. It is not tagged for screen readers, because the library
// has no tags: the pages of the election and the JSON API have the same content for them.
package document
