package batch

import (
	"errors"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// admitPlace returns the constituency of a delivery, which it completes from the polling station or from the election.
func (s *Service) admitPlace(tx *database.Tx, d *Delivery, e *elections.Election) (*elections.Constituency, error) {
	var station elections.Station
	if d.StationID != 0 {
		var err error
		station, err = s.elections.StationWithin(tx, d.StationID)
		switch {
		case errors.Is(err, elections.ErrUnknownStation):
			return nil, ErrStationElsewhere
		case err != nil:
			return nil, err
		}
		if d.ConstituencyID == 0 {
			d.ConstituencyID = station.ConstituencyID
		}
	}
	if d.ConstituencyID == 0 && len(e.Constituencies) == 1 {
		d.ConstituencyID = e.Constituencies[0].ID
	}
	c := e.Constituency(d.ConstituencyID)
	switch {
	case d.StationID != 0 && (c == nil || station.ConstituencyID != c.ID):
		return nil, ErrStationElsewhere
	case c == nil:
		return nil, ErrConstituencyNeeded
	case d.StationID == 0 && c.HasStations && d.EPMSFormat:
		return nil, ErrStationNeeded.With(messages.RefusalStationNeededEpms(c.Name))
	case d.StationID == 0 && c.HasStations && !d.MaySplit:
		return nil, ErrStationNeeded
	}
	d.splits = d.StationID == 0 && c.HasStations
	if err := refuseExcluded(&station); err != nil {
		return nil, err
	}
	return c, refuseProtocol(tx, d.StationID)
}

// refuseProtocol refuses ballots of a polling station that has a protocol; 0 is no station.
func refuseProtocol(tx *database.Tx, stationID int64) error {
	if stationID == 0 {
		return nil
	}
	has, err := ballots.StationHasProtocol(tx, stationID)
	if err == nil && has {
		err = ballots.ErrStationHasProtocol
	}
	return err
}

// refuseExcluded refuses what comes for a polling station from which no ballots are awaited.
func refuseExcluded(station *elections.Station) error {
	switch station.Exclusion {
	case elections.ClosedWithout:
		return ErrStationExcluded.With(messages.RefusalStationExcludedClosed(station.Number))
	case elections.AnnulledStation:
		return ErrStationExcluded.With(messages.RefusalStationExcludedAnnulled(station.Number))
	case elections.NotExcluded:
	}
	return nil
}

// refuseStation refuses to bring a batch into the count whose polling station takes none by now.
func (s *Service) refuseStation(tx *database.Tx, row *batchRow) error {
	if row.StationID == nil {
		return nil
	}
	station, err := s.elections.StationWithin(tx, *row.StationID)
	if err != nil {
		return err
	}
	if err := refuseExcluded(&station); err != nil {
		return err
	}
	return refuseProtocol(tx, station.ID)
}

// NotYourPlace returns ErrNotYourPlace about a constituency.
func NotYourPlace(e *elections.Election, c *elections.Constituency) *problem.Error {
	if len(e.Constituencies) == 1 {
		return ErrNotYourPlace.With(messages.RefusalNotYourPlaceElection(e.Title)).WithExtra("constituency_id", c.ID)
	}
	return ErrNotYourPlace.With(messages.RefusalNotYourPlaceIn(c.Name)).WithExtra("constituency_id", c.ID)
}
