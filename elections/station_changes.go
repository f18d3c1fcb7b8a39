package elections

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// The refusals of changes of polling stations.
var (
	// ErrStationChanged is returned for a change that was made from a polling station, or a list of them, that is another
	// one now.
	ErrStationChanged = problem.New(problem.Conflict, "stations-changed-meanwhile", messages.RefusalStationsChangedMeanwhile())
	// ErrStationStays is returned for the removal of a polling station from an election that has opened.
	ErrStationStays = problem.New(problem.Conflict, "station-stays", messages.RefusalStationStays())
	// ErrFirstStation is returned for the first polling station of a constituency whose batches or voter keys belong to no
	// station.
	ErrFirstStation = problem.New(problem.Conflict, "first-station", messages.RefusalFirstStation(""))
)

// StationsVersion names the polling stations of an election and its definition, for ReplaceStations.
func (s *Service) StationsVersion(e *Election, stations map[int64][]Station) string {
	type one struct {
		ID    int64
		Draft StationDraft
	}
	hash := sha256.New()
	fmt.Fprintln(hash, e.Version())
	encoder := json.NewEncoder(hash)
	for _, c := range e.Constituencies {
		for _, station := range stations[c.ID] {
			if err := encoder.Encode(one{station.ID, station.Draft()}); err != nil {
				panic(fmt.Sprintf("elections: a draft of texts and numbers became no JSON: %v", err))
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// ReplaceStations makes the polling stations of a scheduled election those of a list, which has all of them by
// constituency: a constituency that it does not name has none afterwards. A station keeps its id by its constituency and
// number. The list was shown beside the given StationsVersion, "" for any; if that is another one now it returns
// ErrStationChanged, unless the stations are those of the list already. Refusals: ErrNotScheduled, invalid fields, which
// are called as in a definition.
func (s *Service) ReplaceStations(ctx context.Context, actor audit.Actor, id int64, version string, list map[int64][]StationDraft) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.OrDraftWithin(tx, id)
		if err != nil {
			return err
		}
		if !e.Editable(s.now()) {
			return ErrNotScheduled
		}
		wanted := make(map[int64][]StationDraft, len(e.Constituencies))
		d := e.Draft()
		for i, c := range e.Constituencies {
			d.Constituencies[i].Stations = list[c.ID]
		}
		d.complete(s.timeZone)
		var checks problem.Checks
		if d.checkStations(&checks); checks.Err() != nil {
			return checks.Err()
		}
		for i, c := range e.Constituencies {
			wanted[c.ID] = d.Constituencies[i].Stations
		}
		present, err := stationsOf(tx, id)
		if err != nil {
			return err
		}
		plan := planStations(id, present, wanted, false)
		if plan.empty() {
			return nil
		}
		if version != "" && version != s.StationsVersion(e, present) {
			return ErrStationChanged
		}
		return s.do(ctx, tx, actor, e, &plan, "")
	})
}

// changeStations makes the polling stations of an election what a completed draft of it says, after its own fields were
// stored: those constituencies whose list is nil keep theirs.
func (s *Service) changeStations(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, d *Draft, reason string) error {
	wanted := map[int64][]StationDraft{}
	for i := range d.Constituencies {
		if d.Constituencies[i].Stations != nil {
			wanted[e.Constituencies[i].ID] = d.Constituencies[i].Stations
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	present, err := stationsOf(tx, e.ID)
	if err != nil {
		return err
	}
	plan := planStations(e.ID, present, wanted, !e.Editable(s.now()))
	if plan.empty() {
		return nil
	}
	return s.do(ctx, tx, actor, e, &plan, reason)
}

// do carries a plan out. After the opening nothing is removed, a reason is needed, and what changes is an amendment.
func (s *Service) do(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, plan *stationPlan, reason string) error {
	state, editable := e.StateAt(s.now()), e.Editable(s.now())
	switch {
	case state == Certified:
		return ErrCertified
	case state == Withdrawn:
		return ErrWithdrawn
	case editable:
	case len(plan.remove) > 0:
		return ErrStationStays
	default:
		if err := checkReason(reason); err != nil {
			return err
		}
		if err := s.refuseFirst(ctx, tx, e, plan); err != nil {
			return err
		}
	}
	if err := s.roomFor(e, plan); err != nil {
		return err
	}
	if err := s.tellRemoved(ctx, tx, actor, e, plan.remove); err != nil {
		return err
	}
	if err := deleteStations(tx, plan.remove); err != nil {
		return err
	}
	for i := range plan.edit {
		if err := saveStation(tx, &plan.edit[i].after); err != nil {
			return err
		}
	}
	if err := addStations(tx, plan.add); err != nil {
		return err
	}
	if editable {
		return s.log.Append(ctx, tx.SQL(), actor, "stations-changed", Subject(e.ID), map[string]any{
			"added": len(plan.add), "changed": len(plan.edit), "removed": len(plan.remove),
		})
	}
	amendments := plan.amendments()
	if err := (act{actor: actor, reason: reason, at: s.now()}).amend(tx, amendments); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), actor, "stations-amended", Subject(e.ID),
		map[string]any{"reason": reason, "stations": inWords(e, amendments)})
}

// roomFor refuses more polling stations than an election can have.
func (s *Service) roomFor(e *Election, plan *stationPlan) error {
	all := len(plan.add) - len(plan.remove)
	for i := range e.Constituencies {
		all += e.Constituencies[i].Stations
	}
	var c problem.Checks
	if all > maxStationsInAll {
		c.Add("constituencies", messages.FieldTooManyStations(int64(maxStationsInAll)))
	}
	return c.Err()
}

// refuseFirst refuses the first polling station of a constituency that has batches or voter keys: they belong to none.
func (s *Service) refuseFirst(ctx context.Context, tx *database.Tx, e *Election, plan *stationPlan) error {
	for i := range plan.add {
		c := e.Constituency(plan.add[i].ConstituencyID)
		if c.Stations > 0 {
			continue
		}
		keyed, err := s.keyed(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		batches, err := s.hasBatches(tx, c.ID)
		if err != nil {
			return err
		}
		if batches || keyed[c.ID] {
			return ErrFirstStation.With(messages.RefusalFirstStation(c.Name))
		}
	}
	return nil
}

// tellRemoved calls Options.StationsRemoved if there is one.
func (s *Service) tellRemoved(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, removed []Station) error {
	if len(removed) == 0 {
		return nil
	}
	names := make(map[int64]string, len(removed))
	for i := range removed {
		names[removed[i].ID] = removed[i].title(e)
	}
	return s.stationsRemoved(ctx, tx, actor, names)
}

// title names a polling station for the audit log and for refusals, such as "North 12".
func (s *Station) title(e *Election) string {
	if c := e.Constituency(s.ConstituencyID); c != nil && len(e.Constituencies) > 1 {
		return c.Name + " " + s.Number
	}
	return s.Number
}
