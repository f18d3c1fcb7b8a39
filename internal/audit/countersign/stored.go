package countersign

import (
	"context"
	"errors"

	"golang.org/x/mod/sumdb/note"

	"urna/internal/audit/checkpoint"
	"urna/internal/database"
)

// Stored is a countersignature as the database has it, for urna verify.
type Stored struct {
	Countersignature

	Witness Witness
}

// AllStored returns all countersignatures, also those of removed witnesses, in the order of their sizes.
func AllStored(ctx context.Context, tx *database.Tx) ([]Stored, error) {
	found, err := read(ctx, tx.SQL(), `ORDER BY c.size, c.id`)
	if err != nil {
		return nil, err
	}
	witnesses, err := everyWitness(ctx, tx.SQL())
	if err != nil {
		return nil, err
	}
	stored := make([]Stored, len(found))
	for i, c := range found {
		stored[i] = Stored{Countersignature: c, Witness: witnesses[c.witness]}
	}
	return stored, nil
}

// Check opens the note, compares the other columns with it, and returns its checkpoint. Without the log's key its
// signature is not checked.
func (s Stored) Check(log *checkpoint.LogKey) (checkpoint.Checkpoint, error) {
	key, err := checkpoint.ParseWitnessKey(s.Witness.Key)
	if err != nil {
		return checkpoint.Checkpoint{}, err
	}
	verifiers := []note.Verifier{key}
	if log != nil {
		verifiers = append(verifiers, log)
	}
	c, n, err := checkpoint.Open([]byte(s.Note), verifiers...)
	if err != nil {
		return checkpoint.Checkpoint{}, err
	}
	signature, signed := checkpoint.Signed(n, key)
	if !signed {
		return checkpoint.Checkpoint{}, errors.New("it has no countersignature of its witness")
	}
	at, err := checkpoint.Time(signature)
	switch {
	case err != nil:
		return checkpoint.Checkpoint{}, err
	case c.Size != s.Size || !at.Equal(s.SignedAt):
		return checkpoint.Checkpoint{}, errors.New("its size or its time is not that of its note")
	case len(n.Sigs)+len(n.UnverifiedSigs) != 2:
		return checkpoint.Checkpoint{}, errors.New("its note has not two signatures")
	}
	if log != nil && c.Origin == log.Name() {
		if _, ours := checkpoint.Signed(n, log); !ours {
			return checkpoint.Checkpoint{}, errors.New("it has no signature of the log")
		}
	}
	return c, nil
}
