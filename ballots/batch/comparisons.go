package batch

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// comparisons computes the dry runs of the uploads that wait, one after another in the order in which they
// came. The results are in memory: a restart computes them again, from the files.
type comparisons struct {
	service *Service
	news    chan struct{}
	turns   chan struct{} // a place for each dry run that may be computed at once
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mutex   sync.Mutex // guards what follows
	results map[int64]*DryRun
	current int64 // the upload under way
	done    int64 // of its lines
	failed  bool  // the last try
	abandon context.CancelFunc
}

// dryRunsAtOnce bounds what dry runs may use of the machine: each sorts in some tens of megabytes.
const dryRunsAtOnce = 2

func newComparisons(s *Service) *comparisons {
	c := &comparisons{
		service: s, news: make(chan struct{}, 1), turns: make(chan struct{}, dryRunsAtOnce), results: map[int64]*DryRun{},
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

func (c *comparisons) start() { c.running.Go(c.run) }

func (c *comparisons) stop() {
	c.cancel()
	c.running.Wait()
}

// wake tells that an upload came.
func (c *comparisons) wake() {
	select {
	case c.news <- struct{}{}:
	default: // it has been told already
	}
}

// turn waits for a place among the dry runs, calling alive now and then; endTurn gives it back.
func (c *comparisons) turn(ctx context.Context, alive func()) error {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case c.turns <- struct{}{}:
			return nil
		case <-tick.C:
			alive()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *comparisons) endTurn() { <-c.turns }

// run computes what waits, then waits for news. After a fault of the machine it tries again with growing
// waits.
func (c *comparisons) run() {
	first := c.service.options.RetryAfter
	wait := first
	for c.ctx.Err() == nil {
		row, found, err := c.next()
		if err == nil && found {
			err = c.compute(row)
		}
		switch {
		case c.ctx.Err() != nil:
			return
		case err != nil:
			slog.Error("comparing an upload with the ledger failed; trying again", "upload", row.ID, "wait", wait, "error", err)
			c.sleep(wait)
			wait = min(2*wait, longestWait*first)
		case found:
			wait = first
		default:
			select {
			case <-c.news:
			case <-c.ctx.Done():
			}
		}
	}
}

func (c *comparisons) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.ctx.Done():
	}
}

// next returns the first upload without a result, and forgets the results of those that are gone.
func (c *comparisons) next() (first uploadRow, found bool, err error) {
	rows, err := listUploads(c.service.db.Reader(c.ctx), 0, c.service.oldest())
	if err != nil {
		return uploadRow{}, false, err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	stands := make(map[int64]bool, len(rows))
	for _, row := range rows {
		stands[row.ID] = true
		if !found && c.results[row.ID] == nil {
			first, found = row, true
		}
	}
	for id := range c.results {
		if !stands[id] {
			delete(c.results, id)
		}
	}
	return first, found, nil
}

// compute computes one upload's dry run. One that is discarded or confirmed meanwhile is no error.
func (c *comparisons) compute(u uploadRow) error {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	c.mutex.Lock()
	c.current, c.done, c.abandon = u.ID, 0, cancel
	c.mutex.Unlock()
	result, err := c.foresee(ctx, u)
	if err != nil && ctx.Err() == nil {
		_, gone := findUpload(c.service.db.Reader(ctx), u.OfficialID, u.ID, c.service.oldest())
		if errors.Is(gone, ErrUnknownUpload) { // since before it was under way
			cancel()
		}
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.failed = err != nil && ctx.Err() == nil
	if ctx.Err() != nil {
		c.current = 0
		return nil
	}
	if err != nil {
		return err
	}
	c.results[u.ID], c.current = &result, 0
	return nil
}

func (c *comparisons) foresee(ctx context.Context, u uploadRow) (DryRun, error) {
	if err := c.turn(ctx, func() {}); err != nil {
		return DryRun{}, err
	}
	defer c.endTurn()
	row := batchRow{
		ElectionID: u.ElectionID, ConstituencyID: u.ConstituencyID, SpoolFile: u.SpoolFile, SHA256: u.SHA256, Lines: u.Lines,
	}
	return c.service.foresee(ctx, row, func(lines int64) {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.done = lines
	})
}

// forget ends what is under way for an upload that was confirmed or discarded.
func (c *comparisons) forget(uploadID int64) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	delete(c.results, uploadID)
	if c.current == uploadID {
		c.abandon()
	}
}

// tell says of an upload how far its dry run is.
func (c *comparisons) tell(u *Upload) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	u.DryRun = c.results[u.ID]
	if u.DryRun != nil {
		u.Compared = u.Lines
	} else if c.current == u.ID {
		u.Compared, u.Failed = c.done, c.failed
	}
}
