package mirror

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"urna/internal/text/csvtext"
	"urna/results"
)

// WriteJSON writes one document: the form, the audit log, and for each table a list of objects with its columns.
func WriteJSON(w io.Writer, c *results.Copy) error {
	out := bufio.NewWriter(w)
	rows := RowsOf(c)
	fmt.Fprintf(out, "{\n  \"format\": %q,\n  \"log\": %q", Format, c.Log)
	for _, t := range Tables() {
		fmt.Fprintf(out, ",\n  %q: [", t.Name)
		for i, row := range rows[t.Name] {
			separator := ",\n"
			if i == 0 {
				separator = "\n"
			}
			_, _ = out.WriteString(separator + "    {") // Flush returns the first error
			for k, column := range t.Columns {
				value, err := json.Marshal(inUTC(row[k]))
				if err != nil {
					return fmt.Errorf("mirror: encode %s.%s: %w", t.Name, column.Name, err)
				}
				if k > 0 {
					_, _ = out.WriteString(", ")
				}
				fmt.Fprintf(out, "%q: %s", column.Name, value)
			}
			_ = out.WriteByte('}')
		}
		if len(rows[t.Name]) > 0 {
			_, _ = out.WriteString("\n  ")
		}
		_ = out.WriteByte(']')
	}
	_, _ = out.WriteString("\n}\n")
	return out.Flush()
}

// WriteCSV writes one table, with a header. It returns results.ErrEmbargoed for a table of counts while they may not be
// shown.
func WriteCSV(w io.Writer, c *results.Copy, table string) error {
	tables := Tables()
	i := slices.IndexFunc(tables, func(t Table) bool { return t.Name == table })
	if i < 0 {
		return fmt.Errorf("mirror: there is no table %q", table)
	}
	if tables[i].Counted {
		if _, err := c.Count(); err != nil {
			return err
		}
	}
	out := csvtext.NewWindowsWriter(w)
	var head []any
	for _, column := range tables[i].Columns {
		head = append(head, column.Name)
	}
	_ = out.Write(head...)
	for _, row := range RowsOf(c)[table] {
		cells := make([]any, len(row))
		for k := range row {
			switch value := inUTC(row[k]).(type) {
			case nil:
				cells[k] = ""
			case time.Time:
				cells[k] = value.Format(time.RFC3339Nano)
			default:
				cells[k] = value
			}
		}
		_ = out.Write(cells...)
	}
	return out.Flush() // returns the first error of any write
}

// inUTC returns an instant in UTC, and any other value as it is.
func inUTC(value any) any {
	if t, ok := value.(time.Time); ok {
		return t.UTC()
	}
	return value
}
