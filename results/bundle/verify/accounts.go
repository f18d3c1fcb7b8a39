package verify

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// accountChange is a change of an account by another person, as the log has it.
type accountChange struct {
	user int64
	what string
	by   string
	at   int64 // Unix time in milliseconds
}

// loggedAccount is an account as the log has it so far.
type loggedAccount struct{ administrator, disabled bool }

// loggedAccounts replays the accounts of the audit log.
type loggedAccounts struct {
	start     int64 // of the election, Unix time in milliseconds
	published bool  // the event with which the election became public was read
	accounts  map[int64]loggedAccount
	became    map[int64]accountChange // the enabled administrators: the event that made them so
	later     map[int64]bool          // those of them that became so after the election's publication
	changes   []accountChange         // of that with which people sign in
}

func newLoggedAccounts(start time.Time) *loggedAccounts {
	return &loggedAccounts{
		start: start.UnixMilli(), accounts: map[int64]loggedAccount{}, became: map[int64]accountChange{}, later: map[int64]bool{},
	}
}

// add reads an event. A detail that cannot be read changes nothing.
func (l *loggedAccounts) add(e *format.Event) {
	id, err := strconv.ParseInt(strings.TrimPrefix(e.Subject, "user "), 10, 64)
	if err != nil {
		return
	}
	var detail struct {
		Role     json.RawMessage `json:"role"`
		Disabled json.RawMessage `json:"disabled"`
		Password json.RawMessage `json:"password"`
		Email    json.RawMessage `json:"email"`
	}
	_ = strictjson.UnmarshalStored([]byte(e.Detail), &detail)
	change := func(what string) {
		if e.At >= l.start && e.ActorID != id {
			l.changes = append(l.changes, accountChange{id, what, e.ActorName, e.At})
		}
	}
	switch {
	case e.Action == "user-added", e.Action == "user-deleted":
	case e.Action == "user-changed":
		if detail.Password != nil {
			change("password")
		}
		if detail.Email != nil {
			change("email")
		}
	case strings.HasPrefix(e.Action, "second-factor-"), e.Action == "recovery-codes-renewed":
		change("second-factor")
		return
	default:
		return
	}
	a := l.accounts[id]
	if role, ok := newValue[string](detail.Role); ok {
		a.administrator = role == "administrator"
	}
	if disabled, ok := newValue[bool](detail.Disabled); ok {
		a.disabled = disabled
	}
	if e.Action == "user-deleted" {
		a = loggedAccount{}
	}
	l.accounts[id] = a
	if _, was := l.became[id]; !a.administrator || a.disabled {
		delete(l.became, id)
	} else if !was {
		l.became[id], l.later[id] = accountChange{id, "administrator", e.ActorName, e.At}, l.published
	}
}

// newValue returns a value that is written by itself, or as {"before", "after"}.
func newValue[T any](raw json.RawMessage) (value T, ok bool) {
	if raw == nil {
		return value, false
	}
	if strictjson.UnmarshalStored(raw, &value) == nil {
		return value, true
	}
	var change struct {
		After *T `json:"after"`
	}
	if strictjson.UnmarshalStored(raw, &change) != nil || change.After == nil {
		return value, false
	}
	return *change.After, true
}

// of returns the changes of the accounts of those who confirmed, oldest first. Where one administrator certifies, new
// administrators are not among them.
func (l *loggedAccounts) of(confirmers map[int64]string, required int) []format.AccountChange {
	all := slices.Clone(l.changes)
	for _, id := range slices.Sorted(maps.Keys(l.became)) {
		if at := l.became[id]; required > 1 && l.later[id] && at.at > l.start {
			all = append(all, at)
		}
	}
	slices.SortStableFunc(all, func(a, b accountChange) int { return cmp.Compare(a.at, b.at) })
	var found []format.AccountChange
	for _, change := range all {
		if name, confirmed := confirmers[change.user]; confirmed {
			found = append(found, format.AccountChange{
				AdministratorID: change.user, Administrator: name, What: change.what, By: change.by, At: time.UnixMilli(change.at).UTC(),
			})
		}
	}
	return found
}

// accountChanges checks the changes of accounts in the certification by themselves.
func (c *check) accountChanges() error {
	changes := c.certification.AccountChanges
	if changes != nil && !format.HasOpenPoints(c.figures.Format) {
		return contradiction("a certification in the form %q has no changes of accounts", c.certification.Format)
	}
	names := c.confirmers()
	for i := range changes {
		change := &changes[i]
		name, confirmed := names[change.AdministratorID]
		if !confirmed || name != change.Administrator || change.What == "" || change.By == "" || i > 0 && change.At.Before(changes[i-1].At) {
			return contradiction("change %d of an account is out of order, or is not of an administrator who confirmed", i+1)
		}
		c.proved("The account of %s, who confirmed, was changed by %s at %s: %s.", name, change.By, change.At.UTC().Format(time.RFC3339), change.What)
	}
	return nil
}

// confirmers returns the names of those who confirmed, by their ids.
func (c *check) confirmers() map[int64]string {
	names := map[int64]string{}
	for _, k := range c.certification.Confirmations {
		names[k.AdministratorID] = k.Administrator
	}
	return names
}

// compareAccounts compares the changes of accounts with those of the log.
func (c *check) compareAccounts(logged *loggedAccounts) error {
	if !format.HasOpenPoints(c.figures.Format) {
		return nil
	}
	found := c.certification.AccountChanges
	for i := range found {
		found[i].At = found[i].At.UTC()
	}
	if expected := logged.of(c.confirmers(), c.election.Confirmations); len(found)+len(expected) > 0 && !reflect.DeepEqual(found, expected) {
		return contradiction("%s knows other changes of the accounts of those who confirmed: %d in the log, %d in the certification",
			format.AuditFile, len(expected), len(found))
	}
	c.proved("The log has no other changes, by other people and since the opening, of the accounts of those who confirmed than the %d named.", len(found))
	return nil
}
