package online

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text/strictjson"
)

// Withdraw deletes the unused keys of a roll, for example if the connection broke before they were seen, so
// that the roll can be issued again. Used keys stay used. From its beginning no key of the roll works; after a
// restart the rest is deleted. The refusals are ErrUnknownRoll and ErrTakesNoKeys. After the opening it may
// need a second administrator: then the error is *approval.Waiting, with the reason, and the roll is withdrawn when that
// person approves.
func (s *Service) Withdraw(ctx context.Context, actor audit.Actor, rollID int64, reason string) error {
	var waits *approval.Waiting
	var roll Roll
	err := s.db.Write(ctx, func(tx *database.Tx) (err error) {
		e, found, err := s.withdrawable(ctx, tx, rollID)
		if err != nil {
			return err
		}
		if waits, err = s.askToWithdraw(ctx, tx, e, actor, found, reason); err != nil || waits != nil {
			return err
		}
		roll, err = s.beginWithdrawal(ctx, tx, actor, found)
		return err
	})
	if err = approval.Answer(waits, err); err != nil {
		return err
	}
	return s.empty(context.WithoutCancel(ctx), roll)
}

// WithdrawApproved withdraws the roll of an approved act. Its keys are dead with the transaction, and are deleted after it.
func (s *Service) WithdrawApproved(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	var proposed struct {
		Roll int64 `json:"roll"`
	}
	if err := strictjson.UnmarshalStored([]byte(a.Parameters), &proposed); err != nil {
		return fmt.Errorf("online: approval %d: %w", a.ID, err)
	}
	_, found, err := s.withdrawable(ctx, tx, proposed.Roll)
	if err != nil {
		return err
	}
	roll, err := s.beginWithdrawal(ctx, tx, a.Proposer, found)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() {
		if err := s.empty(context.WithoutCancel(ctx), roll); err != nil {
			slog.ErrorContext(ctx, "the keys of a withdrawn roll could not be deleted; the next start goes on with it", "roll", roll.ID, "error", err)
		}
	})
	return nil
}

// withdrawable returns an issued roll whose keys can still be withdrawn, with its election.
func (s *Service) withdrawable(ctx context.Context, tx *database.Tx, rollID int64) (*elections.Election, Roll, error) {
	roll, err := findRoll(ctx, tx, rollID)
	if err != nil {
		return nil, roll, err
	}
	e, err := s.acceptsKeys(tx, roll.ElectionID)
	if err != nil {
		return nil, roll, err
	}
	return e, roll, unknownUnless(roll.State == RollIssued)
}

// beginWithdrawal makes the keys of an issued roll worthless, with the event.
func (s *Service) beginWithdrawal(ctx context.Context, tx *database.Tx, actor audit.Actor, roll Roll) (Roll, error) {
	roll.State, roll.ChangedAt = RollWithdrawing, s.options.Now()
	moved, err := moveRoll(ctx, tx, roll, RollIssued)
	if err != nil || !moved {
		return roll, errors.Join(err, unknownUnless(moved))
	}
	if err := noteRemoval(ctx, tx); err != nil {
		return roll, err
	}
	return roll, s.log.Append(ctx, tx.SQL(), actor, "voter-keys-withdrawn", elections.Subject(roll.ElectionID),
		map[string]any{"roll": roll.ID, "keys": roll.Keys})
}

func unknownUnless(moved bool) error {
	if moved {
		return nil
	}
	return ErrUnknownRoll
}

// empty removes a roll's unused keys and then their voters, chunk by chunk, and settles its state. Keys of an
// issue that was broken off were never counted.
func (s *Service) empty(ctx context.Context, roll Roll) error {
	counted := roll.State == RollWithdrawing
	writers := &otherWriters{}
	for after := []byte{}; after != nil; {
		err := s.db.Write(ctx, func(tx *database.Tx) error {
			gone, last, err := removeKeys(ctx, tx, roll.ID, after, removeChunk)
			if err := errors.Join(err, writers.detect(ctx, tx)); err != nil {
				return err
			}
			after = last
			for constituency, n := range gone {
				if !counted {
					break
				}
				if err := addToTotal(ctx, tx, constituency, -n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		s.options.OnCommit(roll.ElectionID)
		writers.yieldToWriters()
	}
	return s.emptyOfVoters(ctx, roll, writers)
}

// emptyOfVoters removes the voters of a roll whose unused keys are gone, and ends its withdrawal.
func (s *Service) emptyOfVoters(ctx context.Context, roll Roll, writers *otherWriters) error {
	from := roll.State
	for after := []byte{}; after != nil; {
		err := s.db.Write(ctx, func(tx *database.Tx) (err error) {
			after, err = removeVoters(ctx, tx, roll.ID, after, removeChunk)
			if err := errors.Join(err, writers.detect(ctx, tx)); err != nil || after != nil {
				return err
			}
			roll.State, roll.ChangedAt = RollWithdrawn, s.options.Now()
			_, err = moveRoll(ctx, tx, roll, from)
			return errors.Join(err, releaseFlags(ctx, tx, roll.ID))
		})
		if err != nil {
			return err
		}
		writers.yieldToWriters()
	}
	return nil
}
