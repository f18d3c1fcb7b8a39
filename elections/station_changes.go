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
	"urna/internal/text"
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
func StationsVersion(e *Election, stations map[int64][]Station) string {
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
		diff := diffStations(id, present, wanted, false)
		if diff.empty() {
			return nil
		}
		if version != "" && version != StationsVersion(e, present) {
			return ErrStationChanged
		}
		return s.applyStations(ctx, tx, actor, e, &diff, "")
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
	diff := diffStations(e.ID, present, wanted, !e.Editable(s.now()))
	if diff.empty() {
		return nil
	}
	return s.applyStations(ctx, tx, actor, e, &diff, reason)
}

// applyStations stores changes of polling stations. After the opening nothing can be removed, a reason is needed, and each change is an amendment.
func (s *Service) applyStations(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, diff *stationDiff, reason string) error {
	reason = text.Trim(reason)
	state, editable := e.StateAt(s.now()), e.Editable(s.now())
	switch {
	case state == Certified, state == Correcting:
		return ErrCertified
	case state == Withdrawn:
		return ErrWithdrawn
	case editable:
	case len(diff.remove) > 0:
		return ErrStationStays
	default:
		if err := problem.NeededReason(reason); err != nil {
			return err
		}
		if err := s.refuseFirst(ctx, tx, e, diff); err != nil {
			return err
		}
	}
	if err := roomFor(tx, e, diff); err != nil {
		return err
	}
	if err := s.tellRemoved(ctx, tx, actor, e, diff.remove); err != nil {
		return err
	}
	if err := deleteStations(tx, diff.remove); err != nil {
		return err
	}
	for i := range diff.edit {
		if err := saveStation(tx, &diff.edit[i].after); err != nil {
			return err
		}
	}
	if err := addStations(tx, diff.add); err != nil {
		return err
	}
	if editable {
		return s.log.Append(ctx, tx.SQL(), actor, "stations-changed", Subject(e.ID), map[string]any{
			"added": len(diff.add), "changed": len(diff.edit), "removed": len(diff.remove),
		})
	}
	amendments := diff.amendments()
	if err := (act{actor: actor, reason: reason, at: s.now()}).amend(tx, amendments); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), actor, "stations-amended", Subject(e.ID),
		map[string]any{"reason": reason, "stations": inWords(e, amendments)})
}

// roomFor refuses more polling stations than an election can have.
func roomFor(tx *database.Tx, e *Election, diff *stationDiff) error {
	present, err := countStations(tx, e.ID)
	if err != nil {
		return err
	}
	all := len(diff.add) - len(diff.remove)
	for _, n := range present {
		all += n
	}
	var c problem.Checks
	if all > maxStationsInAll {
		c.Add("constituencies", messages.FieldTooManyStations(int64(maxStationsInAll)))
	}
	return c.Err()
}

// refuseFirst refuses the first polling station of a constituency that has batches or voter keys: they belong to none.
func (s *Service) refuseFirst(ctx context.Context, tx *database.Tx, e *Election, diff *stationDiff) error {
	for i := range diff.add {
		c := e.Constituency(diff.add[i].ConstituencyID)
		if c.HasStations {
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

// tellRemoved calls Options.StationsRemoved if polling stations were removed.
func (s *Service) tellRemoved(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, removed []Station) error {
	if len(removed) == 0 {
		return nil
	}
	names := make(map[int64]string, len(removed))
	for i := range removed {
		names[removed[i].ID] = removed[i].nameIn(e)
	}
	return s.stationsRemoved(ctx, tx, actor, names)
}

// nameIn names a polling station of the election for the audit log, such as "North 12", or "12" if the election has one
// constituency.
func (s *Station) nameIn(e *Election) string {
	if c := e.Constituency(s.ConstituencyID); c != nil && len(e.Constituencies) > 1 {
		return c.Name + " " + s.Number
	}
	return s.Number
}
