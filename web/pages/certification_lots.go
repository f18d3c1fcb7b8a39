package pages

import (
	"slices"
	"strings"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/results/bundle/format"
	"urna/web/view"
	"urna/web/view/kit"
)

// lotRows shows all lots, the newest first.
func lotRows(r *results.Results) []view.LotRow {
	var rows []view.LotRow
	for _, lot := range slices.Backward(r.Lots) {
		at := slices.IndexFunc(r.Constituencies, func(k results.Constituency) bool { return k.ID == lot.ConstituencyID })
		if at < 0 {
			continue
		}
		rows = append(rows, lotRow(r, lot, &r.Constituencies[at]))
	}
	return rows
}

// lotRow shows a lot of a constituency.
func lotRow(r *results.Results, lot results.Lot, k *results.Constituency) view.LotRow {
	row := view.LotRow{
		Mark: kit.Mark{Class: "failed", Text: messages.CertificationLotVoid()}, How: lotInWords(lot), Recorded: view.NewMoment(lot.RecordedAt, r.Election.Location()),
		What: messages.CertificationLotSettlesNothing(k.Name),
	}
	if lot.Holds {
		row.Mark, row.What = kit.Mark{Class: "counted", Text: messages.CertificationLotHolds()}, stakeInWords(r, lot, k.Name)
	}
	var drawn []elections.Candidacy
	for i, id := range lot.Participants {
		row.Order = append(row.Order, messages.CertificationTiedWith(nameIn(k, id), lot.Votes[i]))
		for _, candidacy := range k.Candidacies {
			if candidacy.ParticipantID == id {
				drawn = append(drawn, candidacy.Candidacy)
			}
		}
	}
	if lot.Seeded && (lot.Formula == format.LotFormula || r.Seed != nil) {
		slices.SortFunc(drawn, func(a, b elections.Candidacy) int { return a.PollNumber - b.PollNumber })
		if lot.Formula == format.LotFormula {
			row.Shell = results.LotShell(r.LotValues, k.Name, drawn)
		} else {
			row.Shell = results.SeededShell(r.Seed.Phrase, k.Name, drawn)
		}
	}
	return row
}

// stakeInWords returns the sentence about the seats or places that the lot decided in a constituency.
func stakeInWords(r *results.Results, lot results.Lot, constituency string) messages.Message {
	if r.Election.Kind == elections.Presidential && r.Election.Rules.Majority != elections.Plurality {
		return messages.CertificationLotDecidedPlaces(constituency, int64(lot.Seats))
	}
	return messages.CertificationLotDecidedSeats(constituency, int64(lot.Seats))
}

// lotInWords returns the record of the draw in sentences; there may be none.
func lotInWords(lot results.Lot) messages.Message {
	var seeded, place, witnesses, note messages.Message
	if lot.Seeded {
		seeded = messages.CertificationDrawnFromSeed()
		if lot.Formula == format.LotFormula {
			seeded = messages.CertificationDrawnFromValues()
		}
	}
	if lot.Place != "" {
		place = messages.CertificationDrawnAt(strings.TrimSuffix(lot.Place, "."))
	}
	if lot.Witnesses != "" {
		witnesses = messages.CertificationDrawnBefore(strings.TrimSuffix(lot.Witnesses, "."))
	}
	if lot.Note != "" {
		note = messages.Verbatim(strings.TrimSuffix(lot.Note, ".") + ".")
	}
	return messages.Sentences(seeded, place, witnesses, note)
}
