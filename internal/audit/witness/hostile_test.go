package witness_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"urna/internal/audit/checkpoint"
	"urna/internal/audit/witness"
)

// hostile is a server that answers what a test wants. It has the key of the log and signs any history.
type hostile struct {
	t      *testing.T
	signer checkpoint.LogSigner
	events []string // the present history

	proof  func(earlier, later int64) []byte // nil proves as it should
	signed func() []byte                     // nil signs the present history
	state  string                            // read when something is sent
	sent   []checkpoint.Checkpoint
	onDisk bool // each sent note was the content of the state when it was sent
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	return &hostile{t: t, signer: checkpoint.NewLogSigner(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))), onDisk: true}
}

// history appends events that differ between histories.
func (h *hostile) history(name string, events int) {
	for i := range events {
		h.events = append(h.events, fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, name, i))))
	}
}

type hashes []tlog.Hash

func (s hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = s[index]
	}
	return found, nil
}

func (h *hostile) tree() (tree hashes) {
	for i, event := range h.events {
		leaf, err := checkpoint.Leaf(event)
		if err != nil {
			h.t.Fatal(err)
		}
		more, err := tlog.StoredHashesForRecordHash(int64(i), leaf, tree)
		if err != nil {
			h.t.Fatal(err)
		}
		tree = append(tree, more...)
	}
	return tree
}

func (h *hostile) Key(context.Context) (string, error) { return h.signer.String(), nil }

func (h *hostile) Checkpoint(context.Context) ([]byte, error) {
	if h.signed != nil {
		return h.signed(), nil
	}
	root, err := tlog.TreeHash(int64(len(h.events)), h.tree())
	if err != nil {
		return nil, err
	}
	return h.signer.SignCheckpoint(checkpoint.Checkpoint{Origin: h.signer.Name(), Size: int64(len(h.events)), Root: root})
}

func (h *hostile) Consistency(ctx context.Context, earlier, later int64) ([]byte, error) {
	if h.proof != nil {
		return h.proof(earlier, later), nil
	}
	proof, err := tlog.ProveTree(later, earlier, h.tree())
	if err != nil {
		return nil, err
	}
	signed, err := h.Checkpoint(ctx)
	return checkpoint.Consistency{Old: earlier, Proof: proof, Signed: signed}.Encode(), err
}

func (h *hostile) Countersign(_ context.Context, signed []byte) error {
	c, err := checkpoint.Read(signed)
	if err != nil {
		return err
	}
	kept, err := os.ReadFile(h.state)
	h.onDisk = h.onDisk && err == nil && string(kept) == string(signed)
	h.sent = append(h.sent, c)
	return nil
}

// follow returns a witness that has countersigned a history of 20 events.
func follow(t *testing.T, h *hostile) (*witness.Witness, witness.Options) {
	t.Helper()
	signer, err := checkpoint.GenerateWitness("w")
	if err != nil {
		t.Fatal(err)
	}
	h.state = filepath.Join(t.TempDir(), "state")
	o := witness.Options{Server: h, Signer: signer, State: h.state, Refresh: time.Hour, Now: time.Now}
	w := open(t, o)
	h.history("true", 20)
	if err := w.Round(t.Context()); err != nil || len(h.sent) != 1 || h.sent[0].Size != 20 {
		t.Fatalf("want 20 events countersigned, got %v, %v", h.sent, err)
	}
	return w, o
}

