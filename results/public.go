package results

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
)

// Stage is how much the public sees of an election.
type Stage string

// The stages. An election with the view RunningCount has no StageTurnout.
const (
	StageScheduled Stage = "scheduled" // the candidacies and the rules
	StageTurnout   Stage = "turnout"   // the turnout; counts by participant are embargoed
	StageCount     Stage = "count"     // provisional results
	StageCertified Stage = "certified" // certified results
	StageWithdrawn Stage = "withdrawn" // the candidacies, the rules, and why it is not held
)

// Public is all that anyone may see of an election at one moment, from one snapshot of the database. Pages, the live
// feed, the APIs and the exports are made from it alone. Its parts must not be changed.
type Public struct {
	Stage    Stage
	Election *elections.Election
	State    elections.State
	// Turnout is set from the opening on, in every stage but StageWithdrawn.
	Turnout *Turnout
	// Results are nil unless Stage is StageCount or StageCertified.
	Results *Results
	// Final is nil unless Stage is StageCertified, and if the figures of an election that is being corrected were altered. Its
	// Results are those of this value.
	Final *Final
	// Correcting is the open correction of a certified election; nil if none is open. Results and Final are then those of
	// the last certification.
	Correcting *elections.Correction
	// Corrected is what each certified correction changed, the first one first.
	Corrected []Comparison
	// VoterKeys is the number of keys for voting online; 0 before the opening.
	VoterKeys int64
	// Audit is the head of the audit log.
	Audit AuditHead
	// Until is the time at which the clock alone changes the stage or the state; zero is never.
	Until time.Time
	// Figures is equal in two values of the same election if they show the same figures: the times of changes, the head
	// of the audit log, the number of voter keys and the count over time do not count.
	Figures [sha256.Size]byte
}

// AuditHead is the head of the audit log's hash chain.
type AuditHead struct {
	Hash   string
	Events int64
}

// Count returns the results, or ErrEmbargoed if counts by participant may not be shown now.
func (p *Public) Count() (*Results, error) {
	if p.Results == nil {
		return nil, embargo(p.State)
	}
	return p.Results, nil
}

// embargo returns ErrEmbargoed for an election in a state, which shows no counts.
func embargo(state elections.State) error {
	if state == elections.Withdrawn {
		return ErrEmbargoed.With(messages.RefusalEmbargoedWithdrawn())
	}
	return ErrEmbargoed
}

// Public returns what anyone may see of an election now; elections.ErrUnknownElection for an unknown id.
func (s *Service) Public(ctx context.Context, electionID int64) (p *Public, err error) {
	begun := s.now()
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		f, err := s.shownWithin(ctx, tx, electionID)
		if err != nil {
			return err
		}
		p, err = s.publicWithin(ctx, tx, f, begun, true)
		return err
	})
	return p, err
}

// Overview returns the same of every election, newest start first, from one snapshot, but no counts by participant and
// nothing that only pages of one election show: Results, Final, VoterKeys, Audit and Figures are not set. The number of
// its queries does not depend on the number of elections.
func (s *Service) Overview(ctx context.Context) (all []*Public, err error) {
	begun := s.now()
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		list, err := s.elections.AllWithin(tx)
		if err != nil || len(list) == 0 {
			return err
		}
		ids := make([]int64, len(list))
		for i, e := range list {
			ids[i] = e.ID
		}
		each, err := s.figuresOf(ctx, tx, list, ids)
		if err != nil {
			return err
		}
		for _, f := range each {
			if f, err = s.asCertified(tx, f); err != nil {
				return err
			}
			p, err := s.publicWithin(ctx, tx, f, begun, false)
			if err != nil {
				return err
			}
			all = append(all, p)
		}
		return nil
	})
	return all, err
}

