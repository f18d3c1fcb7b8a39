package results

import (
	"context"
	"fmt"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/results/bundle/format"
)

// decided returns the decided approvals of elections.
func (s *Service) decided(ctx context.Context, tx *database.Tx, periods ...approval.Period) (map[int64][]approval.Decided, error) {
	if s.approvals == nil || len(periods) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	return s.approvals.Decided(ctx, tx, periods)
}

// approvalFigures returns approvals as the figures have them, in the same order.
func approvalFigures(decided []approval.Decided) (figures []ApprovalFigure, err error) {
	for i := range decided {
		d := &decided[i]
		details, err := format.ApprovalDetails(string(d.Act), []byte(d.Parameters))
		if err != nil {
			return nil, fmt.Errorf("results: approval %d: %w", d.ID, err)
		}
		figures = append(figures, ApprovalFigure{
			ID: d.ID, Act: string(d.Act), Subject: d.Subject, Details: details, Reason: d.Reason,
			ProposedBy: audit.WithoutAddress(d.Proposer), ProposedAt: d.ProposedAt.UTC(), Outcome: string(d.Outcome),
			DecidedBy: audit.WithoutAddress(d.Decider), DecidedAt: d.DecidedAt.UTC(), DecisionReason: d.DecisionReason, Done: d.Done,
		})
	}
	return figures, nil
}
