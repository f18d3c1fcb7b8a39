package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// span is a time in which two or more enabled administrators existed; its end is zero if they exist now.
type span struct{ from, to time.Time }

// history has the times at which accounts were enabled administrators. It is read from the audit log and not from a
// column: one statement could set a column, while a changed event breaks the chain of hashes.
type history struct {
	administrators map[int64]beginning // the accounts that are enabled administrators now
	pairs          []span
	// enabled has all accounts that are enabled, officials too. A registered one is, once it is accepted.
	enabled map[int64]beginning
}

// beginning is the event since which an account has its present state.
type beginning struct {
	event int64
	at    time.Time
	by    string
}

// accountEvent is the role and the state in the detail of an event about an account. Later versions may store the
// values before and after.
type accountEvent struct {
	Role     json.RawMessage `json:"role"`
	Disabled json.RawMessage `json:"disabled"`
	Waiting  bool            `json:"waiting"` // of an account that was registered
}

// after returns a value that is written by itself, or as {"before", "after"}; false if the event has none.
func after[T any](raw json.RawMessage) (value T, ok bool) {
	if raw == nil {
		return value, false
	}
	if json.Unmarshal(raw, &value) == nil {
		return value, true
	}
	var change struct {
		After *T `json:"after"`
	}
	if json.Unmarshal(raw, &change) != nil || change.After == nil {
		return value, false
	}
	return *change.After, true
}

// readHistory reads the log as a transaction sees it, up to the end of a period.
func readHistory(ctx context.Context, tx *database.Tx, period approval.Period) (*history, error) {
	type account struct{ administrator, disabled bool }
	h := &history{administrators: map[int64]beginning{}, enabled: map[int64]beginning{}}
	accounts := map[int64]account{}
	err := audit.NewReader(tx.SQL()).OfAccounts(ctx, func(e audit.Event) error {
		if !period.Includes(e.ID) {
			return nil
		}
		var detail accountEvent
		if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
			return fmt.Errorf("auth: event %d: %w", e.ID, err)
		}
		id := approval.SubjectID(e.Subject)
		a := accounts[id]
		if role, ok := after[string](detail.Role); ok {
			a.administrator = role == string(Administrator)
		}
		if disabled, ok := after[bool](detail.Disabled); ok {
			a.disabled = disabled
		}
		switch {
		case e.Action == "user-deleted", e.Action == "user-refused":
			a = account{disabled: true}
		case e.Action == "user-accepted":
			a.disabled = false
		case detail.Waiting:
			a.disabled = true
		}
		accounts[id] = a
		set(h.enabled, id, !a.disabled, e)
		before := len(h.administrators)
		set(h.administrators, id, a.administrator && !a.disabled, e)
		switch now := len(h.administrators); {
		case before < 2 && now == 2:
			h.pairs = append(h.pairs, span{from: e.At})
		case before == 2 && now < 2:
			h.pairs[len(h.pairs)-1].to = e.At
		}
		return nil
	})
	return h, err
}

// set records whether an account is among others from an event on.
func set(among map[int64]beginning, id int64, is bool, e audit.Event) {
	if !is {
		delete(among, id)
	} else if _, was := among[id]; !was {
		among[id] = beginning{event: e.ID, at: e.At, by: e.Actor.Name}
	}
}

// rule reports whether an act on something that was published at a time needs a second administrator: two existed at
// any time since then.
func (h *history) rule(published time.Time) bool {
	n := len(h.pairs)
	return n > 0 && (h.pairs[n-1].to.IsZero() || h.pairs[n-1].to.After(published))
}

// trusted returns from when an account, which is enabled (an administrator's: as such) since an instant, may take part
// in the approval of acts of something published at a time: at once, if the account is older, else a day after it was
// made, promoted or enabled. For acts on accounts, published is zero, and the accounts that made the rule hold for the
// first time are older.
func (h *history) trusted(since, published time.Time) time.Time {
	if published.IsZero() && len(h.pairs) > 0 {
		published = h.pairs[0].from
	}
	if !since.After(published) {
		return since
	}
	return since.Add(approval.ConfirmsNothing)
}
