package ballots

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Sorted are the lines of a batch in the order of GUIDs and then of lines, or those of several batches in
// the order of GUIDs, then of batches, then of lines. The order of a batch's lines depends on that batch
// alone, also among others, so that counting can continue after the last counted line after a restart.
type Sorted struct {
	runs  []*sortedRun // a heap by each run's next entry
	lines int64
	given int64
}

// sortedRun is one run, in a file or in memory, with its next entry.
type sortedRun struct {
	file   *bufio.Reader
	memory []entry
	first  entry
	batch  int // among those that were merged
}

// before tells whether the run's next entry comes before the other's.
func (r *sortedRun) before(other *sortedRun) bool {
	a, b := &r.first, &other.first
	switch {
	case a.high != b.high:
		return a.high < b.high
	case a.low != b.low:
		return a.low < b.low
	case r.batch != other.batch:
		return r.batch < other.batch
	default:
		return a.number < b.number
	}
}

// Merge returns the remaining lines of several batches as one; NextBundle tells the batches apart by their place.
// The caller must not read the single batches any further.
func Merge(batches []*Sorted) *Sorted {
	all := &Sorted{}
	for i, b := range batches {
		for _, r := range b.runs {
			r.batch = i
			all.runs = append(all.runs, r)
		}
		all.lines += b.lines - b.given
	}
	all.heap()
	return all
}

// advance reads the run's next entry; false at its end.
func (r *sortedRun) advance() (bool, error) {
	if r.file == nil {
		if len(r.memory) == 0 {
			return false, nil
		}
		r.first, r.memory = r.memory[0], r.memory[1:]
		return true, nil
	}
	var buffer [entrySize]byte
	if _, err := io.ReadFull(r.file, buffer[:]); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("ballots: read spilled run: %w", err)
	}
	r.first = readEntry(buffer[:])
	return true, nil
}

// begin reads each run's first entry and makes the heap.
func (s *Sorted) begin() error {
	runs := s.runs
	s.runs = nil
	for _, r := range runs {
		more, err := r.advance()
		if err != nil {
			return err
		}
		if more {
			s.runs = append(s.runs, r)
		}
	}
	s.heap()
	return nil
}

// heap puts the run with the least next entry first.
func (s *Sorted) heap() {
	for i := len(s.runs)/2 - 1; i >= 0; i-- {
		s.sink(i)
	}
}

// sink moves the run at i down to its place in the heap.
func (s *Sorted) sink(i int) {
	for {
		least := 2*i + 1
		if least >= len(s.runs) {
			return
		}
		if right := least + 1; right < len(s.runs) && s.runs[right].before(s.runs[least]) {
			least = right
		}
		if !s.runs[least].before(s.runs[i]) {
			return
		}
		s.runs[i], s.runs[least] = s.runs[least], s.runs[i]
		i = least
	}
}

// next returns the next entry in order with the place of its batch; false at the end.
func (s *Sorted) next() (e entry, batch int, more bool, err error) {
	if len(s.runs) == 0 {
		return entry{}, 0, false, nil
	}
	top := s.runs[0]
	e, batch = top.first, top.batch
	more, err = top.advance()
	if err != nil {
		return entry{}, 0, false, err
	}
	if !more {
		last := len(s.runs) - 1
		s.runs[0] = s.runs[last]
		s.runs = s.runs[:last]
	}
	s.sink(0)
	s.given++
	return e, batch, true, nil
}

// Skip passes over the first n lines, which were taken before.
func (s *Sorted) Skip(n int64) error {
	for range n {
		if _, _, ok, err := s.next(); err != nil || !ok {
			return err
		}
	}
	return nil
}
