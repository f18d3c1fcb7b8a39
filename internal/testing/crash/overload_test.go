package crash

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// TestOverload_VotersAreAnsweredBeforeFilesRunOut runs the program with room for four hundred open files, so that a
// hundred votes may wait, and has three hundred arrive that all wait for each other: two hundred are told to come
// again, others find the program as ever, and those that wait are accepted.
func TestOverload_VotersAreAnsweredBeforeFilesRunOut(t *testing.T) {
	const files, room, arriving = 1600, 400, 430 // of 434 connections beside live feeds
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, arriving, nil)
	narrow := filepath.Join(t.TempDir(), "narrow")
	script := fmt.Sprintf("#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n", files, binary)
	if err := os.WriteFile(narrow, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	server := program.Serve(t, narrow, data, "--vote-group", "1000", "--vote-wait", "1m")

	answers := make(chan *http.Response, arriving)
	caller := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var voters sync.WaitGroup
	for key := range arriving {
		voters.Go(func() {
			answer, err := vote(t.Context(), caller, server.URL, poll.Body(key, 1))
			if err != nil {
				t.Error(err)
				return
			}
			answers <- answer
		})
	}
	for n := range arriving - room {
		select {
		case answer := <-answers:
			if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
				t.Fatalf("answer %d: want 503 and when to come again, got %s, %v", n+1, answer.Status, answer.Header)
			}
		case <-time.After(patience):
			t.Fatalf("want %d voters told to come again, got %d answers", arriving-room, n)
		}
	}
	(&client{base: server.URL + "/api/v1"}).get(t, fmt.Sprintf("/elections/%d/results", poll.ElectionID), &results{}) // others find it as ever
	server.Stop(t)
	voters.Wait()
	close(answers)
	accepted := 0
	for answer := range answers {
		if answer.StatusCode != http.StatusOK {
			t.Errorf("want waiting voters accepted, got %s", answer.Status)
		}
		accepted++
	}
	if accepted != room {
		t.Errorf("want the %d that wait accepted, got %d", room, accepted)
	}
	program.Verify(t, binary, data)
}

// vote sends a vote and returns the answer, without its body. A busy machine reads requests late, and many connections make
// the program end those whose requests it has not read for seconds: such a voter asks again.
func vote(ctx context.Context, caller *http.Client, url, body string) (answer *http.Response, err error) {
	for range 5 {
		request, failed := http.NewRequestWithContext(ctx, http.MethodPost, url+"/vote", strings.NewReader(body))
		if failed != nil {
			return nil, failed
		}
		request.Header.Set("Content-Type", "application/json")
		if answer, err = caller.Do(request); err == nil {
			return answer, answer.Body.Close()
		}
	}
	return nil, err
}
