package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// hashes records the places whose turns come, in their order.
type hashes struct {
	*turns

	mutex sync.Mutex
	order []string
	ended chan struct{} // each receive ends one hash
	most  int           // hashes of one place at once
	wait  sync.WaitGroup
}

func newHashes(atOnce int) *hashes {
	h := &hashes{turns: newTurns(), ended: make(chan struct{})}
	h.atOnce = atOnce
	return h
}

// ask asks for a hash in the background and returns where its error comes.
func (h *hashes) ask(ctx context.Context, who caller) <-chan error {
	result := make(chan error, 1)
	h.wait.Go(func() {
		done, err := h.take(ctx, who)
		if err == nil {
			h.mutex.Lock()
			h.order = append(h.order, who.place)
			h.mutex.Unlock()
			h.turns.mutex.Lock()
			h.most = max(h.most, h.running[who.place])
			h.turns.mutex.Unlock()
			h.ended <- struct{}{}
			done()
		}
		result <- err
	})
	synctest.Wait()
	return result
}

// endAll ends all hashes, one after the other.
func (h *hashes) endAll() {
	for {
		synctest.Wait()
		select {
		case <-h.ended:
		default:
			h.wait.Wait()
			return
		}
	}
}

func stranger(place string) caller { return caller{place: place} }

func TestTurns_AnAddressWithManyRequestsDelaysItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashes(2)
		for range 50 {
			h.ask(t.Context(), stranger("flood"))
		}
		h.ask(t.Context(), stranger("one"))
		h.ask(t.Context(), stranger("other"))
		h.endAll()
		if at := slices.Index(h.order, "other"); at > 5 {
			t.Errorf("want each address to have its turn, got position %d of %d", at, len(h.order))
		}
		if len(h.order) != 52 {
			t.Errorf("want all of 52 done, got %d", len(h.order))
		}
	})
}

func TestTurns_TwoAtOnceForAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashes(4)
		for range 10 {
			h.ask(t.Context(), stranger("flood"))
		}
		if h.inAll != 2 {
			t.Errorf("want two hashes of an address, got %d", h.inAll)
		}
		h.ask(t.Context(), stranger("other"))
		if h.inAll != 3 {
			t.Errorf("want another address not to wait for a free place, got %d hashes", h.inAll)
		}
		h.endAll()
		if h.most != 2 {
			t.Errorf("want two hashes of an address at most, got %d", h.most)
		}
	})
}

func TestTurns_FamiliarAddressesComeFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashes(2)
		for i := range mostWaiting + 2 { // all places are taken
			h.ask(t.Context(), stranger(fmt.Sprint("stranger ", i)))
		}
		for range 12 {
			h.ask(t.Context(), caller{place: "home", familiar: true})
		}
		h.endAll()
		if at := slices.Index(h.order, "home"); at > 2 {
			t.Errorf("want the familiar address next, got position %d", at)
		}
		last := 0
		for i, place := range h.order {
			if place == "home" {
				last = i
			}
		}
		if last < 14 || last > 20 {
			t.Errorf("want a stranger after every third familiar one, got the last of twelve at position %d", last)
		}
	})
}

func TestTurns_TooManyWaitersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashes(2)
		results := make([]<-chan error, 0, mostWaiting+12)
		for range mostWaiting + 12 {
			results = append(results, h.ask(t.Context(), stranger("flood")))
		}
		newcomer := h.ask(t.Context(), stranger("newcomer"))
		h.endAll()
		refused := 0
		for _, result := range results {
			if errors.Is(<-result, ErrSignInsBusy) {
				refused++
			}
		}
		if refused != 11 {
			t.Errorf("want 10 refused and one pushed out by the newcomer, got %d", refused)
		}
		if err := <-newcomer; err != nil {
			t.Errorf("want the newcomer's turn, got %v", err)
		}
	})
}

func TestTurns_NoAddressIsPushedOutByOneWithAsMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashes(2)
		for i := range mostWaiting + 2 {
			h.ask(t.Context(), stranger(fmt.Sprint("stranger ", i)))
		}
		if err := <-h.ask(t.Context(), stranger("newcomer")); !errors.Is(err, ErrSignInsBusy) {
			t.Errorf("want the newcomer refused, got %v", err)
		}
		h.endAll()
		if len(h.order) != mostWaiting+2 {
			t.Errorf("want all others done, got %d", len(h.order))
		}
	})
}

func TestTurns_ARequestThatEndsLeavesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashes(1)
		h.ask(t.Context(), stranger("first"))
		ctx, cancel := context.WithCancel(t.Context())
		left := h.ask(ctx, stranger("leaver"))
		last := h.ask(t.Context(), stranger("last"))
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("want the leaver's own reason, got %v", err)
		}
		h.endAll()
		if err := <-last; err != nil || !slices.Equal(h.order, []string{"first", "last"}) || h.inAll != 0 || len(h.running) != 0 {
			t.Errorf("want the others done and nothing left, got %v, %v, %d", err, h.order, h.inAll)
		}
	})
}
