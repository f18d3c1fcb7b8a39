package verify_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/elections"
	"urna/elections/turnout"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/results"
)

func (m *maker) council(actors []audit.Actor) error {
	id, err := m.election(actors[0], "Council", elections.RunningCount, elections.ConstituencyDraft{Name: "North", Seats: 4}, elections.ConstituencyDraft{Name: "South", Seats: 3})
	if err != nil {
		return err
	}
	for _, f := range []struct {
		constituency int64
		file         string
	}{
		{1, "guid,poll number\n" + ballotLines(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 9)},
		{1, ballotLines(13, 1, 1, 1, 2, 2, 3)},
		{2, ballotLines(101, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3)},
		{2, ballotLines(111, 3, 3, 3, 1)},
		{2, ballotLines(121, 2, 2, 3, 1) + ballotLines(101, 1)},
	} {
		if err := m.count(actors[2], id, f.constituency, f.file); err != nil {
			return err
		}
	}
	if err := m.retract(actors[0]); err != nil {
		return err
	}
	if err := m.vote(actors[0], id, 24, "North", "South"); err != nil {
		return err
	}
	m.clock.Move(2 * time.Hour)
	for _, actor := range actors[:2] {
		var final *results.Final
		err := until("closing", func() (bool, error) {
			final, err = m.Results.Final(m.ctx, id)
			return err == nil && !slices.ContainsFunc(final.OpenPoints, func(p results.OpenPoint) bool { return p.Open() && !p.Liftable }), err
		})
		if err != nil {
			return fmt.Errorf("%w: %+v", err, final.Obstacles)
		}
		var reasons []results.Reason
		for _, p := range final.OpenPoints {
			if p.Open() {
				reasons = append(reasons, results.Reason{Point: p.Key(), Text: "It is a test."})
			}
		}
		if _, err := m.Results.Certify(m.ctx, actor, id, "", reasons...); err != nil {
			return err
		}
	}
	return nil
}

// late makes an election that has ended, with three late batches: one is approved, one is refused, one waits. It has a
// turnout report, which was corrected.
func (m *maker) late(actors []audit.Actor) error {
	now := m.clock.Now()
	until := now.Add(-30 * time.Minute)
	d := elections.Draft{
		Title: "Late", Kind: elections.Parliamentary, StartsAt: now.Add(-2 * time.Hour), EndsAt: now.Add(-time.Hour), BatchesUntil: &until, OpenNow: true,
		Channels: []elections.Channel{elections.Batches}, Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}}}},
	}
	hour := now.Add(-90 * time.Minute).Truncate(time.Second)
	d.TurnoutReportsAt = []string{hour.Format(time.RFC3339)}
	e, err := m.Elections.Create(m.ctx, actors[0], d)
	if err != nil {
		return err
	}
	for _, voters := range []int64{40, 45} {
		_, err := m.Turnout.Enter(m.ctx, actors[2], e.ID, turnout.Draft{
			Place: turnout.Place{ConstituencyID: e.Constituencies[0].ID}, Hour: hour, Voters: voters, Reason: "the list at the door",
		})
		if err != nil {
			return err
		}
	}
	for i, state := range []batch.State{batch.Counted, batch.Retracted, batch.Waiting} {
		b, err := m.Batches.Receive(m.ctx, batch.Delivery{
			Actor: actors[2], ElectionID: e.ID, FileName: "late.csv", Reason: "the boat was late",
		}, strings.NewReader(ballotLines(300+10*i, 1, 1)))
		if err != nil {
			return err
		}
		if state != batch.Waiting {
			open, err := m.Approvals.Approvals(m.ctx, auth.ApprovalFilter{Open: true})
			if err != nil {
				return err
			}
			if _, err := m.Approvals.Decide(m.ctx, actors[0], open[0].ID, auth.Decision{Approve: state == batch.Counted, Reason: "seen"}); err != nil {
				return err
			}
		}
		if err := m.settle(b.ID, state); err != nil {
			return err
		}
	}
	return nil
}