// publicWithin makes the value of one snapshot; whole adds what Overview leaves out.
func (s *Service) publicWithin(ctx context.Context, tx *database.Tx, f figures, begun time.Time, whole bool) (*Public, error) {
	now := s.now() // after the snapshot, so that nothing that was counted after the embargo began is shown
	p := &Public{Stage: stageAt(f.election, now), Election: f.election, State: f.election.StateAt(now), Until: nextTurn(f.election, now)}
	if p.Stage != StageScheduled && p.Stage != StageWithdrawn {
		prints, err := printsOf(f)
		if err != nil {
			return nil, err
		}
		updated, err := s.lastChange(tx, f, prints, begun, now)
		if err != nil {
			return nil, err
		}
		points := s.timeline.points(f.election.ID, newPoint(f, now).at(updated))
		p.Turnout = turnout(f, now, updated, points)
		if whole {
			if err := s.addResults(ctx, tx, p, f, now); err != nil {
				return nil, err
			}
		}
		p.Figures = prints.shown(f.election.ShowsCount(now))
	}
	if !whole {
		return p, nil
	}
	var err error
	if f.election.Takes(elections.Online) && p.State != elections.Scheduled && p.State != elections.Withdrawn {
		if p.VoterKeys, err = online.CountKeys(ctx, tx, f.election.ID); err != nil {
			return nil, err
		}
	}
	if p.Audit.Hash, p.Audit.Events, err = audit.NewReader(tx.SQL()).Head(ctx); err != nil {
		return nil, err
	}
	p.Figures, err = p.figures()
	return p, err
}

// addResults adds the results, once they may be shown, and the certification.
func (s *Service) addResults(ctx context.Context, tx *database.Tx, p *Public, f figures, now time.Time) (err error) {
	if p.Stage == StageTurnout {
		return nil
	}
	if p.Results, err = compute(f, now); err != nil {
		return err
	}
	p.Results.UpdatedAt, p.Results.Count = p.Turnout.UpdatedAt, p.Turnout.Count
	if err := p.Results.addTurns(f); err != nil {
		return err
	}
	if p.Stage != StageCertified {
		return nil
	}
	return s.addCertification(ctx, tx, p, f)
}

// addCertification adds the certification that holds, and the corrections of the election.
func (s *Service) addCertification(ctx context.Context, tx *database.Tx, p *Public, f figures) (err error) {
	if f.altered {
		p.Results.Provisional = true
		p.Correcting, err = s.elections.CorrectionWithin(tx, f.election)
		return err
	}
	if f.certified != nil {
		if p.Final, err = s.certifiedFinal(ctx, tx, f, p.Results); err == nil {
			err = p.Results.compareWith(ctx, f.certified)
		}
	} else {
		p.Final, err = s.finalOf(ctx, tx, f, p.Results)
	}
	if err != nil {
		return err
	}
	if p.Correcting, err = s.elections.CorrectionWithin(tx, f.election); err != nil {
		return err
	}
	p.Corrected, err = s.comparisons(tx, f.election, p.Final.Certification)
	if errors.Is(err, ErrAltered) {
		p.Results.alter(ctx, "the figures of an earlier certification", "others")
		err = nil
	}
	return err
}

// figures returns Figures, given the hash of the shown figures in its place.
func (p *Public) figures() (fingerprint, error) {
	parts := []any{p.Stage, p.State, p.Figures, p.VoterKeys > 0}
	if p.Final != nil {
		parts = append(parts, p.Final.Certification, p.Final.SecondRound, p.Results.Altered, p.Correcting, len(p.Corrected))
	}
	return hashOf(parts...)
}

// stageAt returns an election's stage at an instant.
func stageAt(e *elections.Election, now time.Time) Stage {
	switch state := e.StateAt(now); {
	case state == elections.Scheduled:
		return StageScheduled
	case state == elections.Withdrawn:
		return StageWithdrawn
	case !e.ShowsCount(now):
		return StageTurnout
	case state == elections.Certified, state == elections.Correcting:
		return StageCertified
	default:
		return StageCount
	}
}

// nextTurn returns when the clock alone changes an election's state next; the zero time if it does not.
func nextTurn(e *elections.Election, now time.Time) time.Time {
	switch e.StateAt(now) {
	case elections.Scheduled:
		return e.StartsAt
	case elections.Open:
		return e.EndsAt
	default:
		return time.Time{}
	}
}

