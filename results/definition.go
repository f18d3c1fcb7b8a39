package results

import (
	"slices"

	"urna/elections"
	"urna/results/bundle/format"
)

// EncodeDefinition returns an election's definition as a document, with its SHA-256 in hex. A certified
// election always gives the same bytes.
func EncodeDefinition(e *elections.Election) (document []byte, hash string, err error) {
	d := format.Definition{
		Format: format.DefinitionFormat, ID: e.ID, Title: e.Title, Names: e.Names.ByTag(), Kind: string(e.Kind), StartsAt: e.StartsAt.UTC(), EndsAt: e.EndsAt.UTC(),
		TimeZone: e.TimeZone, PublicView: string(e.PublicView), Rehearsal: e.Rehearsal, Confirmations: e.Confirmations, SecondRoundOf: e.SecondRoundOf,
		TurnoutAt: e.TurnoutReportsAt,
		Rules: format.DefinitionRules{
			Method: e.Rules.Method, ThresholdPercent: e.Rules.ThresholdPercent, ThresholdBase: e.Rules.ThresholdBase,
			ThresholdComparison: e.Rules.ThresholdComparison, ThresholdScope: string(e.Rules.ThresholdScope),
			Majority: string(e.Rules.Majority), MajorityBase: string(e.Rules.MajorityBase), BlankBallots: e.Rules.BlankBallots,
			PublishEveryStation: e.Rules.PublishEveryStation,
		},
	}
	if !slices.Equal(e.Rules.TieBreak, []elections.TieBreak{elections.ByLot}) { // which is not written, so that earlier documents keep their hash
		for _, rule := range e.Rules.TieBreak {
			d.Rules.TieBreak = append(d.Rules.TieBreak, string(rule))
		}
	}
	if e.BatchesUntil != nil {
		until := e.BatchesUntil.UTC()
		d.BatchesUntil = &until
	}
	if e.Channels != nil { // none is null in the document
		d.Channels = []string{}
	}
	for _, channel := range e.Channels {
		d.Channels = append(d.Channels, string(channel))
	}
	for _, c := range e.Constituencies {
		part := format.DefinitionConstituency{
			ID: c.ID, Name: c.Name, Names: c.Names.ByTag(), Seats: c.Seats, RegisteredVoters: c.RegisteredVoters, DeclaredVotesCast: c.DeclaredVotesCast,
		}
		for _, k := range c.Candidacies {
			part.Candidacies = append(part.Candidacies, format.DefinitionCandidacy{
				PollNumber: k.PollNumber, ParticipantID: k.ParticipantID, Name: k.Name, Names: k.Names.ByTag(), ShortName: k.ShortName,
				Weight: k.Weight, Exempt: k.Exempt, MaxSeats: k.MaxSeats, ThresholdPercent: k.ThresholdPercent,
			})
		}
		d.Constituencies = append(d.Constituencies, part)
	}
	return d.Encode()
}
