package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"urna/client"
)

const (
	// batchLines is about the number of ballots in a batch: as many as some officials' machines print in an hour, and
	// few enough that the first batches are counted while later ones are sent.
	batchLines = 250_000
	pollEvery  = 100 * time.Millisecond
	// stillness is the time without any progress after which a rehearsal gives up.
	stillness = 5 * time.Minute
)

// Progress is the progress of a rehearsal, in ballots.
type Progress struct {
	Election string // the title
	Sent     int64
	Counted  int64
	Total    int64
}

// upload is one batch to be sent.
type upload struct {
	constituencyID int64
	name           string
	file           ballotFile
}

// delivery sends an election's batches as an official and waits until all are counted.
type delivery struct {
	client     *client.Client
	electionID int64
	title      string
	uploads    []upload
	progress   func(Progress) // called from one goroutine; may be nil

	sent atomic.Int64 // ballots
}

// accepted is a batch that was accepted and waits to be counted.
type accepted struct {
	id    int64
	lines int64
}

// run sends one batch after another and watches at the same time how they are counted. It returns when the last one is
// counted, after its goroutine has ended.
func (d *delivery) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan accepted, len(d.uploads))
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(queue)
		if err := d.send(ctx, queue); err != nil {
			cancel(err)
		}
	}()
	err := d.watch(ctx, queue)
	cancel(nil)
	<-done
	return err
}

// send sends one upload after another. That is faster than the count: checking and spooling a file takes less time than
// counting it.
func (d *delivery) send(ctx context.Context, queue chan<- accepted) error {
	for _, u := range d.uploads {
		m := &meter{sent: &d.sent, size: u.file.size(), lines: u.file.lines()}
		id, err := d.client.Upload(ctx, d.electionID, u.constituencyID, u.name, m.size, func() io.ReadCloser {
			m.set(0) // a repeated upload starts again
			return &meteredReader{ballotReader: u.file.open(), meter: m}
		})
		if err != nil {
			return fmt.Errorf("upload %s: %w", u.name, err)
		}
		m.set(m.lines)
		queue <- accepted{id, m.lines}
	}
	return nil
}

// meter adds the sent ballots of one file to the total. A repeated upload resets the file's part.
type meter struct {
	sent        *atomic.Int64
	size, lines int64

	mu   sync.Mutex // a transport may still read from the body of an aborted request
	mine int64
}

func (m *meter) set(lines int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent.Add(lines - m.mine)
	m.mine = lines
}

// meteredReader reports how many ballots of a file have been read.
type meteredReader struct {
	*ballotReader
	meter *meter
	bytes int64
}

func (r *meteredReader) Read(p []byte) (int, error) {
	n, err := r.ballotReader.Read(p)
	r.bytes += int64(n)
	r.meter.set(r.meter.lines * r.bytes / r.meter.size)
	return n, err
}

// errLate is about a batch that is not counted unless an administrator approves it.
var errLate = errors.New("it came late and waits for an administrator, because figures of this election were confirmed")

// settle removes counted batches from the front of the waiting ones and returns the number of their lines and of the
// counted lines of the next one. It gives up if there is no progress for the time stillness.
func (d *delivery) settle(ctx context.Context, waiting *[]accepted, moved time.Time) (done, partly int64, err error) {
	for len(*waiting) > 0 {
		first := (*waiting)[0]
		state, err := d.client.Batch(ctx, first.id)
		if err != nil {
			return 0, 0, fmt.Errorf("batch %d: %w", first.id, err)
		}
		if state.State == client.BatchWaiting {
			return 0, 0, fmt.Errorf("batch %d: %w", first.id, errLate)
		}
		if state.State != "counted" {
			if time.Since(moved) > stillness {
				return 0, 0, fmt.Errorf("batch %d has been %s for %s without a ballot counted %s", state.ID, state.State, stillness, state.Failure)
			}
			return done, state.Valid + state.Invalid + state.Duplicates, nil
		}
		done += first.lines
		*waiting = (*waiting)[1:]
	}
	return done, 0, nil
}

// watch watches the batches in the order of their acceptance, which is the order of the count.
func (d *delivery) watch(ctx context.Context, queue <-chan accepted) error {
	var total, settled int64
	for _, u := range d.uploads {
		total += u.file.lines()
	}
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	var waiting []accepted
	moved, last := time.Now(), Progress{}
	for open := true; open || len(waiting) > 0; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case b, ok := <-queue:
			if !ok {
				open, queue = false, nil
				continue
			}
			waiting = append(waiting, b)
			continue
		case <-ticker.C:
		}
		done, partly, err := d.settle(ctx, &waiting, moved)
		if err != nil {
			return err
		}
		settled += done
		now := Progress{Election: d.title, Sent: d.sent.Load(), Counted: settled + partly, Total: total}
		if now != last {
			moved, last = time.Now(), now
			if d.progress != nil {
				d.progress(now)
			}
		}
	}
	// The sender may have failed after the last batch that the channel has.
	return context.Cause(ctx)
}
