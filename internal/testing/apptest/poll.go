package apptest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/database"
)

// Candidates is the number of lists in each constituency of a Poll; their names are List 1, List 2, …
const Candidates = 4

// Poll is an election in a data folder, and the keys of its voters.
type Poll struct {
	ElectionID     int64
	Constituencies []int64
	Keys           []online.Key
}

// NewPoll makes an election in a data folder, open for an hour and in running-count view unless change says otherwise,
// with so many voters, who belong to the constituencies in turns. It makes a folder that does not exist. A server may
// run on the folder.
func NewPoll(t *testing.T, data string, voters int, change func(*elections.Draft)) *Poll {
	t.Helper()
	return NewPollIn(t, data, app.Options{}, voters, change)
}

// NewPollIn is NewPoll with options of the data folder, such as another database.
func NewPollIn(t *testing.T, data string, o app.Options, voters int, change func(*elections.Draft)) *Poll {
	t.Helper()
	now := time.Now()
	d := elections.Draft{
		Title: "Vote online", Kind: elections.Parliamentary, StartsAt: now.Add(-time.Hour), EndsAt: now.Add(time.Hour), OpenNow: true,
		TimeZone: "UTC", PublicView: elections.RunningCount, Channels: []elections.Channel{elections.Online, elections.Batches},
		Constituencies: []elections.ConstituencyDraft{{Name: "Nationwide", Seats: 10}},
	}
	d.Rules.ThresholdPercent, d.Rules.ThresholdBase = "0", "none"
	if change != nil {
		change(&d)
	}
	if o.Database == "" {
		Unpack(t, data)
	}
	p, err := build(t.Context(), data, o, d, voters)
	if err != nil {
		t.Fatalf("make an election with voters: %v", err)
	}
	return p
}

func build(ctx context.Context, data string, o app.Options, d elections.Draft, voters int) (_ *Poll, err error) {
	o.Parts, o.Create = app.VoterKeys, true
	a, err := app.Open(ctx, data, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	for i := range Candidates {
		participant, err := a.Participants.Create(ctx, audit.System(),
			participants.Draft{Name: fmt.Sprintf("List %d", i+1), Kind: participants.Party})
		if err != nil {
			return nil, err
		}
		for c := range d.Constituencies {
			d.Constituencies[c].Candidacies = append(d.Constituencies[c].Candidacies, elections.CandidacyDraft{ParticipantID: participant.ID})
		}
	}
	e, err := a.Elections.Create(ctx, audit.System(), d)
	if err != nil {
		return nil, err
	}
	p := &Poll{ElectionID: e.ID}
	for _, c := range e.Constituencies {
		p.Constituencies = append(p.Constituencies, c.ID)
	}
	return p, p.issue(ctx, a.Votes, e, voters)
}

func (p *Poll) issue(ctx context.Context, votes *online.Service, e *elections.Election, voters int) (err error) {
	p.Keys, err = Keys(ctx, votes, e.ID, voters, func(i int) online.Voter {
		return online.Voter{
			PersonalID:   fmt.Sprintf("%d-%07d", e.ID, i),
			Constituency: e.Constituencies[i%len(e.Constituencies)].Name,
		}
	})
	return err
}

// Keys issues keys to so many voters of an election, in the order in which voter describes them; it need not
// name their lines.
func Keys(ctx context.Context, votes *online.Service, electionID int64, voters int, voter func(i int) online.Voter) (keys []online.Key, err error) {
	issued, err := votes.Issue(ctx, audit.System(), electionID, func(yield func(online.Voter, error) bool) {
		for i := range voters {
			v := voter(i)
			v.Line = int64(i + 1)
			if !yield(v, nil) {
				return
			}
		}
	}, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = issued.Close() }()
	for key, err := range issued.Keys() {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// End ends voting now. The server that runs on the folder sees it when it looks for elections to close.
func (p *Poll) End(t *testing.T, data string) {
	t.Helper()
	a, err := app.Open(t.Context(), data, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	err = a.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "UPDATE elections SET ends_at = $1 WHERE id = $2", time.Now().UnixMilli(), p.ElectionID)
		return err
	})
	if err != nil {
		t.Fatalf("end the election: %v", err)
	}
}

// Body returns the request body of a vote with a key, for a poll number.
func (p *Poll) Body(key, pollNumber int) string {
	return fmt.Sprintf(`{"personal_id":%q,"guid":%q,"candidate":%d}`, p.Keys[key].PersonalID, p.Keys[key].GUID, pollNumber)
}