// TestWitness_AHostileServerGetsNoCountersignature shows a witness other histories in every way, before and after a restart.
func TestWitness_AHostileServerGetsNoCountersignature(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(h *hostile)
		conflict bool
	}{
		"an empty log":           {func(h *hostile) { h.events = nil }, true},
		"one event less":         {func(h *hostile) { h.events = h.events[:19] }, true},
		"as many other events":   {func(h *hostile) { h.events = nil; h.history("other", 20) }, true},
		"a longer other history": {func(h *hostile) { h.events = nil; h.history("other", 30) }, true},
		"the last event changed": {func(h *hostile) { h.events = h.events[:19]; h.history("other", 5) }, true},
		"no hashes in the proof": {func(h *hostile) {
			h.history("more", 5)
			h.proof = func(earlier, _ int64) []byte { return checkpoint.Consistency{Old: earlier}.Encode() }
		}, true},
		"the proof of another size": {func(h *hostile) {
			h.events = h.events[:10]
			h.history("other", 20)
			h.proof = func(_, later int64) []byte {
				proof, err := tlog.ProveTree(later, 10, h.tree())
				if err != nil {
					h.t.Fatal(err)
				}
				return checkpoint.Consistency{Old: 10, Proof: proof}.Encode()
			}
		}, true},
		"the proof that nothing begins it": {func(h *hostile) {
			h.events = nil
			h.history("other", 30)
			h.proof = func(int64, int64) []byte { return checkpoint.Consistency{}.Encode() }
		}, true},
		"no proof": {func(h *hostile) {
			h.history("more", 5)
			h.proof = func(int64, int64) []byte { return []byte("x") }
		}, false},
		"another key": {func(h *hostile) {
			h.signer = checkpoint.NewLogSigner(ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize))))
		}, true},
		"another log's name": {func(h *hostile) {
			h.signed = func() []byte {
				signed, err := h.signer.SignCheckpoint(checkpoint.Checkpoint{Origin: "log.urna/other", Size: 30})
				if err != nil {
					h.t.Fatal(err)
				}
				return signed
			}
		}, true},
		"an unknown signature": {func(h *hostile) {
			h.signed = func() []byte {
				c := checkpoint.Checkpoint{Origin: h.signer.Name(), Size: 30}
				return []byte(c.Text() + "\n— x AAAAAAAA\n")
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostile(t)
			w, o := follow(t, h)
			c.change(h)
			before, err := os.ReadFile(h.state)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				err := w.Round(t.Context())
				if _, conflict := errors.AsType[*witness.ConflictError](err); err == nil || conflict != c.conflict {
					t.Errorf("want an error, which is a conflict: %v; got %v", c.conflict, err)
				}
				w = again(t, w, o)
			}
			if after, err := os.ReadFile(h.state); err != nil || string(after) != string(before) {
				t.Errorf("want the state unchanged, got %q, %v", after, err)
			}
			for _, sent := range h.sent {
				if sent != h.sent[0] {
					t.Errorf("want only what was countersigned sent, got %v", sent)
				}
			}
		})
	}
}

// TestWitness_SendsOnlyWhatIsOnDisk compares the state with what leaves, over growth, refreshes, restarts and a conflict.
func TestWitness_SendsOnlyWhatIsOnDisk(t *testing.T) {
	h := newHostile(t)
	w, o := follow(t, h)
	o.Refresh = 0
	for range 3 {
		w = again(t, w, o)
		h.history("more", 3)
		for range 2 {
			if err := w.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.events = h.events[:5]
	if err := w.Round(t.Context()); err == nil {
		t.Fatal("want a conflict")
	}
	if !h.onDisk || len(h.sent) != 8 {
		t.Errorf("want eight notes sent, each from the disk: %v, %v", h.onDisk, h.sent)
	}
}

// TestWitness_KeepsEachContradiction shows a witness two other histories, each twice.
func TestWitness_KeepsEachContradiction(t *testing.T) {
	h := newHostile(t)
	w, _ := follow(t, h)
	whole := h.events
	for _, size := range []int{7, 8, 7, 8} {
		h.events = whole[:size]
		if err := w.Round(t.Context()); err == nil {
			t.Fatal("want a conflict")
		}
	}
	for path, want := range map[string]int64{h.state + ".conflict": 7, h.state + ".conflict-2": 8, h.state + ".conflict-3": 0} {
		var size int64
		kept, err := os.ReadFile(path)
		if err == nil {
			c, err := checkpoint.Read(kept)
			if err != nil {
				t.Fatal(err)
			}
			size = c.Size
		}
		if size != want {
			t.Errorf("%s: want the checkpoint of %d events, got %d, %v", path, want, size, err)
		}
	}
}
