package elections

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/internal/text"
)

// AmendedField names what an amendment changed. Its text is stable: clients have it.
type AmendedField string

// What can be amended.
const (
	AmendedRegisteredVoters AmendedField = "registered-voters" // of a constituency or a polling station; 0 is unknown
	AmendedName             AmendedField = "name"              // of a polling station, as the two that follow
	AmendedPlace            AmendedField = "place"
	AmendedKind             AmendedField = "kind"
	AmendedAdded            AmendedField = "added"     // a polling station, from "" to its number
	AmendedExclusion        AmendedField = "exclusion" // an Exclusion, "" is none
)

// Amendment is one thing that an administrator changed after the opening of an election, and before its certification.
// Everybody may see it.
type Amendment struct {
	ID             int64
	ElectionID     int64
	ConstituencyID int64
	StationID      int64 // 0: of the constituency itself
	Field          AmendedField
	Was, Became    string
	Reason         string
	By             string // name and e-mail as they were at the time
	ApprovedBy     string // likewise, "" if the act needed no second administrator
	At             time.Time

	StationNumber, StationName string // as they are now
}

// AmendmentFilter chooses amendments of an election; zero fields choose all.
type AmendmentFilter struct {
	StationID int64
	Before    int64 // only ids below it: the cursor of a list, newest first
	Limit     int   // 0 is 100
}

// Amendments returns amendments of an election, newest first.
func (s *Service) Amendments(ctx context.Context, electionID int64, f AmendmentFilter) ([]Amendment, error) {
	if f.Limit == 0 {
		f.Limit = 100
	}
	return findAmendments(s.db.Reader(ctx), electionID, f)
}

// ExclusionsWithin returns, as the transaction sees it, the last closure, annulment or reopening of each polling station of
// the elections that had one, by station. The number and name of the station are not in it.
func ExclusionsWithin(tx *database.Tx, electionIDs []int64) (map[int64]Amendment, error) {
	return findExclusions(tx, electionIDs)
}

// act is who changes an election that has opened, and why.
type act struct {
	actor      audit.Actor
	reason     string
	approvedBy string
	at         time.Time
}

// amend stores amendments of one act.
func (a act) amend(tx *database.Tx, list []Amendment) error {
	for i := range list {
		list[i].Reason, list[i].By, list[i].ApprovedBy, list[i].At = a.reason, a.actor.Name, a.approvedBy, a.at
	}
	return insertAmendments(tx, list)
}

// CorrectRegisteredVoters enters other numbers of registered voters of an election that has opened and is not certified,
// by constituency; 0 is unknown. Constituencies that registered does not name stay as they are. Each is an amendment.
// The errors are those of Change.
func (s *Service) CorrectRegisteredVoters(ctx context.Context, actor audit.Actor, id int64, registered map[int64]int64, reason string) (changed *Election, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		before, err := s.Within(tx, id)
		if err != nil {
			return err
		}
		d, same := before.Draft(), true
		d.Reason = reason
		for i, c := range before.Constituencies {
			if voters, named := registered[c.ID]; named && voters != c.RegisteredVoters {
				d.Constituencies[i].RegisteredVoters, same = voters, false
			}
		}
		if same {
			changed = before
			return nil
		}
		changed, err = s.changeWithin(ctx, tx, actor, id, "", d)
		return err
	})
	return changed, err
}

// registeredCorrected is the event of a correction of registered voters.
const registeredCorrected = "registered-voters-corrected"

// onlyCorrects reports whether a draft is the election with other registered voters.
func onlyCorrects(e *Election, d Draft) bool {
	was := e.Draft().definition()
	d = d.definition()
	d.keepSameInstants(&was)
	if len(d.Constituencies) != len(was.Constituencies) || reflect.DeepEqual(was, d) {
		return false
	}
	d.Constituencies = slices.Clone(d.Constituencies)
	for i := range d.Constituencies {
		d.Constituencies[i].RegisteredVoters = was.Constituencies[i].RegisteredVoters
	}
	return reflect.DeepEqual(was, d)
}

// correctRegistered records which numbers of registered voters a change makes others.
func (s *Service) correctRegistered(tx *database.Tx, actor audit.Actor, before *Election, d *Draft, reason string) error {
	if err := problem.NeededReason(reason); err != nil {
		return err
	}
	var list []Amendment
	for i, c := range before.Constituencies {
		if n := d.Constituencies[i].RegisteredVoters; n != c.RegisteredVoters {
			list = append(list, Amendment{
				ElectionID: before.ID, ConstituencyID: c.ID, Field: AmendedRegisteredVoters,
				Was: strconv.FormatInt(c.RegisteredVoters, 10), Became: strconv.FormatInt(n, 10),
			})
		}
	}
	return act{actor: actor, reason: reason, at: s.now()}.amend(tx, list)
}

// mostAmendmentsInWords bounds the amendments that an event names. The log has the rows of all.
const mostAmendmentsInWords = 50

// inWords says for the audit log what was amended, by station and field.
func inWords(e *Election, list []Amendment) map[string]map[string]any {
	words := map[string]map[string]any{}
	for _, a := range list[:min(len(list), mostAmendmentsInWords)] {
		name := a.StationNumber
		if c := e.Constituency(a.ConstituencyID); c != nil {
			name = text.Trim(c.Name + " " + name)
		}
		if words[name] == nil {
			words[name] = map[string]any{}
		}
		words[name][strings.ReplaceAll(string(a.Field), "-", "_")] = map[string]any{"before": a.Was, "after": a.Became}
	}
	return words
}
