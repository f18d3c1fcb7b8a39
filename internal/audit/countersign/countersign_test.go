package countersign_test

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"urna/internal/app"
	"urna/internal/app/datafolder"
	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
	"urna/internal/problem"
	"urna/internal/testing/apptest"
)

var ada = audit.Actor{ID: 1, Name: "Ada Lovelace <ada@example.org>", From: "127.0.0.1"}

func newWitness(t *testing.T, e *apptest.Env, name string) (checkpoint.WitnessSigner, countersign.Witness) {
	t.Helper()
	signer, err := checkpoint.GenerateWitness(name)
	if err != nil {
		t.Fatal(err)
	}
	w, err := e.Countersign.Register(t.Context(), ada, countersign.Draft{Key: signer.String(), Operator: "Party"})
	if err != nil {
		t.Fatal(err)
	}
	return signer, w
}

func head(t *testing.T, e *apptest.Env) countersign.Head {
	t.Helper()
	h, err := e.Countersign.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// countersigned returns the present checkpoint with the signature of a witness.
func countersigned(t *testing.T, e *apptest.Env, signer checkpoint.WitnessSigner, at time.Time) []byte {
	t.Helper()
	return apptest.Countersigned(t, e.Countersign, signer, at)
}

// act appends an event.
func act(t *testing.T, e *apptest.Env) {
	t.Helper()
	_, w := newWitness(t, e, "passing")
	if _, err := e.Countersign.Remove(t.Context(), ada, w.ID); err != nil {
		t.Fatal(err)
	}
}

// TestHead_IsThatOfTheLogAndTheAnchor compares what a checkpoint says with the log's own head.
func TestHead_IsThatOfTheLogAndTheAnchor(t *testing.T) {
	e := apptest.New(t)
	for range 3 {
		act(t, e)
		hash, events, err := e.Audit.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if h := head(t, e); h.Hash != hash || h.Size != events {
			t.Errorf("want %d events with the head %s, got %d with %s", events, hash, h.Size, h.Hash)
		}
		kept, err := e.ReadAnchor()
		if err != nil {
			t.Fatal(err)
		}
		if lacks, _, err := kept.Compare(t.Context(), e.DB.Pool()); err != nil || len(lacks) > 0 {
			t.Errorf("want the anchor of the same log, got %v, %v", lacks, err)
		}
	}
}

// TestSigner_ASecretGivesTheSameKeyInEveryVersion has the key of a secret of zeros. Another key is another log, which every
// witness of every server would report as a conflict.
func TestSigner_ASecretGivesTheSameKeyInEveryVersion(t *testing.T) {
	log, err := countersign.Signer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if want := "log.urna/313bdace2777d70ca5f0bf6d4e0e854f+7703c14e+AfqhFNIN5kpBAvW5wEUD5EGWKe5ckcsED/UsSt7OvKA4"; log.String() != want {
		t.Errorf("want the key %s, got %s", want, log)
	}
}

func TestAccept_RegisteredWitnessesOfThisLogAlone(t *testing.T) {
	e := apptest.New(t)
	signer, w := newWitness(t, e, "w")
	stranger, err := checkpoint.GenerateWitness("w") // of the same name
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := countersign.New(e.DB, e.Log, []byte("another secret of 32 bytes or more"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	other := &apptest.Env{App: &app.App{Countersign: foreign}} // folders of package apptest have the same secrets
	good := countersigned(t, e, signer, time.Now())
	for name, c := range map[string]struct {
		signed []byte
		want   error
	}{
		"no checkpoint":           {[]byte("x"), countersign.ErrNoCheckpoint},
		"another log":             {countersigned(t, other, signer, time.Now()), countersign.ErrForeignLog},
		"without a witness":       {head(t, e).Signed, countersign.ErrNotRegistered},
		"a stranger":              {countersigned(t, e, stranger, time.Now()), countersign.ErrNotRegistered},
		"a signature with a flaw": {slices.Replace(slices.Clone(good), len(good)-6, len(good)-4, 'A', 'A'), countersign.ErrNoCheckpoint},
		"too long":                {append(slices.Clone(good), make([]byte, checkpoint.MaxNote)...), countersign.ErrNoCheckpoint},
	} {
		if err := e.Countersign.Accept(t.Context(), c.signed); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v, got %v", name, c.want, err)
		}
	}
	if err := e.Countersign.Accept(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	found, err := e.Countersign.Witnesses(t.Context())
	if err != nil || len(found) != 1 || found[0].Last == nil || found[0].Last.Size != head(t, e).Size || found[0].ID != w.ID {
		t.Fatalf("want one witness with the present size, got %+v, %v", found, err)
	}
	// The checkpoint that is served has the countersignature now.
	if _, n, err := checkpoint.Open(head(t, e).Signed, signer.WitnessKey); err != nil || len(n.Sigs) != 1 {
		t.Errorf("want the countersignature served, got %v", err)
	}
	if _, err := e.Countersign.Remove(t.Context(), ada, w.ID); err != nil {
		t.Fatal(err)
	}
	if err := e.Countersign.Accept(t.Context(), countersigned(t, e, signer, time.Now())); !errors.Is(err, countersign.ErrNotRegistered) {
		t.Errorf("want a removed witness refused, got %v", err)
	}
}

// TestAccept_KeepsTheLatest sends countersignatures out of order and often.
func TestAccept_KeepsTheLatest(t *testing.T) {
	e := apptest.New(t)
	signer, _ := newWitness(t, e, "w")
	now := time.Now()
	early := countersigned(t, e, signer, now)
	act(t, e)
	late := countersigned(t, e, signer, now.Add(time.Second))
	again := countersigned(t, e, signer, now.Add(2*time.Second))
	refreshed := countersigned(t, e, signer, now.Add(time.Hour))
	last := func() *countersign.Countersignature {
		t.Helper()
		found, err := e.Countersign.Witnesses(t.Context())
		if err != nil || len(found) != 1 || found[0].Last == nil {
			t.Fatalf("want a countersignature, got %+v, %v", found, err)
		}
		return found[0].Last
	}
	for i, step := range []struct {
		signed []byte
		at     time.Time
	}{{early, now}, {late, now.Add(time.Second)}, {early, now.Add(time.Second)}, {again, now.Add(time.Second)}, {refreshed, now.Add(time.Hour)}, {late, now.Add(time.Hour)}} {
		if err := e.Countersign.Accept(t.Context(), step.signed); err != nil {
			t.Fatal(err)
		}
		if got := last(); got.SignedAt.Unix() != step.at.Unix() {
			t.Errorf("step %d: want the countersignature of %v, got %v", i, step.at, got.SignedAt)
		}
	}
	var rows int
	if err := e.DB.Pool().QueryRowContext(t.Context(), `SELECT count(*) FROM countersignatures`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("want one row, got %d, %v", rows, err)
	}
}

// TestAccept_AConflictIsRecordedOnce has a witness send a checkpoint of this log's key that the log does not contain.
func TestAccept_AConflictIsRecordedOnce(t *testing.T) {
	e := apptest.New(t)
	signer, w := newWitness(t, e, "w")
	h := head(t, e)
	secret := secretOf(t, e)
	log, err := countersign.Signer(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{h.Size, h.Size + 5} { // rewritten, and shortened
		c := h.Checkpoint
		c.Size = size
		c.Root[0] ^= 1
		signed, err := log.SignCheckpoint(c)
		if err != nil {
			t.Fatal(err)
		}
		_, n, err := checkpoint.Open(signed, log)
		if err != nil {
			t.Fatal(err)
		}
		if signed, err = signer.Countersign(n, time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := e.Countersign.Accept(t.Context(), signed); !errors.Is(err, countersign.ErrConflict) {
			t.Errorf("size %d: want ErrConflict, got %v", size, err)
		}
	}
	events, err := e.Audit.Events(t.Context(), audit.Filter{Action: "witness-conflict"})
	if err != nil || len(events) != 1 {
		t.Errorf("want one event, got %d, %v", len(events), err)
	}
	found, err := e.Countersign.Witnesses(t.Context())
	if err != nil || len(found) != 1 || found[0].Conflict == nil || found[0].Conflict.Size != h.Size || found[0].ID != w.ID {
		t.Errorf("want the conflict shown, got %+v, %v", found, err)
	}
}

func TestRegister_IsAnEventAndRefusesMistakes(t *testing.T) {
	e := apptest.New(t)
	signer, w := newWitness(t, e, "w")
	for name, d := range map[string]countersign.Draft{
		"no key": {Operator: "A"}, "a secret key": {Key: signer.Secret(), Operator: "A"}, "the log's key": {Key: e.Countersign.Key(), Operator: "A"},
		"no operator": {Key: signer.String(), Operator: " "}, "two lines": {Key: signer.String(), Operator: "A\nB"},
	} {
		if _, err := e.Countersign.Register(t.Context(), ada, d); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
	}
	other, err := checkpoint.GenerateWitness("w")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Countersign.Register(t.Context(), ada, countersign.Draft{Key: other.String(), Operator: "B"}); !errors.Is(err, countersign.ErrKnownWitness) {
		t.Errorf("want a second key of the name refused, got %v", err)
	}
	if _, err := e.Countersign.Remove(t.Context(), ada, w.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Countersign.Remove(t.Context(), ada, w.ID); !errors.Is(err, countersign.ErrUnknownWitness) {
		t.Errorf("want a removed witness unknown, got %v", err)
	}
	var actions []string
	err = e.Audit.Each(t.Context(), audit.Filter{Actor: ada.Name}, func(e audit.Event) error {
		actions = append(actions, e.Action)
		return nil
	})
	if err != nil || !slices.Equal(actions, []string{"witness-registered", "witness-removed"}) {
		t.Errorf("want both acts with the name, got %v, %v", actions, err)
	}
}

func TestConsistency_OfSizesThatExist(t *testing.T) {
	e := apptest.New(t)
	act(t, e)
	size := head(t, e).Size
	for _, sizes := range [][2]int64{{-1, 1}, {0, 0}, {2, 1}, {1, size + 1}, {size + 1, size + 1}} {
		if _, err := e.Countersign.Consistency(t.Context(), sizes[0], sizes[1]); !errors.Is(err, countersign.ErrNoSuchTree) {
			t.Errorf("%v: want ErrNoSuchTree, got %v", sizes, err)
		}
	}
	log, err := checkpoint.ParseLogKey(e.Countersign.Key())
	if err != nil {
		t.Fatal(err)
	}
	at := func(size int64) checkpoint.Checkpoint {
		t.Helper()
		text, err := e.Countersign.Consistency(t.Context(), 0, size)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := checkpoint.ParseConsistency(text)
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := checkpoint.Open(proof.Signed, log)
		if err != nil || c.Size != size {
			t.Fatalf("want the signed checkpoint of %d events, got %v, %v", size, c, err)
		}
		return c
	}
	for later := int64(1); later <= size; later++ {
		for earlier := int64(1); earlier <= later; earlier++ {
			text, err := e.Countersign.Consistency(t.Context(), earlier, later)
			if err != nil {
				t.Fatal(err)
			}
			proof, err := checkpoint.ParseConsistency(text)
			if err == nil {
				err = proof.Check(at(earlier), at(later))
			}
			if err != nil {
				t.Errorf("%d in %d: want a proof, got %v", earlier, later, err)
			}
		}
	}
}

func TestWitness_IsLateAfterAnHour(t *testing.T) {
	now := time.Now()
	last := &countersign.Countersignature{ReceivedAt: now}
	for name, c := range map[string]struct {
		w    countersign.Witness
		at   time.Time
		late bool
	}{
		"registered now":       {countersign.Witness{RegisteredAt: now}, now.Add(time.Minute), false},
		"never seen":           {countersign.Witness{RegisteredAt: now}, now.Add(2 * time.Hour), true},
		"seen":                 {countersign.Witness{RegisteredAt: now.Add(-9 * time.Hour), Last: last}, now.Add(time.Minute), false},
		"not seen for long":    {countersign.Witness{RegisteredAt: now.Add(-9 * time.Hour), Last: last}, now.Add(2 * time.Hour), true},
		"registered once more": {countersign.Witness{RegisteredAt: now.Add(90 * time.Minute), Last: last}, now.Add(2 * time.Hour), false},
	} {
		if got := c.w.Late(c.at); got != c.late {
			t.Errorf("%s: want late %v, got %v", name, c.late, got)
		}
	}
}

// secretOf returns the folder's secret of the log's key.
func secretOf(t *testing.T, e *apptest.Env) []byte {
	t.Helper()
	secret, err := os.ReadFile(e.Folder.Path(datafolder.SigningKey))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}
