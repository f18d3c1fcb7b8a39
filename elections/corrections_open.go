package elections

import (
	"context"
	"fmt"
	"slices"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/internal/text/strictjson"
)

// OpenApprovedCorrection opens the correction of an approved act, if it can still be opened.
func (s *Service) OpenApprovedCorrection(ctx context.Context, tx *database.Tx, a approval.Approved) error {
	var proposed struct {
		Correction CorrectionDraft `json:"correction"`
		Title      string          `json:"title"`
	}
	if err := strictjson.UnmarshalStored([]byte(a.Parameters), &proposed); err != nil {
		return fmt.Errorf("elections: approval %d: %w", a.ID, err)
	}
	e, c, err := s.newCorrection(ctx, tx, a.ElectionID, &proposed.Correction)
	if err != nil {
		return err
	}
	if a.Decider != a.Proposer.Name { // who may approve alone after a day
		c.ApprovedBy = a.Decider
	}
	_, err = s.openWithin(ctx, tx, a.Proposer, e, c)
	return err
}

// openWithin stores a correction that was checked, with its event.
func (s *Service) openWithin(ctx context.Context, tx *database.Tx, actor audit.Actor, e *Election, c *Correction) (*Correction, error) {
	if err := s.corrected.Keep(ctx, tx, e); err != nil {
		return nil, err
	}
	c.OpenedBy = actor.Name
	online := map[int64]int64{}
	for _, id := range c.Constituencies {
		votes, err := s.corrected.OnlineVotes(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		online[id] = votes
	}
	if err := insertCorrection(tx, c, online); err != nil {
		return nil, err
	}
	stations := make([]map[string]any, 0, len(c.Stations))
	for _, station := range c.Stations {
		one := map[string]any{"constituency": station.ConstituencyID, "act": station.Act}
		if station.StationID != 0 {
			one["station"] = station.StationID
		}
		stations = append(stations, one)
	}
	detail := map[string]any{
		"correction": c.Number, "reason": c.Reason, "ordered_by": c.OrderedBy, "figures": c.Figures, "stations": stations,
	}
	if len(c.Constituencies) > 0 {
		detail["online_votes_annulled"] = c.Constituencies
	}
	if c.ApprovedBy != "" {
		detail["approved_by"] = c.ApprovedBy
	}
	if err := s.log.Append(ctx, tx.SQL(), actor, "correction-opened", Subject(c.ElectionID), detail); err != nil {
		return nil, err
	}
	tx.AfterCommit(func() { s.corrected.Changed(c.ElectionID) })
	return c, nil
}

// EndCorrection ends the open correction with a number that changed nothing, for a public reason: the certification before
// it holds, and online votes that it annulled count again. Refusals: ErrNoCorrection; ErrCorrectionChanged if the figures
// are not those that were certified; a missing reason.
func (s *Service) EndCorrection(ctx context.Context, actor audit.Actor, electionID int64, number int, reason string) (ended *Correction, err error) {
	reason = text.Trim(reason)
	if err := problem.NeededReason(reason); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.Within(tx, electionID)
		if err != nil {
			return err
		}
		c, err := s.CorrectionWithin(tx, e)
		if err != nil {
			return err
		}
		if c == nil || c.Number != number {
			return ErrNoCorrection
		}
		if err := endCorrection(tx, c.ID, s.now(), actor.Name, reason); err != nil {
			return err
		}
		// The figures are compared as they are without the correction, whose annulment of online votes has ended.
		hold, err := s.corrected.Hold(ctx, tx, electionID)
		if err == nil && !hold {
			err = ErrCorrectionChanged
		}
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { s.corrected.Changed(electionID) })
		err = s.log.Append(ctx, tx.SQL(), actor, "correction-ended", Subject(electionID), map[string]any{"correction": number, "reason": reason})
		if err != nil {
			return err
		}
		ended, err = correctionWith(tx, electionID, number)
		return err
	})
	return ended, err
}

// Corrections returns the corrections of a published election, oldest first. Refusals: ErrUnknownElection.
func (s *Service) Corrections(ctx context.Context, electionID int64) (all []Correction, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if _, err := s.Within(tx, electionID); err != nil {
			return err
		}
		all, err = s.CorrectionsWithin(tx, electionID)
		return err
	})
	return all, err
}

// CorrectionsWithin returns the corrections of an election as a transaction sees them, oldest first.
func (s *Service) CorrectionsWithin(tx *database.Tx, electionID int64) ([]Correction, error) {
	return loadCorrections(tx, electionID, 0)
}

// CorrectionWithin returns the open correction of an election as a transaction sees it, nil if none is open.
func (s *Service) CorrectionWithin(tx *database.Tx, e *Election) (*Correction, error) {
	if !e.Correcting {
		return nil, nil //nolint:nilnil // none is open
	}
	return correctionWith(tx, e.ID, e.Correction)
}

// OpenedCorrection returns the open correction of an election, or ErrNoCorrection.
func (s *Service) OpenedCorrection(ctx context.Context, e *Election) (c *Correction, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if c, err = s.CorrectionWithin(tx, e); err == nil && c == nil {
			err = ErrNoCorrection
		}
		return err
	})
	return c, err
}

// StationsTakingBallots returns the polling stations of an election by constituency: all of them, or, while a correction is
// open, those that it has counted again.
func (s *Service) StationsTakingBallots(ctx context.Context, e *Election) (of map[int64][]Station, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if of, err = stationsOf(tx, e.ID); err != nil || !e.Correcting {
			return err
		}
		c, err := s.CorrectionWithin(tx, e)
		if err != nil {
			return err
		}
		for id, stations := range of {
			of[id] = slices.DeleteFunc(stations, func(station Station) bool {
				named := c.Station(id, station.ID)
				return named == nil || named.Act == Annul
			})
		}
		return nil
	})
	return of, err
}

// CorrectionAct returns what the open correction of an election orders for a polling station, or for a constituency
// without stations, whose station is 0. It is ErrNotReopened for one that it does not name.
func (s *Service) CorrectionAct(tx *database.Tx, e *Election, constituencyID, stationID int64) (CorrectionAct, error) {
	return correctionAct(tx, e, constituencyID, stationID)
}

// noResults is for services without results, such as those of tests.
type noResults struct{}

// Count counts nothing.
func (noResults) Count(context.Context, *database.Tx, int64, int64) (PlaceCount, error) {
	return PlaceCount{Votes: map[int]int64{}}, nil
}

// OnlineVotes counts none.
func (noResults) OnlineVotes(context.Context, *database.Tx, int64) (int64, error) { return 0, nil }

// Hold reports true.
func (noResults) Hold(context.Context, *database.Tx, int64) (bool, error) { return true, nil }

// Prepare prepares nothing.
func (noResults) Prepare(context.Context, int64) {}

// Keep keeps nothing.
func (noResults) Keep(context.Context, *database.Tx, *Election) error { return nil }

// Changed does nothing.
func (noResults) Changed(int64) {}
