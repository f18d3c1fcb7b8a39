// Command client does what its standard input says, with the code that was generated from the description of the API, and
// prints the outcome.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"urna/generated/api"
)

type order struct {
	Address, Email, Password string
	Election                 int
	Ballots                  string
	Keys                     []struct{ PersonalID, GUID string }
	Candidate                int
}

type report struct {
	Valid int
	State string
	Lines int
	Votes map[string]int
	Again int
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	c, err := api.NewClientWithResponses(o.Address)
	if err != nil {
		return err
	}
	r := report{Votes: map[string]int{}}
	if err := upload(ctx, c, o, &r); err != nil {
		return err
	}
	if err := vote(ctx, c, o, &r); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// upload signs in, asks for a preview of the file, sends it and waits until it is counted.
func upload(ctx context.Context, c *api.ClientWithResponses, o order, r *report) error {
	tokens, err := c.CreateTokensWithResponse(ctx, api.CreateTokensJSONRequestBody{Email: o.Email, Password: o.Password})
	if err != nil || tokens.JSON200 == nil {
		return fmt.Errorf("sign in: %v, %s", err, tokens.Body)
	}
	signed := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+tokens.JSON200.AccessToken)
		return nil
	}
	me, err := c.MeWithResponse(ctx, signed)
	if err != nil || me.JSON200 == nil || me.JSON200.Email != o.Email {
		return fmt.Errorf("who am I: %v, %s", err, me.Body)
	}
	yes := true
	preview, err := c.CreateBatchWithBodyWithResponse(ctx, o.Election, &api.CreateBatchParams{DryRun: &yes}, "text/csv", strings.NewReader(o.Ballots), signed)
	if err != nil || preview.JSON200 == nil {
		return fmt.Errorf("preview: %v, %s", err, preview.Body)
	}
	r.Valid = preview.JSON200.Valid
	sent, err := c.CreateBatchWithBodyWithResponse(ctx, o.Election, nil, "text/csv", strings.NewReader(o.Ballots), signed)
	if err != nil || sent.JSON202 == nil {
		return fmt.Errorf("upload: %v, %s", err, sent.Body)
	}
	accepted, err := sent.JSON202.AsAcceptedBatch()
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		batch, err := c.GetBatchWithResponse(ctx, accepted.Id, signed)
		if err != nil || batch.JSON200 == nil {
			return fmt.Errorf("batch: %v, %s", err, batch.Body)
		}
		r.State, r.Lines = string(batch.JSON200.State), batch.JSON200.Lines
		if r.State == "counted" || time.Now().After(deadline) {
			return nil
		}
	}
}

// vote votes with each key, tries the last one again, and reads the results.
func vote(ctx context.Context, c *api.ClientWithResponses, o order, r *report) error {
	var body api.CastVoteJSONRequestBody
	for _, key := range o.Keys {
		body = api.CastVoteJSONRequestBody{PersonalId: key.PersonalID, Guid: key.GUID}
		if err := body.Candidate.FromVoteCandidate1(o.Candidate); err != nil {
			return err
		}
		cast, err := c.CastVoteWithResponse(ctx, body)
		if err != nil || cast.JSON200 == nil {
			return fmt.Errorf("vote: %v, %s", err, cast.Body)
		}
	}
	again, err := c.CastVoteWithResponse(ctx, body)
	if err != nil {
		return err
	}
	r.Again = again.StatusCode()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		results, err := c.GetResultsWithResponse(ctx, o.Election)
		if err != nil || results.JSON200 == nil {
			return fmt.Errorf("results: %v, %s", err, results.Body)
		}
		sum := 0
		for _, p := range results.JSON200.Participants {
			r.Votes[p.Name] = p.Votes
			sum += p.Votes
		}
		if sum > r.Lines || time.Now().After(deadline) { // public figures are at most a second old
			return nil
		}
	}
}
