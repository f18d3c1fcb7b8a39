package results

import (
	"bytes"
	"context"
	"strings"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results/bundle/format"
)

// Final is an election's results with all that its certification is about.
type Final struct {
	Results  *Results
	Document []byte   // of the figures
	Hash     string   // hex SHA-256 of the document, which is confirmed
	Figures  *Figures // which the document encodes
	// OpenPoints are those that prevent a confirmation and those that a reason lifts. Of a certified election they are
	// those that were lifted.
	OpenPoints []OpenPoint
	// Obstacles say, in sentences, why the figures cannot be confirmed now; none if they can.
	Obstacles     []messages.Message
	Certification *elections.Certification
	// AccountChanges are the changes by others since the opening to an administrator's password, second factor or
	// e-mail; before the certification.
	AccountChanges []approval.AccountChange
	// Approvals are those that were decided: of acts on the election, and of acts on administrators' accounts since its
	// creation; before the certification.
	Approvals []approval.Decided
	// Stations are the polling stations, in the order of the figures; none in an election without any.
	Stations []StationSum
	// Protocols are those of polling stations, in the order of their ids.
	Protocols []ballots.ProtocolRecord
	// Corrections are those that led to the figures, the first one first.
	Corrections []elections.Correction
	// Before are the figures that these correct, nil if they correct none.
	Before *Figures
	// SecondRound is the id of the second round that was created, 0 where none was.
	SecondRound int64
}

// What certification refuses, beside elections.ErrNotCounting, ErrCertified and ErrConfirmedAlready.
var (
	// ErrNotReady is returned while something prevents certification.
	ErrNotReady = problem.New(problem.Conflict, "not-ready-to-certify", messages.RefusalNotReadyToCertify())
	// ErrFiguresChanged is returned for a confirmation of figures that are not the present ones.
	ErrFiguresChanged = problem.New(problem.Conflict, "figures-changed",
		messages.RefusalFiguresChanged())
	// ErrSecondCount is returned where the second count comes to other figures.
	ErrSecondCount = problem.New(problem.Conflict, "second-count-differs", messages.RefusalSecondCountDiffers())
	// ErrNoSecondRound is returned where an election has none to create.
	ErrNoSecondRound = problem.New(problem.Conflict, "no-second-round",
		messages.RefusalNoSecondRound())
)

// Final returns an election's figures and how far its certification has come. Refusals: ErrEmbargoed,
// elections.ErrUnknownElection.
func (s *Service) Final(ctx context.Context, electionID int64) (final *Final, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		final, err = s.finalWithin(ctx, tx, electionID)
		return err
	})
	return final, err
}

func (s *Service) finalWithin(ctx context.Context, tx *database.Tx, electionID int64) (*Final, error) {
	f, r, err := s.computedWithin(ctx, tx, electionID)
	if err != nil {
		return nil, err
	}
	return s.finalOf(ctx, tx, f, r)
}

// computedWithin returns the present figures of an election with its results, or the embargo.
func (s *Service) computedWithin(ctx context.Context, tx *database.Tx, electionID int64) (f figures, r *Results, err error) {
	if f, err = s.figuresWithin(ctx, tx, electionID); err != nil {
		return f, nil, err
	}
	now := s.now()
	if !f.election.ShowsCount(now) {
		return f, nil, embargo(f.election.StateAt(now))
	}
	r, err = compute(f, now)
	return f, r, err
}

// finalOf adds to the results of a snapshot what their certification is about, and compares them with those that were
// certified.
func (s *Service) finalOf(ctx context.Context, tx *database.Tx, f figures, r *Results) (*Final, error) {
	final, err := s.drawnUp(ctx, tx, f, r)
	if err == nil {
		final.compareCertified(ctx)
	}
	return final, err
}

