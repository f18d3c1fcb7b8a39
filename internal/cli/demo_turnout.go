package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"urna/client"
)

// showTurnout makes an election that is open and whose counts are not shown, with turnout reports at two hours that have
// come: at the second one a place is missing, and a figure was corrected. It prints the address.
func showTurnout(ctx context.Context, streams *Streams, own *temporary, administrator, official *client.Client) error {
	lists, err := demoLists(ctx, administrator)
	if err != nil {
		return err
	}
	now := time.Now().Truncate(time.Hour)
	morning, noon, evening := now.Add(-4*time.Hour), now.Add(-time.Hour), now.Add(3*time.Hour)
	d := client.NewElection{
		Title: "River Valley, the district council", Kind: "parliamentary", StartsAt: now.Add(-7 * time.Hour), EndsAt: now.Add(5 * time.Hour),
		OpenNow: true, Channels: []string{"batches"}, PublicView: "turnout", Rehearsal: true,
		Rules:            client.Rules{Method: "sainte-lague", ThresholdPercent: "3", ThresholdBase: "valid-party-votes", ThresholdComparison: ">="},
		TurnoutReportsAt: []string{morning.Format(time.RFC3339), noon.Format(time.RFC3339), evening.Format(time.RFC3339)},
	}
	for _, c := range []struct {
		name   string
		seats  int
		voters int64
	}{{"Upper Valley", 5, 4200}, {"Lower Valley", 7, 6100}, {"The Mills", 3, 2450}} {
		d.Constituencies = append(d.Constituencies, client.NewConstituency{Name: c.name, Seats: c.seats, RegisteredVoters: &c.voters, Participants: lists})
	}
	e, err := administrator.CreateElection(ctx, d)
	if err != nil {
		return err
	}
	if len(e.Constituencies) != len(d.Constituencies) {
		return errors.New("the election has other constituencies than it was made with")
	}
	for _, r := range []struct {
		place  int
		at     time.Time
		voters int64
		reason string
	}{
		{0, morning, 610, ""},
		{1, morning, 1038, ""},
		{2, morning, 290, ""},
		{0, noon, 1733, ""},
		{1, noon, 2951, ""},
		{1, noon, 2591, "Two digits had changed places on the telephone."},
	} {
		err := official.ReportTurnout(ctx, e.ID, client.TurnoutReport{
			ConstituencyID: e.Constituencies[r.place].ID, At: r.at, Voters: r.voters, Reason: r.reason,
		})
		if err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(streams.Out, "Turnout reports, with one missing; the official enters it: %s/elections/%d/turnout\n", own.URL, e.ID)
	return err
}

// demoLists returns three lists that are registered, as candidacies.
func demoLists(ctx context.Context, administrator *client.Client) (lists []client.Candidacy, err error) {
	registered, err := administrator.Participants(ctx)
	for _, p := range registered {
		if p.Kind == "party" && len(lists) < 3 {
			lists = append(lists, client.Candidacy{ID: p.ID})
		}
	}
	return lists, err
}
