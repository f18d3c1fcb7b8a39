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

// Version names what can be changed of the station, for ChangeStation.
func (s *Station) Version() string {
	encoded, err := json.Marshal(s.Draft())
	if err != nil {
		panic(fmt.Sprintf("elections: a draft of texts and numbers became no JSON: %v", err))
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

// AddStation adds a polling station behind the others of its constituency. After the opening, and until the
// certification, it needs a reason and is an amendment; ErrFirstStation refuses the first station of a constituency that
// has batches or voter keys then. Further refusals: ErrUnknownElection, ErrCertified, invalid fields, a constituency_id
// that the election does not have among them.
func (s *Service) AddStation(ctx context.Context, actor audit.Actor, electionID, constituencyID int64, d StationDraft, reason string) (added Station, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.OrDraftWithin(tx, electionID)
		if err != nil {
			return err
		}
		station := Station{ElectionID: electionID, ConstituencyID: constituencyID}
		if d, err = checkStation(tx, e, &station, d); err != nil {
			return err
		}
		if station.Position, err = lastPosition(tx, constituencyID); err != nil {
			return err
		}
		station.Position++
		diff := stationDiff{add: []Station{station.with(d)}}
		err = s.applyStations(ctx, tx, actor, e, &diff, reason)
		added = diff.add[0]
		return err
	})
	return added, err
}

// ChangeStation makes a polling station what the draft says; it was shown with the given version, "" for any. After the
// opening, and until the certification, its number stays, a reason is needed, and each field that changes is an
// amendment. Refusals: ErrUnknownStation, ErrStationChanged, ErrCertified, invalid fields.
func (s *Service) ChangeStation(ctx context.Context, actor audit.Actor, id int64, version string, d StationDraft, reason string) (changed Station, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		before, err := findStation(tx, id)
		if err != nil {
			return err
		}
		e, err := s.OrDraftWithin(tx, before.ElectionID)
		if err != nil {
			return err
		}
		if d, err = checkStation(tx, e, &before, d); err != nil {
			return err
		}
		changed = before.with(d)
		switch {
		case changed == before:
			return nil
		case version != "" && version != before.Version():
			return ErrStationChanged
		case !e.Editable(s.now()) && changed.Number != before.Number:
			var c problem.Checks
			c.Add("number", messages.FieldStationNumberStays(before.Number))
			return c.Err()
		}
		return s.applyStations(ctx, tx, actor, e, &stationDiff{edit: []stationEdit{{before, changed}}}, reason)
	})
	return changed, err
}

// RemoveStation removes a polling station from a scheduled election, or returns ErrStationStays.
func (s *Service) RemoveStation(ctx context.Context, actor audit.Actor, id int64) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		station, err := findStation(tx, id)
		if err != nil {
			return err
		}
		e, err := s.OrDraftWithin(tx, station.ElectionID)
		if err != nil {
			return err
		}
		return s.applyStations(ctx, tx, actor, e, &stationDiff{remove: []Station{station}}, "")
	})
}

// checkStation completes the draft of a polling station and names every problem of it.
func checkStation(tx *database.Tx, e *Election, station *Station, d StationDraft) (StationDraft, error) {
	d.complete()
	var c problem.Checks
	d.check(&c, "")
	if e.Constituency(station.ConstituencyID) == nil {
		c.Add("constituency_id", messages.FieldChooseConstituency())
		return d, c.Err()
	}
	numbers, err := stationNumbers(tx, station.ConstituencyID)
	if err != nil {
		return d, err
	}
	for id, number := range numbers {
		if id != station.ID && text.Key(number) == text.Key(d.Number) {
			c.Add("number", messages.FieldStationNumberTaken(number))
		}
	}
	return d, c.Err()
}
