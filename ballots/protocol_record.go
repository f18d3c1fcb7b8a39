package ballots

import "time"

// ProtocolRecord is the protocol of a polling station as figures and bundles have it. Package protocol makes it from
// what people typed.
type ProtocolRecord struct {
	ID             int64
	ConstituencyID int64
	StationID      int64
	State          string // of package protocol
	InCount        bool
	Round          int // from 1; one more with each reopening
	// Sum is what it adds to the tallies; empty if it is not in the count.
	Sum         ProtocolSum
	Entries     []ProtocolEntry // of the round, the first one first
	Differences []string        // names of numbers
	Settlements []ProtocolSettlement
	// Warnings are the codes of what was found, and Unexplained those of them without an explanation. They are only found
	// once both entries are in.
	Warnings, Unexplained []string
	Explanations          []ProtocolExplanation
	RetractedAfterEnd     int64
	// Late describes a protocol that was late; nil if it was not. Its Official made it definitive.
	Late  *LateBatch
	Scans [][]byte // SHA-256, in the order in which they were attached
}

// ProtocolEntry is what one person typed. Its content has its SHA-256 in the audit log.
type ProtocolEntry struct {
	Typist  string // name
	At      time.Time
	SHA256  []byte // of Content
	Content string // JSON with a nonce
}

// ProtocolSettlement says whose value a number has that differs.
type ProtocolSettlement struct {
	Number string // its name
	Value  *int64 // nil: the paper has none
	Choice string // "first", "second" or "third"
	By     string // name
}

// ProtocolExplanation is what a person says about a warning.
type ProtocolExplanation struct {
	Code string // of the check
	Text string
	By   string // name
}

// Waits reports whether the protocol is late and nothing was decided about it yet.
func (p *ProtocolRecord) Waits() bool { return p.Late != nil && p.Late.State == "waiting" }

// Unfinished reports whether something of the protocol was typed and it neither counts nor was retracted.
func (p *ProtocolRecord) Unfinished() bool {
	return !p.InCount && p.State != "retracted" && p.State != "waiting"
}
