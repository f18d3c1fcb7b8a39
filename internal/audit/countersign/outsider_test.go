package countersign_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/databasetest"
)

// TestAccept_WhatIsStoredTakesNoWriteLock sends again what everybody can read: countersignatures that are stored, and a
// conflict that is recorded.
func TestAccept_WhatIsStoredTakesNoWriteLock(t *testing.T) {
	e := apptest.New(t)
	signer, _ := newWitness(t, e, "w")
	now := time.Now()
	early := countersigned(t, e, signer, now)
	act(t, e)
	late := countersigned(t, e, signer, now)
	conflicting := conflict(t, e, signer)
	for _, signed := range [][]byte{early, late} {
		if err := e.Countersign.Accept(t.Context(), signed); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Countersign.Accept(t.Context(), conflicting); !errors.Is(err, countersign.ErrConflict) {
		t.Fatalf("want ErrConflict, got %v", err)
	}
	before, err := e.DB.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, signed := range [][]byte{early, late, conflicting, early} {
		if err := e.Countersign.Accept(t.Context(), signed); err != nil && !errors.Is(err, countersign.ErrConflict) {
			t.Fatal(err)
		}
	}
	if !e.DB.Unchanged(before) {
		t.Error("want no transaction that writes")
	}
}

// conflict returns a checkpoint of another history of the log, signed by the log and a witness.
func conflict(t *testing.T, e *apptest.Env, signer checkpoint.WitnessSigner) []byte {
	t.Helper()
	log, err := countersign.Signer(secretOf(t, e))
	if err != nil {
		t.Fatal(err)
	}
	c := head(t, e).Checkpoint
	c.Root[0] ^= 1
	signed, err := log.SignCheckpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := checkpoint.Open(signed, log)
	if err == nil {
		signed, err = signer.Countersign(n, time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestHead_AnEndedRequestCostsNoSecondReading ends a request while the tree exists: the next one must not compute the tree
// of all events again, and must not answer with an empty log.
func TestHead_AnEndedRequestCostsNoSecondReading(t *testing.T) {
	e := apptest.New(t)
	want := head(t, e)
	act(t, e)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Countersign.Head(ended); err == nil {
		t.Fatal("want the ended request refused")
	}
	if kept := countersign.TreeSize(e.Countersign); kept != want.Size {
		t.Errorf("want the tree kept with %d events, got %d", want.Size, kept)
	}
	if got := head(t, e); got.Size <= want.Size {
		t.Errorf("want a longer log than %d events, got %d", want.Size, got.Size)
	}
}

// TestHead_AnAlteredLogIsReadAgain alters the last event beside the program: one request is refused, and the next one shows
// the log as it is, so that a witness sees the contradiction.
func TestHead_AnAlteredLogIsReadAgain(t *testing.T) {
	e := apptest.New(t)
	before := head(t, e)
	err := alter(t, e, databasetest.DropTrigger("audit_events_are_not_changed")+`;
		UPDATE audit_events SET hash = replace(hash, substr(hash, 1, 4), 'abcd') WHERE id = (SELECT max(id) FROM audit_events)`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Countersign.Head(t.Context()); err == nil {
		t.Error("want the alteration refused")
	}
	if after := head(t, e); after.Size != before.Size || after.Root == before.Root {
		t.Errorf("want the altered log shown, got %v after %v", after.Checkpoint, before.Checkpoint)
	}
}

// TestHead_ServesOnlyCountersignaturesThatHold alters a stored countersignature beside the program. Its witness was
// registered before with the same key, as number 1, and was removed.
func TestHead_ServesOnlyCountersignaturesThatHold(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		grown     bool // the log has got an event since
		served    int
	}{
		"as it was stored":         {`UPDATE countersignatures SET received_at = received_at`, false, 1},
		"another signature":        {`UPDATE countersignatures SET note = replace(note, substr(note, length(note) - 20, 4), 'AAAA')`, false, 0},
		"of the removed witness":   {`UPDATE countersignatures SET witness_id = 1`, false, 0},
		"a conflict":               {`UPDATE countersignatures SET conflicts = true`, false, 0},
		"of an earlier checkpoint": {`UPDATE countersignatures SET size = (SELECT max(id) FROM audit_events)`, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := apptest.New(t)
			signer, w := newWitness(t, e, "w")
			if _, err := e.Countersign.Remove(t.Context(), ada, w.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := e.Countersign.Register(t.Context(), ada, countersign.Draft{Key: signer.String(), Operator: "Party"}); err != nil {
				t.Fatal(err)
			}
			if err := e.Countersign.Accept(t.Context(), countersigned(t, e, signer, time.Now())); err != nil {
				t.Fatal(err)
			}
			if c.grown {
				act(t, e)
			}
			if err := alter(t, e, c.statement); err != nil {
				t.Fatal(err)
			}
			again, err := countersign.New(e.DB, e.Log, secretOf(t, e), time.Now)
			if err != nil {
				t.Fatal(err)
			}
			h, err := again.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			log, err := checkpoint.ParseLogKey(again.Key())
			if err != nil {
				t.Fatal(err)
			}
			if _, n, err := checkpoint.Open(h.Signed, log, signer.WitnessKey); err != nil || len(n.Sigs) != 1+c.served || len(n.UnverifiedSigs) != 0 {
				t.Errorf("want the log's signature and %d of witnesses, got %q, %v", c.served, h.Signed, err)
			}
		})
	}
}

// TestEvidence_HasNoConflict has a witness countersign another history, and then this one.
func TestEvidence_HasNoConflict(t *testing.T) {
	e := apptest.New(t)
	signer, _ := newWitness(t, e, "w")
	if err := e.Countersign.Accept(t.Context(), conflict(t, e, signer)); !errors.Is(err, countersign.ErrConflict) {
		t.Fatalf("want ErrConflict, got %v", err)
	}
	seen := func() (witnesses int) {
		t.Helper()
		err := e.DB.Read(t.Context(), func(tx *database.Tx) error {
			found, err := e.Countersign.Evidence(t.Context(), tx, 1)
			witnesses = len(found.Witnesses)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return witnesses
	}
	if n := seen(); n != 0 {
		t.Errorf("want no witness, got %d", n)
	}
	if err := e.Countersign.Accept(t.Context(), countersigned(t, e, signer, time.Now())); err != nil {
		t.Fatal(err)
	}
	if n := seen(); n != 1 {
		t.Errorf("want the witness with its countersignature of this log, got %d", n)
	}
}

// TestRegister_EveryCheckpointCanBeOpened registers as many witnesses as there can be, with the longest names, and has all
// of them countersign the same head.
func TestRegister_EveryCheckpointCanBeOpened(t *testing.T) {
	e := apptest.New(t)
	signers := make([]checkpoint.WitnessSigner, countersign.MaxWitnesses)
	var last countersign.Witness
	for i := range signers {
		signers[i], last = newWitness(t, e, fmt.Sprintf("%02d", i)+strings.Repeat("\U0001D54E", 198))
	}
	one, err := checkpoint.GenerateWitness("another")
	if err != nil {
		t.Fatal(err)
	}
	draft := countersign.Draft{Key: one.String(), Operator: "Party"}
	if _, err := e.Countersign.Register(t.Context(), ada, draft); !errors.Is(err, countersign.ErrTooManyWitnesses) {
		t.Errorf("want ErrTooManyWitnesses, got %v", err)
	}
	now := time.Now()
	verifiers := make([]note.Verifier, len(signers))
	for i, signer := range signers {
		verifiers[i] = signer.WitnessKey
		if err := e.Countersign.Accept(t.Context(), countersigned(t, e, signer, now)); err != nil {
			t.Fatal(err)
		}
	}
	if _, n, err := checkpoint.Open(head(t, e).Signed, verifiers...); err != nil || len(n.Sigs) != len(signers) {
		t.Errorf("want a checkpoint with the signatures of all, got %v", err)
	}
	if _, err := e.Countersign.Remove(t.Context(), ada, last.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Countersign.Register(t.Context(), ada, draft); err != nil {
		t.Errorf("want room for another one after a removal, got %v", err)
	}
}

// alter changes the database beside the program.
func alter(t *testing.T, e *apptest.Env, statement string) error {
	t.Helper()
	return e.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), statement)
		return err
	})
}
