package elections

import (
	"slices"

	"urna/internal/messages"
)

// In returns the election as readers of a language see it: with the title and the names of constituencies and participants
// that are given in it. It is the same election if none is, else a copy. The copy is for showing alone: its plain names are
// lost.
func (e *Election) In(tag string) *Election {
	if !e.hasNames(tag) {
		return e
	}
	shown := *e
	shown.Title = e.Names.In(tag, e.Title)
	shown.Constituencies = slices.Clone(e.Constituencies)
	for i := range shown.Constituencies {
		c := &shown.Constituencies[i]
		c.Name = c.nameIn(tag)
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

// nameIn returns the constituency's name in a language. The name that the server gave is a sentence of the catalogue.
func (c *Constituency) nameIn(tag string) string {
	name := c.Names.In(tag, c.Name)
	if l, ok := messages.In(tag); ok && name == nationwide {
		return l.Text(messages.ElectionFormWholeCountry())
	}
	return name
}

// hasNames reports whether anything of the election has a name in another language.
func (e *Election) hasNames(tag string) bool {
	return e.Names != "" || slices.ContainsFunc(e.Constituencies, func(c Constituency) bool {
		return c.Names != "" || c.nameIn(tag) != c.Name || slices.ContainsFunc(c.Candidacies, func(k Candidacy) bool { return k.Names != "" })
	})
}
