package results

import (
	"slices"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/results/bundle/format"
)

// ErrReopened is returned for the table of all polling stations while a correction is open.
var ErrReopened = problem.New(problem.Conflict, "stations-reopened", messages.RefusalStationsReopened())

// certifiedStations are the polling stations of an election that was or is being corrected, as they were published with its
// last certification. Those that are not reopened are shown in the same sums as before: in others, their difference would tell
// votes of small ones.
type certifiedStations struct {
	merged   map[int64]*format.StationSumFigure // by station: sums of several, or with votes cast online
	reopened map[int64]bool                     // stations that the correction names
	online   map[int64]bool                     // constituencies whose online votes it annuls
}

func (s *Service) certifiedStations(tx *database.Tx, e *elections.Election) (*certifiedStations, error) {
	last, _, err := s.elections.LastCertificationWithin(tx, e)
	if err != nil {
		return nil, err
	}
	if last.Record == nil {
		return nil, ErrAltered
	}
	_, figures, err := s.certifiedFigures(tx, e.ID, last.Record)
	if err != nil {
		return nil, err
	}
	c, err := s.elections.CorrectionWithin(tx, e)
	if err != nil {
		return nil, err
	}
	found := &certifiedStations{merged: map[int64]*format.StationSumFigure{}, reopened: map[int64]bool{}, online: map[int64]bool{}}
	if c != nil {
		for i := range c.Stations {
			found.reopened[c.Stations[i].StationID] = true
		}
		for _, id := range c.Constituencies {
			found.online[id] = true
		}
	}
	for i := range figures.StationSums {
		sum := &figures.StationSums[i]
		for _, id := range sum.Stations {
			if !sum.Alone() {
				found.merged[id] = sum
			}
		}
	}
	return found, nil
}

// reopens reports whether the count of a station, or of the sum that has it, is being corrected. The sum is nil for a
// station by itself.
func (c *certifiedStations) reopens(station int64, sum *format.StationSumFigure) bool {
	switch {
	case c == nil:
		return false
	case sum == nil:
		return c.reopened[station]
	default:
		return c.online[sum.ConstituencyID] && sum.Online > 0 || slices.ContainsFunc(sum.Stations, func(id int64) bool { return c.reopened[id] })
	}
}
