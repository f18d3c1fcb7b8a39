package batch_test

import (
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
)

// TestQueue_FindsActsOfAnotherProgram: a command that retracts a batch beside a running server does not wake the
// server's queue, which looks for such acts once a second.
func TestQueue_FindsActsOfAnotherProgram(t *testing.T) {
	path := t.TempDir()
	server := open(t, path, batch.Options{})
	defer server.close(t)
	server.start(t)
	var file strings.Builder
	for n := range 5 {
		file.WriteString(guid(n).String() + ",1\n")
	}
	b := server.receive(t, file.String()).ID
	if found := server.settle(t, b); found.State != batch.Counted {
		t.Fatalf("want the batch counted, got %s", found.State)
	}
	command := open(t, path, batch.Options{})
	defer command.close(t)
	if _, err := command.batches.Retract(t.Context(), official, b, "twice"); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if found := server.settle(t, b); found.State != batch.Retracted {
		t.Fatalf("want the batch retracted, got %s", found.State)
	}
	t.Logf("retracted after %s", time.Since(begun).Round(time.Millisecond))
}
