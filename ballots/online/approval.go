package online

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"strconv"

	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// needsAsking reports whether keys of an election are issued, replaced, revoked or withdrawn by two people: from its
// opening on.
func (s *Service) needsAsking(e *elections.Election) bool {
	return s.options.Approvals != nil && e.StateAt(s.options.Transitions()) == elections.Open
}

// request returns an act on keys of an election.
func request(act approval.Act, e *elections.Election, actor audit.Actor, a Approved, parameters map[string]any) approval.Request {
	return approval.Request{
		Act: act, Subject: elections.Subject(e.ID), Actor: actor, ElectionID: e.ID, Since: e.PublishedAt,
		Approval: a.ID, Reason: a.Reason, Parameters: parameters,
	}
}

// chain returns the digest of a roll up to a line, from the digest before it: the same roll in the same order has the
// same digest, and without voters.key no reader can tell which one.
func (h *hashes) chain(before digest, k *Key) digest {
	parts := []string{string(before[:]), k.PersonalID, strconv.FormatInt(k.ConstituencyID, 10), k.Name, k.Email}
	if k.Address != (Postal{}) { // so that a roll without addresses has the digest that it had before they existed
		parts = append(parts, k.Address.Values()...)
	}
	return h.approvals.sum(parts...)
}

// ask answers whether the keys of a roll, which was read and checked, may be issued now.
func (i *issue) ask(ctx context.Context, actor audit.Actor) (*approval.Waiting, error) {
	s := i.service
	var waits *approval.Waiting
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.acceptsKeys(tx, i.roll.ElectionID)
		if err != nil || s.options.Approvals == nil {
			return err
		}
		places := map[string]int64{}
		for id, n := range i.totals {
			places[i.names[id]] = n
		}
		r := request(approval.IssueKeys, e, actor, i.approved, map[string]any{
			"digest": hex.EncodeToString(i.digest[:]), "voters": i.done.Read, "by_constituency": places, "sealed_to": inLog(i.sealTo),
		})
		i.request = &r
		if !s.needsAsking(e) {
			return nil
		}
		i.asked = true
		waits, err = s.options.Approvals.Ask(ctx, tx, *i.request)
		return err
	})
	return waits, err
}

// useApproval uses the approval of keys that can vote from now on. An election that opened after the question was not
// asked needs one, too.
func (i *issue) useApproval(ctx context.Context, tx *database.Tx, e *elections.Election) error {
	approvals := i.service.options.Approvals
	switch {
	case i.request == nil || !i.asked && !i.service.needsAsking(e):
		return nil
	case !i.asked:
		if waits, err := approvals.Ask(ctx, tx, *i.request); err != nil {
			return err
		} else if waits != nil { // the proposal is rolled back with all else
			return ErrKeysOpenedMeanwhile
		}
	}
	return approvals.Use(ctx, tx, *i.request)
}

// askAbout answers whether a person's key may be replaced or revoked now, and uses the approval. The personal id is not
// kept; more is what else the act says.
func (s *Service) askAbout(ctx context.Context, tx *database.Tx, act approval.Act, e *elections.Election, actor audit.Actor, personalID string,
	old keyRow, a Approved, more map[string]any,
) (*approval.Waiting, error) {
	if !s.needsAsking(e) {
		return nil, nil //nolint:nilnil // it may
	}
	voter := s.hashes.approvals.sum("voter", string(binary.BigEndian.AppendUint64(nil, uint64(e.ID))), personalID)
	place := ""
	if c := e.Constituency(old.constituencyID); c != nil {
		place = c.Name
	}
	parameters := map[string]any{"voter": hex.EncodeToString(voter[:]), "constituency": place}
	maps.Copy(parameters, more)
	r := request(act, e, actor, a, parameters)
	if waits, err := s.options.Approvals.Ask(ctx, tx, r); err != nil || waits != nil {
		return waits, err
	}
	return nil, s.options.Approvals.Use(ctx, tx, r)
}

// askToWithdraw answers whether a roll may be withdrawn now.
func (s *Service) askToWithdraw(ctx context.Context, tx *database.Tx, e *elections.Election, actor audit.Actor, roll Roll, reason string,
) (*approval.Waiting, error) {
	if !s.needsAsking(e) {
		return nil, nil //nolint:nilnil // it may
	}
	return s.options.Approvals.Ask(ctx, tx, request(approval.WithdrawRoll, e, actor, Approved{Reason: reason},
		map[string]any{"roll": roll.ID, "keys": roll.Keys}))
}

// Approved is the approval for keys that are issued, replaced or revoked after the opening: its number, 0 for none yet,
// and the reason of a proposal.
type Approved struct {
	ID     int64
	Reason string
}
