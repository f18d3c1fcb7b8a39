package elections

import "slices"

// In returns the election as readers of a language see it: with the title and the names of constituencies and participants
// that are given in it. It is the same election if none is, else a copy. The copy is for showing alone: its plain names are
// lost.
func (e *Election) In(tag string) *Election {
	if !e.hasNames() {
		return e
	}
	shown := *e
	shown.Title = e.Names.In(tag, e.Title)
	shown.Constituencies = slices.Clone(e.Constituencies)
	for i := range shown.Constituencies {
		c := &shown.Constituencies[i]
		c.Name = c.Names.In(tag, c.Name)
		c.Candidacies = slices.Clone(c.Candidacies)
		for j := range c.Candidacies {
			c.Candidacies[j] = c.Candidacies[j].In(tag)
		}
	}
	return &shown
}

// In returns the candidacy with the participant's name in a language.
func (k Candidacy) In(tag string) Candidacy { //nolint:gocritic // a value, to be changed
	if name := k.Names.In(tag, k.Name); name != k.Name {
		k.Name, k.ShortName = name, "" // which is short for the plain name
	}
	return k
}

// hasNames reports whether anything of the election has a name in another language.
func (e *Election) hasNames() bool {
	return e.Names != "" || slices.ContainsFunc(e.Constituencies, func(c Constituency) bool {
		return c.Names != "" || slices.ContainsFunc(c.Candidacies, func(k Candidacy) bool { return k.Names != "" })
	})
}
