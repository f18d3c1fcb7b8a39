package results

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/results/bundle/format"
)

// The types of the document of final figures, which administrators confirm by its SHA-256.
type (
	// Figures are an election's final figures.
	Figures = format.Figures
	// BallotFigures are sums of ballots.
	BallotFigures = format.BallotFigures
	// ConstituencyFigure is a constituency's result.
	ConstituencyFigure = format.ConstituencyFigure
	// CandidacyFigure is a candidacy's result.
	CandidacyFigure = format.CandidacyFigure
	// TieFigure is a tie.
	TieFigure = format.TieFigure
	// DecidedTieFigure is a tie that the rules for ties decided.
	DecidedTieFigure = format.DecidedTieFigure
	// ParticipantFigure is a participant's sum.
	ParticipantFigure = format.ParticipantFigure
	// LotFigure is a recorded lot.
	LotFigure = format.LotFigure
	// LotValueFigure is a value from which lots are drawn.
	LotValueFigure = format.LotValueFigure
	// SeedFigure is a seed phrase.
	SeedFigure = format.SeedFigure
	// BatchFigure is a batch with its hash.
	BatchFigure = format.BatchFigure
	// SumFigure is a sum of ballots.
	SumFigure = format.SumFigure
	// KeysFigure has the acts on voter keys.
	KeysFigure = format.KeysFigure
	// RollFigure is a roll of voters.
	RollFigure = format.RollFigure
	// StationFigure is a polling station.
	StationFigure = format.StationFigure
	// StationSumFigure is the count of a polling station, or of several together.
	StationSumFigure = format.StationSumFigure
	// ApprovalFigure is an approval of an act that needs a second administrator.
	ApprovalFigure = format.ApprovalFigure
	// OpenPointFigure is an open point with the reason that lifted it.
	OpenPointFigure = format.OpenPointFigure
)

// FiguresFormat names the format of new figures.
const FiguresFormat = format.FiguresFormat

// ErrFormat is returned for figures in a format that this program does not know.
var ErrFormat = errors.New("results: the figures are in a form that this version of Urna does not know")

// NewFigures draws up the document of some results, without voter keys and open points.
func NewFigures(r *Results, batches []ballots.BatchSum) (*Figures, error) {
	return newFigures(FiguresFormat, r, annexes{batches: batches})
}

// annexes are the parts of the figures that are no results.
type annexes struct {
	batches   []ballots.BatchSum
	stations  []StationSum
	protocols []ballots.ProtocolRecord
	keys      online.KeyRecord
	points    []OpenPoint
	decided   []approval.Decided

	corrections []elections.Correction
	before      *Figures // of the certification that the figures correct; else nil
}

