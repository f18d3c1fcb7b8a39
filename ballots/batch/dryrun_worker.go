package batch

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// dryRunWorker computes the dry runs of the uploads that wait, one after another in the order in which they
// came. The results are in memory: a restart computes them again, from the files.
type dryRunWorker struct {
	service *Service
	wakeup  chan struct{}
	slots   chan struct{} // a place for each dry run that may be computed at once
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu            sync.Mutex // guards what follows
	results       map[int64]*DryRun
	current       int64 // the upload under way
	done          int64 // of its lines
	failed        bool  // the last try
	cancelCurrent context.CancelFunc
}

// maxDryRuns bounds what dry runs may use of the machine: each sorts in some tens of megabytes.
const maxDryRuns = 2

func newDryRunWorker(s *Service) *dryRunWorker {
	w := &dryRunWorker{
		service: s, wakeup: make(chan struct{}, 1), slots: make(chan struct{}, maxDryRuns), results: map[int64]*DryRun{},
	}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

func (w *dryRunWorker) start() { w.running.Go(w.run) }

func (w *dryRunWorker) stop() {
	w.cancel()
	w.running.Wait()
}

// wake tells that an upload came.
func (w *dryRunWorker) wake() {
	select {
	case w.wakeup <- struct{}{}:
	default: // it has been told already
	}
}

// acquire waits for a place among the dry runs, calling alive now and then; release gives it back.
func (w *dryRunWorker) acquire(ctx context.Context, alive func()) error {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		select {
		case w.slots <- struct{}{}:
			return nil
		case <-tick.C:
			alive()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w *dryRunWorker) release() { <-w.slots }

// run computes what waits, then waits for news. After a fault of the machine it tries again with growing
// waits.
func (w *dryRunWorker) run() {
	first := w.service.options.RetryAfter
	wait := first
	for w.ctx.Err() == nil {
		row, found, err := w.next()
		if err == nil && found {
			err = w.compute(row)
		}
		switch {
		case w.ctx.Err() != nil:
			return
		case err != nil:
			slog.Error("comparing an upload with the ledger failed; trying again", "upload", row.ID, "wait", wait, "error", err)
			w.sleep(wait)
			wait = min(2*wait, maxRetryFactor*first)
		case found:
			wait = first
		default:
			select {
			case <-w.wakeup:
			case <-w.ctx.Done():
			}
		}
	}
}

func (w *dryRunWorker) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.ctx.Done():
	}
}

// next returns the first upload without a result, and forgets the results of those that are gone.
func (w *dryRunWorker) next() (first uploadRow, found bool, err error) {
	rows, err := listUploads(w.service.db.Reader(w.ctx), 0, w.service.oldest())
	if err != nil {
		return uploadRow{}, false, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	exists := make(map[int64]bool, len(rows))
	for _, row := range rows {
		exists[row.ID] = true
		if !found && w.results[row.ID] == nil {
			first, found = row, true
		}
	}
	for id := range w.results {
		if !exists[id] {
			delete(w.results, id)
		}
	}
	return first, found, nil
}

// compute computes one upload's dry run. One that is discarded or confirmed meanwhile is no error.
func (w *dryRunWorker) compute(u uploadRow) error {
	ctx, cancel := context.WithCancel(w.ctx)
	defer cancel()
	w.mu.Lock()
	w.current, w.done, w.cancelCurrent = u.ID, 0, cancel
	w.mu.Unlock()
	result, err := w.dryRun(ctx, u)
	if err != nil && ctx.Err() == nil {
		_, gone := findUpload(w.service.db.Reader(ctx), u.OfficialID, u.ID, w.service.oldest())
		if errors.Is(gone, ErrUnknownUpload) { // since before it was under way
			cancel()
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err != nil && ctx.Err() == nil
	if ctx.Err() != nil {
		w.current = 0
		return nil
	}
	if err != nil {
		return err
	}
	w.results[u.ID], w.current = &result, 0
	return nil
}

func (w *dryRunWorker) dryRun(ctx context.Context, u uploadRow) (DryRun, error) {
	if err := w.acquire(ctx, func() {}); err != nil {
		return DryRun{}, err
	}
	defer w.release()
	row := batchRow{
		ElectionID: u.ElectionID, ConstituencyID: u.ConstituencyID, StationID: u.StationID, SpoolFile: u.SpoolFile, SHA256: u.SHA256, Lines: u.Lines,
	}
	parts, err := w.service.partsOf(ctx, &u)
	if err != nil && !isRefusal(err) { // the confirmation refuses it
		return DryRun{}, err
	}
	return w.service.dryRun(ctx, row, parts, func(lines int64) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.done = lines
	})
}

// cancelFor cancels the dry run of an upload that was confirmed or discarded, and drops its result.
func (w *dryRunWorker) cancelFor(uploadID int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.results, uploadID)
	if w.current == uploadID {
		w.cancelCurrent()
	}
}

// fillProgress says of an upload how far its dry run is.
func (w *dryRunWorker) fillProgress(u *Upload) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u.DryRun = w.results[u.ID]
	if u.DryRun != nil {
		u.Compared = u.Lines
	} else if w.current == u.ID {
		u.Compared, u.Failed = w.done, w.failed
	}
}
