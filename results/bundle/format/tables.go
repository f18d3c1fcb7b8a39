package format

import (
	"io"
	"strconv"
	"time"

	"urna/internal/text/csvtext"
)

// WriteResultsCSV writes a header and one line a candidacy, in the order of constituencies and poll
// numbers, as RFC 4180 has it. docs/exports.md gives the meaning of each column.
func WriteResultsCSV(w io.Writer, f *Figures) error {
	return WriteResultsTable(csvtext.NewWindowsWriter(w), f, nil)
}

// WriteResultsTable writes the results to a CSV writer of the caller's.
func WriteResultsTable(c *csvtext.Writer, f *Figures, s *Standing) error {
	_ = c.Write(s.head(
		"constituency_id", "constituency", "poll_number", "participant_id", "name", "votes", "share", "seats", "below_threshold",
	)...)
	for _, part := range f.Constituencies {
		for _, k := range part.Candidacies {
			_ = c.Write(s.line(part.ID, part.Name, k.PollNumber, k.ParticipantID, k.Name, k.Votes, k.Share, k.Seats, k.BelowThreshold)...)
		}
	}
	return c.Flush() // returns the first error of any write
}

// WriteConstituenciesCSV writes a header and one line a constituency.
func WriteConstituenciesCSV(w io.Writer, f *Figures) error {
	return writeConstituencies(csvtext.NewWindowsWriter(w), f, nil)
}

func writeConstituencies(c *csvtext.Writer, f *Figures, s *Standing) error {
	_ = c.Write(s.head(
		"constituency_id", "constituency", "seats", "registered_voters", "cast", "online", "valid", "blank", "invalid", "duplicates",
		"threshold_votes", "unassigned_seats",
	)...)
	for _, part := range f.Constituencies {
		b := part.Ballots
		registered := ""
		if b.RegisteredVoters != nil {
			registered = strconv.FormatInt(*b.RegisteredVoters, 10)
		}
		_ = c.Write(s.line(part.ID, part.Name, part.Seats, registered, b.Cast, b.Online, b.Valid, b.Blank, b.Invalid, b.Duplicates,
			part.ThresholdVotes, part.Unassigned)...)
	}
	return c.Flush()
}

// Standing says for which moment an export outside a bundle holds. Its exports have two more columns at the end of each
// line. The nil Standing is that of bundles; it has no columns.
type Standing struct {
	Provisional bool // not certified
	AsOf        time.Time
}

// WriteResultsCSV writes the same as the function of this name, with the columns of the standing.
func (s *Standing) WriteResultsCSV(w io.Writer, f *Figures) error {
	return WriteResultsTable(csvtext.NewWindowsWriter(w), f, s)
}

// WriteConstituenciesCSV writes the same as the function of this name, with the columns of the standing.
func (s *Standing) WriteConstituenciesCSV(w io.Writer, f *Figures) error {
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
