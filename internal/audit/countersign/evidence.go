package countersign

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"urna/internal/audit/checkpoint"
	"urna/internal/database"
)

// Evidence returns what proves that an event is in the log, and that witnesses saw it: the log's own checkpoint that
// ends with the event, and for each registered witness the first checkpoint with the event that it has countersigned.
// Without a further countersignature of a further witness it is always the same.
func (s *Service) Evidence(ctx context.Context, tx *database.Tx, event int64) (checkpoint.Evidence, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.update(ctx); err != nil {
		return checkpoint.Evidence{}, err
	}
	if event < 1 || event > s.tree.size {
		return checkpoint.Evidence{}, ErrNoSuchTree
	}
	stored, err := firstCovering(ctx, tx.SQL(), event)
	if err != nil {
		return checkpoint.Evidence{}, err
	}
	e := checkpoint.Evidence{Format: checkpoint.EvidenceFormat, Log: s.Key(), Event: event, Witnesses: []string{}}
	signed, err := s.sign(ctx, event)
	if err == nil {
		err = s.prove(ctx, &e, event, signed)
	}
	for i := 0; err == nil && i < len(stored); i++ {
		c, opens := checkpoint.Read([]byte(stored[i].note))
		if opens != nil || c.Size < event || c.Size > s.tree.size {
			continue // urna verify names it
		}
		e.Witnesses = append(e.Witnesses, stored[i].key)
		err = s.prove(ctx, &e, c.Size, []byte(stored[i].note))
	}
	if err != nil {
		return checkpoint.Evidence{}, s.failed(fmt.Errorf("countersign: prove an event: %w", err))
	}
	return e, nil
}

// prove adds the proof that the event is in the tree of a checkpoint.
func (s *Service) prove(ctx context.Context, e *checkpoint.Evidence, size int64, signed []byte) error {
	proof, err := tlog.ProveRecord(size, e.Event-1, s.tree.reader(ctx, s.db.Pool()))
	if err != nil {
		return err
	}
	e.Proofs = append(e.Proofs, string(checkpoint.Inclusion{Event: e.Event, Proof: proof, Signed: signed}.Encode()))
	return nil
}
