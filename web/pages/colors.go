package pages

import (
	"iter"
	"slices"

	"urna/elections"
	"urna/web/view/kit"
)

// electionColors gives each participant of an election one colour on every page. No two are alike, so none repeats the
// leader's: participants keep their own colours, in the order of the ballot papers, the first constituency's first; those
// without one, or with one that an earlier participant has, get the next free one of the palette. That order does not
// change while votes come in.
type electionColors map[int64]string

// newColors chooses the colours of participants, given in their order with their own colours; a participant may come
// several times.
func newColors(all iter.Seq2[int64, string]) electionColors {
	colors := electionColors{}
	var owned []string
	for id, own := range all {
		alike := func(other string) bool { return kit.Alike(own, other) }
		if _, known := colors[id]; !known && kit.IsColor(own) && !slices.ContainsFunc(owned, alike) {
			colors[id] = own
			owned = append(owned, own)
		}
	}
	place := 0
	for id := range all {
		if _, known := colors[id]; known {
			continue
		}
		for slices.ContainsFunc(owned, func(own string) bool { return kit.Alike(own, kit.ColorAt(place)) }) {
			place++
		}
		colors[id] = kit.ColorAt(place)
		place++
	}
	return colors
}

// candidacyColors are the participants of constituencies with their own colours.
func candidacyColors(list []elections.Constituency) iter.Seq2[int64, string] {
	return func(yield func(int64, string) bool) {
		for i := range list {
			for _, k := range list[i].Candidacies {
				if !yield(k.ParticipantID, k.Color) {
					return
				}
			}
		}
	}
}
