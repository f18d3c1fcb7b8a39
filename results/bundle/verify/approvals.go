package verify

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// outcomes are the ways in which an approval is decided, with the words of the report.
var outcomes = map[string]string{ //nolint:gochecknoglobals // constants
	"approved":    "approved by %s",
	"unopposed":   "done by %s alone, after 24 hours without an objection",
	"on-machine":  "approved on the machine by %s, without a second administrator",
	"by-operator": "done on the machine by %s, the operator",
	"refused":     "refused by %s",
	"withdrawn":   "withdrawn by %s",
}

// approvals checks the approvals of the figures by themselves: their order, and that both people are named.
func (c *check) approvals() error {
	if !format.HasOpenPoints(c.figures.Format) {
		if len(c.figures.Approvals) > 0 {
			return contradiction("figures in the form %q have no approvals", c.figures.Format)
		}
		return nil
	}
	last := int64(0)
	for i := range c.figures.Approvals {
		a := &c.figures.Approvals[i]
		words, known := outcomes[a.Outcome]
		if a.ID <= last || !known || a.Act == "" || a.Subject == "" || a.ProposedBy == "" || a.DecidedBy == "" || a.ProposedAt.IsZero() || a.DecidedAt.IsZero() {
			return contradiction("approval %d is out of order, names no two people, or cannot be", a.ID)
		}
		if a.Outcome == "approved" && a.ProposedBy == a.DecidedBy {
			c.report.Cannot = append(c.report.Cannot, fmt.Sprintf("That two people approved approval %d: both have the name %s.", a.ID, a.DecidedBy))
		}
		if a.DecidedAt.Before(a.ProposedAt) { // which no one can mend after the certification
			c.report.Cannot = append(c.report.Cannot, fmt.Sprintf("When approval %d was decided: its times are before those of its proposal, as if the clock of the server had been set back.", a.ID))
		}
		last = a.ID
		not := ""
		if !a.Done {
			not = ", and not done"
		}
		c.proved("Approval %d, %s of %s %v, was proposed by %s with the reason %q, and "+words+" at %s%s.", a.ID, a.Act, a.Subject, inWords(a.Details),
			a.ProposedBy, a.Reason, a.DecidedBy, a.DecidedAt.UTC().Format(time.RFC3339), not)
	}
	return nil
}

// inWords lists the details of an act.
func inWords(details map[string]string) string {
	written, _ := json.Marshal(details) // of strings, which cannot fail
	return string(written)
}

// expectedAlone returns the open point about acts that were done without a second administrator, if there were any.
func (c *check) expectedAlone() []point {
	var facts []int64
	for i := range c.figures.Approvals {
		if a := &c.figures.Approvals[i]; a.Alone() {
			facts = append(facts, a.ID)
		}
	}
	if facts == nil {
		return nil
	}
	return []point{{code: format.ApprovedAlone, facts: facts}}
}

// loggedPeople is what the audit log has of approvals and accounts.
type loggedPeople struct {
	approvals loggedApprovals
	accounts  *loggedAccounts
}

func (c *check) newLoggedPeople() *loggedPeople {
	return &loggedPeople{
		approvals: loggedApprovals{election: c.election.ID, found: map[int64]format.ApprovalFigure{}}, accounts: newLoggedAccounts(c.election.StartsAt),
	}
}

// add reads an event.
func (l *loggedPeople) add(e *format.Event) error {
	if publishes(e) && e.Subject == fmt.Sprintf("election %d", l.approvals.election) {
		l.approvals.published, l.accounts.published = true, true
	}
	l.accounts.add(e)
	return l.approvals.add(e)
}

// publishes reports whether an election is public from an event on: its publication, or its creation if it was not
// created as a draft.
func publishes(e *format.Event) bool {
	if e.Action != "election-created" {
		return e.Action == "election-published"
	}
	var detail struct {
		Definition struct{ AsDraft bool } `json:"definition"`
	}
	return strictjson.UnmarshalStored([]byte(e.Detail), &detail) != nil || !detail.Definition.AsDraft
}

