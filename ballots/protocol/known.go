package protocol

import (
	"context"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
)

// known has the facts of polling stations whose protocols a person enters, as a transaction sees them. They are read for
// all stations at once, so that the rules of an entry are the same for one station and for ten thousand.
type known struct {
	service *Service
	tx      *database.Tx
	by      Person

	stations  map[int64]elections.Station
	elections map[int64]*elections.Election
	papers    map[int64]*paper // by constituency, of no station
	batches   map[int64]bool   // by station
	protocols map[int64]*protocolRow
	entries   map[int64][]entryRow // by station: of the protocol's round, the first one first
	inReach   func(elections.Station) bool
	complete  map[int64]*completion // by election
}

// know reads the facts of stations, for a person who enters their protocols.
func (s *Service) know(ctx context.Context, tx *database.Tx, by Person, stationIDs ...int64) (k *known, err error) {
	k = &known{
		service: s, tx: tx, by: by, elections: map[int64]*elections.Election{}, papers: map[int64]*paper{},
		protocols: make(map[int64]*protocolRow, len(stationIDs)), entries: make(map[int64][]entryRow, len(stationIDs)), complete: map[int64]*completion{},
	}
	if k.stations, err = s.elections.StationsNamedWithin(tx, stationIDs); err != nil {
		return nil, err
	}
	for _, station := range k.stations {
		if k.elections[station.ElectionID] != nil {
			continue
		}
		if k.elections[station.ElectionID], err = s.elections.Within(tx, station.ElectionID); err != nil {
			return nil, err
		}
	}
	if k.batches, err = ballots.StationsWithBatches(ctx, tx, stationIDs); err != nil {
		return nil, err
	}
	if !by.Administrator {
		if k.inReach, err = s.options.Reach(tx, by.ID); err != nil {
			return nil, err
		}
	}
	return k, k.readProtocols(ctx, stationIDs)
}

// readProtocols reads the protocols of the stations with the entries of those that wait for the second one.
func (k *known) readProtocols(ctx context.Context, stationIDs []int64) error {
	rows, err := protocolsToEnter(ctx, k.tx, stationIDs)
	if err != nil {
		return err
	}
	waiting, ids := map[int64]*protocolRow{}, []int64{}
	for _, r := range rows {
		k.protocols[r.StationID] = r
		if r.state().entries() == 1 {
			waiting[r.ID] = r
			ids = append(ids, r.ID)
		}
	}
	return eachEntry(ctx, k.tx, ids, func(e entryRow) {
		if r := waiting[e.ProtocolID]; e.Round == r.Round {
			k.entries[r.StationID] = append(k.entries[r.StationID], e)
		}
	})
}

// paperOf returns the paper of a station.
func (k *known) paperOf(stationID int64) (*paper, error) {
	station, exists := k.stations[stationID]
	if !exists {
		return nil, elections.ErrUnknownStation
	}
	blank := k.papers[station.ConstituencyID]
	if blank == nil {
		var err error
		if blank, err = newPaper(k.elections[station.ElectionID], station); err != nil {
			return nil, err
		}
		k.papers[station.ConstituencyID] = blank
	}
	return blank.of(station), nil
}

// admit returns the paper of a station if the person may enter it now.
func (k *known) admit(stationID int64) (*paper, error) {
	p, err := k.paperOf(stationID)
	if err != nil {
		return nil, err
	}
	if err := k.service.changeable(k.tx, p); err != nil {
		return nil, err
	}
	if err := p.refuseExcluded(); err != nil {
		return nil, err
	}
	if k.inReach != nil && !k.inReach(p.station) {
		return nil, ErrNotYourStation
	}
	return p, nil
}

// enterable returns the protocol of a station, nil for none, with the entries of its round, if the person may enter it.
func (k *known) enterable(stationID int64) (*protocolRow, []entryRow, error) {
	if k.batches[stationID] {
		return nil, nil, ErrHasBatches
	}
	row := k.protocols[stationID]
	if row == nil {
		return nil, nil, nil
	}
	switch row.state() {
	case Reopened:
		return row, nil, nil
	case FirstEntry, SecondEntry:
		earlier := k.entries[stationID]
		if len(earlier) > 0 && earlier[0].TypistID == k.by.ID {
			return row, earlier, ErrSamePerson
		}
		return row, earlier, nil
	case Empty, Different, Definitive, Waiting, Retracted:
	}
	return nil, nil, ErrEntered
}

// completion returns what protocols of an election become that are definitive now.
func (k *known) completion(e *elections.Election) (c *completion, err error) {
	if k.complete[e.ID] == nil {
		k.complete[e.ID], err = k.service.completion(k.tx, e)
	}
	return k.complete[e.ID], err
}
