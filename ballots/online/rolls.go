package online

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/sealed"
)

// removeChunk is how many keys a transaction looks at while it removes a roll's.
const removeChunk = 20_000

// Reissue gives the owner of a lost key another one; the old one is dead. ErrUnknownVoter where the
// person has none, ErrUsedKeyStays where it has voted, ErrTakesNoKeys after the end.
func (s *Service) Reissue(ctx context.Context, actor audit.Actor, electionID int64, personalID string) (Key, error) {
	r, err := s.ReissueApproved(ctx, actor, electionID, personalID, Approved{}, sealed.Recipients{})
	if err == nil && r.Sealed != "" {
		err = ErrSealed
	}
	return r.Key, err
}

// ReissueApproved is Reissue after the opening, which may need a second administrator: then the error is
// *approval.Waiting, and the same person asks again with the number of the approval, within an hour of it. The key is
// sealed as the election wants it, or else to the recipients.
func (s *Service) ReissueApproved(ctx context.Context, actor audit.Actor, electionID int64, personalID string, a Approved,
	recipients sealed.Recipients,
) (Replacement, error) {
	return s.ReissueTo(ctx, actor, electionID, Voter{PersonalID: personalID}, a, recipients)
}

// ReissueTo is ReissueApproved for a voter whose letter goes to the voter's name and address. They are in the key alone; nothing
// stores them.
func (s *Service) ReissueTo(ctx context.Context, actor audit.Actor, electionID int64, v Voter, a Approved, recipients sealed.Recipients) (
	Replacement, error,
) {
	id, ok := tidyPersonalID(v.PersonalID)
	if !ok {
		return Replacement{}, ErrUnknownVoter
	}
	key := Key{PersonalID: id, GUID: newGUID().String(), Name: v.Name, Address: v.Address}
	address, err := s.options.Address(ctx)
	if err != nil {
		return Replacement{}, err
	}
	var done Replacement
	var waits *approval.Waiting
	err = s.revoke(ctx, actor, electionID, id, "voter-key-reissued", func(tx *database.Tx, e *elections.Election, old keyRow) (err error) {
		to, err := sealTo(e, recipients)
		if err != nil {
			return err
		}
		if waits, err = s.askAbout(ctx, tx, approval.ReplaceKey, e, actor, id, old, a, map[string]any{"sealed_to": inLog(to)}); err != nil || waits != nil {
			return err
		}
		if err := deleteKey(ctx, tx, old); err != nil {
			return err
		}
		key.ConstituencyID = old.constituencyID
		old.pair = s.hashes.pair(id, key.GUID)
		if err := insertKey(ctx, tx, old); err != nil {
			return err
		}
		acts := keyActs{replaced: 1}
		if e.StateAt(s.options.Transitions()) == elections.Open {
			acts.replacedAfterOpening = 1
		}
		if !to.IsZero() {
			acts.replacedSealed = 1
		}
		if err := addActs(ctx, tx, old.constituencyID, acts); err != nil {
			return err
		}
		if done, err = replacement(e, key, to, address); err != nil { // before the commit: the key would be lost
			return err
		}
		return s.recordAct(ctx, tx, actor, "voter-key-reissued", electionID, id, old, map[string]any{"sealed_to": inLog(to)})
	})
	if err = approval.Answer(waits, err); err != nil {
		return Replacement{}, err
	}
	return done, nil
}

// Revoke takes a person's unused key away for good. The refusals are those of Reissue.
func (s *Service) Revoke(ctx context.Context, actor audit.Actor, electionID int64, personalID string) error {
	return s.RevokeApproved(ctx, actor, electionID, personalID, Approved{})
}

// RevokeApproved is Revoke after the opening, which may need a second administrator as ReissueApproved does.
func (s *Service) RevokeApproved(ctx context.Context, actor audit.Actor, electionID int64, personalID string, a Approved) error {
	id, ok := tidyPersonalID(personalID)
	if !ok {
		return ErrUnknownVoter
	}
	var waits *approval.Waiting
	err := s.revoke(ctx, actor, electionID, id, "voter-key-revoked", func(tx *database.Tx, e *elections.Election, old keyRow) (err error) {
		if waits, err = s.askAbout(ctx, tx, approval.RevokeKey, e, actor, id, old, a, nil); err != nil || waits != nil {
			return err
		}
		if err := deleteKey(ctx, tx, old); err != nil {
			return err
		}
		err = errors.Join(addToTotal(ctx, tx, old.constituencyID, -1), addActs(ctx, tx, old.constituencyID, keyActs{revoked: 1}))
		if err != nil {
			return err
		}
		return s.recordAct(ctx, tx, actor, "voter-key-revoked", electionID, id, old, map[string]any{})
	})
	return approval.Answer(waits, err)
}

