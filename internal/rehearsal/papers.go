package rehearsal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"urna/client"
)

// A simulated official uploads at most so many ballots at a time, in at least so many uploads.
const (
	paperLines  = 20_000
	paperVisits = 10
)

// paper is one batch of a simulated official.
type paper struct {
	place      int
	lines      int
	seed, part uint64
}

// newPapers spreads ballots over batches, and the batches over the constituencies.
func newPapers(s Simulation, places int) []paper {
	if s.Officials == 0 {
		return nil
	}
	count := max((s.Ballots+paperLines-1)/paperLines, min(s.Officials*places*paperVisits, s.Ballots))
	papers := make([]paper, 0, count)
	for i := range count {
		lines := s.Ballots*(i+1)/count - s.Ballots*i/count
		papers = append(papers, paper{place: i % places, lines: lines, seed: s.Seed, part: forBatches + uint64(i)})
	}
	return papers
}

// written is the content of a batch and its expected count.
type written struct {
	csv                 []byte
	votes               map[int32]int64
	invalid, duplicates int64
}

// write generates the batch: the same bytes for the same seed. A part of the lines has a poll number that does not exist,
// and a part repeats the GUID of an earlier line with another poll number.
func (p paper) write(c *chooser, invalid, double float64) written {
	random := newRandom(p.seed, p.part)
	again, spoiled := fraction(p.lines, double), fraction(p.lines, invalid)
	fresh := max(p.lines-again, 1)
	w := written{votes: map[int32]int64{}, duplicates: int64(p.lines - fresh)}
	guids := make([][guidLength]byte, fresh)
	lines := bytes.NewBuffer(make([]byte, 0, p.lines*(guidLength+4)))
	line := func(guid []byte, pollNumber int32) {
		lines.Write(guid)
		lines.WriteString("," + strconv.Itoa(int(pollNumber)) + "\n")
	}
	for i := range guids {
		writeGUID(&guids[i], random.Uint64(), random.Uint64())
		pollNumber := c.draw(random)
		if i < spoiled {
			pollNumber = invalidPoll
			w.invalid++
		} else {
			w.votes[pollNumber]++
		}
		line(guids[i][:], pollNumber)
	}
	for range p.lines - fresh {
		line(guids[random.IntN(fresh)][:], c.draw(random))
	}
	w.csv = lines.Bytes()
	return w
}

// counting simulates officials.
type counting struct {
	election  client.Election
	officials []*client.Client
	papers    []paper
	choosers  []chooser
	invalid   float64
	double    float64
	over      time.Duration // the time over which the uploads are spread; 0 is at once

	sent atomic.Int64 // lines
}

// run uploads the batches of each official, one after another, and returns the expected count of all batches.
func (c *counting) run(ctx context.Context) (*papersCounted, error) {
	all := newPapersCounted(len(c.choosers))
	var mutex sync.Mutex
	var group sync.WaitGroup
	var failed error
	start := time.Now()
	for number, official := range c.officials {
		group.Go(func() {
			for i := number; i < len(c.papers); i += len(c.officials) {
				due := start.Add(c.over * time.Duration(i) / time.Duration(len(c.papers)))
				w, err := c.upload(ctx, official, i, due)
				mutex.Lock()
				if err != nil {
					failed = err
					mutex.Unlock()
					return
				}
				all.add(c.papers[i], w)
				mutex.Unlock()
			}
		})
	}
	group.Wait()
	return all, failed
}

// upload sends one batch when it is due and returns when it is counted.
func (c *counting) upload(ctx context.Context, official *client.Client, i int, due time.Time) (written, error) {
	p := c.papers[i]
	select {
	case <-ctx.Done():
		return written{}, ctx.Err()
	case <-time.After(time.Until(due)):
	}
	w := p.write(&c.choosers[p.place], c.invalid, c.double)
	name := fmt.Sprintf("played-%04d.csv", i+1)
	id, err := official.Upload(ctx, c.election.ID, c.election.Constituencies[p.place].ID, name, int64(len(w.csv)),
		func() io.ReadCloser { return io.NopCloser(bytes.NewReader(w.csv)) })
	if err != nil {
		return written{}, fmt.Errorf("upload %s: %w", name, err)
	}
	c.sent.Add(int64(p.lines))
	for begun := time.Now(); ; {
		state, err := official.Batch(ctx, id)
		switch {
		case err != nil:
			return written{}, err
		case state.State == "counted":
			return w, nil
		case state.State == client.BatchWaiting:
			return written{}, fmt.Errorf("batch %d: %w", id, errLate)
		case time.Since(begun) > stillness:
			return written{}, fmt.Errorf("batch %d is still %s after %s %s", id, state.State, stillness, state.Failure)
		}
		select {
		case <-ctx.Done():
			return written{}, ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// papersCounted is the expected count of batches.
type papersCounted struct {
	lines      int64
	votes      []map[int32]int64 // by place and poll number
	invalid    []int64
	duplicates []int64
}

func newPapersCounted(places int) *papersCounted {
	p := &papersCounted{votes: make([]map[int32]int64, places), invalid: make([]int64, places), duplicates: make([]int64, places)}
	for i := range p.votes {
		p.votes[i] = map[int32]int64{}
	}
	return p
}

func (p *papersCounted) add(of paper, w written) {
	p.lines += int64(of.lines)
	for pollNumber, n := range w.votes {
		p.votes[of.place][pollNumber] += n
	}
	p.invalid[of.place] += w.invalid
	p.duplicates[of.place] += w.duplicates
}
