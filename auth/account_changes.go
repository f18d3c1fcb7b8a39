package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// AccountChanges returns the changes of passwords, second factors and e-mails of accounts since an instant that another
// person, or a command on the machine, made; as a transaction sees them, oldest first. They are read from the audit log,
// as the history of accounts is.
func (s *Approvals) AccountChanges(ctx context.Context, tx *database.Tx, since time.Time) ([]approval.AccountChange, error) {
	var changes []approval.AccountChange
	err := audit.NewReader(tx.SQL()).OfSignIns(ctx, func(e audit.Event) error {
		id := approval.SubjectID(e.Subject)
		if e.At.Before(since) || e.Actor.ID == id {
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
