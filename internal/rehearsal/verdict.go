package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"urna/client"
)

// shownStep is the number of online votes of a constituency after which the public count is updated before the close.
const shownStep = 10

// closing is the timeout after an election's end for its final count.
const closing = 2 * time.Minute

// SimulationReport is the result of a simulation.
type SimulationReport struct {
	ElectionID int64            `json:"election_id"`
	Title      string           `json:"title"`
	Sent       int64            `json:"sent"`     // votes, refused ones too
	Accepted   int64            `json:"accepted"` // votes
	Refused    map[string]int64 `json:"refused"`  // votes by reason
	// Paper ballots: the lines of counted batches by kind.
	Lines      int64 `json:"lines"`
	Invalid    int64 `json:"invalid"`
	Duplicates int64 `json:"duplicates"`

	Elapsed time.Duration `json:"-"`
	// Latencies of accepted votes, from sending to the answer.
	P50 time.Duration `json:"-"`
	P95 time.Duration `json:"-"`
	P99 time.Duration `json:"-"`

	// Hidden are accepted votes that the public count does not show yet: fewer than ten a constituency.
	// It is 0 if the results were compared to the last vote.
	Hidden int64 `json:"hidden"`
	// Compared is false if the results were embargoed for longer than the simulation waited.
	Compared bool `json:"compared"`
	// Differences are sentences; empty if the results match the accepted votes exactly.
	Differences []string `json:"differences,omitempty"`
}

// refusedAs reports whether an error is the server's refusal with the code.
func refusedAs(err error, code string) bool {
	refusal, ok := errors.AsType[*client.ProblemError](err)
	return ok && refusal.Code == code
}

// report makes the report and compares the results.
func (p *play) report(ctx context.Context, administrator *client.Client, elapsed time.Duration) (SimulationReport, error) {
	r := SimulationReport{
		ElectionID: p.election.ID, Title: p.election.Title, Sent: p.told.sent, Refused: p.told.refused,
		Lines: p.papers.lines, Elapsed: elapsed, Differences: p.told.faults,
	}
	for place := range p.election.Constituencies {
		for _, n := range p.told.votes[place] {
			r.Accepted += n
		}
		r.Invalid += p.papers.invalid[place]
		r.Duplicates += p.papers.duplicates[place]
	}
	slices.Sort(p.told.latencies)
	r.P50, r.P95, r.P99 = rank(p.told.latencies, 50), rank(p.told.latencies, 95), rank(p.told.latencies, 99)
	found, err := p.settle(ctx, administrator)
	if err != nil {
		return r, err
	}
	r.Compared = found.compared
	r.Hidden = found.hidden
	r.Differences = append(r.Differences, found.differences...)
	return r, nil
}

// rank returns the given percentile of sorted durations.
func rank(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*percent/100]
}

// settle compares repeatedly until nothing differs or nothing more can change. If the last votes, or all counts, are
// shown only after the end, it waits for the end.
func (p *play) settle(ctx context.Context, administrator *client.Client) (comparison, error) {
	end := p.election.EndsAt
	patience, told := 3*time.Second, p.Waiting == nil
	if wait := time.Until(end); wait > 0 && wait <= p.Wait {
		patience = wait + closing
	} else if wait <= 0 {
		patience = closing
	}
	deadline := time.Now().Add(patience)
	for {
		results, err := administrator.Results(ctx, p.election.ID)
		var c comparison
		switch {
		case err == nil:
			c = p.compare(results)
		case !refusedAs(err, "embargoed"):
			return c, err
		}
		if c.compared && c.hidden == 0 && len(c.differences) == 0 || time.Now().After(deadline) {
			return c, nil
		}
		if !told && time.Now().Before(end) && deadline.After(end) {
			p.Waiting(end)
			told = true
		}
		select {
		case <-ctx.Done():
			return c, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// comparison is the outcome of one comparison with the results.
type comparison struct {
	compared    bool
	hidden      int64 // votes that an open election does not show yet
	differences []string
}

// compare compares the results with the accepted votes. Missing votes count as hidden if the election is not closed and they
// are fewer than shownStep.
func (p *play) compare(got client.Results) comparison {
	c := comparison{compared: true}
	guests := p.Guests
	differ := func(format string, args ...any) { c.differences = append(c.differences, fmt.Sprintf(format, args...)) }
	for place, part := range p.election.Constituencies {
		now, before := resultsOf(got, part.ID), resultsOf(p.before, part.ID)
		var missing, more int64 // unexpected votes are those of guests, or a difference; they are never hidden ones
		var here []string
		compare := func(name string, want, got int64) {
			missing, more = missing+max(0, want-got), more+max(0, got-want)
			if want != got {
				here = append(here, fmt.Sprintf("%s, %s: accepted %d, counted %d", part.Name, name, want, got))
			}
		}
		for i, candidacy := range part.Participants {
			number := int32(candidacy.PollNumber)
			compare(candidacy.Name, votesOf(before, i)+p.told.votes[place][number]+p.papers.votes[place][number], votesOf(now, i))
		}
		compare("blank", before.Ballots.Blank+p.told.votes[place][0]+p.papers.votes[place][0], now.Ballots.Blank)
		if more <= guests && (missing == 0 || missing < shownStep && got.State == "open") {
			c.hidden, guests = c.hidden+missing, guests-more
		} else {
			c.differences = append(c.differences, here...)
		}
		if want := before.Ballots.Invalid + p.papers.invalid[place]; want != now.Ballots.Invalid {
			differ("%s: %d invalid ballots were uploaded, %d counted", part.Name, want, now.Ballots.Invalid)
		}
		if want := before.Ballots.Duplicates + p.papers.duplicates[place]; want != now.Ballots.Duplicates {
			differ("%s: %d duplicates were uploaded, %d counted", part.Name, want, now.Ballots.Duplicates)
		}
	}
	return c
}

// resultsOf returns one constituency's results, empty ones if there are none.
func resultsOf(r client.Results, id int64) client.ConstituencyResults {
	for _, c := range r.Constituencies {
		if c.ID == id {
			return c
		}
	}
	return client.ConstituencyResults{}
}

// votesOf returns the votes of a candidacy by its position, 0 if they are unknown.
func votesOf(c client.ConstituencyResults, i int) int64 {
	if i >= len(c.Candidacies) {
		return 0
	}
	return c.Candidacies[i].Votes
}
