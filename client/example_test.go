package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"urna/client"
)

// An administrator makes an election, an official uploads a file of ballots, and the results are read when it is
// counted.
func Example() {
	ctx := context.Background()
	address, stop := startExample() // an address such as https://vote.example.org
	defer stop()
	administrator, err := client.New(address)
	if err != nil {
		panic(err)
	}
	defer administrator.Close()
	if err := administrator.SignIn(ctx, "ada@example.org", "four unrelated words"); err != nil {
		panic(err)
	}
	party, err := administrator.CreateParticipant(ctx, client.Participant{Name: "Orchard Party", Kind: "party"})
	if err != nil {
		panic(err)
	}
	election, err := administrator.CreateElection(ctx, client.NewElection{
		Title: "Council", Kind: "parliamentary", Channels: []string{"batches"}, PublicView: "running-count",
		StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		Rules: client.Rules{Method: "dhondt", ThresholdPercent: "0", ThresholdBase: "none"},
		Constituencies: []client.NewConstituency{
			{Name: "North", Seats: 3, Participants: []client.Candidacy{{ID: party.ID}}},
		},
	})
	if err != nil {
		panic(err)
	}

	official := administrator.As()
	if err := official.SignIn(ctx, "olga@example.org", "four unrelated words"); err != nil {
		panic(err)
	}
	const file = "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n"
	open := func() io.ReadCloser { return io.NopCloser(strings.NewReader(file)) }
	batch, err := official.Upload(ctx, election.ID, election.Constituencies[0].ID, "north.csv", int64(len(file)), open)
	if err != nil {
		panic(err)
	}
	for {
		at, err := official.Batch(ctx, batch)
		if err != nil {
			panic(err)
		}
		if at.State == "counted" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	results, err := administrator.Results(ctx, election.ID)
	if err != nil {
		panic(err)
	}
	fmt.Println(results.Constituencies[0].Candidacies[0].Votes, "vote,", results.Constituencies[0].Candidacies[0].Seats, "seats")

	// The same file again is refused, with a code.
	_, err = official.Upload(ctx, election.ID, election.Constituencies[0].ID, "north.csv", int64(len(file)), open)
	if problem, ok := errors.AsType[*client.ProblemError](err); ok {
		fmt.Println(problem.Status, problem.Code)
	}

	// Output:
	// 1 vote, 3 seats
	// 409 same-file
}
