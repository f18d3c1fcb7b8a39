package warning

import (
	"context"
	"sync"

	"urna/internal/messages"
)

// Warning is one thing that is not as it should be.
type Warning struct {
	Code     string // stable, such as backup-late; alert rules name it
	Sentence messages.Message
	Detail   messages.Message // for administrators alone; none if there is nothing more to say
	Path     string           // of the administrators' page that says more; "" is none
}

// A Source returns the warnings of one subject at the moment. It is called for each page of an administrator, so it must
// be quick; what it cannot find out it leaves out.
type Source func(ctx context.Context) []Warning

// List is the sources of a server. Its methods may be called concurrently. The zero value has none.
type List struct {
	mutex   sync.Mutex
	sources []Source
}

// Add adds a source.
func (l *List) Add(s Source) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.sources = append(l.sources, s)
}

// Now returns all warnings, in the order of the sources.
func (l *List) Now(ctx context.Context) (all []Warning) {
	l.mutex.Lock()
	sources := l.sources
	l.mutex.Unlock()
	for _, source := range sources {
		all = append(all, source(ctx)...)
	}
	return all
}
