package ballots

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Sorted are the lines of a batch in the order of GUIDs and then of lines. The order depends on the
// batch alone, so that whoever has taken some of them can go on from there after a restart.
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
	for i := len(s.runs)/2 - 1; i >= 0; i-- {
		s.sink(i)
	}
	return nil
}

// sink moves the run at i down to its place in the heap.
func (s *Sorted) sink(i int) {
	for {
		least := 2*i + 1
		if least >= len(s.runs) {
			return
		}
		if right := least + 1; right < len(s.runs) && compareEntries(s.runs[right].first, s.runs[least].first) < 0 {
			least = right
		}
		if compareEntries(s.runs[i].first, s.runs[least].first) <= 0 {
			return
		}
		s.runs[i], s.runs[least] = s.runs[least], s.runs[i]
		i = least
	}
}

// next returns the next entry in order; false at the end.
func (s *Sorted) next() (entry, bool, error) {
	if len(s.runs) == 0 {
		return entry{}, false, nil
	}
	top := s.runs[0]
	e := top.first
	more, err := top.advance()
	if err != nil {
		return entry{}, false, err
	}
	if !more {
		last := len(s.runs) - 1
		s.runs[0] = s.runs[last]
		s.runs = s.runs[:last]
	}
	s.sink(0)
	s.given++
	return e, true, nil
}

// Skip passes over the first n lines, which were taken before.
func (s *Sorted) Skip(n int64) error {
	for range n {
		if _, ok, err := s.next(); err != nil || !ok {
			return err
		}
	}
	return nil
}
