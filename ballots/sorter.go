package ballots

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// DefaultRunLines is how many lines a Sorter holds in memory at a time: 6 MB, three times over.
const DefaultRunLines = 1 << 18

// Sorter puts the lines of a whole batch in the order of GUIDs and then of lines, so that the ledger is
// written in sequence however long the batch is. It sorts runs in memory, spills all but the last to
// files without a name, and merges them. Memory is bounded by the length of a run. It is for one
// goroutine; while one run is sorted and spilled, the next is filled.
type Sorter struct {
	folder   string
	runLines int
	run      []entry // being filled
	free     []entry // for the next run
	scratch  []entry // the spiller's
	files    []*os.File
	lines    int64
	spilled  chan error // of the spill under way, or nil if there is none
}

// NewSorter returns a sorter that spills to the folder. runLines is for tests; 0 is DefaultRunLines.
func NewSorter(folder string, runLines int) *Sorter {
	if runLines == 0 {
		runLines = DefaultRunLines
	}
	return &Sorter{folder: folder, runLines: runLines}
}

// Add takes the next line of the batch. Numbers go up to 2^32 - 1.
func (s *Sorter) Add(l Line) error {
	if len(s.run) == s.runLines {
		if err := s.spill(); err != nil {
			return err
		}
	}
	high, low := l.GUID.halves()
	s.run = append(s.run, entry{high: high, low: low, number: uint32(l.Number), pollNumber: l.PollNumber})
	s.lines++
	return nil
}

// Lines returns how many lines were added.
func (s *Sorter) Lines() int64 { return s.lines }

// spill begins to sort the full run and write it out, and makes room for the next one.
func (s *Sorter) spill() error {
	if err := s.settle(); err != nil {
		return err
	}
	file, err := os.CreateTemp(s.folder, "run-*")
	if err != nil {
		return fmt.Errorf("ballots: spill: %w", err)
	}
	s.files = append(s.files, file)
	if err := os.Remove(file.Name()); err != nil { // it lives as long as it is open
		return fmt.Errorf("ballots: spill: %w", err)
	}
	full := s.run
	s.run, s.free = s.free[:0], nil
	s.spilled = make(chan error, 1)
	go func() {
		sorted, room := sortEntries(full, s.scratch)
		s.free, s.scratch = sorted, room
		s.spilled <- writeRun(file, sorted)
	}()
	return nil
}

// Freeze spills all that is still in memory, so that the lines can wait without any until they are asked for.
func (s *Sorter) Freeze() error {
	if len(s.run) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	err := s.settle()
	s.run, s.free, s.scratch = nil, nil, nil
	return err
}

// settle waits for the spill under way.
func (s *Sorter) settle() error {
	if s.spilled == nil {
		return nil
	}
	err := <-s.spilled
	s.spilled = nil
	return err
}

func writeRun(file *os.File, sorted []entry) error {
	const block = 4096
	buffer := make([]byte, 0, block*entrySize)
	for len(sorted) > 0 {
		part := sorted[:min(block, len(sorted))]
		sorted = sorted[len(part):]
		buffer = buffer[:0]
		for _, e := range part {
			buffer = e.appendTo(buffer)
		}
		if _, err := file.Write(buffer); err != nil {
			return fmt.Errorf("ballots: spill: %w", err)
		}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("ballots: spill: %w", err)
	}
	return nil
}

// Sort ends the adding and returns the lines in order. The sorter must not be closed before they are
// read.
func (s *Sorter) Sort() (*Sorted, error) {
	if err := s.settle(); err != nil {
		return nil, err
	}
	last, _ := sortEntries(s.run, s.scratch)
	s.run, s.free, s.scratch = nil, nil, nil
	sorted := &Sorted{lines: s.lines}
	for _, file := range s.files {
		sorted.runs = append(sorted.runs, &sortedRun{file: bufio.NewReaderSize(file, 4096*entrySize)})
	}
	sorted.runs = append(sorted.runs, &sortedRun{memory: last})
	return sorted, sorted.begin()
}

// Close gives the spilled runs' disk space back. It may be called more than once.
func (s *Sorter) Close() error {
	errs := []error{s.settle()}
	for _, file := range s.files {
		errs = append(errs, file.Close())
	}
	s.files = nil
	return errors.Join(errs...)
}
