package results

import (
	"context"
	"slices"
	"time"

	"urna/ballots"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/database"
	"urna/internal/messages"
)

// Pending is an election that waits for its administrators: it ended and is not certified, or its second round is not
// created yet.
type Pending struct {
	Election *elections.Election
	// Obstacles say why the figures cannot be confirmed now, as Final.Obstacles. Reasons can lift all of them if Liftable
	// is set.
	Obstacles []messages.Message
	Liftable  bool
	// Ties are the constituencies with an open tie.
	Ties []Constituency
	// Confirmed are the confirmations of the present figures.
	Confirmed []elections.Confirmation
	// SecondRound is set for a certified election whose second round is still to be created.
	SecondRound bool
}

// Pending returns those of the elections that wait for their administrators, in the order of the list. The number of
// its queries does not depend on the number of elections.
func (s *Service) Pending(ctx context.Context, list []*elections.Election) (pending []Pending, err error) {
	now := s.now()
	var ids []int64
	chosen := list[:0:0]
	for _, e := range list {
		if e.StateAt(now).ToBeCertified() || mayLackRound(e, list, now) {
			chosen, ids = append(chosen, e), append(ids, e.ID)
		}
	}
	if len(chosen) == 0 {
		return nil, nil
	}
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		pending, err = s.pendingWithin(ctx, tx, chosen, ids, now)
		return err
	})
	return pending, err
}

// mayLackRound reports whether an election can have a second round that none of the list is yet.
func mayLackRound(e *elections.Election, list []*elections.Election, now time.Time) bool {
	if e.Kind != elections.Presidential || e.Rules.Majority == elections.Plurality || e.StateAt(now) != elections.Certified {
		return false
	}
	for _, other := range list {
		if other.SecondRoundOf == e.ID && other.WithdrawnAt == nil {
			return false
		}
	}
	return true
}

func (s *Service) pendingWithin(ctx context.Context, tx *database.Tx, list []*elections.Election, ids []int64, now time.Time) ([]Pending, error) {
	confirmations, err := s.elections.ConfirmationsWithin(tx, ids)
	if err != nil {
		return nil, err
	}
	computed, err := s.inspectAll(ctx, tx, list, ids, now)
	if err != nil {
		return nil, err
	}
	var pending []Pending
	for i, e := range list {
		if computed[i] == nil { // which its own page says; the others are pending all the same
			pending = append(pending, Pending{Election: e, Obstacles: []messages.Message{messages.ObstaclesNoFigures()}})
			continue
		}
		r := computed[i].results
		p := Pending{Election: e, SecondRound: r.State == elections.Certified}
		if p.SecondRound && len(r.SecondRound) != 2 {
			continue
		}
		if !p.SecondRound {
			points := computed[i].points
			p.Obstacles = sentencesOf(points)
			p.Liftable = !slices.ContainsFunc(points, func(o OpenPoint) bool { return o.Open() && !o.Liftable })
			if p.Confirmed, err = standing(confirmations[e.ID], r, annexes{
				computed[i].batches, computed[i].stations, computed[i].protocols, computed[i].keys, points, computed[i].decided, computed[i].corrections,
				computed[i].before,
			}); err != nil {
				return nil, err
			}
		}
		for k := range r.Constituencies {
			if r.Constituencies[k].Tie != nil {
				p.Ties = append(p.Ties, r.Constituencies[k])
			}
		}
		pending = append(pending, p)
	}
	return pending, nil
}

// inspectAll computes the results of elections with their open points, in the order of the list; nil for figures that
// cannot be computed.
func (s *Service) inspectAll(ctx context.Context, tx *database.Tx, list []*elections.Election, ids []int64, now time.Time) ([]*inspected, error) {
	all, err := s.figuresOf(ctx, tx, list, ids)
	if err != nil {
		return nil, err
	}
	sums, err := ballots.BatchSumsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	keys, err := online.KeyRecordsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	periods := make([]approval.Period, len(ids))
	for i, id := range ids {
		periods[i].ElectionID = id
	}
	decided, err := s.decided(ctx, tx, periods...)
	if err != nil {
		return nil, err
	}
	protocols, err := s.protocolsOf(ctx, tx, list...)
	if err != nil {
		return nil, err
	}
	stations, err := stationSumsOf(ctx, tx, list, sums, protocols)
	if err != nil {
		return nil, err
	}
	var counting []*inspected
	computed := make([]*inspected, len(list))
	for i, e := range list {
		r, err := compute(all[i], now)
		if err != nil {
			continue
		}
		computed[i] = &inspected{figures: all[i], results: r, batches: sums[e.ID], keys: keys[e.ID], decided: decided[e.ID], stations: stations[e.ID], protocols: protocols[e.ID]}
		if e.Correcting {
			if err := s.addCorrections(ctx, tx, computed[i]); err != nil {
				return nil, err
			}
		}
		if r.State != elections.Certified {
			counting = append(counting, computed[i])
		}
	}
	return computed, s.inspect(ctx, tx, counting)
}

// standing returns the confirmations that are of these figures.
func standing(confirmations []elections.Confirmation, r *Results, with annexes) ([]elections.Confirmation, error) {
	if len(confirmations) == 0 {
		return nil, nil
	}
	figures, err := newFigures(FiguresFormat, r, with)
	if err != nil {
		return nil, err
	}
	_, hash, err := figures.Encode()
	if err != nil {
		return nil, err
	}
	c := elections.Certification{Confirmations: confirmations}
	return c.Standing(hash), nil
}

// figuresOf reads what a transaction sees of several elections, in the order of the list.
func (s *Service) figuresOf(ctx context.Context, tx *database.Tx, list []*elections.Election, ids []int64) ([]figures, error) {
	tallies, err := readTallies(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	waiting, err := ballots.BatchesWaitingOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	late, err := ballots.LateBatchesWaitingOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	closed, err := online.VotingClosedOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	lots, err := loadLotsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	seeds, err := loadSeedsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	values, err := loadLotValuesOf(tx, ids)
	if err != nil {
		return nil, err
	}
	stations, err := s.stationCounts(ctx, tx, list...)
	if err != nil {
		return nil, err
	}
	all := make([]figures, len(list))
	for i, e := range list {
		all[i] = figures{
			election: e, tallies: tallies, waiting: waiting[e.ID], late: late[e.ID], closed: closed[e.ID], lots: lots[e.ID], seed: seeds[e.ID],
			values: values[e.ID], stations: stations[e.ID],
		}
	}
	return all, nil
}
