package faults

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/testing/apptest"
)

// acts are all acts that are tried.
func acts() []act {
	return slices.Concat(ballotActs(), protocolActs(), electionActs(), []act{backupAct()})
}

func ballotActs() []act {
	return []act{
		{
			name: "vote",
			do:   func(ctx context.Context, s *stage) error { return s.vote(ctx, 5) },
			done: func(ctx context.Context, s *stage) (bool, error) {
				var ballots int
				err := s.DB.Pool().QueryRowContext(ctx, `SELECT count(*) FROM online_ballots`).Scan(&ballots)
				return ballots == 6, err
			},
		},
		{
			name: "accept and count a batch",
			do: func(ctx context.Context, s *stage) error {
				id, err := s.upload(ctx, 30)
				if err != nil {
					return err
				}
				_ = s.settle(ctx, id, batch.Counted) // the answer was given before
				return nil
			},
			done: func(ctx context.Context, s *stage) (bool, error) {
				all, err := s.Batches.Batches(ctx, batch.Filter{})
				if err != nil || len(all) < 2 {
					return false, err
				}
				return true, s.settle(ctx, all[0].ID, batch.Counted)
			},
		},
		{
			name: "retract a batch",
			do: func(ctx context.Context, s *stage) error {
				_, err := s.Batches.Retract(ctx, s.ada, s.batch, "a test")
				if err == nil {
					_ = s.settle(ctx, s.batch, batch.Retracted)
				}
				return err
			},
			done: func(ctx context.Context, s *stage) (bool, error) {
				b, err := s.Batches.Batch(ctx, s.batch)
				if err != nil || b.State == batch.Counted {
					return false, err
				}
				return true, s.settle(ctx, s.batch, batch.Retracted)
			},
		},
		{
			name: "restore a batch",
			before: func(t *testing.T, s *stage) {
				t.Helper()
				must[batch.Batch](t)(s.Batches.Retract(t.Context(), s.ada, s.batch, "a test"))
				if err := s.settle(t.Context(), s.batch, batch.Retracted); err != nil {
					t.Fatal(err)
				}
			},
			do: func(ctx context.Context, s *stage) error {
				_, err := s.Batches.Restore(ctx, s.ada, s.batch, "a test")
				if err == nil {
					_ = s.settle(ctx, s.batch, batch.Counted)
				}
				return err
			},
			done: func(ctx context.Context, s *stage) (bool, error) {
				b, err := s.Batches.Batch(ctx, s.batch)
				if err != nil || b.State == batch.Retracted {
					return false, err
				}
				return true, s.settle(ctx, s.batch, batch.Counted)
			},
		},
		{
			name: "issue voter keys",
			do: func(ctx context.Context, s *stage) error {
				_, err := apptest.Keys(ctx, s.Votes, s.online.ID, 40, func(i int) online.Voter { return online.Voter{PersonalID: fmt.Sprint("later-", i)} })
				return err
			},
			done: func(ctx context.Context, s *stage) (bool, error) {
				n, err := s.Votes.Keys(ctx, s.online.ID)
				if err == nil && n != 12 && n != 52 {
					err = fmt.Errorf("want none or all of the roll's keys, got %d keys", n)
				}
				return n == 52, err
			},
		},
	}
}

func protocolActs() []act {
	first := func(t *testing.T, s *stage) {
		t.Helper()
		if err := s.enter(t.Context(), s.person(), 0); err != nil {
			t.Fatal(err)
		}
	}
	both := func(t *testing.T, s *stage) {
		t.Helper()
		first(t, s)
		if err := s.enter(t.Context(), s.other(), 0); err != nil {
			t.Fatal(err)
		}
	}
	return []act{
		{
			name: "first entry of a protocol",
			do:   func(ctx context.Context, s *stage) error { return s.enter(ctx, s.person(), 0) },
			done: func(ctx context.Context, s *stage) (bool, error) { return s.protocolIs(ctx, 0, protocol.FirstEntry) },
		},
		{
			name: "second entry of a protocol", before: first,
			do:   func(ctx context.Context, s *stage) error { return s.enter(ctx, s.other(), 0) },
			done: func(ctx context.Context, s *stage) (bool, error) { return s.protocolIs(ctx, 0, protocol.Definitive) },
		},
		{
			name: "retract a protocol", before: both,
			do: func(ctx context.Context, s *stage) error {
				_, err := s.Protocols.Retract(ctx, s.ada, s.station[0], "a test")
				return err
			},
			done: func(ctx context.Context, s *stage) (bool, error) { return s.protocolIs(ctx, 0, protocol.Retracted) },
		},
		{
			name: "annul a polling station", before: both,
			do: func(ctx context.Context, s *stage) error {
				_, err := s.Elections.AnnulStation(ctx, s.ada, s.station[0], "a test")
				return err
			},
			done: func(ctx context.Context, s *stage) (bool, error) {
				station, err := s.Elections.Station(ctx, s.station[0])
				return station.Exclusion == elections.AnnulledStation, err
			},
		},
		{
			name: "close a polling station",
			do: func(ctx context.Context, s *stage) error {
				_, err := s.Elections.CloseStation(ctx, s.ada, s.station[1], "a test")
				return err
			},
			done: func(ctx context.Context, s *stage) (bool, error) {
				station, err := s.Elections.Station(ctx, s.station[1])
				return station.Exclusion == elections.ClosedWithout, err
			},
		},
	}
}

func electionActs() []act {
	return []act{
		{
			name: "change a definition",
			do: func(ctx context.Context, s *stage) error {
				_, err := s.Elections.AddStation(ctx, s.ada, s.stations.ID, s.stations.Constituencies[0].ID, elections.StationDraft{Number: "9"}, "it was forgotten")
				return err
			},
			done: func(ctx context.Context, s *stage) (bool, error) {
				stations, err := s.Elections.Stations(ctx, s.stations.ID)
				return len(stations[s.stations.Constituencies[0].ID]) == 4, err
			},
		},
		{
			name:   "close the voting",
			before: func(_ *testing.T, s *stage) { s.clock.Move(59 * time.Minute) },
			do: func(ctx context.Context, s *stage) error {
				s.clock.Move(2 * time.Minute)
				return wait(ctx, func() (bool, error) { return s.closed(ctx) })
			},
			done: func(ctx context.Context, s *stage) (bool, error) { return s.closed(ctx) },
		},
		{
			name: "certify",
			before: func(t *testing.T, s *stage) {
				t.Helper()
				for _, by := range []protocol.Person{s.person(), s.other()} {
					if err := s.enter(t.Context(), by, 0); err != nil {
						t.Fatal(err)
					}
				}
				s.certifiable(t)
			},
			do: func(ctx context.Context, s *stage) error { return s.certify(ctx) },
			done: func(ctx context.Context, s *stage) (bool, error) {
				return s.stateOf(ctx, s.stations.ID, elections.Certified)
			},
		},
	}
}

// closed reports whether the close of the election with online votes has finished.
func (s *stage) closed(ctx context.Context) (bool, error) {
	var finished bool
	err := s.DB.Pool().QueryRowContext(ctx, `SELECT count(*) FROM online_closings WHERE election_id = $1 AND step = 'finished'`, s.online.ID).Scan(&finished)
	return finished, err
}
