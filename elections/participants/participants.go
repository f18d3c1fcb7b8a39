package participants

import "urna/internal/text"

// Kind says what a participant is.
type Kind string

// The kinds of participants. Candidates are parties in parliamentary elections and individuals in presidential ones.
const (
	Party      Kind = "party"
	Individual Kind = "individual"
)

// Participant is a party (list) or an individual. Both can be candidates in elections.
type Participant struct {
	ID        int64
	Name      string
	ShortName string
	Kind      Kind
	Color     string     // "#rrggbb" or ""
	Names     text.Names // in other languages
}

// Draft is the data of a participant that an administrator enters.
type Draft struct {
	Name      string // 1 to 200 characters
	ShortName string // up to 20 characters, may be empty
	Kind      Kind
	Color     string     // "#rrggbb" or empty
	Names     text.Names `json:",omitempty"` // in other languages, as long as Name at most
}
