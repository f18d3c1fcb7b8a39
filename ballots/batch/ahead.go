package batch

import (
	"sync"

	"urna/ballots"
)

// What is sorted while it arrives is bounded, because it takes memory while it arrives and disk space while
// it waits. Whatever is over is read again from its file when its turn comes, as after a restart.
const (
	sortersAtOnce = 8          // uploads that are sorted while they arrive
	mostAhead     = 40_000_000 // lines that wait sorted: a gigabyte on disk
	fewestAhead   = 10_000     // lines; fewer are read again in no time
	filesAhead    = 200        // uploads that wait sorted
)

// ahead keeps the lines of uploads that were sorted while they arrived, by the names of their spool files,
// until their batches are counted. It may be used concurrently.
type ahead struct {
	folder   string
	runLines int

	mutex  sync.Mutex
	active int
	lines  int64
	sorted map[string]*ballots.Sorter // nil once closed
}

func newAhead(folder string, runLines int) *ahead {
	return &ahead{folder: folder, runLines: runLines, sorted: map[string]*ballots.Sorter{}}
}

// arrival is one upload on its way in. Where enough others are sorted already, or the disk fails, its lines
// are let go: they are in the spool file.
type arrival struct {
	ahead  *ahead
	name   string
	sorter *ballots.Sorter // nil where they are let go
}

// begin begins to sort an upload.
func (a *ahead) begin(name string) *arrival {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.active >= sortersAtOnce {
		return &arrival{}
	}
	a.active++
	return &arrival{ahead: a, name: name, sorter: ballots.NewSorter(a.folder, a.runLines)}
}

// add takes the next line.
func (r *arrival) add(l ballots.Line) {
	if r.sorter != nil && r.sorter.Add(l) != nil {
		r.end(false)
	}
}

// end begins to keep the lines for their batch, if they are good and worth it.
func (r *arrival) end(good bool) {
	s := r.sorter
	if s == nil {
		return
	}
	r.sorter = nil
	kept := good && s.Lines() >= fewestAhead && s.Park() == nil && r.ahead.keep(r.name, s)
	if !kept {
		_ = s.Close()
	}
	r.ahead.mutex.Lock()
	defer r.ahead.mutex.Unlock()
	r.ahead.active--
}

// keep reports whether there is room for one more.
func (a *ahead) keep(name string, s *ballots.Sorter) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.sorted == nil || len(a.sorted) >= filesAhead || a.lines+s.Lines() > mostAhead {
		return false
	}
	a.lines += s.Lines()
	a.sorted[name] = s
	return true
}

// take returns what is kept of a spool file, for the caller to close; nil where nothing is.
func (a *ahead) take(name string) *ballots.Sorter {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	s := a.sorted[name]
	if s != nil {
		a.lines -= s.Lines()
		delete(a.sorted, name)
	}
	return s
}

// drop lets go what is kept of a spool file that is removed.
func (a *ahead) drop(name string) {
	if s := a.take(name); s != nil {
		_ = s.Close()
	}
}

// close lets everything go, also what arrives later.
func (a *ahead) close() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, s := range a.sorted {
		_ = s.Close()
	}
	a.sorted = nil
}
