package witness_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/client"
	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
	"urna/internal/audit/witness"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/servertest"
)

var ada = audit.Actor{ID: 1, Name: "Ada", From: "test"}

// site is a server whose log a witness follows.
type site struct {
	*apptest.Env

	path   string
	url    string
	stop   func()
	signer checkpoint.WitnessSigner
}

// newSite starts a server on a new folder, with the witness registered.
func newSite(t *testing.T) *site {
	t.Helper()
	signer, err := checkpoint.GenerateWitness("witness.example.org/party-a")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{path: filepath.Join(t.TempDir(), "data"), signer: signer}
	s.open(t)
	if _, err := s.Countersign.Register(t.Context(), ada, countersign.Draft{Key: signer.String(), Operator: "Party A"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// open opens the folder and serves it.
func (s *site) open(t *testing.T) {
	t.Helper()
	s.Env = apptest.Open(t, s.path, &clock.Clock{})
	s.url, s.stop = servertest.Serve(t, s.Env, server.Options{})
}

// close stops the server and closes the folder.
func (s *site) close(t *testing.T) {
	t.Helper()
	s.stop()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// act appends an event to the log.
func (s *site) act(t *testing.T, name string) {
	t.Helper()
	signer, err := checkpoint.GenerateWitness(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Countersign.Register(t.Context(), ada, countersign.Draft{Key: signer.String(), Operator: name}); err != nil {
		t.Fatal(err)
	}
}

// options returns those of the witness, whose state is in a folder of the test's own.
func (s *site) options(t *testing.T, state string) witness.Options {
	t.Helper()
	log, err := client.NewLog(s.url)
	if err != nil {
		t.Fatal(err)
	}
	return witness.Options{Server: log, Signer: s.signer, State: state, Refresh: time.Hour, Now: time.Now}
}

func open(t *testing.T, o witness.Options) *witness.Witness {
	t.Helper()
	w, err := witness.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() }) // a test may have closed it
	return w
}

func statePath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "state")
}

// accepted returns how many events the server knows to be countersigned, 0 for none.
func (s *site) accepted(t *testing.T) int64 {
	t.Helper()
	found, err := s.Countersign.Witnesses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range found {
		if w.Key == s.signer.String() && w.Last != nil {
			return w.Last.Size
		}
	}
	return 0
}

func (s *site) size(t *testing.T) int64 {
	t.Helper()
	_, events, err := s.Audit.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// TestWitness_FollowsAGrowingLog countersigns each head, over restarts of both sides.
func TestWitness_FollowsAGrowingLog(t *testing.T) {
	s := newSite(t)
	state := statePath(t)
	w := open(t, s.options(t, state))
	for i := range 6 {
		if err := w.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.accepted(t); got != s.size(t) {
			t.Fatalf("round %d: want %d events countersigned, got %d", i, s.size(t), got)
		}
		s.act(t, "another"+strings.Repeat("x", i))
		switch i {
		case 1: // the witness restarts
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			w = open(t, s.options(t, state))
		case 3: // both restart
			s.close(t)
			s.open(t)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			w = open(t, s.options(t, state))
		}
	}
	signed, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	if c, n, err := checkpoint.Open(signed, s.signer.WitnessKey); err != nil || len(n.Sigs) != 1 || c.Size != s.size(t)-1 {
		t.Errorf("want the last countersigned checkpoint in the state, got %v, %v", c, err)
	}
}

// TestWitness_NoticesYesterdaysFolder puts a copy of the whole folder back, with its anchor and its secrets.
func TestWitness_NoticesYesterdaysFolder(t *testing.T) {
	databasetest.NeedsSQLite(t, "it puts the copy of a whole data folder back, which has no database there")
	s := newSite(t)
	state := statePath(t)
	w := open(t, s.options(t, state))
	if err := w.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.close(t)
	yesterday := filepath.Join(t.TempDir(), "yesterday")
	copyFolder(t, s.path, yesterday)
	s.open(t)
	s.act(t, "today")
	w = again(t, w, s.options(t, state))
	if err := w.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.close(t)

	s.path = yesterday
	s.open(t)                               // nothing on this machine notices it
	for _, longer := range []int{0, 1, 3} { // shorter, of the same length, longer than what was lost
		for i := range longer {
			s.act(t, strings.Repeat("y", 10*longer+i))
		}
		w = again(t, w, s.options(t, state))
		before, _ := w.Last()
		err := w.Round(t.Context())
		if conflict, ok := errors.AsType[*witness.ConflictError](err); !ok {
			t.Errorf("%d acts later: want a conflict, got %v", longer, err)
		} else if !strings.Contains(conflict.Reason, "shortened") && !strings.Contains(conflict.Reason, "rewritten") {
			t.Errorf("%d acts later: want it said what happened, got %s", longer, conflict.Reason)
		}
		if after, _ := w.Last(); before.Size > 0 && after != before {
			t.Errorf("want what was countersigned remembered, got %v", after)
		}
	}
	// The server was told, and shows it.
	found, err := s.Countersign.Witnesses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conflicts := 0
	for _, f := range found {
		if f.Conflict != nil && f.Key == s.signer.String() {
			conflicts++
		}
	}
	if conflicts != 1 {
		t.Errorf("want the conflict recorded by the server, got %+v", found)
	}
	// The evidence is a checkpoint of the same log.
	evidence, err := os.ReadFile(state + ".conflict")
	if err != nil {
		t.Fatal(err)
	}
	log, err := checkpoint.ParseLogKey(s.Countersign.Key())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := checkpoint.Open(evidence, log); err != nil {
		t.Errorf("want the log's signature on the evidence, got %v", err)
	}
}

// again restarts a witness.
func again(t *testing.T, w *witness.Witness, o witness.Options) *witness.Witness {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, o)
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// foreign returns a server with another log and another key; folders of package apptest have the same secrets.
func foreign(t *testing.T) *site {
	t.Helper()
	s := &site{path: filepath.Join(t.TempDir(), "data")}
	made, err := app.Open(t.Context(), s.path, app.Options{Parts: app.Bundles, Create: true})
	if err == nil {
		err = made.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	s.open(t)
	s.act(t, "w")
	return s
}

// TestWitness_AnotherKeyIsAConflict replaces the secret of the log's key, with the key given and taken from the server.
func TestWitness_AnotherKeyIsAConflict(t *testing.T) {
	s, other := newSite(t), foreign(t)
	state := statePath(t)
	w := open(t, s.options(t, state))
	if err := w.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	running := s.options(t, statePath(t))
	running.Log = s.Countersign.Key()
	running.Server = &exchanged{first: running.Server.(*client.Log), then: s.options(t, "").Server.(*client.Log)}
	follower := open(t, running)
	if err := follower.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := client.NewLog(other.url)
	if err != nil {
		t.Fatal(err)
	}
	running.Server.(*exchanged).then, running.Server.(*exchanged).now = second, true
	if _, ok := errors.AsType[*witness.ConflictError](follower.Round(t.Context())); !ok {
		t.Error("want a conflict while the witness runs")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	restarted := other.options(t, state)
	restarted.Signer = s.signer
	w = open(t, restarted)
	for range 2 {
		if _, ok := errors.AsType[*witness.ConflictError](w.Round(t.Context())); !ok {
			t.Error("want a conflict after a restart")
		}
	}
}

// exchanged is a server in whose place another one answers.
type exchanged struct {
	first, then *client.Log
	now         bool
}

func (e *exchanged) log() *client.Log {
	if e.now {
		return e.then
	}
	return e.first
}
func (e *exchanged) Key(ctx context.Context) (string, error)        { return e.log().Key(ctx) }
func (e *exchanged) Checkpoint(ctx context.Context) ([]byte, error) { return e.log().Checkpoint(ctx) }

func (e *exchanged) Consistency(ctx context.Context, earlier, later int64) ([]byte, error) {
	return e.log().Consistency(ctx, earlier, later)
}

func (e *exchanged) Countersign(ctx context.Context, signed []byte) error {
	return e.log().Countersign(ctx, signed)
}
