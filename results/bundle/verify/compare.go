package verify

import (
	"fmt"

	"urna/results/bundle/format"
)

// Correct checks that the bundle is a correction of another one that holds, and returns what the correction changed, in
// sentences.
func (r *Report) Correct(before *Report) (changes []string, err error) {
	switch {
	case r.ElectionID != before.ElectionID || r.Corrects == "":
		return nil, contradiction("it corrects no certification of the election %d, %q", before.ElectionID, before.Title)
	case r.Corrects != before.Figures:
		return nil, contradiction("it corrects the figures with the SHA-256 %s, and that bundle has %s", r.Corrects, before.Figures)
	}
	if r.Fingerprint != before.Fingerprint { // a lost key is replaced
		r.Cannot = append(r.Cannot, "That both bundles are of one server: the one before was signed with the key "+before.Fingerprint+".")
	}
	places := map[int64]*format.ConstituencyFigure{}
	for i := range before.figures.Constituencies {
		places[before.figures.Constituencies[i].ID] = &before.figures.Constituencies[i]
	}
	for i := range r.figures.Constituencies {
		now := &r.figures.Constituencies[i]
		was := places[now.ID]
		if was == nil || len(was.Candidacies) != len(now.Candidacies) {
			return nil, contradiction("%s has other candidacies in that bundle", now.Name)
		}
		changes = append(changes, changesOf(was, now)...)
	}
	return append(changes, changesOfElected(&before.figures, &r.figures)...), nil
}

// changesOf says what changed in a constituency.
func changesOf(was, now *format.ConstituencyFigure) (changes []string) {
	change := func(what string, a, b int64) {
		if a != b {
			changes = append(changes, fmt.Sprintf("%s: %s %d before, %d after, difference %+d", now.Name, what, a, b, b-a))
		}
	}
	change("ballots cast", was.Ballots.Cast, now.Ballots.Cast)
	change("invalid ballots", was.Ballots.Invalid, now.Ballots.Invalid)
	change("blank ballots", was.Ballots.Blank, now.Ballots.Blank)
	change("votes cast online", was.Ballots.Online, now.Ballots.Online)
	for i := range now.Candidacies {
		a, b := &was.Candidacies[i], &now.Candidacies[i]
		change("votes for "+b.Name, a.Votes, b.Votes)
		change("seats of "+b.Name, int64(a.Seats), int64(b.Seats))
	}
	change("seats without a holder", int64(was.Unassigned), int64(now.Unassigned))
	return changes
}

// changesOfElected says whether another person is elected, or others go to a second round.
func changesOfElected(was, now *format.Figures) (changes []string) {
	names := map[int64]string{0: "none"}
	for _, p := range now.Participants {
		names[p.ParticipantID] = p.Name
	}
	winner := func(f *format.Figures) string {
		if f.Winner == nil {
			return names[0]
		}
		return names[*f.Winner]
	}
	if winner(was) != winner(now) {
		changes = append(changes, fmt.Sprintf("elected: %s before, %s after", winner(was), winner(now)))
	}
	round := func(f *format.Figures) string {
		var list []string
		for _, id := range f.SecondRound {
			list = append(list, names[id])
		}
		return fmt.Sprint(list)
	}
	if round(was) != round(now) {
		changes = append(changes, fmt.Sprintf("second round: %s before, %s after", round(was), round(now)))
	}
	return changes
}