// drawnUp is finalOf without the comparison.
func (s *Service) drawnUp(ctx context.Context, tx *database.Tx, f figures, r *Results) (*Final, error) {
	final := &Final{Results: r}
	batches, err := ballots.BatchSums(ctx, tx, f.election.ID)
	if err != nil {
		return nil, err
	}
	if final.Certification, err = s.elections.CertificationWithin(tx, f.election); err != nil {
		return nil, err
	}
	if final.AccountChanges, err = s.elections.AccountChangesWithin(ctx, tx, f.election, final.Certification); err != nil {
		return nil, err
	}
	keys, err := online.KeyRecordsOf(ctx, tx, []int64{f.election.ID})
	if err != nil {
		return nil, err
	}
	protocols, err := s.protocolsOf(ctx, tx, f.election)
	if err != nil {
		return nil, err
	}
	final.Protocols = protocols[f.election.ID]
	stations, err := stationSumsOf(ctx, tx, []*elections.Election{f.election}, map[int64][]ballots.BatchSum{f.election.ID: batches}, protocols)
	if err != nil {
		return nil, err
	}
	final.Stations = stations[f.election.ID]
	decided, err := s.decided(ctx, tx, final.Certification.Period(f.election.ID))
	if err != nil {
		return nil, err
	}
	i := &inspected{figures: f, results: r, batches: batches, stations: final.Stations, protocols: final.Protocols, keys: keys[f.election.ID], decided: decided[f.election.ID]}
	if final.Corrections, err = s.correctionsOf(tx, f.election); err != nil {
		return nil, err
	}
	i.corrections = final.Corrections
	if final.OpenPoints, err = s.openPoints(ctx, tx, i); err != nil {
		return nil, err
	}
	if final.Before, err = s.correctedFigures(ctx, tx, f.election, final.Certification); err != nil {
		return nil, err
	}
	final.Approvals = i.decided
	final.Obstacles = sentencesOf(final.OpenPoints)
	if err := final.draw(annexes{batches, i.stations, i.protocols, i.keys, final.OpenPoints, i.decided, final.Corrections, final.Before}); err != nil {
		return nil, err
	}
	if final.SecondRound, err = s.elections.SecondRoundWithin(tx, f.election.ID); err != nil {
		return nil, err
	}
	return final, nil
}

// openPoints returns the open points of one election.
func (s *Service) openPoints(ctx context.Context, tx *database.Tx, i *inspected) ([]OpenPoint, error) {
	if i.results.State == elections.Certified {
		return s.certifiedPoints(tx, i.election, i.stations)
	}
	err := s.inspect(ctx, tx, []*inspected{i})
	return i.points, err
}

// draw draws the figures up: those of a certified election in the form in which they were certified.
func (f *Final) draw(with annexes) error {
	for _, form := range format.FiguresFormats() {
		figures, err := newFigures(form, f.Results, with)
		if err != nil {
			return err
		}
		document, hash, err := figures.Encode()
		if err != nil {
			return err
		}
		record := f.Certification.Record
		if f.Document == nil || record != nil && record.Figures == hash {
			f.Document, f.Hash, f.Figures = document, hash, figures
		}
		if record == nil || record.Figures == f.Hash {
			return nil
		}
	}
	return nil
}

// Certify records that an administrator confirms the figures with the given SHA-256, which are those they
// were shown; "" means the present ones. Before that everything is counted a second time, straight
// from the files and the online ballots, and seats and winners are found by the second way; if the outcome differs
// the answer is ErrSecondCount with the differences. The last confirmation that is required certifies.
//
// Reasons lift open points first, as Lift does: the figures that are confirmed are those that were shown and the reasons.
// elections.ErrConfirmerChanged is returned to a person whose account another one changed lately.
// If the second count then refuses the confirmation, the reasons stay recorded.
func (s *Service) Certify(ctx context.Context, actor audit.Actor, electionID int64, shown string, reasons ...Reason) (*Final, error) {
	before, err := s.Final(ctx, electionID)
	if err != nil {
		return nil, err
	}
	if err := before.admits(shown, s.now(), reasons...); err != nil {
		return nil, err
	}
	if len(reasons) > 0 {
		if before, err = s.Lift(ctx, actor, electionID, before.Hash, reasons...); err != nil {
			return nil, err
		}
		shown = before.Hash
	}
	for _, c := range before.Certification.Standing(before.Hash) {
		if c.AdministratorID == actor.ID { // known before the count, which takes its time
			return nil, elections.ErrConfirmedAlready
		}
	}
	if err := elections.MayConfirm(before.AccountChanges, actor, s.now()); err != nil {
		return nil, err
	}
	counted, hash, err := s.countAgain(ctx, electionID)
	if err != nil {
		return nil, err
	}
	if shown == "" {
		shown = before.Hash
	}
	var after *Final
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		present, err := s.finalWithin(ctx, tx, electionID)
		if err != nil {
			return err
		}
		if err := present.admits(shown, s.now()); err != nil {
			return err
		}
		if present.Hash != hash { // ballots moved since the second count
			return ErrFiguresChanged
		}
		if err := s.confirm(ctx, tx, actor, present, counted); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.Changed(electionID) }) //nolint:contextcheck // the feed outlives the request
		after, err = s.finalWithin(ctx, tx, electionID)
		return err
	})
	return after, err
}

