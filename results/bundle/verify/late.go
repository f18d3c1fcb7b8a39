package verify

import (
	"fmt"
	"slices"

	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// lateBatch checks what the figures say of a late batch.
func (c *check) lateBatch(b format.BatchFigure) error {
	l := b.Late
	if l == nil {
		return nil
	}
	if !format.HasOpenPoints(c.figures.Format) {
		return contradiction("batch %d is late, and figures in the form %q do not have that", b.ID, c.figures.Format)
	}
	if l.Official == "" || l.DecidedBy == "" || l.Reason == "" {
		return contradiction("batch %d was late, without its reason or the names of its official and of the person who decided", b.ID)
	}
	until := c.election.BatchesUntil
	switch {
	case l.Cause == format.LateAfterBatchesUntil && (until == nil || l.AcceptedAt.Before(*until)):
		return contradiction("batch %d was accepted at %s, when the election still took batches", b.ID, l.AcceptedAt)
	case !slices.Contains([]string{format.LateAfterConfirmation, format.LateAfterBatchesUntil, format.LatePlaceComplete}, l.Cause):
		return contradiction("batch %d is late for a reason that does not exist: %q", b.ID, l.Cause)
	case l.State != format.LateApproved && l.State != format.LateRefused:
		return contradiction("batch %d was late, and what was decided about it is %q", b.ID, l.State)
	}
	c.proved("Batch %d of constituency %d was late (%s; accepted at %s, sent by %s with the reason %q). It was %s by %s (%q) and is %s.",
		b.ID, b.ConstituencyID, l.Cause, l.AcceptedAt.UTC().Format("2006-01-02 15:04:05Z"), l.Official, l.Reason, l.State, l.DecidedBy, l.Remark,
		b.State)
	return nil
}

// lateInLog is what the audit log says of an election's late batches.
type lateInLog struct {
	election  int64
	confirmed bool                 // figures of the election were confirmed before
	batches   map[string]lateEntry // by their subjects such as "batch 4"
}

// lateEntry is a late batch as the log has it.
type lateEntry struct {
	format.LateFigure

	confirmed bool // figures were confirmed before the batch was accepted
}

// lateDetail is the detail of an event about a late batch or the approval of one.
type lateDetail struct {
	Election  int64  `json:"election"`
	Late      string `json:"late"`
	Reason    string `json:"reason"`
	Act       string `json:"act"`
	Subject   string `json:"subject"`
	DecidedBy string `json:"decided_by"`
	Remark    string `json:"decision_reason"`
}

// add reads an event. Events about other things are passed over.
func (l *lateInLog) add(e *format.Event) {
	switch e.Action {
	case "figures-confirmed":
		l.confirmed = l.confirmed || e.Subject == fmt.Sprintf("election %d", l.election)
		return
	case "batch-accepted", "approval-given", "approval-refused", "done-by-operator":
	default:
		return
	}
	var d lateDetail
	if strictjson.UnmarshalStored([]byte(e.Detail), &d) != nil || d.Election != l.election {
		return // the detail of another form says nothing of late batches
	}
	if e.Action == "batch-accepted" {
		if d.Late != "" {
			l.batches[e.Subject] = lateEntry{format.LateFigure{Cause: d.Late, Official: e.ActorName, Reason: d.Reason}, l.confirmed}
		}
		return
	}
	late, known := l.batches[d.Subject]
	if !known || d.Act != format.LateBatch {
		return
	}
	late.State, late.DecidedBy, late.Remark = format.LateApproved, d.DecidedBy, d.Remark
	if e.Action == "approval-refused" {
		late.State = format.LateRefused
	}
	l.batches[d.Subject] = late
}

// compareLate compares the late batches of the figures with those of the log.
func (c *check) compareLate(log *lateInLog) error {
	for _, b := range c.figures.Batches {
		in, known := log.batches[fmt.Sprintf("batch %d", b.ID)]
		switch {
		case known != (b.Late != nil):
			return contradiction("batch %d was late by the figures: %t, and by %s: %t", b.ID, b.Late != nil, format.AuditFile, known)
		case !known:
		case in.Cause != b.Late.Cause || in.State != b.Late.State || format.PersonName(in.DecidedBy) != b.Late.DecidedBy:
			return contradiction("the late batch %d is %s, by %s, in the figures; in %s it is %s, by %s", b.ID, b.Late.State, b.Late.DecidedBy,
				format.AuditFile, in.State, in.DecidedBy)
		case in.Reason != b.Late.Reason || format.PersonName(in.Official) != b.Late.Official || in.Remark != b.Late.Remark:
			return contradiction("the late batch %d came from %s with the reason %q, and the remark %q, in the figures; in %s: %s, %q, %q",
				b.ID, b.Late.Official, b.Late.Reason, b.Late.Remark, format.AuditFile, in.Official, in.Reason, in.Remark)
		case in.Cause == format.LateAfterConfirmation && !in.confirmed:
			return contradiction("batch %d is late because figures had been confirmed, and %s knows no confirmation before it", b.ID, format.AuditFile)
		}
	}
	return nil
}
