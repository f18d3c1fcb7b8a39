package pages

import (
	"context"
	"sync"
	"sync/atomic"
)

// fragments lets many watchers of one election share one drawing: whoever asks while a drawing is
// under way waits for it to end, and then one of those who wait draws for all of them. So everyone
// gets figures that are no older than their question, and a thousand watchers cost two drawings, not a
// thousand. The zero value is ready.
type fragments struct {
	mu        sync.Mutex
	elections map[int64]*drawing
}

// drawing is the latest one of an election.
type drawing struct {
	begun   atomic.Int64 // how many drawings were begun
	mu      sync.Mutex   // held while drawing; guards content
	content []byte       // of the latest drawing that succeeded
	of      int64        // its number
}

// get returns a drawing that was begun after the call.
func (f *fragments) get(ctx context.Context, id int64, draw func(context.Context) ([]byte, error)) ([]byte, error) {
	d := f.of(id)
	asked := d.begun.Load()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of > asked {
		return d.content, nil
	}
	number := d.begun.Add(1)
	content, err := draw(ctx)
	if err != nil {
		return nil, err
	}
	d.content, d.of = content, number
	return content, nil
}

func (f *fragments) of(id int64) *drawing {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.elections == nil {
		f.elections = map[int64]*drawing{}
	}
	d, ok := f.elections[id]
	if !ok {
		d = &drawing{}
		f.elections[id] = d
	}
	return d
}
