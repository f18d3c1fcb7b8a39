package verify

import (
	"fmt"

	"urna/ballots"
)

// Report is the outcome of all checks. Its lists are never nil; the names of its JSON fields stay.
type Report struct {
	Checks      []Check      `json:"checks"`
	Differences []Difference `json:"differences"`
	NotChecked  []NotChecked `json:"not_checked"`
}

// Check is the report of one check.
type Check struct {
	Check    string           `json:"check"`    // its name in the list of checks
	Sentence string           `json:"sentence"` // what was compared, with the numbers
	Counts   map[string]int64 `json:"counts"`   // the numbers of the sentence, by name
}

// Difference is one place where the data contradict the originals or each other.
type Difference struct {
	Check string `json:"check"`
	// Table and Row name the row that differs, such as "ballots" and "batch 3, line 17"; "" if no row can be named.
	Table string `json:"table"`
	Row   string `json:"row"`
	// Place is where the row belongs, such as "election 1, constituency 2"; "" for one that belongs to no election.
	Place string `json:"place"`
	// Sentence describes the difference for a person, with row and place.
	Sentence string `json:"sentence"`
}

// NotChecked is something that could not be checked, with the reason.
type NotChecked struct {
	Check    string `json:"check"`
	Sentence string `json:"sentence"`
}

// checked adds what the present check compared. Counts are those that the sentence names.
func (r *run) checked(counts map[string]int64, format string, args ...any) {
	if counts == nil {
		counts = map[string]int64{}
	}
	r.report.Checks = append(r.report.Checks, Check{Check: r.check, Sentence: fmt.Sprintf(format, args...), Counts: counts})
}

// differs adds a difference of the present check.
func (r *run) differs(d ballots.Difference) {
	r.report.Differences = append(r.report.Differences, Difference{Check: r.check, Table: d.Table, Row: d.Row, Place: d.Place, Sentence: d.Sentence})
}

// notChecked adds something that the present check could not check.
func (r *run) notChecked(format string, args ...any) {
	r.report.NotChecked = append(r.report.NotChecked, NotChecked{Check: r.check, Sentence: fmt.Sprintf(format, args...)})
}
