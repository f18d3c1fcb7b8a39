package results

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"urna/ballots"
	"urna/elections"
)

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
	Seed           *SeedFigure          `json:"seed"`
	Batches        []BatchFigure        `json:"batches"`
}

// FiguresFormat names the form of the document; a change of its fields or of what they mean changes the name.
const FiguresFormat = "urna-figures-2"

// formerFormat is the form before: its unassigned_seats counted only those that an allocation left, and were 0 where
// nothing was allocated. Elections that were certified in it keep it.
const formerFormat = "urna-figures-1"

// ErrFormat is returned for figures in a form that this program does not know.
var ErrFormat = errors.New("results: the figures are in a form that this version of Urna does not know")

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

// TieFigure is a tie, with the lot that settled it or without one.
type TieFigure struct {
	Seats        int     `json:"seats"`
	Participants []int64 `json:"participants"`
	SettledBy    *int64  `json:"settled_by_lot"`
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
	Place          string  `json:"place"`
	Witnesses      string  `json:"witnesses"`
	Note           string  `json:"note"`
	Holds          bool    `json:"holds"`
}

// SeedFigure is the seed phrase of reproducible lots.
type SeedFigure struct {
	Commitment string `json:"commitment"`
	Phrase     string `json:"seed"`
}

// BatchFigure is one batch with the hash of its file.
type BatchFigure struct {
	ID             int64  `json:"id"`
	ConstituencyID int64  `json:"constituency_id"`
	State          string `json:"state"`
	SHA256         string `json:"sha256"`
	Bytes          int64  `json:"bytes"`
	Lines          int64  `json:"lines"`
	Valid          int64  `json:"valid"`
	Invalid        int64  `json:"invalid"`
	Duplicates     int64  `json:"duplicates"`
}

// Encode returns the document's bytes and their SHA-256 in hex.
func (f *Figures) Encode() (document []byte, hash string, err error) { return encode(f) }

// encode writes a document so that the same value always gives the same bytes.
func encode(v any) (document []byte, hash string, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return nil, "", fmt.Errorf("results: encode: %w", err)
	}
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), hex.EncodeToString(sum[:]), nil
}

// NewFigures draws up the document of some results.
func NewFigures(r *Results, batches []ballots.BatchSum) (*Figures, error) {
	return newFigures(FiguresFormat, r, batches)
}

// newFigures draws the document up in one of its forms.
func newFigures(format string, r *Results, batches []ballots.BatchSum) (*Figures, error) {
	_, definition, err := EncodeDefinition(r.Election)
	if err != nil {
		return nil, err
	}
	f := &Figures{
		Format: format, ElectionID: r.Election.ID, Title: r.Election.Title, Definition: definition,
		Ballots: ballotFigures(r.Ballots), SecondRound: r.SecondRound,
		Constituencies: []ConstituencyFigure{}, Participants: []ParticipantFigure{}, Lots: []LotFigure{}, Batches: []BatchFigure{},
	}
	for i := range r.Constituencies {
		c := constituencyFigure(&r.Constituencies[i])
		if format == formerFormat {
			c.Unassigned = leftByAllocation(&r.Constituencies[i])
		}
		f.Constituencies = append(f.Constituencies, c)
	}
	for _, p := range r.Participants {
		f.Participants = append(f.Participants, ParticipantFigure{
			ParticipantID: p.ID, Name: p.Name, Votes: p.Votes, Share: json.Number(p.Share.Decimal()), Seats: p.Seats,
		})
	}
	if r.Winner != 0 {
		f.Winner = &r.Winner
	}
	for _, l := range r.Lots {
		f.Lots = append(f.Lots, LotFigure{
			ID: l.ID, ConstituencyID: l.ConstituencyID, Seats: l.Seats, Participants: l.Participants, Votes: l.Votes,
			Seeded: l.Seeded, Place: l.Place, Witnesses: l.Witnesses, Note: l.Note, Holds: l.Holds,
		})
	}
	if r.Seed != nil {
		f.Seed = &SeedFigure{Commitment: r.Seed.Commitment, Phrase: r.Seed.Phrase}
	}
	for _, b := range batches {
		f.Batches = append(f.Batches, BatchFigure{
			ID: b.ID, ConstituencyID: b.ConstituencyID, State: b.State, SHA256: hex.EncodeToString(b.SHA256),
			Bytes: b.Bytes, Lines: b.Lines, Valid: b.Valid, Invalid: b.Invalid, Duplicates: b.Duplicates,
		})
	}
	return f, nil
}

func ballotFigures(b Ballots) BallotFigures {
	f := BallotFigures{Valid: b.Valid, Blank: b.Blank, Invalid: b.Invalid, Duplicates: b.Duplicates, Cast: b.Cast, Online: b.Online}
	if b.RegisteredVoters > 0 {
		f.RegisteredVoters = &b.RegisteredVoters
	}
	return f
}

func constituencyFigure(c *Constituency) ConstituencyFigure {
	f := ConstituencyFigure{
		ID: c.ID, Name: c.Name, Seats: c.Seats, Unassigned: c.Unassigned, ThresholdVotes: c.ThresholdVotes,
		Ballots: ballotFigures(c.Ballots), Problem: c.Problem, Candidacies: []CandidacyFigure{},
	}
	for _, candidacy := range c.Candidacies {
		f.Candidacies = append(f.Candidacies, CandidacyFigure{
			PollNumber: candidacy.PollNumber, ParticipantID: candidacy.ParticipantID, Name: candidacy.Name,
			Votes: candidacy.Votes, Share: json.Number(candidacy.Share.Decimal()), Seats: candidacy.Seats,
			BelowThreshold: candidacy.BelowThreshold,
		})
	}
	switch {
	case c.Settled != nil:
		f.Tie = &TieFigure{Seats: c.Settled.Seats, Participants: c.Settled.Participants, SettledBy: &c.Lot.ID}
	case c.Tie != nil:
		f.Tie = &TieFigure{Seats: c.Tie.Seats, Participants: c.Tie.Participants}
	}
	return f
}

// leftByAllocation returns the unassigned seats as formerFormat has them.
func leftByAllocation(c *Constituency) int {
	if c.Allocation == nil {
		return 0
	}
	return c.Allocation.Unassigned
}

// Parts are what an election's final figures follow from.
type Parts struct {
	Election *elections.Election
	Tallies  map[int64]ballots.Tally
	Lots     []Lot
	Seed     *Seed
	Batches  []ballots.BatchSum
}

// Recompute draws an election's final figures up from their parts alone, in the named form of the document. It
// uses the second engine if second is set. What a bundle claims is compared with it.
// It returns ErrFormat for a form that it does not know.
func Recompute(format string, p Parts, second bool) (*Figures, error) {
	if format != FiguresFormat && format != formerFormat {
		return nil, fmt.Errorf("%w: %q", ErrFormat, format)
	}
	using := firstEngine()
	if second {
		using = secondEngine()
	}
	return recomputeBy(using, format, p)
}

func recomputeBy(using engine, format string, p Parts) (*Figures, error) {
	r, err := computeBy(using, figures{election: p.Election, tallies: p.Tallies, lots: p.Lots, seed: p.Seed}, p.Election.EndsAt)
	if err != nil {
		return nil, err
	}
	return newFigures(format, r, p.Batches)
}
