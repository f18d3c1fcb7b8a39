package results

import (
	"context"
	"slices"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/results/bundle/format"
)

// CorrectionFigure is a correction that led to figures.
type CorrectionFigure = format.CorrectionFigure

// correctionsOf returns the corrections that led to an election's figures: those that were certified, and the open one.
func (s *Service) correctionsOf(tx *database.Tx, e *elections.Election) ([]elections.Correction, error) {
	if e.CertifiedAt == nil {
		return nil, nil
	}
	all, err := s.elections.CorrectionsWithin(tx, e.ID)
	return slices.DeleteFunc(all, func(c elections.Correction) bool { return c.EndedAt != nil }), err
}

// addCorrections adds the corrections that lead to an election's figures, and the figures that they correct.
func (s *Service) addCorrections(ctx context.Context, tx *database.Tx, i *inspected) (err error) {
	if i.corrections, err = s.correctionsOf(tx, i.election); err != nil {
		return err
	}
	c, err := s.elections.CertificationWithin(tx, i.election)
	if err != nil {
		return err
	}
	i.before, err = s.correctedFigures(ctx, tx, i.election, c)
	return err
}

func correctionFigures(corrections []elections.Correction) (figures []CorrectionFigure) {
	for i := range corrections {
		c := &corrections[i]
		f := CorrectionFigure{
			Number: c.Number, Corrects: c.Figures, Reason: c.Reason, OrderedBy: c.OrderedBy, OpenedBy: audit.WithoutAddress(c.OpenedBy),
			ApprovedBy: audit.WithoutAddress(c.ApprovedBy), OpenedAt: c.OpenedAt.UTC(), Places: []format.CorrectedPlaceFigure{},
			AnnulledOnline: c.Constituencies,
		}
		for _, place := range c.Stations {
			f.Places = append(f.Places, format.CorrectedPlaceFigure{ConstituencyID: place.ConstituencyID, StationID: place.StationID, Act: string(place.Act)})
		}
		figures = append(figures, f)
	}
	return figures
}
