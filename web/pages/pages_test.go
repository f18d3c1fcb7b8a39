package pages

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
)

func TestLocalPath_LeadsNowhereElse(t *testing.T) {
	for next, want := range map[string]string{
		"/admin/elections/3": "/admin/elections/3", "/official?before=7": "/official?before=7", "/": "/",
		"": "", "admin": "", "//evil.example": "", "/\\evil.example": "", "https://evil.example/": "", "/\t/evil.example": "",
		"javascript:alert(1)": "", "/%2f/evil.example": "", "/%5cevil": "/%5cevil",
	} {
		if got := localPath(next); got != want {
			t.Errorf("%q: want %q, got %q", next, want, got)
		}
	}
}

func TestEvent_EveryLineIsData(t *testing.T) {
	want := "event: update\ndata: <p>one\ndata: two\ndata: three</p>\n\n"
	if got := string(event("update", "<p>one\r\ntwo\rthree</p>")); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestFragments_AnAnswerIsNeverOlderThanItsQuestion(t *testing.T) {
	var f fragments
	figure := 0
	draw := func(context.Context) ([]byte, error) { return []byte{byte(figure)}, nil }
	for figure = range 3 {
		got, err := f.get(t.Context(), 1, draw)
		if err != nil || got[0] != byte(figure) {
			t.Fatalf("want figure %d, got %v (%v)", figure, got, err)
		}
	}
}

func TestFragments_WaitersShareADrawing(t *testing.T) {
	var f fragments
	began, release := make(chan struct{}), make(chan struct{})
	go func() {
		_, _ = f.get(t.Context(), 1, func(context.Context) ([]byte, error) {
			close(began)
			<-release
			return []byte("first"), nil
		})
	}()
	<-began
	var mu sync.Mutex
	drawings := 0
	var waiting, done sync.WaitGroup
	for range 50 {
		waiting.Add(1)
		done.Go(func() {
			waiting.Done()
			got, err := f.get(t.Context(), 1, func(context.Context) ([]byte, error) {
				mu.Lock()
				defer mu.Unlock()
				drawings++
				return []byte("second"), nil
			})
			if err != nil || string(got) != "second" {
				t.Errorf("want a drawing begun after the question, got %q (%v)", got, err)
			}
		})
	}
	waiting.Wait()
	close(release)
	done.Wait()
	// A goroutine may be held up between its question and the lock, so that a few draw again.
	if drawings == 0 || drawings > 25 {
		t.Errorf("want few drawings for 50 watchers, got %d", drawings)
	}
}

func TestFragments_AFailedDrawingIsNobodyElses(t *testing.T) {
	var f fragments
	broken := errors.New("no database")
	if _, err := f.get(t.Context(), 1, func(context.Context) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Fatalf("want the error, got %v", err)
	}
	got, err := f.get(t.Context(), 1, func(context.Context) ([]byte, error) { return []byte("well"), nil })
	if err != nil || string(got) != "well" {
		t.Errorf("want the next drawing, got %q (%v)", got, err)
	}
}

func TestListed_ReadsAsASentence(t *testing.T) {
	for want, names := range map[string]string{"": "", "A": "A", "A and B": "A B", "A, B and C": "A B C"} {
		if got := listed(strings.Fields(names)); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}
