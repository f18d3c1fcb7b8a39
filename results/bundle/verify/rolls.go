package verify

import (
	"fmt"
	"slices"

	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// loggedKeys collects what the audit log has of the voter keys of an election.
type loggedKeys struct {
	subject            string
	rolls              map[int64]format.RollFigure
	acts               map[int64]format.KeysFigure // by constituency; Replaced, ReplacedSealed and Revoked
	issuedAfterOpening int64
}

func newLoggedKeys(electionID int64) *loggedKeys {
	return &loggedKeys{
		subject: fmt.Sprintf("election %d", electionID), rolls: map[int64]format.RollFigure{}, acts: map[int64]format.KeysFigure{},
	}
}

// loggedAct is the detail of an event about voter keys. The events of version 0.1.0 about single keys have none, and their acts are
// not counted in the figures.
type loggedAct struct {
	Roll         int64    `json:"roll"`
	Keys         int64    `json:"keys"`
	SealedTo     []string `json:"sealed_to"`
	WhileOpen    bool     `json:"while_open"`
	Constituency int64    `json:"constituency"`
}

// add reads an event.
func (l *loggedKeys) add(e *format.Event) error {
	switch e.Action {
	case "voter-keys-issued", "voter-keys-withdrawn", "voter-key-reissued", "voter-key-revoked":
	default:
		return nil
	}
	if e.Subject != l.subject || e.Detail == "" {
		return nil
	}
	var a loggedAct
	if err := strictjson.UnmarshalStored([]byte(e.Detail), &a); err != nil {
		return contradiction("%s: event %d about voter keys cannot be read", format.AuditFile, e.ID)
	}
	switch {
	case e.Action == "voter-keys-issued":
		l.rolls[a.Roll] = format.RollFigure{ID: a.Roll, State: "issued", Keys: a.Keys, SealedTo: a.SealedTo}
		if a.WhileOpen && a.SealedTo != nil { // version 0.1.0, whose events have no recipients, does not count them
			l.issuedAfterOpening += a.Keys
		}
	case e.Action == "voter-keys-withdrawn":
		roll := l.rolls[a.Roll]
		roll.State = "withdrawn"
		l.rolls[a.Roll] = roll
	case a.Constituency == 0:
	case e.Action == "voter-key-reissued":
		acts := l.acts[a.Constituency]
		acts.Replaced++
		if len(a.SealedTo) > 0 {
			acts.ReplacedSealed++
		}
		l.acts[a.Constituency] = acts
	default:
		acts := l.acts[a.Constituency]
		acts.Revoked++
		l.acts[a.Constituency] = acts
	}
	return nil
}

// compareKeys compares the rolls and the acts on voter keys with those of the log.
func (c *check) compareKeys(l *loggedKeys) error {
	if !format.HasOpenPoints(c.figures.Format) {
		return nil
	}
	for _, r := range c.figures.Rolls {
		logged, known := l.rolls[r.ID]
		if !known || logged.State != r.State || logged.Keys != r.Keys || !slices.Equal(logged.SealedTo, r.SealedTo) {
			return contradiction("%s knows roll %d otherwise than the figures", format.AuditFile, r.ID)
		}
		delete(l.rolls, r.ID)
	}
	for id := range l.rolls {
		return contradiction("%s knows roll %d, which the figures leave out", format.AuditFile, id)
	}
	issuedAfterOpening := int64(0)
	for _, k := range c.figures.VoterKeys {
		logged := l.acts[k.ConstituencyID]
		if logged.Replaced != k.Replaced || logged.ReplacedSealed != k.ReplacedSealed || logged.Revoked != k.Revoked {
			return contradiction("%s knows %d replaced voter keys of constituency %d, %d of them sealed, and %d revoked ones; the figures have %d, %d and %d",
				format.AuditFile, logged.Replaced, k.ConstituencyID, logged.ReplacedSealed, logged.Revoked, k.Replaced, k.ReplacedSealed, k.Revoked)
		}
		delete(l.acts, k.ConstituencyID)
		issuedAfterOpening += k.IssuedAfterOpening
	}
	for id := range l.acts {
		return contradiction("%s knows acts on the voter keys of constituency %d, which the figures leave out", format.AuditFile, id)
	}
	if issuedAfterOpening != l.issuedAfterOpening {
		return contradiction("%s knows %d voter keys that were issued after the opening, and the figures have %d", format.AuditFile, l.issuedAfterOpening, issuedAfterOpening)
	}
	if n := len(c.figures.Rolls); n > 0 {
		c.proved("The %d rolls are all that the audit log has for this election, with the same numbers of keys and the same recipients of sealed keys; "+
			"so are the numbers of keys that were replaced or revoked.", n)
	}
	return nil
}
