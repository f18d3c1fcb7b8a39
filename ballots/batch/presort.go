package batch

import (
	"sync"

	"urna/ballots"
)

// Sorting uploads while they arrive takes memory then, and disk space until they are counted, so both are bounded.
// An upload beyond the bounds is read again from its spool file before it is counted, as after a restart.
const (
	maxPresorters     = 8          // uploads that are sorted while they arrive
	maxPresortedLines = 40_000_000 // lines that wait sorted: a gigabyte on disk
	minPresortedLines = 10_000     // lines; fewer are read again in no time
	maxPresortedFiles = 200        // uploads that wait sorted
)

// presortCache keeps the lines of uploads that were sorted while they arrived, by the names of their spool files,
// until their batches are counted. It may be used concurrently.
type presortCache struct {
	folder   string
	runLines int

	mu     sync.Mutex
	active int
	lines  int64
	sorted map[string]*ballots.Sorter // nil once closed
}

func newPresortCache(folder string, runLines int) *presortCache {
	return &presortCache{folder: folder, runLines: runLines, sorted: map[string]*ballots.Sorter{}}
}

// presorter sorts the lines of one upload while it arrives. If enough others are being sorted, or the disk fails,
// it discards the lines: they are in the spool file too.
type presorter struct {
	cache  *presortCache
	name   string
	sorter *ballots.Sorter // nil if they are discarded
}

// newPresorter begins to sort an upload.
func (c *presortCache) newPresorter(name string) *presorter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active >= maxPresorters {
		return &presorter{}
	}
	c.active++
	return &presorter{cache: c, name: name, sorter: ballots.NewSorter(c.folder, c.runLines)}
}

// add adds the next line.
func (p *presorter) add(l ballots.Line) {
	if p.sorter != nil && p.sorter.Add(l) != nil {
		p.finish(false)
	}
}

// finish stores the lines for their batch if the file was accepted and sorting it again would take long.
func (p *presorter) finish(good bool) {
	s := p.sorter
	if s == nil {
		return
	}
	p.sorter = nil
	kept := good && s.Lines() >= minPresortedLines && s.Freeze() == nil && p.cache.store(p.name, s)
	if !kept {
		_ = s.Close()
	}
	p.cache.mu.Lock()
	defer p.cache.mu.Unlock()
	p.cache.active--
}

// store keeps a sorter until it is claimed, and reports whether the cache had room for it.
func (c *presortCache) store(name string, s *ballots.Sorter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sorted == nil || len(c.sorted) >= maxPresortedFiles || c.lines+s.Lines() > maxPresortedLines {
		return false
	}
	c.lines += s.Lines()
	c.sorted[name] = s
	return true
}

// rename moves the lines of a spool file to another name.
func (c *presortCache) rename(from, to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.sorted[from]; s != nil {
		delete(c.sorted, from)
		c.sorted[to] = s
	}
}

// claim removes and returns the sorter of a spool file, for the caller to close; nil if the cache has none.
func (c *presortCache) claim(name string) *ballots.Sorter {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.sorted[name]
	if s != nil {
		c.lines -= s.Lines()
		delete(c.sorted, name)
	}
	return s
}

// discard deletes the sorted lines of a spool file that is removed.
func (c *presortCache) discard(name string) {
	if s := c.claim(name); s != nil {
		_ = s.Close()
	}
}

// close deletes all sorted lines; later ones are not stored.
func (c *presortCache) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sorted {
		_ = s.Close()
	}
	c.sorted = nil
}
