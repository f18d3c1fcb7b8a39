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
	switch {
	case l == nil:
		return nil
	case !format.HasOpenPoints(c.figures.Format):
		return contradiction("batch %d is late, and figures in the form %q do not have that", b.ID, c.figures.Format)
	case l.Cause == format.LatePlaceComplete && b.StationID == 0:
		return contradiction("batch %d is late because its polling station was counted, and it is of none", b.ID)
	}
	err := c.late(fmt.Sprintf("batch %d", b.ID), l, format.LateAfterConfirmation, format.LateAfterBatchesUntil, format.LatePlaceComplete)
	switch {
	case err != nil:
		return err
	case c.inTime(l):
		return contradiction("batch %d was accepted at %s, when the election still took batches", b.ID, l.AcceptedAt)
	}
	c.proved("Batch %d of constituency %d was late (%s; accepted at %s, sent by %s with the reason %q). It was %s by %s (%q) and is %s.",
		b.ID, b.ConstituencyID, l.Cause, l.AcceptedAt.UTC().Format("2006-01-02 15:04:05Z"), l.Official, l.Reason, l.State, l.DecidedBy, l.Remark,
		b.State)
	return nil
}

// lateProtocol checks what the figures say of a late protocol.
func (c *check) lateProtocol(p *format.ProtocolFigure) error {
	l := p.Late
	if l == nil {
		return nil
	}
	err := c.late(fmt.Sprintf("protocol %d", p.ID), l, format.LateAfterConfirmation, format.LateAfterBatchesUntil)
	switch complete := p.State == format.ProtocolDefinitive || p.State == format.ProtocolRetracted; {
	case err != nil:
		return err
	case complete && c.inTime(l): // one that was reopened has no time
		return contradiction("protocol %d was definitive at %s, when the election still took protocols", p.ID, l.AcceptedAt)
	}
	c.proved("Protocol %d of constituency %d was late (%s; made definitive by %s with the reason %q). It was %s by %s (%q) and is %s.",
		p.ID, p.ConstituencyID, l.Cause, l.Official, l.Reason, l.State, l.DecidedBy, l.Remark, p.State)
	return nil
}

// late checks what the figures say of a late batch or protocol with such a name as "batch 4", which only these causes can
// make late.
func (c *check) late(name string, l *format.LateFigure, causes ...string) error {
	switch {
	case l.Official == "" || l.DecidedBy == "" || l.Reason == "":
		return contradiction("%s was late, without its reason or the names of its official and of the person who decided", name)
	case !slices.Contains(causes, l.Cause):
		return contradiction("%s is late for a reason that does not exist: %q", name, l.Cause)
	case l.State != format.LateApproved && l.State != format.LateRefused:
		return contradiction("%s was late, and what was decided about it is %q", name, l.State)
	}
	return nil
}

// inTime reports whether the figures say that something came after the time for batches, and before that time.
func (c *check) inTime(l *format.LateFigure) bool {
	until := c.election.BatchesUntil
	return l.Cause == format.LateAfterBatchesUntil && (until == nil || l.AcceptedAt.Before(*until))
}

// lateInLog is what the audit log says of an election's late batches and protocols.
type lateInLog struct {
	election  int64
	confirmed bool                      // figures of the election were confirmed before
	late      map[string]lateEntry      // by their subjects such as "batch 4" or "protocol 7"
	stationOf map[string]int64          // of each batch, by its subject; 0 is none
	inCount   map[int64]map[string]bool // the batches of each station that are in the count, will be, or wait for a decision
}

func newLateInLog(election int64) *lateInLog {
	return &lateInLog{election: election, late: map[string]lateEntry{}, stationOf: map[string]int64{}, inCount: map[int64]map[string]bool{}}
}

// lateEntry is a late batch or protocol as the log has it.
type lateEntry struct {
	format.LateFigure

	confirmed bool // figures were confirmed before it came
	complete  bool // a batch of its polling station had come before and was not out of the count
}

