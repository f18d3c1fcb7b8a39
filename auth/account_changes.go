package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// AccountChanges returns the changes of accounts that another person, or a command on the machine, made; as a
// transaction sees them, oldest first: changes of passwords, second factors and e-mails since the start of an election,
// and the accounts that became those of enabled administrators after its start and its publication. They are read from the
// audit log, as the history of accounts is, up to the end of the period.
func (s *Approvals) AccountChanges(ctx context.Context, tx *database.Tx, period approval.Period, start time.Time) ([]approval.AccountChange, error) {
	changes, err := s.signInChanges(ctx, tx, start, period)
	if err != nil {
		return nil, err
	}
	h, err := readHistory(ctx, tx, period)
	if err != nil {
		return nil, err
	}
	published, err := audit.NewReader(tx.SQL()).Publications(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(h.administrators)) {
		b := h.administrators[id]
		if b.at.After(start) && b.event > published[electionSubject(period.ElectionID)] {
			changes = append(changes, approval.AccountChange{UserID: id, What: approval.BecameAdministrator, By: b.by, At: b.at})
		}
	}
	slices.SortStableFunc(changes, func(a, b approval.AccountChange) int { return a.At.Compare(b.At) })
	return changes, nil
}

// signInChanges returns the changes, from an instant to the end of a period, that others made to what people sign in
// with, oldest first.
func (s *Approvals) signInChanges(ctx context.Context, tx *database.Tx, since time.Time, period approval.Period,
) (changes []approval.AccountChange, err error) {
	err = audit.NewReader(tx.SQL()).OfSignIns(ctx, func(e audit.Event) error {
		id := approval.SubjectID(e.Subject)
		if e.At.Before(since) || e.Actor.ID == id || !period.Includes(e.ID) {
			return nil
		}
		what, err := changedIn(e)
		for _, w := range what {
			changes = append(changes, approval.AccountChange{UserID: id, What: w, By: e.Actor.Name, At: e.At})
		}
		return err
	})
	return changes, err
}

// changedIn returns the changes of an event in the words of approval.AccountChange.
func changedIn(e audit.Event) (what []string, err error) {
	if strings.HasPrefix(e.Action, "second-factor-") || e.Action == "recovery-codes-renewed" {
		return []string{approval.ChangedFactor}, nil
	}
	var detail struct{ Password, Email json.RawMessage }
	if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
		return nil, fmt.Errorf("auth: event %d: %w", e.ID, err)
	}
	if detail.Password != nil {
		what = append(what, approval.ChangedPassword)
	}
	if detail.Email != nil {
		what = append(what, approval.ChangedEmail)
	}
	return what, nil
}