// stations makes an open election with polling stations. A batch of the second has a duplicate of one of the first; the
// first has a second batch, which is late.
func (m *maker) stations(actors []audit.Actor) error {
	draft := elections.ConstituencyDraft{Name: "Coast", Seats: 3, Stations: []elections.StationDraft{
		{Number: "1", Name: "School", Place: "Harbour", RegisteredVoters: 400}, {Number: "2", Kind: elections.MobileStation}, {Number: "3"}, {Number: "4"}, {Number: "5"},
	}}
	id, err := m.election(actors[0], "Stations", elections.RunningCount, draft)
	if err != nil {
		return err
	}
	stations, err := m.Elections.Stations(m.ctx, id)
	if err != nil {
		return err
	}
	var of []elections.Station
	for _, of = range stations {
	}
	for _, f := range []struct {
		station int64
		file    string
		state   batch.State
	}{
		{of[0].ID, ballotLines(401, 1, 1, 2, 9), batch.Counted},
		{of[0].ID, ballotLines(411, 2, 3), batch.Waiting}, // the station is counted
		{of[1].ID, ballotLines(421, 1, 2, 2) + ballotLines(401, 1), batch.Counted},
	} {
		b, err := m.Batches.Receive(m.ctx, batch.Delivery{Actor: actors[2], ElectionID: id, StationID: f.station, FileName: "a.csv"}, strings.NewReader(f.file))
		if err == nil {
			err = m.settle(b.ID, f.state)
		}
		if err != nil {
			return err
		}
	}
	return m.split(actors[2], id)
}

// split sends a file of two polling stations.
func (m *maker) split(official audit.Actor, election int64) error {
	var file strings.Builder
	file.WriteString("guid,poll number,station\n")
	for i, station := range []string{"5", "5", "4"} {
		file.WriteString(strings.TrimSpace(ballotLines(431+i, 1+i)) + "," + station + "\n")
	}
	parts, err := m.Batches.ReceiveAll(m.ctx, batch.Delivery{Actor: official, ElectionID: election, FileName: "b.csv", MaySplit: true}, strings.NewReader(file.String()))
	for _, b := range parts {
		err = errors.Join(err, m.settle(b.ID, batch.Counted))
	}
	return err
}

// retract takes the batches 4 and 5 out of the count, and puts 5 back.
func (m *maker) retract(actor audit.Actor) error {
	for _, id := range []int64{4, 5} {
		if _, err := m.Batches.Retract(m.ctx, actor, id, "sent by mistake"); err != nil {
			return err
		}
		if err := m.settle(id, batch.Retracted); err != nil {
			return err
		}
	}
	if _, err := m.Batches.Restore(m.ctx, actor, 5, "it was right"); err != nil {
		return err
	}
	return m.settle(5, batch.Counted)
}

// vote issues so many keys, and casts a vote with each, for one list after the other.
func (m *maker) vote(actor audit.Actor, election int64, voters int, constituencies ...string) error {
	keys, err := apptest.Keys(m.ctx, m.Votes, election, voters, func(i int) online.Voter {
		return online.Voter{PersonalID: fmt.Sprintf("%d-%d", election, i), Constituency: constituencies[i%len(constituencies)]}
	})
	if err != nil {
		return err
	}
	cast := make(chan error, len(keys))
	for i, key := range keys {
		go func() {
			cast <- m.Votes.Cast(m.ctx, online.Vote{
				Credentials: online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID}, Candidate: strconv.Itoa(i%5%3 + 1),
			})
		}()
	}
	for range keys {
		err = errors.Join(err, <-cast)
	}
	return err
}

func (m *maker) town(actors []audit.Actor) error {
	id, err := m.election(actors[1], "Town", elections.RunningCount, elections.ConstituencyDraft{Name: "Town", Seats: 1})
	if err != nil {
		return err
	}
	if err := m.count(actors[2], id, 3, ballotLines(1, 1, 1, 2, 2, 3)); err != nil {
		return err
	}
	m.clock.Move(2 * time.Hour)
	return until("closing", func() (bool, error) {
		_, err := m.Results.RecordLot(m.ctx, actors[1], id, results.LotDraft{Participants: []int64{2, 1}, Place: "Hall", Witnesses: "All"})
		if errors.Is(err, results.ErrCountNotDone) {
			return false, nil
		}
		return err == nil, err
	})
}

func (m *maker) region(actors []audit.Actor) error {
	id, err := m.election(actors[0], "Region", elections.TurnoutOnly,
		elections.ConstituencyDraft{Name: "Region", Seats: 5}, elections.ConstituencyDraft{Name: "Hills", Seats: 1})
	if err != nil {
		return err
	}
	if err := m.count(actors[2], id, 4, ballotLines(1, 1, 2, 2, 3, 7)+ballotLines(1, 3)); err != nil {
		return err
	}
	if err := m.vote(actors[0], id, 16, "Region", "Hills"); err != nil {
		return err
	}
	_, err = apptest.Keys(m.ctx, m.Votes, id, 4, func(i int) online.Voter {
		return online.Voter{PersonalID: fmt.Sprintf("not-yet-%d", i), Constituency: "Region"}
	})
	return err
}
