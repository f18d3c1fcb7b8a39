package format

import "time"

// The codes of open points about protocols.
const (
	ProtocolExplanations       = "protocol-explanations"
	ProtocolUnfinished         = "protocol-unfinished"
	ProtocolRetractionAfterEnd = "protocol-retraction-after-end"
	LateProtocol               = "late-protocol"
)

// The states of a protocol in figures.
const (
	ProtocolFirstEntry  = "first-entry"
	ProtocolSecondEntry = "second-entry"
	ProtocolDifferent   = "different"
	ProtocolDefinitive  = "definitive" // it is in the count
	ProtocolRetracted   = "retracted"
	ProtocolReopened    = "reopened"
)

// ProtocolStates returns the states; their places are the numbers that facts of open points have, from 0.
func ProtocolStates() []string {
	return []string{
		ProtocolDefinitive, ProtocolFirstEntry, ProtocolSecondEntry, ProtocolDifferent, ProtocolRetracted, ProtocolReopened,
	}
}

// ProtocolFigure is the protocol of a polling station, without its numbers: the sums have those. Names are without e-mail
// addresses.
type ProtocolFigure struct {
	ID                int64                 `json:"id"`
	ConstituencyID    int64                 `json:"constituency_id"`
	StationID         int64                 `json:"station_id"`
	State             string                `json:"state"`
	Round             int                   `json:"round"`                 // from 1; one more with each reopening
	Entries           []ProtocolEntry       `json:"entries"`               // of the round
	Differences       []string              `json:"differences,omitempty"` // names of numbers, such as "votes.2"
	Settlements       []ProtocolSettlement  `json:"settlements,omitempty"`
	Warnings          []string              `json:"warnings,omitempty"` // codes of checks, such as "W3"
	Explanations      []ProtocolExplanation `json:"explanations,omitempty"`
	Scans             []string              `json:"scans,omitempty"` // hex SHA-256 of pictures of the paper
	RetractedAfterEnd int64                 `json:"retracted_after_end,omitempty"`
	Late              *LateFigure           `json:"late,omitempty"`
}

// ProtocolEntry is what one person typed.
type ProtocolEntry struct {
	Typist    string    `json:"typist"`
	EnteredAt time.Time `json:"entered_at"`
	SHA256    string    `json:"sha256"` // hex, of its document, which the full form has
}

// ProtocolSettlement says whose value a number has that differs.
type ProtocolSettlement struct {
	Number string `json:"number"` // its name
	Choice string `json:"choice"` // "first", "second" or "third"
	By     string `json:"by"`
}

// ProtocolExplanation is what a person says about a warning.
type ProtocolExplanation struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// ProtocolLine is a line of ProtocolsFile: the document of an entry, in the order of protocols and entries, or a settled
// number behind them.
type ProtocolLine struct {
	Protocol int64  `json:"protocol"`
	Entry    int    `json:"entry,omitempty"`    // 1 or 2
	Document string `json:"document,omitempty"` // of the entry, as it was hashed
	Number   string `json:"number,omitempty"`   // that was settled
	Value    *int64 `json:"value,omitempty"`    // none: the paper has none
}

// ProtocolDocument is the document of an entry.
type ProtocolDocument struct {
	Nonce        string            `json:"nonce"`
	Values       map[string]int64  `json:"values"` // by the names of numbers
	Explanations map[string]string `json:"explanations,omitempty"`
}
