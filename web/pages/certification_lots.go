package pages

import (
	"slices"
	"strings"

	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
)

// lotRows shows all lots, the newest first.
func lotRows(r *results.Results) []view.LotRow {
	var rows []view.LotRow
	for _, lot := range slices.Backward(r.Lots) {
		at := slices.IndexFunc(r.Constituencies, func(k results.Constituency) bool { return k.ID == lot.ConstituencyID })
		if at < 0 {
			continue
		}
		k := &r.Constituencies[at]
		row := view.LotRow{
			Mark: view.Mark{Class: "failed", Text: messages.CertificationLotVoid()}, How: lotInWords(lot), Recorded: view.NewMoment(lot.RecordedAt, r.Election.Location()),
			What: k.Name + ": drawn for figures that changed since; it settles nothing.",
		}
		if lot.Holds {
			row.Mark, row.What = view.Mark{Class: "counted", Text: messages.CertificationLotHolds()}, k.Name+": the lot decided "+stakeInWords(r, lot)+"."
		}
		var drawn []elections.Candidacy
		for i, id := range lot.Participants {
			row.Order = append(row.Order, nameIn(k, id)+", with "+view.Count(lot.Votes[i], "vote", "votes"))
			for _, candidacy := range k.Candidacies {
				if candidacy.ParticipantID == id {
					drawn = append(drawn, candidacy.Candidacy)
				}
			}
		}
		if lot.Seeded && r.Seed != nil {
			slices.SortFunc(drawn, func(a, b elections.Candidacy) int { return a.PollNumber - b.PollNumber })
			row.Shell = results.SeededShell(r.Seed.Phrase, k.Name, drawn)
		}
		rows = append(rows, row)
	}
	return rows
}

func stakeInWords(r *results.Results, lot results.Lot) string {
	what := "seat"
	if r.Election.Kind == elections.Presidential && r.Election.Rules.Majority != elections.Plurality {
		what = "place in the second round"
	}
	if lot.Seats == 1 {
		return "one " + what + " for the first drawn"
	}
	return view.Count(int64(lot.Seats), what, strings.Replace(what, "seat", "seats", 1)) + " for the first drawn"
}

func lotInWords(lot results.Lot) string {
	var parts []string
	if lot.Seeded {
		parts = append(parts, "Drawn from the seed phrase.")
	}
	for _, part := range []struct{ name, text string }{{"Drawn: ", lot.Place}, {"Witnesses: ", lot.Witnesses}, {"", lot.Note}} {
		if part.text != "" {
			parts = append(parts, part.name+strings.TrimSuffix(part.text, ".")+".")
		}
	}
	return strings.Join(parts, " ")
}
