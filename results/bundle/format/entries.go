package format

import "slices"

// Form is one of the two forms of a bundle.
type Form string

// The forms.
const (
	// Full holds every ballot by its GUID, the lines that did not count, and the audit log.
	Full Form = "full"
	// Public holds sums instead, and a commitment to the full one.
	Public Form = "public"
)

// The entries, in their order in a bundle.
const (
	ReadmeFile        = "README.txt"
	DefinitionFile    = "definition.json"
	FiguresFile       = "figures.json"
	CertificationFile = "certification.json"
	ResultsFile       = "results.csv"
	SumsFile          = "sums.csv"
	StationsFile      = "stations.csv"    // of an election with polling stations
	BatchSumsFile     = "batch-sums.csv"  // with figures of a format before
	OnlineSumsFile    = "online-sums.csv" // likewise
	LinesFile         = "lines-not-counted.csv"
	ProtocolsFile     = "protocols.jsonl" // of an election with protocols of polling stations
	BallotsFile       = "ballots.csv"
	AuditFile         = "audit.jsonl"
	SaltFile          = "commitment-salt.txt"
	CommitmentFile    = "commitment.txt"
	WitnessesFile     = "witnesses.json" // not with figures of a format before
)

// Entries returns the names of a form's entries in their order, with figures in the named format. An election with polling
// stations has one more, and the full form of one with their protocols, too.
func (f Form) Entries(figures string, withStations, withProtocols bool) []string {
	common := []string{ReadmeFile, DefinitionFile, FiguresFile, CertificationFile, ResultsFile}
	own := []string{LinesFile, BallotsFile, AuditFile, SaltFile}
	if withProtocols {
		own = []string{LinesFile, BallotsFile, ProtocolsFile, AuditFile, SaltFile}
	}
	if f == Public {
		own = []string{CommitmentFile}
	}
	if SumsOfBatches(figures) {
		return slices.Concat(common, []string{BatchSumsFile, OnlineSumsFile}, own)
	}
	sums := []string{SumsFile}
	if withStations {
		sums = append(sums, StationsFile)
	}
	return slices.Concat(common, sums, own, []string{WitnessesFile})
}

// The first lines of the CSV entries.
const (
	SumsHeader       = "sum,poll_number,votes"
	BatchSumsHeader  = "batch_id,poll_number,votes"
	OnlineSumsHeader = "constituency_id,poll_number,votes"
	LinesHeader      = "guid,batch_id,line,poll_number,reason"
	BallotsHeader    = "guid,constituency_id,poll_number"
)