// confirm records the second count and the confirmation of the present figures.
func (s *Service) confirm(ctx context.Context, tx *database.Tx, actor audit.Actor, present *Final, counted int64) error {
	e := present.Results.Election
	err := s.log.Append(ctx, tx.SQL(), actor, "counted-again", elections.Subject(e.ID),
		map[string]any{"ballots": counted, "figures": present.Hash})
	if err != nil {
		return err
	}
	if err := s.voidOutdated(ctx, tx, present); err != nil {
		return err
	}
	c, err := s.elections.Confirm(ctx, tx, actor, e, present.Hash)
	if err != nil || c.Record == nil {
		return err
	}
	return storeCertified(tx, e.ID, c.Number, present.Document)
}

// admits refuses a confirmation that cannot succeed now, with these further reasons.
func (f *Final) admits(shown string, now time.Time, reasons ...Reason) error {
	if err := mustCount(f.Results.Election, now); err != nil {
		return err
	}
	if _, err := tidyReasons(reasons); err != nil {
		return err
	}
	if err := f.takes(reasons); err != nil {
		return err
	}
	var fixed, liftable []messages.Message
	for i := range f.OpenPoints {
		p := &f.OpenPoints[i]
		switch {
		case !p.Open() || f.liftedBy(p, reasons):
		case p.Liftable:
			liftable = append(liftable, p.Message)
		default:
			fixed = append(fixed, p.Message)
		}
	}
	switch all := append(fixed, liftable...); {
	case len(fixed) > 0:
		return ErrNotReady.With(messages.RefusalNotReadyToCertifyBecause(messages.Sentences(all...)))
	case len(liftable) > 0:
		return ErrOpenPoints.With(messages.RefusalOpenPointsBecause(messages.Sentences(all...)))
	}
	if shown != "" && shown != f.Hash {
		return ErrFiguresChanged
	}
	return nil
}

// countAgain counts from the batches' files and the online ballots, and compares the outcome with the ledger and with
// the tallies, on one snapshot. It returns the number of ballots and the hash of the figures that follow from both.
func (s *Service) countAgain(ctx context.Context, electionID int64) (counted int64, hash string, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		present, err := s.finalWithin(ctx, tx, electionID)
		if err != nil {
			return err
		}
		second, err := s.countOriginals(ctx, tx, present.Results.Election)
		if err != nil {
			return err
		}
		if len(second.Differences) > 0 {
			const named = 20 // sentences; there can be as many as ballots
			return differing(strings.Join(second.Differences[:min(named, len(second.Differences))], " "))
		}
		lots, err := loadLots(tx, electionID)
		if err != nil {
			return err
		}
		values, err := loadLotValues(tx, electionID)
		if err != nil {
			return err
		}
		keys, err := online.KeyRecordsOf(ctx, tx, []int64{electionID})
		if err != nil {
			return err
		}
		again, err := recomputeBy(s.second, FiguresFormat, Parts{
			Election: present.Results.Election, Tallies: second.Tallies, Lots: lots, Seed: present.Results.Seed, Values: values,
			Batches: second.Batches, Stations: countedStations(present.Stations, second), Protocols: present.Protocols,
			Keys: keys[electionID], Points: present.OpenPoints, Decided: present.Approvals, Corrections: present.Corrections, Before: present.Before,
		})
		if err != nil {
			return err
		}
		document, _, err := again.Encode()
		if err != nil {
			return err
		}
		if !bytes.Equal(document, present.Document) {
			return differing(format.Difference(present.Document, document))
		}
		counted, hash = second.Ballots, present.Hash
		return nil
	})
	return counted, hash, err
}

// countOriginals counts an election from its originals, and compares them with the ledger and with the tallies of
// polling stations.
func (s *Service) countOriginals(ctx context.Context, tx *database.Tx, e *elections.Election) (*ballots.SecondCount, error) {
	second, err := s.originals.CountAgain(ctx, tx, e)
	if err != nil {
		return nil, err
	}
	if err := online.CountAgain(ctx, tx, e, second); err != nil {
		return nil, err
	}
	return second, second.CompareStations(ctx, tx, e.ID)
}

// differing refuses to confirm what the second count contradicts.
func differing(how string) error {
	return ErrSecondCount.With(messages.RefusalSecondCountDiffersHow(how))
}

// CreateSecondRound makes the second round of a certified presidential election without a winner, between
// its two leading candidates, by plurality. Refusals: ErrNoSecondRound, elections.ErrSecondRoundExists, and
// those of elections.Create.
func (s *Service) CreateSecondRound(ctx context.Context, actor audit.Actor, firstID int64, p elections.Period) (created *elections.Election, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		first, err := s.finalWithin(ctx, tx, firstID)
		if err != nil {
			return err
		}
		if first.Results.State != elections.Certified || len(first.Results.SecondRound) != 2 {
			return ErrNoSecondRound
		}
		created, err = s.elections.CreateSecondRound(ctx, tx, actor, first.Results.Election, first.Results.SecondRound, p)
		return err
	})
	return created, err
}
