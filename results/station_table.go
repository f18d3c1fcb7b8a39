package results

import (
	"context"
	"sync"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/database"
	"urna/results/bundle/format"
)

// StationTable has all polling stations of an election with their counts, as they are published.
type StationTable struct {
	Figures *Figures // with stations and station sums
	Votes   format.StationVotes
	Results *Results
	Until   time.Time // when the clock alone changes it; zero is never
}

// StationTable returns all polling stations of an election. Errors: ErrEmbargoed, elections.ErrUnknownElection,
// ErrReopened while a correction is open, and ErrAltered if the figures of a certified election are not those that were
// certified.
func (s *Service) StationTable(ctx context.Context, electionID int64) (table *StationTable, err error) {
	begun := s.now()
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		f, err := s.shownWithin(ctx, tx, electionID)
		if err != nil {
			return err
		}
		public, err := s.publicWithin(ctx, tx, f, begun, true)
		if err != nil {
			return err
		}
		r, err := public.Count()
		if err != nil {
			return err
		}
		switch {
		case r.Altered:
			return ErrAltered
		case r.State == elections.Correcting:
			return ErrReopened
		}
		table = &StationTable{Results: r, Until: public.Until}
		if public.Final != nil {
			table.Figures = public.Final.Figures
		}
		return table.read(ctx, tx, r)
	})
	return table, err
}

func (t *StationTable) read(ctx context.Context, tx *database.Tx, r *Results) error {
	id := r.Election.ID
	records, err := ballots.StationRecordsOf(ctx, tx, []int64{id})
	if err != nil {
		return err
	}
	tallies, err := ballots.StationTallies(ctx, tx, id)
	if err != nil {
		return err
	}
	cast := map[int64]ballots.Tally{}
	if err := online.AddTallies(ctx, tx, cast, id); err != nil {
		return err
	}
	if t.Figures == nil || r.Election.Correction == 0 {
		if t.Figures, err = newFigures(FiguresFormat, r, annexes{stations: sumsAlone(records[id], tallies)}); err != nil {
			return err
		}
	}
	t.Votes = format.StationVotes{}
	for i := range t.Figures.StationSums {
		sum := &t.Figures.StationSums[i]
		for _, station := range sum.Stations {
			for poll, votes := range tallies[station].Votes {
				t.Votes.Add(sum.ID, poll, votes)
			}
		}
		if sum.Online > 0 {
			for poll, votes := range cast[sum.ConstituencyID].Votes {
				t.Votes.Add(sum.ID, poll, votes)
			}
		}
	}
	return nil
}

// sumsAlone returns the sum of each polling station.
func sumsAlone(records []ballots.StationRecord, tallies map[int64]ballots.Tally) []StationSum {
	stations := make([]StationSum, len(records))
	for i, record := range records {
		tally, counted := tallies[record.ID]
		stations[i] = StationSum{StationRecord: record, Size: tally.StationSize(), InCount: counted || record.State == ballots.StationCounted}
	}
	return stations
}

// certifiedChecks remember whether the figures of certified elections were those that were certified.
type certifiedChecks struct {
	sync.Mutex

	of map[int64]certifiedCheck
}

type certifiedCheck struct {
	version database.Version
	altered bool
}

// refuseAltered returns ErrAltered if the figures of a certified election are not those that were certified. While the
// database does not change it looks once.
func (s *Service) refuseAltered(ctx context.Context, electionID int64) error {
	s.checks.Lock()
	last, known := s.checks.of[electionID]
	s.checks.Unlock()
	if !known || !s.db.Unchanged(last.version) { //nolint:contextcheck // it waits for nothing
		next := certifiedCheck{}
		var err error
		if next.version, err = s.db.Version(ctx); err != nil {
			return err
		}
		if next.altered, err = s.isAltered(ctx, electionID); err != nil {
			return err
		}
		s.checks.Lock()
		s.checks.of[electionID], last = next, next
		s.checks.Unlock()
	}
	if last.altered {
		return ErrAltered
	}
	return nil
}

// isAltered is isAlteredWithin of a snapshot.
func (s *Service) isAltered(ctx context.Context, electionID int64) (altered bool, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err == nil {
			altered, err = s.isAlteredWithin(ctx, tx, e)
		}
		return err
	})
	return altered, err
}

// StationStates returns the states of polling stations by their ids. They are always public.
func (s *Service) StationStates(ctx context.Context, ids []int64) (map[int64]ballots.StationState, error) {
	states := map[int64]ballots.StationState{}
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		records, err := ballots.StationRecords(ctx, tx, ids)
		for i := range records {
			states[records[i].ID] = records[i].State
		}
		return err
	})
	return states, err
}
