package bundle

import (
	"io"
	"time"

	"urna/internal/text/csvtext"
	"urna/results"
)

// Standing is of what moment an export outside a bundle is. Its exports have two more columns at the end of each line.
// The nil Standing is that of bundles, which has no columns.
type Standing struct {
	Provisional bool // not certified
	AsOf        time.Time
}

// WriteResultsCSV writes what the function of this name does, with the columns of the standing.
func (s *Standing) WriteResultsCSV(w io.Writer, f *results.Figures) error {
	return writeResults(csvtext.NewWindowsWriter(w), f, s)
}

// WriteConstituenciesCSV writes what the function of this name does, with the columns of the standing.
func (s *Standing) WriteConstituenciesCSV(w io.Writer, f *results.Figures) error {
	return writeConstituencies(csvtext.NewWindowsWriter(w), f, s)
}

// head returns an export's columns.
func (s *Standing) head(columns ...any) []any {
	if s == nil {
		return columns
	}
	return append(columns, "provisional", "as_of")
}

// line returns a line's cells.
func (s *Standing) line(cells ...any) []any {
	if s == nil {
		return cells
	}
	return append(cells, s.Provisional, s.AsOf.UTC().Format(time.RFC3339Nano))
}