// recordAct writes an act on a person's key into the log, under the hash that the log has for the person.
func (s *Service) recordAct(ctx context.Context, tx *database.Tx, actor audit.Actor, action string, electionID int64, personalID string, old keyRow,
	detail map[string]any,
) error {
	detail["voter"], detail["constituency"] = s.hashes.inLog(electionID, personalID), old.constituencyID
	return s.log.Append(ctx, tx.SQL(), actor, action, elections.Subject(electionID), detail)
}

// revoke finds a person's unused key and calls fn with it in a transaction. A refusal is recorded.
func (s *Service) revoke(ctx context.Context, actor audit.Actor, electionID int64, personalID, action string,
	fn func(*database.Tx, *elections.Election, keyRow) error,
) error {
	voter := s.hashes.voter(electionID, personalID)
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.acceptsKeys(tx, electionID)
		if err != nil {
			return err
		}
		old, err := findUnused(ctx, tx, voter)
		if err != nil {
			return err
		}
		return fn(tx, e, old)
	})
	if err == nil {
		s.options.OnCommit(electionID)
		return nil
	}
	if errors.Is(err, ErrUnknownVoter) || errors.Is(err, ErrUsedKeyStays) || errors.Is(err, ErrTakesNoKeys) {
		if failed := s.recordRefusal(ctx, actor, electionID, personalID, action); failed != nil {
			return failed
		}
	}
	return err
}

// recordRefusal appends the event of an act on a key that was refused. It does not say why, and names no constituency:
// a reader of the log must not learn who had voted at that time.
func (s *Service) recordRefusal(ctx context.Context, actor audit.Actor, electionID int64, personalID, action string) error {
	refused := map[string]string{"voter-key-reissued": "voter-key-reissue-refused", "voter-key-revoked": "voter-key-revocation-refused"}[action]
	return s.db.Write(ctx, func(tx *database.Tx) error {
		return s.log.Append(ctx, tx.SQL(), actor, refused, elections.Subject(electionID), map[string]any{"voter": s.hashes.inLog(electionID, personalID)})
	})
}

// InForce passes keys on that can vote in the election, or have, and nothing behind the first that does neither:
// that one is ErrDeadKey, which says whose it is, so that no letter is written for another election, or for a key
// that was replaced. An error of the keys ends them, too.
func (s *Service) InForce(ctx context.Context, electionID int64, keys iter.Seq2[Key, error]) iter.Seq2[Key, error] {
	return func(yield func(Key, error) bool) {
		n := 0
		for key, err := range keys {
			n++
			if err == nil {
				err = s.inForce(ctx, electionID, key, n)
			}
			if !yield(key, err) || err != nil {
				return
			}
		}
	}
}

// inForce is nil for a key of the election; the key is the nth of a list.
func (s *Service) inForce(ctx context.Context, electionID int64, key Key, n int) error {
	_, pair, err := s.form(Credentials{PersonalID: key.PersonalID, GUID: key.GUID})
	var f found
	if err == nil {
		f, err = s.find(ctx, pair)
	}
	if err == nil && (!f.known() || f.electionID != electionID) {
		zeros := ""
		if strings.Trim(key.PersonalID, "0123456789") == "" {
			zeros = " If a spreadsheet saved the list, it may have taken zeros off the beginning of personal ids."
		}
		err = ErrDeadKey.With(messages.RefusalDeadKeyOnLine(int64(n), shorten(key.PersonalID), zeros))
	}
	return err
}

// acceptsKeys returns an election that keys can still be issued for.
func (s *Service) acceptsKeys(tx *database.Tx, electionID int64) (*elections.Election, error) {
	e, err := s.elections.Within(tx, electionID)
	if err != nil {
		return nil, err
	}
	state := e.StateAt(s.options.Transitions())
	if !e.Takes(elections.Online) || state != elections.Scheduled && state != elections.Open {
		return nil, ErrTakesNoKeys
	}
	return e, nil
}

// removeBroken removes what issues that were cut off have left, and ends withdrawals. The caller holds
// the lock on issuing, so that no other process is working on them.
func (s *Service) removeBroken(ctx context.Context) error {
	var unsettled []Roll
	err := s.db.Read(ctx, func(tx *database.Tx) (err error) {
		unsettled, err = unsettledRolls(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, roll := range unsettled {
		if err := s.empty(ctx, roll); err != nil {
			return err
		}
	}
	return nil
}

// lockIssuing takes the right to issue keys on this folder, for one process at a time; the system gives
// it back if the process dies. The error is ErrIssueUnderWay if another issue has it.
func (s *Service) lockIssuing() (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(s.options.Folder, "issue.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("online: open the lock on issuing: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(ErrIssueUnderWay, file.Close())
	}
	return func() { _ = file.Close() }, nil // nothing was written
}