// newFigures draws the document up in one of its forms.
func newFigures(form string, r *Results, with annexes) (*Figures, error) {
	_, definition, err := EncodeDefinition(r.Election)
	if err != nil {
		return nil, err
	}
	f := &Figures{
		Format: form, ElectionID: r.Election.ID, Title: r.Election.Title, Definition: definition,
		Ballots: ballotFigures(r.Ballots), SecondRound: r.SecondRound,
		Constituencies: []ConstituencyFigure{}, Participants: []ParticipantFigure{}, Lots: []LotFigure{}, Batches: []BatchFigure{},
	}
	for i := range r.Constituencies {
		c := constituencyFigure(&r.Constituencies[i])
		if form == format.FirstFiguresFormat {
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
			Seeded: l.Seeded, Formula: l.Formula, Place: l.Place, Witnesses: l.Witnesses, Note: l.Note, Holds: l.Holds,
		})
	}
	if r.Seed != nil {
		f.Seed = &SeedFigure{Commitment: r.Seed.Commitment, Phrase: r.Seed.Phrase}
	}
	for _, v := range r.LotValues {
		f.LotValues = append(f.LotValues, LotValueFigure{Name: v.Name, Commitment: v.Commitment, Value: v.Value})
	}
	for _, b := range with.batches {
		one := BatchFigure{
			ID: b.ID, ConstituencyID: b.ConstituencyID, StationID: b.StationID, State: b.State, SHA256: hex.EncodeToString(b.SHA256), Bytes: b.Bytes, Lines: b.Lines,
		}
		if format.SumsOfBatches(form) {
			one.Valid, one.Invalid, one.Duplicates = &b.Valid, &b.Invalid, &b.Duplicates
		}
		if format.HasOpenPoints(form) {
			one.RetractedAfterEnd, one.Late = b.RetractedAfterEnd, lateFigure(b.Late)
		}
		f.Batches = append(f.Batches, one)
	}
	if !format.SumsOfBatches(form) {
		f.Sums, f.StationSums = sumsOf(r, with.batches, with.protocols, with.stations, with.before)
		f.Stations, f.Protocols = stationFigures(with.stations), protocolFigures(with.protocols)
	}
	if format.HasOpenPoints(form) {
		f.VoterKeys, f.Rolls, f.OpenPoints = keysFigures(with.keys.Acts), rollFigures(with.keys.Rolls), openPointFigures(with.points)
		f.Corrections = correctionFigures(with.corrections)
		if f.Approvals, err = approvalFigures(with.decided); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func stationFigures(stations []StationSum) (figures []StationFigure) {
	for i := range stations {
		s := &stations[i]
		f := StationFigure{
			ID: s.ID, ConstituencyID: s.ConstituencyID, Number: s.Number, Name: s.Name, Kind: string(s.Kind), State: string(s.State),
		}
		if s.RegisteredVoters > 0 {
			f.RegisteredVoters = &s.RegisteredVoters
		}
		if s.ExcludedAt != nil {
			f.Exclusion = &format.ExclusionFigure{
				Reason: s.ExclusionReason, At: s.ExcludedAt.UTC(), By: audit.WithoutAddress(s.ExcludedBy),
				ApprovedBy: audit.WithoutAddress(s.ExclusionApprovedBy),
			}
		}
		figures = append(figures, f)
	}
	return figures
}

func lateFigure(l *ballots.LateBatch) *format.LateFigure {
	if l == nil {
		return nil
	}
	return &format.LateFigure{
		Cause: l.Cause, AcceptedAt: l.AcceptedAt.UTC(), Official: audit.WithoutAddress(l.Official), Reason: l.Reason, State: l.State,
		DecidedBy: audit.WithoutAddress(l.Decider), Remark: l.Remark,
	}
}

func rollFigures(rolls []online.Roll) (figures []RollFigure) {
	for _, r := range rolls {
		figures = append(figures, RollFigure{ID: r.ID, State: string(r.State), Keys: r.Keys, SealedTo: append([]string{}, r.SealedTo...)})
	}
	return figures
}

func keysFigures(acts []online.KeyActs) (figures []KeysFigure) {
	for _, a := range acts {
		figures = append(figures, KeysFigure{
			ConstituencyID: a.ConstituencyID, Keys: a.Keys, IssuedAfterOpening: a.IssuedAfterOpening,
			Replaced: a.Replaced, ReplacedAfterOpening: a.ReplacedAfterOpening, Revoked: a.Revoked,
			ReplacedSealed: a.ReplacedSealed,
		})
	}
	return figures
}

// openPointFigures returns the points that a reason lifts, by code, constituency and station.
func openPointFigures(points []OpenPoint) (figures []OpenPointFigure) {
	for i := range points {
		p := &points[i]
		if p.Lifted == nil {
			continue
		}
		figures = append(figures, OpenPointFigure{
			Code: p.Code, ConstituencyID: p.ConstituencyID, StationID: p.StationID, Facts: listOfFacts(p.Facts), Reason: p.Lifted.Reason,
			AdministratorID: p.Lifted.AdministratorID, Administrator: p.Lifted.By(),
		})
	}
	slices.SortFunc(figures, func(a, b OpenPointFigure) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ConstituencyID, b.ConstituencyID), cmp.Compare(a.StationID, b.StationID))
	})
	return figures
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
		Ballots: ballotFigures(c.Ballots), Problem: c.Problem.String(), Candidacies: []CandidacyFigure{},
	}
	for _, candidacy := range c.Candidacies {
		f.Candidacies = append(f.Candidacies, CandidacyFigure{
			PollNumber: candidacy.PollNumber, ParticipantID: candidacy.ParticipantID, Name: candidacy.Name,
			Votes: candidacy.Votes, Share: json.Number(candidacy.Share.Decimal()), Seats: candidacy.Seats,
			BelowThreshold: candidacy.BelowThreshold,
		})
	}
	if c.Decided != nil {
		f.DecidedTie = &DecidedTieFigure{Seats: c.Decided.Seats, Participants: c.Decided.Participants, Given: []format.GivenSeatFigure{}}
		for _, given := range c.Decided.Given {
			f.DecidedTie.Given = append(f.DecidedTie.Given, format.GivenSeatFigure{ParticipantID: given.ParticipantID, Rule: string(given.Rule)})
		}
	}
	switch {
	case c.Settled != nil:
		f.Tie = &TieFigure{Seats: c.Settled.Seats, Participants: c.Settled.Participants, SettledBy: &c.Lot.ID}
	case c.Tie != nil:
		f.Tie = &TieFigure{Seats: c.Tie.Seats, Participants: c.Tie.Participants}
	}
	return f
}

// leftByAllocation returns the unassigned seats as format.FirstFiguresFormat has them.
func leftByAllocation(c *Constituency) int {
	if c.Allocation == nil {
		return 0
	}
	return c.Allocation.Unassigned
}

// Parts are what an election's final figures follow from.
type Parts struct {
	Election  *elections.Election
	Tallies   map[int64]ballots.Tally
	Lots      []Lot
	Seed      *Seed
	Values    []LotValue
	Batches   []ballots.BatchSum
	Stations  []StationSum
	Protocols []ballots.ProtocolRecord
	Keys      online.KeyRecord
	Points    []OpenPoint
	Decided   []approval.Decided

	Corrections []elections.Correction
	Before      *Figures // of the certification that these figures correct; else nil
}

// Recompute draws an election's final figures up from their parts alone, in the named form of the document. It
// uses the second engine if second is set. What a bundle claims is compared with it.
// It returns ErrFormat for a form that it does not know.
func Recompute(form string, p Parts, second bool) (*Figures, error) {
	if !slices.Contains(format.FiguresFormats(), form) {
		return nil, fmt.Errorf("%w: %q", ErrFormat, form)
	}
	using := firstEngine()
	if second {
		using = secondEngine()
	}
	return recomputeBy(using, form, p)
}

func recomputeBy(using engine, form string, p Parts) (*Figures, error) {
	r, err := computeBy(using, figures{election: p.Election, tallies: p.Tallies, lots: p.Lots, seed: p.Seed, values: p.Values}, p.Election.EndsAt)
	if err != nil {
		return nil, err
	}
	return newFigures(form, r, annexes{
		batches: p.Batches, stations: p.Stations, protocols: p.Protocols, keys: p.Keys, points: p.Points, decided: p.Decided, corrections: p.Corrections,
		before: p.Before,
	})
}
