package epms

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/ballots/batch"
	"urna/elections"
	"urna/results"
	"urna/web/deadline"
)

// pollInterval is how often a waiting client's batches are looked at where no news of them comes.
const pollInterval = time.Second

// GetResults answers GET /getResults?id=N, once every batch that was accepted before the election's end
// is counted.
func (e *EPMS) GetResults(c *gin.Context) {
	id := c.Query("id")
	if id == "" {
		fail(c, missing("id"))
		return
	}
	w := deadline.NewWriter(c.Writer)
	found, err := e.ended(c.Request.Context(), id)
	if err == nil {
		err = e.awaitCount(c.Request.Context(), w, found)
	}
	var r *results.Results
	if err == nil {
		r, err = e.services.Results.Results(c.Request.Context(), found.ID)
	}
	switch {
	case err == nil:
		e.writeResults(c, w, r)
	case c.Request.Context().Err() != nil: // the client is gone
		c.Abort()
	case errors.Is(err, results.ErrEmbargoed): // its end was moved in between
		fail(c, errOngoing)
	default:
		fail(c, err)
	}
}

// ended returns an election made through the contract that is over.
func (e *EPMS) ended(ctx context.Context, id string) (*elections.Election, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, errNoSuchElection
	}
	switch made, err := e.store.isMade(ctx, number); {
	case err != nil:
		return nil, err
	case !made:
		return nil, errNoSuchElection
	}
	found, err := e.services.Elections.Election(ctx, number)
	if err != nil {
		return nil, err
	}
	switch found.StateAt(e.services.Elections.Now()) {
	case elections.Scheduled, elections.Open:
		return nil, errOngoing
	case elections.Withdrawn:
		return nil, errNoSuchElection
	default:
		return found, nil
	}
}

// awaitCount returns when the batches that were accepted before an ended election's end are counted, or
// the context ends.
func (e *EPMS) awaitCount(ctx context.Context, w *deadline.Writer, ended *elections.Election) error {
	news, stop := e.services.Results.Watch(ended.ID)
	defer stop()
	// A batch may have got its time just before the end and not be on disk yet.
	if err := e.store.settle(ctx); err != nil {
		return err
	}
	for {
		w.Wait(2 * deadline.IdleTimeout) // from now on, each time: the count takes as long as it takes
		waiting, err := e.waits(ctx, ended)
		if err != nil || !waiting {
			return err
		}
		timer := time.NewTimer(pollInterval)
		select {
		case <-news:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// waits reports whether a batch that was accepted before an election's end is not counted in full.
func (e *EPMS) waits(ctx context.Context, ended *elections.Election) (bool, error) {
	waiting := false
	for _, state := range []batch.State{batch.Queued, batch.Processing, batch.Failed, batch.Retracting, batch.Restoring} {
		err := e.eachBatch(ctx, batch.Filter{ElectionID: ended.ID, State: state}, func(b batch.Batch) {
			waiting = waiting || b.AcceptedAt.Before(ended.EndsAt)
		})
		if err != nil || waiting {
			return waiting, err
		}
	}
	return false, nil
}

// eachBatch calls fn with every batch that the filter chooses, newest first.
func (e *EPMS) eachBatch(ctx context.Context, f batch.Filter, fn func(batch.Batch)) error {
	f.Limit = 1000
	for {
		found, err := e.services.Batches.Batches(ctx, f)
		if err != nil {
			return err
		}
		for _, b := range found {
			fn(b)
		}
		if len(found) < f.Limit {
			return nil
		}
		f.Before = found[len(found)-1].ID
	}
}

type resultView struct {
	PollNumber int     `json:"pollNumber"`
	Name       string  `json:"name"`
	Result     float64 `json:"result"` // a share, or a number of seats
}

// outcome returns each candidacy's result in the order of poll numbers.
func outcome(r *results.Results) []resultView {
	views := []resultView{}
	for _, constituency := range r.Constituencies {
		seats := withTies(constituency)
		for i, candidacy := range constituency.Candidacies {
			result := float64(seats[i])
			if r.Election.Kind == elections.Presidential {
				result = share(candidacy.Votes, r.Ballots.Valid-r.Ballots.Blank)
			}
			views = append(views, resultView{PollNumber: candidacy.PollNumber, Name: candidacy.Name, Result: result})
		}
	}
	return views
}

// withTies returns the seats of each candidacy. Seats that are tied go to the lowest poll numbers among
// those who tie, one each.
func withTies(c results.Constituency) []int {
	seats := make([]int, len(c.Candidacies))
	left := 0
	if c.Tie != nil {
		left = c.Tie.Seats
	}
	for i, candidacy := range c.Candidacies {
		seats[i] = candidacy.Seats
		if left > 0 && slices.Contains(c.Tie.Participants, candidacy.ParticipantID) {
			seats[i]++
			left--
		}
	}
	return seats
}

// share returns votes as a part of all, to two decimals, or 0 if there are none. The old system rounded
// the binary fraction to the nearest decimal one, and to the even one where both were as near.
func share(votes, all int64) float64 {
	if all == 0 {
		return 0
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(float64(votes)/float64(all), 'f', 2, 64), 64) // its own output
	return rounded
}
