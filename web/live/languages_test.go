package live

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"urna/internal/messages"
)

// TestHub_OneDrawingForEachLanguage has many watchers of one election in two languages.
func TestHub_OneDrawingForEachLanguage(t *testing.T) {
	var drawn sync.Map
	changes := make(chan struct{}, 1)
	hub := New(Options{
		Draw: func(context.Context, int64, int64) (Snapshot, error) {
			return Snapshot{Figures: []byte("1"), Content: func(ctx context.Context) ([]byte, error) {
				language := messages.From(ctx).Language()
				n, _ := drawn.LoadOrStore(language, new(atomic.Int64))
				n.(*atomic.Int64).Add(1) //nolint:forcetypeassert // stored above
				return []byte("in " + language), nil
			}}, nil
		},
		Watch: func(int64) (<-chan struct{}, func()) { return changes, func() {} }, Now: time.Now,
	})
	defer hub.Stop()
	georgian, _ := messages.In("ka")
	for i := range 20 {
		language := messages.English()
		if i%2 == 1 {
			language = georgian
		}
		topic, err := hub.join(topicKey{1, 0, language.Language()}, language)
		if err != nil {
			t.Fatal(err)
		}
		<-topic.drawn
		if want, got := "in "+language.Language(), string(topic.now.Load().frame.plain); !strings.Contains(got, want) {
			t.Errorf("want the frame %q, got %q", want, got)
		}
	}
	for _, language := range []string{"en", "ka"} {
		n, ok := drawn.Load(language)
		if !ok || n.(*atomic.Int64).Load() != 1 { //nolint:forcetypeassert // stored above
			t.Errorf("%s: want one drawing for ten watchers, got %v", language, n)
		}
	}
}
