package witness_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"urna/client"
	"urna/internal/app/verify"
	"urna/internal/audit/checkpoint"
	"urna/internal/audit/witness"
	"urna/internal/testing/databasetest"
)

// counting counts the calls that send.
type counting struct {
	*client.Log

	sent  atomic.Int64
	fault error // of sending; nil sends
}

func (c *counting) Countersign(ctx context.Context, signed []byte) error {
	if c.fault != nil {
		return c.fault
	}
	c.sent.Add(1)
	return c.Log.Countersign(ctx, signed)
}

// TestWitness_NothingLeavesBeforeItIsOnDisk takes the folder of the state away, as a full disk does.
func TestWitness_NothingLeavesBeforeItIsOnDisk(t *testing.T) {
	s := newSite(t)
	folder := filepath.Join(t.TempDir(), "witness")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	o := s.options(t, filepath.Join(folder, "state"))
	server := &counting{Log: o.Server.(*client.Log)}
	o.Server = server
	w := open(t, o)
	if err := os.Rename(folder, folder+".away"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Round(t.Context()); err == nil {
			t.Fatal("want an error while the state cannot be stored")
		}
	}
	if server.sent.Load() != 0 || s.accepted(t) != 0 {
		t.Errorf("want nothing sent, got %d", server.sent.Load())
	}
	if err := os.Rename(folder+".away", folder); err != nil {
		t.Fatal(err)
	}
	if err := w.Round(t.Context()); err != nil || s.accepted(t) != s.size(t) {
		t.Errorf("want the next round to countersign, got %v", err)
	}
}

// TestWitness_SendsAgainAfterAFault keeps a countersignature that the server did not take, over a restart.
func TestWitness_SendsAgainAfterAFault(t *testing.T) {
	s := newSite(t)
	state := statePath(t)
	o := s.options(t, state)
	server := &counting{Log: o.Server.(*client.Log), fault: errors.New("connection refused")}
	o.Server = server
	w := open(t, o)
	if err := w.Round(t.Context()); err == nil {
		t.Fatal("want the fault of sending returned")
	}
	server.fault = nil
	w = again(t, w, o)
	if err := w.Round(t.Context()); err != nil || s.accepted(t) != s.size(t) || server.sent.Load() != 1 {
		t.Errorf("want it sent once after the restart, got %d times, %v", server.sent.Load(), err)
	}
	if err := w.Round(t.Context()); err != nil || server.sent.Load() != 1 {
		t.Errorf("want nothing sent while nothing is new, got %d times, %v", server.sent.Load(), err)
	}
}

// TestWitness_RefreshesAnUnchangedLog by the clock of the witness, which must not go back.
func TestWitness_RefreshesAnUnchangedLog(t *testing.T) {
	s := newSite(t)
	now := time.Now()
	o := s.options(t, statePath(t))
	o.Now = func() time.Time { return now }
	w := open(t, o)
	for _, step := range []struct {
		after time.Duration
		fresh bool
	}{{0, true}, {30 * time.Minute, false}, {61 * time.Minute, true}} {
		at := now.Add(step.after)
		now = at
		if err := w.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, signed := w.Last(); (signed.Unix() == at.Unix()) != step.fresh {
			t.Errorf("after %v: want a new countersignature %v, got that of %v", step.after, step.fresh, signed)
		}
	}
	s.act(t, "new")
	now = now.Add(-48 * time.Hour)
	if err := w.Round(t.Context()); err == nil {
		t.Error("want nothing countersigned with a time before the last one")
	}
}

// TestWitness_OneProgramUsesAState refuses a second one.
func TestWitness_OneProgramUsesAState(t *testing.T) {
	s := newSite(t)
	state := statePath(t)
	open(t, s.options(t, state))
	if _, err := witness.Open(s.options(t, state)); err == nil {
		t.Error("want a second witness on the state refused")
	}
}

// TestWitness_ADamagedStateCountersignsNothing cuts the state, and uses that of another witness.
func TestWitness_ADamagedStateCountersignsNothing(t *testing.T) {
	s := newSite(t)
	state := statePath(t)
	w := open(t, s.options(t, state))
	if err := w.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	other, err := checkpoint.GenerateWitness("other")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(o *witness.Options) []byte{
		"cut":             func(*witness.Options) []byte { return good[:len(good)/2] },
		"empty":           func(*witness.Options) []byte { return []byte{} },
		"another witness": func(o *witness.Options) []byte { o.Signer = other; return good },
	} {
		o := s.options(t, state)
		if err := os.WriteFile(state, change(&o), 0o600); err != nil {
			t.Fatal(err)
		}
		w = again(t, w, o)
		if err := w.Round(t.Context()); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

// TestWitness_AnUnreachableServerIsTriedAgain stops the server, and cancels a witness that waits.
func TestWitness_AnUnreachableServerIsTriedAgain(t *testing.T) {
	s := newSite(t)
	state := statePath(t)
	w := open(t, s.options(t, state))
	s.close(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rounds := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Follow(ctx, 10*time.Millisecond, func(err error) {
			select {
			case rounds <- err:
			case <-ctx.Done():
			}
		})
	}()
	for range 3 {
		if err := <-rounds; err == nil {
			t.Error("want an error while the server is stopped")
		}
	}
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("want the witness to end with its context")
	}
}

// TestVerify_NamesWhatTheWitnessSaw compares the folders of both attacks with the state of the witness.
func TestVerify_NamesWhatTheWitnessSaw(t *testing.T) {
	databasetest.NeedsSQLite(t, "it puts the copy of a whole data folder back, which has no database there")
	s := newSite(t)
	state := statePath(t)
	w := open(t, s.options(t, state))
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
	signed, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	known := verify.Options{Witnesses: []checkpoint.WitnessKey{s.signer.WitnessKey}, Checkpoints: []verify.Checkpoint{{Name: "state", Signed: signed}}}
	if found := differences(t, s.path, known); len(found) > 0 {
		t.Errorf("want nothing named in the folder of today, got %q", found)
	}
	if found := differences(t, yesterday, verify.Options{}); len(found) > 0 {
		t.Errorf("want nothing named in yesterday's folder by itself, got %q", found)
	}
	if found := differences(t, yesterday, known); !oneSays(found, "an older folder was put back") {
		t.Errorf("want yesterday's folder named, got %q", found)
	}
	stranger, err := checkpoint.GenerateWitness("stranger")
	if err != nil {
		t.Fatal(err)
	}
	foreign := verify.Options{Witnesses: []checkpoint.WitnessKey{stranger.WitnessKey}, Checkpoints: known.Checkpoints}
	if found := differences(t, s.path, foreign); !oneSays(found, "state: ") {
		t.Errorf("want a checkpoint refused that the witness has not countersigned, got %q", found)
	}
	rebuildLog(t, s.path)
	if found := differences(t, s.path, verify.Options{Checkpoints: known.Checkpoints}); !oneSays(found, "it was rewritten") {
		t.Errorf("want the rebuilt log named by the checkpoint, got %q", found)
	}
	if found := differences(t, s.path, verify.Options{}); !oneSays(found, "the log does not begin with them") {
		t.Errorf("want the rebuilt log named by the stored countersignature, got %q", found)
	}
	s.open(t) // with an anchor that fits
	w = again(t, w, s.options(t, state))
	if _, ok := errors.AsType[*witness.ConflictError](w.Round(t.Context())); !ok {
		t.Error("want the running witness to notice the rebuilt log")
	}
}
