package stations

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"urna/client"
)

// define makes the election as a draft.
func (n *night) define(ctx context.Context) error {
	e := client.NewElection{
		Title: "A night of stations", Kind: "parliamentary", Draft: true, Rehearsal: true, ProtocolForm: "plain", TimeZone: "UTC",
		StartsAt: time.Now().Add(-14 * time.Hour).Truncate(time.Hour), EndsAt: time.Now().Add(-time.Hour).Truncate(time.Hour),
		Channels: []string{"batches"},
		Rules: client.Rules{
			Method: "dhondt", ThresholdPercent: "3", ThresholdBase: "valid-party-votes", ThresholdComparison: ">=", BlankBallots: true,
		},
	}
	e.TurnoutReportsAt = []string{n.hour(e, 2), n.hour(e, 7)}
	var candidacies []client.Candidacy
	for i := range lists {
		p, err := n.administrators[0].CreateParticipant(ctx, client.Participant{Name: fmt.Sprintf("List %d", i+1), Kind: "party"})
		if err != nil {
			return err
		}
		candidacies = append(candidacies, client.Candidacy{ID: p.ID})
	}
	for _, c := range n.constituencies {
		made := client.NewConstituency{Name: c.name, Seats: c.seats, Participants: candidacies, RegisteredVoters: new(int64)}
		for _, s := range c.stations {
			made.Stations = append(made.Stations, client.NewStation{Number: s.number, Name: "School " + s.number, RegisteredVoters: &s.registered})
			*made.RegisteredVoters += s.registered
		}
		e.Constituencies = append(e.Constituencies, made)
	}
	made, err := n.administrators[0].CreateElection(ctx, e)
	if err != nil {
		return err
	}
	n.election = made.ID
	for i, c := range made.Constituencies {
		n.constituencies[i].id = c.ID
	}
	return nil
}

// hour returns an hour of turnout reports.
func (n *night) hour(e client.NewElection, after int) string {
	return e.StartsAt.Add(time.Duration(after) * time.Hour).UTC().Format(time.RFC3339)
}

// hire makes the accounts of the officials, each with the places where they work: two people for every other constituency.
func (n *night) hire(ctx context.Context) error {
	for i := range n.officials {
		account := client.NewAccount{
			Email: fmt.Sprintf("official-%d@example.org", i+1), Forename: "Grace", Surname: fmt.Sprintf("Number%d", i+1), Role: "official",
			Password: fmt.Sprintf("nanosecond of wire %d", i+1),
		}
		for place, c := range n.constituencies {
			if place%2 == i/2 {
				account.Places = append(account.Places, client.Place{ConstituencyID: c.id})
			}
		}
		if _, err := n.administrators[0].CreateAccount(ctx, account); err != nil {
			return err
		}
		n.officials[i] = n.administrators[0].As()
		if err := n.officials[i].SignIn(ctx, account.Email, account.Password); err != nil {
			return err
		}
	}
	return nil
}

// typists returns the two officials of a constituency, in turns.
func (n *night) typists(s *station) (first, second *client.Client) {
	first, second = n.officials[s.place%2*2], n.officials[s.place%2*2+1]
	if s.id%2 == 0 {
		return second, first
	}
	return first, second
}

// publish publishes the election, which opens and has ended at once, and reads the numbers of its stations.
func (n *night) publish(ctx context.Context) error {
	if _, err := n.administrators[0].PublishElection(ctx, n.election, true); err != nil && !refusedWith(err, http.StatusConflict, "election-published") {
		return err
	}
	type key struct {
		place  int64
		number string
	}
	found, err := n.administrators[0].Stations(ctx, n.election)
	ids := map[key]int64{}
	for _, s := range found {
		ids[key{s.ConstituencyID, s.Number}] = s.ID
	}
	for _, s := range n.all() {
		s.id = ids[key{n.constituencies[s.place].id, s.number}]
	}
	return err
}

// reportTurnout reports the voters of every tenth station at two hours. One of them reports fewer voters at the later hour,
// which is refused without a reason.
func (n *night) reportTurnout(ctx context.Context) error {
	e, err := n.administrators[0].Turnout(ctx, n.election)
	if err != nil {
		return err
	}
	fell := false
	for i, s := range n.all() {
		if i%10 != 0 {
			continue
		}
		by, _ := n.typists(s)
		for h, voters := range []int64{s.inBox() / 3, s.inBox() * 2 / 3} {
			report := client.TurnoutReport{StationID: s.id, At: e.Hours[h].At, Voters: voters}
			if h == 1 && !fell {
				fell, report.Voters = true, s.inBox()/4
				if err := by.ReportTurnout(ctx, n.election, report); !refusedWith(err, http.StatusUnprocessableEntity, "") {
					return fmt.Errorf("want a figure that falls refused without a reason, got %w", err)
				}
				report.Reason = "The earlier figure counted two rooms."
			}
			if err := by.ReportTurnout(ctx, n.election, report); err != nil {
				return err
			}
		}
	}
	return nil
}

// refusedWith reports whether an error is the server's refusal with the status and, unless it is "", the code.
func refusedWith(err error, status int, code string) bool {
	refusal, ok := errors.AsType[*client.ProblemError](err)
	return ok && refusal.Status == status && (code == "" || refusal.Code == code)
}
