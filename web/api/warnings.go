package api

import (
	"context"

	"urna/elections"
	"urna/internal/messages"
)

// warningView is a warning for an administrator; nothing is refused because of it.
type warningView struct {
	Code           string `json:"code"`
	ConstituencyID int64  `json:"constituency_id"`
	Message        string `json:"message"`
}

// fewVoters warns of constituencies with few online voters; the list is empty for none.
func fewVoters(ctx context.Context, few []*elections.Constituency) []warningView {
	warnings := make([]warningView, 0, len(few))
	for _, c := range few {
		warnings = append(warnings, warningView{
			Code: "few-online-voters", ConstituencyID: c.ID, Message: messages.ElectionsFewOnlineVoters(c.Name).In(ctx),
		})
	}
	return warnings
}

// storedElection is an election as it was just stored, with warnings.
type storedElection struct {
	electionView

	Warnings []warningView `json:"warnings"`
}

func (a *API) viewStoredElection(ctx context.Context, e *elections.Election) storedElection {
	return storedElection{a.viewElection(e), fewVoters(ctx, e.WithFewOnlineVoters())}
}
