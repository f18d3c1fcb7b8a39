package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text/strictjson"
)

// Decided returns, as a transaction sees them, the approvals that were decided in the periods, by election and in the
// order of their numbers: those of acts on the election, and those of acts on administrators' accounts since the
// election was published. They are read from the log, so that those of a certified election stay the same.
func (s *Approvals) Decided(ctx context.Context, tx *database.Tx, periods []approval.Period) (map[int64][]approval.Decided, error) {
	log := audit.NewReader(tx.SQL())
	published, err := log.Publications(ctx)
	if err != nil {
		return nil, err
	}
	found := map[int64]map[int64]approval.Decided{}
	for _, p := range periods {
		found[p.ElectionID] = map[int64]approval.Decided{}
	}
	err = log.OfApprovals(ctx, func(e audit.Event) error {
		d, err := decided(e)
		if err != nil {
			return err
		}
		for _, p := range periods {
			concerns := d.ElectionID == p.ElectionID || d.ElectionID == 0 && e.ID > published[electionSubject(p.ElectionID)]
			if concerns && p.Includes(e.ID) {
				found[p.ElectionID][d.ID] = d // an event that uses an approval has the decision, too
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := map[int64][]approval.Decided{}
	for election, byID := range found {
		for _, id := range slices.Sorted(maps.Keys(byID)) {
			all[election] = append(all[election], byID[id])
		}
	}
	return all, nil
}

// electionSubject names an election in the log.
func electionSubject(id int64) string { return fmt.Sprintf("election %d", id) }

// decidedEvent is the detail of an event that decides an approval; approvalRow.detail writes it.
type decidedEvent struct {
	Act            approval.Act    `json:"act"`
	Subject        string          `json:"subject"`
	Election       int64           `json:"election"`
	Parameters     json.RawMessage `json:"parameters"`
	Reason         string          `json:"reason"`
	ProposedBy     string          `json:"proposed_by"`
	ProposedAt     int64           `json:"proposed_at"`
	State          ApprovalState   `json:"state"`
	DecidedBy      string          `json:"decided_by"`
	DecidedAt      int64           `json:"decided_at"`
	DecisionReason string          `json:"decision_reason"`
	Alone          string          `json:"alone"`
}

// decided reads an event that decides an approval.
func decided(e audit.Event) (d approval.Decided, err error) {
	var in decidedEvent
	if err := strictjson.UnmarshalStored([]byte(e.Detail), &in); err != nil {
		return d, fmt.Errorf("auth: event %d: %w", e.ID, err)
	}
	return approval.Decided{
		ID: approval.SubjectID(e.Subject), Act: in.Act, Subject: in.Subject, ElectionID: in.Election, Parameters: string(in.Parameters),
		Reason: in.Reason, Proposer: in.ProposedBy, ProposedAt: time.UnixMilli(in.ProposedAt), Outcome: in.outcome(e.Action),
		Decider: in.DecidedBy, DecidedAt: time.UnixMilli(in.DecidedAt), DecisionReason: in.DecisionReason, Done: in.State == ApprovalDone,
	}, nil
}

func (in *decidedEvent) outcome(action string) approval.Outcome {
	switch {
	case action == "done-by-operator":
		return approval.OutcomeByOperator
	case in.State == ApprovalRefused:
		return approval.OutcomeRefused
	case in.State == ApprovalWithdrawn:
		return approval.OutcomeWithdrawn
	case in.Alone == AloneByOperator:
		return approval.OutcomeOnMachine
	case in.Alone == AloneUnopposed:
		return approval.OutcomeUnopposed
	}
	return approval.OutcomeApproved
}
