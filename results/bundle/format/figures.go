package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// FiguresFormat names the format of the figures; a change of its fields or of their meaning changes the name.
const FiguresFormat = "urna-figures-3"

// The formats before. Elections that were certified with one keep it.
const (
	// SecondFiguresFormat has the sums of each batch by itself, and no sums, no open points and no voter keys.
	SecondFiguresFormat = "urna-figures-2"
	// FirstFiguresFormat is like the second. Its unassigned_seats has only the seats that an allocation left, and is 0
	// if nothing was allocated.
	FirstFiguresFormat = "urna-figures-1"
)

// FiguresFormats returns the names of all formats, the newest first.
func FiguresFormats() []string {
	return []string{FiguresFormat, SecondFiguresFormat, FirstFiguresFormat}
}

// SumsOfBatches reports whether the figures of a format have the sums of each batch, and their bundle those of each
// batch by poll number.
func SumsOfBatches(name string) bool {
	return name == SecondFiguresFormat || name == FirstFiguresFormat
}

// HasOpenPoints reports whether the figures of a format have open points and the facts that they follow from.
func HasOpenPoints(name string) bool { return name == FiguresFormat }

// Figures are an election's final figures as the document that administrators confirm by its SHA-256 and
// that the results bundle carries. The same figures always give the same bytes; nothing in it depends on
// the time or the machine. docs/exports.md explains every field.
type Figures struct {
	Format         string               `json:"format"`
	ElectionID     int64                `json:"election_id"`
	Title          string               `json:"title"`
	Definition     string               `json:"definition_sha256"`
	Ballots        BallotFigures        `json:"ballots"`
	Constituencies []ConstituencyFigure `json:"constituencies"`
	Participants   []ParticipantFigure  `json:"participants"`
	Winner         *int64               `json:"winner"`
	SecondRound    []int64              `json:"second_round"`
	Lots           []LotFigure          `json:"lots"`
	Seed           *SeedFigure          `json:"seed"` // of version 0.1.0
	LotValues      []LotValueFigure     `json:"lot_values,omitempty"`
	Batches        []BatchFigure        `json:"batches"`
	Sums           []SumFigure          `json:"sums,omitempty"` // none in the formats before
	VoterKeys      []KeysFigure         `json:"voter_keys,omitempty"`
	Rolls          []RollFigure         `json:"rolls,omitempty"`
	OpenPoints     []OpenPointFigure    `json:"open_points,omitempty"` // each lifted by a reason
	Approvals      []ApprovalFigure     `json:"approvals,omitempty"`   // by their numbers
	Stations       []StationFigure      `json:"stations,omitempty"`    // none in an election without polling stations
	StationSums    []StationSumFigure   `json:"station_sums,omitempty"`
	Protocols      []ProtocolFigure     `json:"protocols,omitempty"`   // none in an election without any
	Corrections    []CorrectionFigure   `json:"corrections,omitempty"` // that led to the figures; none in a first certification
}

// BallotFigures are the sums of a constituency or of all.
type BallotFigures struct {
	Valid            int64  `json:"valid"`
	Blank            int64  `json:"blank"`
	Invalid          int64  `json:"invalid"`
	Duplicates       int64  `json:"duplicates"`
	Cast             int64  `json:"cast"`
	Online           int64  `json:"online"`
	RegisteredVoters *int64 `json:"registered_voters"`
}

// ConstituencyFigure is a constituency's result.
type ConstituencyFigure struct {
	ID             int64             `json:"id"`
	Name           string            `json:"name"`
	Seats          int               `json:"seats"`
	Unassigned     int               `json:"unassigned_seats"`
	ThresholdVotes int64             `json:"threshold_votes"`
	Ballots        BallotFigures     `json:"ballots"`
	Candidacies    []CandidacyFigure `json:"candidacies"`
	Tie            *TieFigure        `json:"tie"`
	DecidedTie     *DecidedTieFigure `json:"decided_tie,omitempty"` // none without rules for ties
	Problem        string            `json:"problem,omitempty"`
}

