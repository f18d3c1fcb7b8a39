package sqlite

import (
	"context"
	"slices"
	"sync"
)

// firstInARow is how many transactions that go first may pass one that waits.
const firstInARow = 16

// gate lets one transaction at a time write. Those that go first pass the others, but not for ever: after
// firstInARow of them the longest waiting other has its turn, so that neither side starves.
type gate struct {
	mutex  sync.Mutex
	taken  bool
	first  []chan struct{}
	others []chan struct{}
	passed int // transactions that went first since one of the others waits
}

// enter waits for the turn; whoever entered must leave. It fails only where the context ends before.
func (g *gate) enter(ctx context.Context, first bool) error {
	g.mutex.Lock()
	if !g.taken {
		g.taken = true
		g.mutex.Unlock()
		return nil
	}
	turn := make(chan struct{})
	line := &g.others
	if first {
		line = &g.first
	}
	*line = append(*line, turn)
	g.mutex.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mutex.Lock()
	at := slices.Index(*line, turn)
	if at >= 0 {
		*line = slices.Delete(*line, at, at+1)
	}
	g.mutex.Unlock()
	if at < 0 { // the turn came at the same moment: pass it on
		g.leave()
	}
	return ctx.Err()
}

// leave hands the turn to whoever is next.
func (g *gate) leave() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	line := &g.first
	switch {
	case len(g.first) == 0 && len(g.others) == 0:
		g.taken, g.passed = false, 0
		return
	case len(g.first) == 0 || len(g.others) > 0 && g.passed >= firstInARow:
		line = &g.others
		g.passed = 0
	case len(g.others) > 0:
		g.passed++
	}
	close((*line)[0])
	*line = slices.Delete(*line, 0, 1)
}

// waiting returns how many stand in line.
func (g *gate) waiting() int {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return len(g.first) + len(g.others)
}