// lateDetail is the detail of an event about a batch or protocol, or the approval of a late one.
type lateDetail struct {
	Election  int64  `json:"election"`
	Station   int64  `json:"station"`
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
	case "correction-opened": // whose figures are confirmed by themselves
		l.confirmed = l.confirmed && e.Subject != fmt.Sprintf("election %d", l.election)
		return
	case "batch-accepted", "batch-retracting", "batch-restoring", "protocol-entered", "protocol-settled", "approval-given", "approval-refused", "done-by-operator":
	default:
		return
	}
	var d lateDetail
	if strictjson.UnmarshalStored([]byte(e.Detail), &d) != nil || d.Election != l.election {
		return // the detail of another form says nothing of late batches
	}
	switch e.Action {
	case "batch-accepted":
		l.came(e, &d)
		l.stationOf[e.Subject] = d.Station
		l.count(e.Subject, true)
	case "protocol-entered", "protocol-settled":
		l.came(e, &d)
	case "batch-retracting", "batch-restoring":
		l.count(e.Subject, e.Action == "batch-restoring")
	default:
		l.decide(&d, e.Action == "approval-refused")
	}
}

// came adds a batch or protocol if it is late. The last time that a protocol was late replaces those before.
func (l *lateInLog) came(e *format.Event, d *lateDetail) {
	if d.Late != "" {
		l.late[e.Subject] = lateEntry{
			format.LateFigure{Cause: d.Late, Official: e.ActorName, Reason: d.Reason}, l.confirmed, len(l.inCount[d.Station]) > 0,
		}
	}
}

// count notes that a batch of a polling station is in the count, or out of it.
func (l *lateInLog) count(subject string, in bool) {
	station := l.stationOf[subject]
	switch {
	case station == 0:
	case !in:
		delete(l.inCount[station], subject)
	default:
		if l.inCount[station] == nil {
			l.inCount[station] = map[string]bool{}
		}
		l.inCount[station][subject] = true
	}
}

// decide adds a decision if it is about something late.
func (l *lateInLog) decide(d *lateDetail, refused bool) {
	late, known := l.late[d.Subject]
	if !known || d.Act != format.LateBatch && d.Act != format.LateProtocol {
		return
	}
	late.State, late.DecidedBy, late.Remark = format.LateApproved, d.DecidedBy, d.Remark
	if refused {
		late.State = format.LateRefused
		l.count(d.Subject, false)
	}
	l.late[d.Subject] = late
}

// compareLate compares the late batches and protocols of the figures, and the polling stations of all batches, with those
// of the log.
func (c *check) compareLate(log *lateInLog) error {
	for _, b := range c.figures.Batches {
		name := fmt.Sprintf("batch %d", b.ID)
		if station, known := log.stationOf[name]; known && station != b.StationID {
			return contradiction("%s is of polling station %d by the figures, and of %d by %s", name, b.StationID, station, format.AuditFile)
		}
		if err := log.compare(name, b.Late); err != nil {
			return err
		}
	}
	for i := range c.figures.Protocols {
		p := &c.figures.Protocols[i]
		if err := log.compare(fmt.Sprintf("protocol %d", p.ID), p.Late); err != nil {
			return err
		}
	}
	return nil
}

// compare compares what the figures say of a batch or protocol, nil if it was not late, with the log.
func (l *lateInLog) compare(name string, late *format.LateFigure) error {
	in, known := l.late[name]
	switch {
	case known != (late != nil):
		return contradiction("%s was late by the figures: %t, and by %s: %t", name, late != nil, format.AuditFile, known)
	case !known:
	case in.Cause != late.Cause || in.State != late.State || format.PersonName(in.DecidedBy) != late.DecidedBy:
		return contradiction("the late %s is %s, by %s, in the figures (%s); in %s it is %s, by %s (%s)", name, late.State, late.DecidedBy, late.Cause,
			format.AuditFile, in.State, in.DecidedBy, in.Cause)
	case in.Reason != late.Reason || format.PersonName(in.Official) != late.Official || in.Remark != late.Remark:
		return contradiction("the late %s came from %s with the reason %q, and the remark %q, in the figures; in %s: %s, %q, %q",
			name, late.Official, late.Reason, late.Remark, format.AuditFile, in.Official, in.Reason, in.Remark)
	case in.Cause == format.LateAfterConfirmation && !in.confirmed:
		return contradiction("%s is late because figures had been confirmed, and %s knows no confirmation before it", name, format.AuditFile)
	case in.Cause == format.LatePlaceComplete && !in.complete:
		return contradiction("%s is late because its polling station was counted, and %s knows no batch of the station before it", name, format.AuditFile)
	}
	return nil
}