// CandidacyFigure is a candidacy's result.
type CandidacyFigure struct {
	PollNumber     int         `json:"poll_number"`
	ParticipantID  int64       `json:"participant_id"`
	Name           string      `json:"name"`
	Votes          int64       `json:"votes"`
	Share          json.Number `json:"share"`
	Seats          int         `json:"seats"`
	BelowThreshold bool        `json:"below_threshold"`
}

// TieFigure is a tie that the rules for ties left, with the lot that settled it or without one.
type TieFigure struct {
	Seats        int     `json:"seats"`
	Participants []int64 `json:"participants"`
	SettledBy    *int64  `json:"settled_by_lot"`
}

// DecidedTieFigure is a tie, as exact arithmetic leaves it, for which the election's rules for ties decided something. What they
// left is the constituency's tie.
type DecidedTieFigure struct {
	Seats        int               `json:"seats"`
	Participants []int64           `json:"participants"`
	Given        []GivenSeatFigure `json:"given"`
}

// GivenSeatFigure is a seat, or a place in the second round, that a rule for ties gave.
type GivenSeatFigure struct {
	ParticipantID int64  `json:"participant_id"`
	Rule          string `json:"rule"`
}

// ParticipantFigure is a participant's sum over all constituencies.
type ParticipantFigure struct {
	ParticipantID int64       `json:"participant_id"`
	Name          string      `json:"name"`
	Votes         int64       `json:"votes"`
	Share         json.Number `json:"share"`
	Seats         int         `json:"seats"`
}

// LotFigure is a lot as it was recorded.
type LotFigure struct {
	ID             int64   `json:"id"`
	ConstituencyID int64   `json:"constituency_id"`
	Seats          int     `json:"seats"`
	Participants   []int64 `json:"participants"`
	Votes          []int64 `json:"votes"`
	Seeded         bool    `json:"seeded"`
	Formula        int     `json:"formula,omitempty"` // LotFormula, or 0
	Place          string  `json:"place"`
	Witnesses      string  `json:"witnesses"`
	Note           string  `json:"note"`
	Holds          bool    `json:"holds"`
}

// LotValueFigure is one of the values from which lots are drawn.
type LotValueFigure struct {
	Name       string `json:"name"`       // of the person who chose the phrase, or of the public value
	Commitment string `json:"commitment"` // SHA-256 of the phrase, "" of a public value
	Value      string `json:"value"`      // "" if it was not revealed
}

// SeedFigure is the seed phrase of one person, from which version 0.1.0 drew reproducible lots.
type SeedFigure struct {
	Commitment string `json:"commitment"`
	Phrase     string `json:"seed"`
}

// BatchFigure is one batch with the hash of its file. Its sums are in the formats before only.
type BatchFigure struct {
	ID             int64  `json:"id"`
	ConstituencyID int64  `json:"constituency_id"`
	StationID      int64  `json:"station_id,omitempty"` // none in a constituency without polling stations
	State          string `json:"state"`
	SHA256         string `json:"sha256"`
	Bytes          int64  `json:"bytes"`
	Lines          int64  `json:"lines"`
	Valid          *int64 `json:"valid,omitempty"`
	Invalid        *int64 `json:"invalid,omitempty"`
	Duplicates     *int64 `json:"duplicates,omitempty"`
	// RetractedAfterEnd is how often the batch was retracted after the end.
	RetractedAfterEnd int64 `json:"retracted_after_end,omitempty"`
	// Late describes a batch that was accepted late; nil if it was not.
	Late *LateFigure `json:"late,omitempty"`
}

// Encode returns the document's bytes and their SHA-256 in hex.
func (f *Figures) Encode() (document []byte, hash string, err error) { return Encode(f) }

// Encode returns a document's bytes and their SHA-256 in hex. The same value always gives the same bytes.
func Encode(v any) (document []byte, hash string, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return nil, "", fmt.Errorf("format: encode: %w", err)
	}
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), hex.EncodeToString(sum[:]), nil
}

// Difference shows the first line in which two documents differ.
func Difference(first, second []byte) string {
	a, b := strings.Split(string(first), "\n"), strings.Split(string(second), "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("The first difference is in line %d of the figures: %s, and by the second count %s.",
				i+1, strings.TrimSpace(a[i]), strings.TrimSpace(b[i]))
		}
	}
	return "One of the two has more lines."
}
