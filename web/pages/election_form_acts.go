package pages

import (
	"slices"
	"strconv"
	"strings"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/text"
	"urna/web/view/kit"
)

// act carries out what a button of the form asks for, other than saving: the form comes back changed,
// and nothing is stored. Buttons are named by an act and, where it needs them, the constituency's and
// the row's place, such as "up:0:3". Unknown acts change nothing.
func (f *electionForm) act(action string, registered []participants.Participant) kit.Problems {
	name, rest, _ := strings.Cut(action, ":")
	switch name {
	case "kind":
		f.switchKind(elections.Kind(rest))
	case "add-constituency":
		f.addConstituency()
	case "copy-candidacies":
		for i := range f.Constituencies {
			f.Constituencies[i].Candidacies = slices.Clone(f.Constituencies[0].Candidacies)
		}
	case "protocol":
		f.Protocols.choosePreset(rest)
	case "paste":
		return f.addPasted()
	case "preset":
		f.applyPreset()
	case "add-standing":
		return f.addStanding(registered)
	default:
		f.actOn(name, rest, registered)
	}
	return kit.Problems{}
}

// actOn carries out what concerns one constituency or one of its candidacies.
func (f *electionForm) actOn(name, rest string, registered []participants.Participant) {
	first, second, _ := strings.Cut(rest, ":")
	i, err := strconv.Atoi(first)
	if err != nil || i < 0 || i >= len(f.Constituencies) {
		return
	}
	c := &f.Constituencies[i]
	switch name {
	case "remove-constituency":
		if len(f.Constituencies) > 1 {
			f.Constituencies = slices.Delete(f.Constituencies, i, i+1)
		}
		return
	case "open":
		c.Opened = true
		return
	case "add-all":
		c.add(c.missing(f.fits(registered))...)
		return
	case "add":
		for _, participant := range c.missing(f.fits(registered)) {
			if decimal(participant.ID) == c.Add {
				c.add(participant)
				return
			}
		}
		return
	}
	j, err := strconv.Atoi(second)
	if err != nil || j < 0 || j >= len(c.Candidacies) {
		return
	}
	c.move(name, j)
}

// move carries out "up", "down" or "remove" on a row.
func (c *constituencyInput) move(name string, j int) {
	switch {
	case name == "remove":
		c.Candidacies = slices.Delete(c.Candidacies, j, j+1)
	case name == "up" && j > 0:
		c.Candidacies[j-1], c.Candidacies[j] = c.Candidacies[j], c.Candidacies[j-1]
	case name == "down" && j+1 < len(c.Candidacies):
		c.Candidacies[j+1], c.Candidacies[j] = c.Candidacies[j], c.Candidacies[j+1]
	}
	c.renumber()
}

// switchKind turns the form into that of another kind of election: others may stand, other rules hold.
func (f *electionForm) switchKind(kind elections.Kind) {
	if kind == elections.Kind(f.Kind) || kind != elections.Parliamentary && kind != elections.Presidential {
		return
	}
	fresh := newElectionForm(kind, "")
	f.Kind, f.Method, f.Majority, f.TieBreak = fresh.Kind, fresh.Method, fresh.Majority, fresh.TieBreak
	f.ThresholdPercent, f.ThresholdBase, f.ThresholdComparison = fresh.ThresholdPercent, fresh.ThresholdBase, fresh.ThresholdComparison
	if len(f.Constituencies) > 0 {
		first := f.Constituencies[0]
		fresh.Constituencies[0].Name, fresh.Constituencies[0].Names = first.Name, first.Names
		fresh.Constituencies[0].RegisteredVoters = first.RegisteredVoters
		fresh.Constituencies[0].DeclaredVotesCast = first.DeclaredVotesCast
	}
	f.Constituencies = fresh.Constituencies
}

// addConstituency adds one in which the same stand as in the last.
func (f *electionForm) addConstituency() {
	c := constituencyInput{}
	if n := len(f.Constituencies); n > 0 {
		c.Candidacies = slices.Clone(f.Constituencies[n-1].Candidacies)
	}
	f.Constituencies = append(f.Constituencies, c)
}

// addPasted adds the constituencies that were listed, "name; seats; registered voters" a line. The one
// that every form begins with is removed if it is the only one and was not renamed. A constituency that the form or the stored
// election has by the same name keeps its names in other languages.
func (f *electionForm) addPasted() kit.Problems {
	var added []constituencyInput
	var problems []kit.Problem
	var template []candidacyInput
	if len(f.Constituencies) > 0 {
		template = f.Constituencies[0].Candidacies
	}
	names := f.namesByName()
	number := 0
	for line := range strings.Lines(f.Paste) {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		c, ok := pastedConstituency(line)
		if !ok {
			problems = append(problems, kit.Problem{
				Field:   "paste",
				Message: messages.FieldConstituencyLine(int64(number)),
			})
			continue
		}
		c.Candidacies, c.Names = slices.Clone(template), names[text.Key(c.Name)]
		added = append(added, c)
	}
	if len(problems) > 0 {
		return kit.Problems{Summary: messages.ElectionFormListRefused(), List: problems}
	}
	if len(added) > 0 {
		if len(f.Constituencies) == 1 && isUntouchedName(f.Constituencies[0].Name) {
			f.Constituencies = nil
		}
		f.Constituencies = append(f.Constituencies, added...)
		f.Paste = ""
	}
	return kit.Problems{}
}

// namesByName returns the names in other languages, one a line, of the constituencies in the form and of those stored, by the
// key of the plain name.
func (f *electionForm) namesByName() map[string]string {
	names := map[string]string{}
	if f.stored != nil {
		for i := range f.stored.Constituencies {
			names[text.Key(f.stored.Constituencies[i].Name)] = f.stored.Constituencies[i].Names.Lines()
		}
	}
	for i := range f.Constituencies {
		names[text.Key(f.Constituencies[i].Name)] = f.Constituencies[i].Names
	}
	return names
}

// isUntouchedName reports whether a new form gives a constituency the name, in any language: the reader may have chosen another
// one since.
func isUntouchedName(name string) bool {
	return slices.ContainsFunc(messages.Known(), func(l messages.Language) bool {
		localizer, _ := messages.In(l.Tag)
		return localizer.Text(messages.ElectionFormWholeCountry()) == name
	})
}

func pastedConstituency(line string) (constituencyInput, bool) {
	cells := strings.FieldsFunc(strings.TrimSpace(line), func(r rune) bool { return r == ';' || r == '\t' })
	for k := range cells {
		cells[k] = strings.TrimSpace(cells[k])
	}
	if len(cells) < 2 || len(cells) > 3 || cells[0] == "" {
		return constituencyInput{}, false
	}
	for _, cell := range cells[1:] {
		if _, ok := elections.ParseCount(cell); !ok {
			return constituencyInput{}, false
		}
	}
	c := constituencyInput{Name: cells[0], Seats: cells[1]}
	if len(cells) == 3 {
		c.RegisteredVoters = cells[2]
	}
	return c, true
}