// comparePeople compares approvals and changes of accounts with the log.
func (c *check) comparePeople(l *loggedPeople) error {
	if err := c.compareApprovals(l.approvals.found); err != nil {
		return err
	}
	return c.compareAccounts(l.accounts)
}

// loggedApprovals collects the approvals that the audit log has for the election.
type loggedApprovals struct {
	election  int64
	published bool // the event with which the election became public was read
	found     map[int64]format.ApprovalFigure
}

// loggedDecision is the detail of an event that decides an approval.
type loggedDecision struct {
	Act            string          `json:"act"`
	Subject        string          `json:"subject"`
	Election       int64           `json:"election"`
	Parameters     json.RawMessage `json:"parameters"`
	Reason         string          `json:"reason"`
	ProposedBy     string          `json:"proposed_by"`
	ProposedAt     int64           `json:"proposed_at"`
	State          string          `json:"state"`
	DecidedBy      string          `json:"decided_by"`
	DecidedAt      int64           `json:"decided_at"`
	DecisionReason string          `json:"decision_reason"`
	Alone          string          `json:"alone"`
}

// add reads an event. Approvals of acts on accounts count from the election's publication on.
func (l *loggedApprovals) add(e *format.Event) error {
	switch e.Action {
	case "approval-given", "approval-refused", "approval-withdrawn", "approval-used", "done-by-operator":
	default:
		return nil
	}
	var d loggedDecision
	id, err := strconv.ParseInt(strings.TrimPrefix(e.Subject, "approval "), 10, 64)
	if err == nil {
		err = strictjson.UnmarshalStored([]byte(e.Detail), &d)
	}
	if err != nil {
		return contradiction("%s: event %d about an approval cannot be read", format.AuditFile, e.ID)
	}
	if d.Election != l.election && (d.Election != 0 || !l.published) {
		return nil
	}
	details, err := format.ApprovalDetails(d.Act, d.Parameters)
	if err != nil {
		return contradiction("%s: event %d about an approval cannot be read", format.AuditFile, e.ID)
	}
	l.found[id] = format.ApprovalFigure{
		ID: id, Act: d.Act, Subject: d.Subject, Details: details, Reason: d.Reason,
		ProposedBy: format.PersonName(d.ProposedBy), ProposedAt: time.UnixMilli(d.ProposedAt).UTC(), Outcome: d.outcome(e.Action),
		DecidedBy: format.PersonName(d.DecidedBy), DecidedAt: time.UnixMilli(d.DecidedAt).UTC(), DecisionReason: d.DecisionReason,
		Done: d.State == "done",
	}
	return nil
}

func (d *loggedDecision) outcome(action string) string {
	switch {
	case action == "done-by-operator":
		return "by-operator"
	case d.State == "refused", d.State == "withdrawn":
		return d.State
	case d.Alone == "operator":
		return "on-machine"
	case d.Alone == "unopposed":
		return "unopposed"
	}
	return "approved"
}

// compareApprovals compares the approvals of the figures with those of the log.
func (c *check) compareApprovals(logged map[int64]format.ApprovalFigure) error {
	if !format.HasOpenPoints(c.figures.Format) {
		return nil
	}
	for i := range c.figures.Approvals {
		a := c.figures.Approvals[i]
		l, known := logged[a.ID]
		a.ProposedAt, a.DecidedAt = a.ProposedAt.UTC(), a.DecidedAt.UTC()
		if !known || !reflect.DeepEqual(a, l) {
			return contradiction("%s knows approval %d otherwise than the figures", format.AuditFile, a.ID)
		}
		delete(logged, a.ID)
	}
	for id := range logged {
		return contradiction("%s knows approval %d, which the figures leave out", format.AuditFile, id)
	}
	if n := len(c.figures.Approvals); n > 0 {
		c.proved("The %d approvals are all that the audit log has for this election, with the same people, reasons and times.", n)
	}
	return nil
}
