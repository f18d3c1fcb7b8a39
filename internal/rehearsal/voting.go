package rehearsal

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"urna/client"
)

// votersAtOnce is the number of voters who vote at the same time.
const votersAtOnce = 256

// voting sends the votes of an electorate through POST /vote.
type voting struct {
	box        *client.Voting
	electorate electorate
	keys       []client.VoterKey
	rate       float64 // votes a second; 0 is as fast as possible
	until      time.Time

	answered atomic.Int64 // voters who have all their answers
	accepted atomic.Int64
}

// counted sums up the answers to some voters.
type counted struct {
	sent      int64
	votes     []map[int32]int64 // accepted ones by place and poll number
	refused   map[string]int64  // by reason
	latencies []time.Duration   // of accepted votes
	faults    []string          // answers that must not occur
}

func newCounted(places int) *counted {
	c := &counted{votes: make([]map[int32]int64, places), refused: map[string]int64{}}
	for i := range c.votes {
		c.votes[i] = map[int32]int64{}
	}
	return c
}

// run sends the votes of all voters, in the electorate's order, and returns the sum of their answers.
func (v *voting) run(ctx context.Context, places int) (*counted, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan int)
	parts := make([]*counted, votersAtOnce)
	var workers sync.WaitGroup
	for w := range parts {
		parts[w] = newCounted(places)
		workers.Go(func() {
			for at := range queue {
				if err := v.play(ctx, at, parts[w]); err != nil {
					cancel(err)
				}
				v.answered.Add(1)
			}
		})
	}
	v.call(ctx, queue)
	close(queue)
	workers.Wait()
	all := newCounted(places)
	for _, part := range parts {
		all.add(part)
	}
	return all, context.Cause(ctx)
}

// call passes one voter after another to the workers, at the rate.
func (v *voting) call(ctx context.Context, queue chan<- int) {
	start := time.Now()
	for n, at := range v.electorate.order {
		if v.rate > 0 {
			due := start.Add(time.Duration(float64(n) / v.rate * float64(time.Second)))
			if wait := time.Until(due); wait > 0 {
				select {
				case <-ctx.Done():
					return
				case <-time.After(wait):
				}
			}
		}
		if !v.until.IsZero() && time.Now().After(v.until) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case queue <- at:
		}
	}
}

// play sends the votes of one voter.
func (v *voting) play(ctx context.Context, at int, c *counted) error {
	voter, key := v.electorate.voters[at], v.keys[at]
	if voter.spoiled != sound {
		if err := v.spoil(ctx, voter, key, c); err != nil {
			return err
		}
	}
	tries := []int32{voter.choice}
	if voter.again >= 0 {
		tries = append(tries, voter.again)
	}
	answers := make([]client.VoteAnswer, len(tries))
	errs := make([]error, len(tries))
	if voter.together {
		var group sync.WaitGroup
		for i, choice := range tries {
			group.Go(func() { answers[i], errs[i] = v.box.Cast(ctx, key, int(choice)) })
		}
		group.Wait()
	} else {
		for i, choice := range tries {
			if answers[i], errs[i] = v.box.Cast(ctx, key, int(choice)); errs[i] != nil {
				break
			}
		}
	}
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("voter %d: %w", at+1, err)
		}
	}
	if c.judge(voter, at, tries, answers) {
		v.accepted.Add(1)
	}
	return nil
}

// judge counts a voter's answers and reports whether their vote was accepted. If an answer was lost and the key is used
// afterwards, that try was accepted, or the other of two tries for the same candidate.
func (c *counted) judge(voter simulated, at int, tries []int32, answers []client.VoteAnswer) bool {
	accepted := -1
	for i, a := range answers {
		c.sent++
		switch {
		case a.Refusal == "" && accepted >= 0:
			c.faults = append(c.faults, fmt.Sprintf("voter %d was told twice that the vote was accepted", at+1))
		case a.Refusal == "":
			accepted = i
			c.latencies = append(c.latencies, a.Took)
		}
	}
	for i, a := range answers {
		switch {
		case a.Refusal == "":
		case accepted < 0 && a.Lost && a.Refusal == "key-used":
			accepted = i
		default:
			c.refused[a.Refusal]++
			if i == 0 && a.Refusal == "key-used" && !voter.together {
				c.faults = append(c.faults, fmt.Sprintf("voter %d was told that a fresh key is used", at+1))
			}
		}
	}
	if accepted >= 0 {
		c.votes[voter.place][tries[accepted]]++
	}
	return accepted >= 0
}

// spoil sends a request that the server must refuse without marking the key as used.
func (v *voting) spoil(ctx context.Context, voter simulated, key client.VoterKey, c *counted) error {
	var a client.VoteAnswer
	var err error
	var wants []string
	switch voter.spoiled {
	case unknownCandidate:
		wants = []string{"unknown-candidate", "voting-closed"}
		a, err = v.box.Cast(ctx, key, invalidPoll)
	case malformed:
		wants = []string{"malformed-vote"}
		a, err = v.box.Send(ctx, []byte(`{"personal_id": "`+key.PersonalID+`"}`))
	default:
		wants = []string{"invalid-key", "too-many-requests"}
		a, err = v.box.Cast(ctx, client.VoterKey{PersonalID: key.PersonalID, GUID: "00000000-0000-4000-8000-000000000000"}, int(voter.choice))
	}
	if err != nil {
		return err
	}
	c.sent++
	if slices.Contains(wants, a.Refusal) {
		c.refused[a.Refusal]++
		return nil
	}
	c.faults = append(c.faults, fmt.Sprintf("want a spoiled vote refused with %q, got %q", wants[0], a.Refusal))
	return nil
}

// add adds the answers to other voters.
func (c *counted) add(other *counted) {
	c.sent += other.sent
	for place, votes := range other.votes {
		for pollNumber, n := range votes {
			c.votes[place][pollNumber] += n
		}
	}
	for reason, n := range other.refused {
		c.refused[reason] += n
	}
	c.latencies = append(c.latencies, other.latencies...)
	c.faults = append(c.faults, other.faults...)
}
