package results

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/results/bundle/format"
)

// Lot is a drawn order of participants, bound to what it was drawn for.
type Lot struct {
	ID             int64
	ConstituencyID int64
	Seats          int     // that were at stake
	Participants   []int64 // in the order in which they were drawn
	Votes          []int64 // of each of them when the lot was drawn
	Seeded         bool    // the order can be repeated
	Formula        int     // of a seeded lot: format.LotFormula; 0 of version 0.1.0, from the phrase of one person
	Place          string
	Witnesses      string
	Note           string
	RecordedBy     string // name and e-mail
	RecordedAt     time.Time
	// Holds tells that the lot settles a tie of these very participants, seats and votes. Any change of
	// them voids it.
	Holds bool
}

// LotDraft is a lot as an administrator records it.
type LotDraft struct {
	ConstituencyID int64   // 0 where the election has just one
	Participants   []int64 // all that tie, in the order in which they were drawn
	Seeded         bool    // take the order from the election's values; Participants must be empty
	Place          string  // where it was drawn; may be empty unless values were recorded from which it is not drawn
	Witnesses      string
	Note           string
}

// The longest texts of a lot, in characters.
const maxLotText = 500

// What recording a lot refuses, beside elections.ErrNotCounting, ErrCertified and invalid fields.
var (
	// ErrNoTie is returned for a lot where nothing is tied.
	ErrNoTie = problem.New(problem.Conflict, "no-tie", messages.RefusalNoTie())
	// ErrCountNotDone is returned for a lot while batches wait: the tie may not be one when they are counted.
	ErrCountNotDone = problem.New(problem.Conflict, "count-not-done",
		messages.RefusalCountNotDone())
)

// RecordLot records the lot that settles the open tie of a constituency.
func (s *Service) RecordLot(ctx context.Context, actor audit.Actor, electionID int64, d LotDraft) (lot Lot, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		f, err := s.figuresWithin(ctx, tx, electionID)
		if err != nil {
			return err
		}
		if lot, err = s.newLot(f, &d); err != nil {
			return err
		}
		lot.RecordedBy, lot.RecordedAt, lot.Holds = actor.Name, s.now(), true
		if err := insertLot(tx, f.election, &lot); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.Changed(electionID) }) //nolint:contextcheck // the feed outlives the request
		return s.log.Append(ctx, tx.SQL(), actor, "lot-recorded", elections.Subject(electionID), map[string]any{
			"lot": lot.ID, "constituency": lot.ConstituencyID, "seats": lot.Seats, "participants": lot.Participants,
			"votes": lot.Votes, "seeded": lot.Seeded, "formula": lot.Formula, "place": lot.Place, "witnesses": lot.Witnesses, "note": lot.Note,
		})
	})
	return lot, err
}

// newLot checks a draft against the open tie and binds it to that.
func (s *Service) newLot(f figures, d *LotDraft) (Lot, error) {
	if err := mustCount(f.election, s.now()); err != nil {
		return Lot{}, err
	}
	if f.waiting > 0 || f.late > 0 || !f.closed {
		return Lot{}, ErrCountNotDone
	}
	r, err := compute(f, s.now())
	if err != nil {
		return Lot{}, err
	}
	if d.ConstituencyID == 0 && len(r.Constituencies) == 1 {
		d.ConstituencyID = r.Constituencies[0].ID
	}
	i := slices.IndexFunc(r.Constituencies, func(c Constituency) bool { return c.ID == d.ConstituencyID })
	if i < 0 {
		var checks problem.Checks
		checks.Add("constituency_id", messages.FieldChooseConstituencyOfElection())
		return Lot{}, checks.Err()
	}
	c := &r.Constituencies[i]
	if c.Tie == nil {
		return Lot{}, ErrNoTie
	}
	formula := 0
	switch {
	case d.Seeded:
		formula = format.LotFormula
		if d.Participants, err = seededOrder(f, c); err != nil {
			return Lot{}, err
		}
	case CheckDrawable(f.values) == nil:
		// Otherwise administrators who do not like the order that the values give could draw another one.
		return Lot{}, ErrDrawFromValues
	}
	if err := d.check(c, len(f.values) > 0 && !d.Seeded); err != nil {
		return Lot{}, err
	}
	lot := Lot{
		ConstituencyID: c.ID, Seats: c.Tie.Seats, Participants: d.Participants, Seeded: d.Seeded, Formula: formula,
		Place: d.Place, Witnesses: d.Witnesses, Note: d.Note,
	}
	for _, id := range lot.Participants {
		lot.Votes = append(lot.Votes, c.votesOf(id))
	}
	return lot, nil
}

// mustCount refuses unless the election is between its end and its certification.
func mustCount(e *elections.Election, now time.Time) error {
	switch e.StateAt(now) {
	case elections.Counting, elections.Correcting:
		return nil
	case elections.Certified:
		return elections.ErrCertified
	case elections.Withdrawn:
		return elections.ErrWithdrawn
	default:
		return elections.ErrNotCounting
	}
}

// check names the mistakes in a draft for the constituency's open tie. A lot that is drawn in public because a value is
// missing needs its place and witnesses.
func (d *LotDraft) check(c *Constituency, inPublic bool) error {
	var checks problem.Checks
	want := slices.Sorted(slices.Values(c.Tie.Participants))
	if got := slices.Sorted(slices.Values(d.Participants)); !slices.Equal(want, got) {
		names := make([]string, 0, len(c.Tie.Participants))
		for _, id := range c.Tie.Participants {
			names = append(names, fmt.Sprintf("%s (%d)", c.nameOf(id), id))
		}
		checks.Add("participants", messages.FieldGiveAllWhoTie(strings.Join(names, ", ")))
	}
	for _, entered := range []struct {
		field string
		value *string
	}{{"place", &d.Place}, {"witnesses", &d.Witnesses}, {"note", &d.Note}} {
		*entered.value = text.Trim(*entered.value)
		if mistake := problem.InOptionalText(*entered.value, maxLotText); !mistake.IsZero() {
			checks.Add(entered.field, mistake)
		}
		if inPublic && entered.field != "note" && *entered.value == "" {
			checks.Add(entered.field, messages.FieldDrawInPublic())
		}
	}
	return checks.Err()
}

func (c *Constituency) votesOf(participant int64) int64 {
	for _, candidacy := range c.Candidacies {
		if candidacy.ParticipantID == participant {
			return candidacy.Votes
		}
	}
	return 0
}

func (c *Constituency) nameOf(participant int64) string {
	for _, candidacy := range c.Candidacies {
		if candidacy.ParticipantID == participant {
			return candidacy.Name
		}
	}
	return ""
}

// lotFor returns the first lot that was drawn for this very tie, marked as holding, or nil.
func lotFor(c *Constituency, lots []Lot) *Lot {
	if c.Tie == nil {
		return nil
	}
	for i := range lots {
		if lots[i].ConstituencyID == c.ID && lots[i].fits(c) {
			lots[i].Holds = true
			return &lots[i]
		}
	}
	return nil
}

// fits reports whether the lot was drawn for the constituency's tie: the same participants, seats and
// votes.
func (l *Lot) fits(c *Constituency) bool {
	if l.Seats != c.Tie.Seats || !slices.Equal(slices.Sorted(slices.Values(l.Participants)), slices.Sorted(slices.Values(c.Tie.Participants))) {
		return false
	}
	for i, id := range l.Participants {
		if l.Votes[i] != c.votesOf(id) {
			return false
		}
	}
	return true
}
