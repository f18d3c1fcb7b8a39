package countersign

import (
	"context"
	"errors"
	"time"

	"golang.org/x/mod/sumdb/note"

	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/database"
)

// refreshPause is the least time between two countersignatures of one size by one witness that are stored.
const refreshPause = time.Minute

// Accept stores the countersignatures of registered witnesses that a checkpoint of this log has. A checkpoint that the
// log does not contain is ErrConflict, and is recorded once for each witness. An older countersignature than the one that
// is stored changes nothing.
func (s *Service) Accept(ctx context.Context, signed []byte) error {
	registered, err := list(ctx, s.db.Pool())
	if err != nil {
		return err
	}
	verifiers := []note.Verifier{s.signer.LogKey}
	for _, w := range registered {
		if key, err := checkpoint.ParseWitnessKey(w.Key); err == nil {
			verifiers = append(verifiers, key)
		}
	}
	c, n, err := checkpoint.Open(signed, verifiers...)
	unverified, unknown := errors.AsType[*note.UnverifiedNoteError](err)
	switch {
	case unknown && unverified != nil:
		return ErrForeignLog
	case err != nil:
		return ErrNoCheckpoint
	}
	if _, ours := checkpoint.Signed(n, s.signer); !ours || c.Origin != s.signer.Name() || c.Size < 1 {
		return ErrForeignLog
	}
	found := s.ofWitnesses(registered, c, n)
	if len(found) == 0 {
		return ErrNotRegistered
	}
	root, err := s.rootAt(ctx, c.Size)
	conflicts := errors.Is(err, ErrNoSuchTree) || err == nil && root != c.Root
	if err != nil && !conflicts {
		return err
	}
	for i := range found {
		found[i].Conflicts = conflicts
		if err := s.store(ctx, found[i]); err != nil {
			return err
		}
	}
	if conflicts {
		return ErrConflict
	}
	return nil
}

// ofWitnesses returns the countersignatures of registered witnesses in an opened note, each with the signature of the log.
func (s *Service) ofWitnesses(registered []Witness, c checkpoint.Checkpoint, n *note.Note) (found []Countersignature) {
	ours, _ := checkpoint.Signed(n, s.signer)
	for _, w := range registered {
		key, err := checkpoint.ParseWitnessKey(w.Key)
		if err != nil {
			continue
		}
		signature, signed := checkpoint.Signed(n, key)
		if !signed {
			continue
		}
		at, err := checkpoint.Time(signature)
		if err != nil {
			continue
		}
		alone := checkpoint.Merge([]byte(c.Text()+"\n"), ours, signature)
		found = append(found, Countersignature{Size: c.Size, SignedAt: at, Note: string(alone), witness: w.ID})
	}
	return found
}

// store stores a countersignature if it is newer than the last one, and the first conflicting one. Everybody can send
// the stored ones again, because they are public; that must not take the database's write lock.
func (s *Service) store(ctx context.Context, found Countersignature) error {
	found.ReceivedAt = s.now()
	isNew := false
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		isNew, err = news(ctx, tx, found)
		return err
	})
	if err != nil || !isNew {
		return err
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		w, err := find(ctx, tx, found.witness)
		if err != nil { // it was removed meanwhile
			return err
		}
		if isNew, err = news(ctx, tx, found); err != nil || !isNew {
			return err
		}
		if found.Conflicts {
			return s.storeConflict(ctx, tx, w, found)
		}
		last, previous, err := lastTwo(ctx, tx, found.witness)
		if err != nil {
			return err
		}
		if err := insert(ctx, tx, found); err != nil || last == nil {
			return err
		}
		needed, err := firstAfterCertification(ctx, tx, previous, last.Size)
		if err != nil || needed {
			return err
		}
		return remove(ctx, tx, last.ID)
	})
	if err == nil && isNew {
		s.mutex.Lock()
		s.current = false // the signed checkpoint gets the countersignature
		s.mutex.Unlock()
	}
	return err
}

// news reports whether a countersignature says more than those that are stored of its witness.
func news(ctx context.Context, tx *database.Tx, found Countersignature) (bool, error) {
	if found.Conflicts {
		known, err := hasConflict(ctx, tx, found.witness)
		return !known, err
	}
	last, _, err := lastTwo(ctx, tx, found.witness)
	if err != nil || last == nil {
		return err == nil, err
	}
	return found.Size > last.Size || found.Size == last.Size && found.SignedAt.Sub(last.SignedAt) >= refreshPause, nil
}

// storeConflict records that a witness has countersigned another history of this log.
func (s *Service) storeConflict(ctx context.Context, tx *database.Tx, w Witness, found Countersignature) error {
	if err := insert(ctx, tx, found); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), audit.Actor{Name: w.Name, From: "witness"}, "witness-conflict", "", map[string]any{
		"witness": w.Name, "events": found.Size, "signed_at": found.SignedAt.Format(time.RFC3339),
	})
}