// turnout returns the turnout of one snapshot.
func turnout(f figures, now, updated time.Time, points []Point) *Turnout {
	t := &Turnout{
		Election: f.election, State: f.election.StateAt(now), UpdatedAt: updated,
		BatchesWaiting: f.waiting, LateBatchesWaiting: f.late, ShowsCount: f.election.ShowsCount(now), Count: points, Stations: f.stations.all,
	}
	for i := range f.election.Constituencies {
		c := &f.election.Constituencies[i]
		b := sums(c, f.tallies[c.ID])
		if !t.ShowsCount {
			b = Ballots{Cast: b.Cast, RegisteredVoters: b.RegisteredVoters}
		}
		t.Constituencies = append(t.Constituencies, ConstituencyTurnout{ID: c.ID, Name: c.Name, Ballots: b, Stations: f.stations.of[c.ID]})
		t.Ballots.add(b)
	}
	t.Ballots.RegisteredVoters = registeredInAll(f.election)
	return t
}

// Results returns an election's results, as Public does. Errors: ErrEmbargoed if counts by participant may not be shown
// now, elections.ErrUnknownElection for an unknown id.
func (s *Service) Results(ctx context.Context, electionID int64) (*Results, error) {
	p, err := s.Public(ctx, electionID)
	if err != nil {
		return nil, err
	}
	return p.Count()
}

// Version identifies what Public and Overview return, apart from the changes that the clock makes. The zero value
// identifies nothing.
type Version struct {
	database database.Version
	points   uint64
}

// Version returns the version of the public data. A value that is read afterwards has this version or a later one.
func (s *Service) Version(ctx context.Context) (v Version, err error) {
	v.points = s.timeline.version.Load()
	if v.database, err = s.db.Version(ctx); err != nil {
		return Version{}, fmt.Errorf("results: %w", err)
	}
	return v, nil
}

// Unchanged reports whether the public data still have the version: after every commit it does not, and after a new point
// of the count over time. It mostly takes some nanoseconds.
func (s *Service) Unchanged(v Version) bool {
	return v.points == s.timeline.version.Load() && s.db.Unchanged(v.database)
}

// Acts returns the number of the last event in the audit log. Votes and counted ballots do not change it; every act of a
// person does.
func (s *Service) Acts(ctx context.Context) (int64, error) {
	_, events, err := audit.NewReader(s.db.Pool()).Head(ctx)
	return events, err
}

// prints are the hashes of the figures of one snapshot.
type prints struct {
	turnout, count fingerprint // while counts are embargoed, and afterwards
}

func (p prints) shown(count bool) fingerprint {
	if count {
		return p.count
	}
	return p.turnout
}

// printsOf hashes the JSON arrays [election, batches waiting, ballots cast] and [election, batches waiting, counts, lots,
// seed, values], each with the numbers of polling stations at its end if the election has any. No count by participant is
// in the first one. A row of the tallies that shows no vote yet changes neither.
func printsOf(f figures) (p prints, err error) {
	definition, err := json.Marshal(f.election)
	if err != nil {
		return p, fmt.Errorf("results: fingerprint: %w", err)
	}
	cast := make([]int64, len(f.election.Constituencies))
	var counts []int64
	for i, c := range f.election.Constituencies {
		t := f.tallies[c.ID]
		cast[i] = t.Cast()
		counts = append(counts, t.Online, t.Invalid, t.Duplicates, t.Votes[0])
		for _, candidacy := range c.Candidacies {
			counts = append(counts, t.Votes[candidacy.PollNumber])
		}
	}
	waiting := any(f.waiting)
	if f.late > 0 { // else the hash is that of the versions before
		waiting = []int{f.waiting, f.late}
	}
	turnout, count := []any{json.RawMessage(definition), waiting, cast}, []any{json.RawMessage(definition), waiting, counts, f.lots, f.seed, f.values}
	if stations := f.stations.print(f.election); stations != nil {
		turnout, count = append(turnout, stations), append(count, stations)
	}
	if p.turnout, err = hashOf(turnout...); err != nil {
		return p, err
	}
	p.count, err = hashOf(count...)
	return p, err
}
