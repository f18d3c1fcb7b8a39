package stations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"urna/client"
)

// correction is what a court orders after the certification, and what the papers say then.
type correction struct {
	annul    *station // its ballots leave the count
	ballots  *station // they are counted again: one was for another list
	protocol *station // its ballots are counted again: one was for another list
	repeat   *station // the station that is missing; its voters vote
	before   []outcome
}

// newCorrection chooses the stations of the last constituency, and the one that is missing.
func (n *night) newCorrection() *correction {
	c := &correction{repeat: n.where(func(s *station) bool { return s.fate == missing })[0]}
	for _, place := range n.constituencies {
		c.before = append(c.before, place.outcome())
	}
	for _, s := range n.constituencies[len(n.constituencies)-1].stations {
		switch {
		case s.fate != counted || s.trouble != noTrouble:
		case s.protocol && c.protocol == nil:
			c.protocol = s
		case !s.protocol && c.ballots == nil:
			c.ballots = s
		case !s.protocol && c.annul == nil:
			c.annul = s
		}
	}
	return c
}

// open opens the correction, which needs the second administrator.
func (c *correction) open(ctx context.Context, n *night) error {
	err := n.approved(ctx, func() error {
		_, err := n.administrators[0].OpenCorrection(ctx, n.election, client.NewCorrection{
			Reason: "Complaints about four stations were right.", OrderedBy: "Constitutional court, decision 17/2026",
			Stations: []client.CorrectedPlace{
				{StationID: c.annul.id, Act: "annul"},
				{StationID: c.ballots.id, Act: "recount"},
				{StationID: c.protocol.id, Act: "recount"},
				{StationID: c.repeat.id, Act: "repeat"},
			},
		})
		return err
	})
	if err != nil {
		return err
	}
	e, err := n.administrators[0].Election(ctx, n.election)
	if err == nil && e.State != "correcting" {
		err = fmt.Errorf("want the election correcting, got %s", e.State)
	}
	return err
}

// carryOut does what was ordered. No other station can change.
func (c *correction) carryOut(ctx context.Context, n *night) error {
	if err := c.refused(ctx, n); err != nil {
		return err
	}
	if err := n.done(ctx, func() error {
		return n.administrators[0].AnnulStation(ctx, n.election, c.annul.id, "By order of the court.")
	}); err != nil {
		return err
	}
	c.annul.fate = annulled
	found, err := n.administrators[0].StationBatches(ctx, n.election, c.ballots.id)
	if err != nil || len(found) != 1 {
		return fmt.Errorf("want the batch of station %d, got %+v, %w", c.ballots.id, found, err)
	}
	if err := n.done(ctx, func() error {
		return n.administrators[0].RetractBatch(ctx, found[0].ID, "The ballots were counted again.")
	}); err != nil {
		return err
	}
	c.ballots.votes[0]--
	c.ballots.votes[1]++
	c.repeat.fate = counted
	for _, s := range []*station{c.ballots, c.repeat} {
		if err := n.sendFile(ctx, upload{[]*station{s}, false}, n.file(s, false)); err != nil {
			return err
		}
	}
	if err := n.done(ctx, func() error {
		return n.administrators[0].ReopenProtocol(ctx, n.election, c.protocol.id, "The ballots were counted again.")
	}); err != nil {
		return err
	}
	c.protocol.votes[0]--
	c.protocol.votes[1]++
	one, other := n.typists(c.protocol)
	if err := n.enter(ctx, one, c.protocol, c.protocol.entry(), "first-entry"); err != nil {
		return err
	}
	if err := n.enter(ctx, other, c.protocol, c.protocol.entry(), "definitive"); err != nil {
		return err
	}
	return n.allCounted(ctx, c.ballots, c.repeat)
}

// refused tries to annul a station that the correction does not name.
func (c *correction) refused(ctx context.Context, n *night) error {
	another := n.constituencies[0].stations[0]
	if err := n.administrators[0].AnnulStation(ctx, n.election, another.id, "It is not named."); !refusedWith(err, 409, "") {
		return fmt.Errorf("want a station that the correction does not name left alone, got %w", err)
	}
	return nil
}

// certify certifies the corrected figures over written reasons, as two administrators.
func (c *correction) certify(ctx context.Context, n *night) error {
	at, err := n.administrators[0].Certification(ctx, n.election)
	if err != nil {
		return err
	}
	lift := map[string]string{}
	for _, p := range at.OpenPoints {
		if !p.Liftable || !slices.Contains([]string{"retraction-after-end", "protocol-retraction-after-end"}, p.Code) {
			return fmt.Errorf("want nothing open but what was retracted, got %+v", p)
		}
		lift[point(p)] = "By order of the court."
	}
	if _, err := n.administrators[0].CertifyDespite(ctx, n.election, proof(0), lift); err != nil {
		return err
	}
	if _, err := n.administrators[1].Certify(ctx, n.election, proof(1)); err != nil && !refusedWith(err, 409, "election-certified") {
		return err
	}
	if at, err = n.administrators[0].Certification(ctx, n.election); err == nil && at.State != "certified" {
		err = errors.New("want it certified again, got " + at.State)
	}
	return err
}

// compare compares what the correction says that it changed with the papers before and after.
func (c *correction) compare(t *testing.T, n *night) {
	t.Helper()
	found, err := n.administrators[0].Corrections(t.Context(), n.election)
	if err != nil || len(found) != 1 || found[0].Changes == nil {
		t.Fatalf("want one certified correction, got %+v, %v", found, err)
	}
	got := found[0]
	if got.Number != 2 || got.State != "certified" || len(got.Stations) != 4 || got.Corrects == got.Changes.Figures {
		t.Errorf("want correction 2 of four stations certified, with other figures, got %+v", got)
	}
	var before, after outcome
	for i, place := range n.constituencies {
		now := place.outcome()
		for list := range lists {
			before.votes[list], before.seats[list] = before.votes[list]+c.before[i].votes[list], before.seats[list]+c.before[i].seats[list]
			after.votes[list], after.seats[list] = after.votes[list]+now.votes[list], after.seats[list]+now.seats[list]
		}
	}
	if len(got.Changes.Participants) != lists {
		t.Fatalf("want the changes of %d lists, got %+v", lists, got.Changes.Participants)
	}
	for _, changed := range got.Changes.Participants { // in the order of votes
		number, err := strconv.Atoi(strings.TrimPrefix(changed.Name, "List "))
		if err != nil {
			t.Fatal(err)
		}
		list := number - 1
		votes := client.Change{Before: before.votes[list], After: after.votes[list]}
		seats := client.Change{Before: int64(before.seats[list]), After: int64(after.seats[list])}
		if changed.Votes != votes || changed.Seats != seats {
			t.Errorf("%s: want votes %+v and seats %+v, got %+v and %+v", changed.Name, votes, seats, changed.Votes, changed.Seats)
		}
	}
}
