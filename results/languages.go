package results

import (
	"slices"

	"urna/elections"
)

// In returns the value as readers of a language see it, as elections.Election.In does. It is the same value if no name is
// given in another language.
func (p *Public) In(tag string) *Public {
	e := p.Election.In(tag)
	if e == p.Election {
		return p
	}
	shown := *p
	shown.Election = e
	if p.Turnout != nil {
		shown.Turnout = p.Turnout.in(e)
	}
	shown.Results = p.Results.in(e, tag)
	if p.Final != nil {
		final := *p.Final
		final.Results = shown.Results
		if p.Final.Results != p.Results {
			final.Results = p.Final.Results.in(e, tag)
		}
		shown.Final = &final
	}
	shown.Corrected = slices.Clone(p.Corrected)
	for i := range shown.Corrected {
		shown.Corrected[i] = shown.Corrected[i].in(e)
	}
	return &shown
}

func (t *Turnout) in(e *elections.Election) *Turnout {
	shown := *t
	shown.Election = e
	shown.Constituencies = slices.Clone(t.Constituencies)
	for i := range shown.Constituencies {
		if c := e.Constituency(shown.Constituencies[i].ID); c != nil {
			shown.Constituencies[i].Name = c.Name
		}
	}
	return &shown
}

func (r *Results) in(e *elections.Election, tag string) *Results {
	if r == nil {
		return nil
	}
	shown := *r
	shown.Election = e
	names := map[int64]elections.Candidacy{}
	shown.Constituencies = slices.Clone(r.Constituencies)
	for i := range shown.Constituencies {
		c := &shown.Constituencies[i]
		if of := e.Constituency(c.ID); of != nil {
			c.Name = of.Name
		}
		c.Candidacies = slices.Clone(c.Candidacies)
		for j := range c.Candidacies {
			k := &c.Candidacies[j]
			k.Candidacy = k.In(tag)
			names[k.ParticipantID] = k.Candidacy
		}
	}
	shown.Participants = slices.Clone(r.Participants)
	for i := range shown.Participants {
		if k, ok := names[shown.Participants[i].ID]; ok {
			shown.Participants[i].Name, shown.Participants[i].ShortName = k.Name, k.ShortName
		}
	}
	return &shown
}

// In returns the results as readers of a language see them, as Public.In does.
func (r *Results) In(tag string) *Results { return r.in(r.Election.In(tag), tag) }

// In returns the page as readers of a language see it.
func (p *StationPage) In(tag string) *StationPage {
	e := p.Election.In(tag)
	if e == p.Election {
		return p
	}
	shown := *p
	shown.Election = e
	shown.Stations = slices.Clone(p.Stations)
	for i := range shown.Stations {
		s := &shown.Stations[i]
		if s.Constituency == nil {
			continue
		}
		if c := e.Constituency(s.Constituency.ID); c != nil {
			s.Constituency = c
		}
	}
	return &shown
}

// in returns what a correction changed with the names that an election has.
func (c Comparison) in(e *elections.Election) Comparison { //nolint:gocritic // a value, to be changed
	names := map[int64]string{}
	for i := range e.Constituencies {
		for _, k := range e.Constituencies[i].Candidacies {
			names[k.ParticipantID] = k.Name
		}
	}
	rename := func(id int64, name *string) {
		if of, ok := names[id]; ok {
			*name = of
		}
	}
	c.Participants, c.Constituencies = slices.Clone(c.Participants), slices.Clone(c.Constituencies)
	for i := range c.Participants {
		rename(c.Participants[i].ParticipantID, &c.Participants[i].Name)
	}
	for i := range c.Constituencies {
		part := &c.Constituencies[i]
		if of := e.Constituency(part.ID); of != nil {
			part.Name = of.Name
		}
		part.Candidacies = slices.Clone(part.Candidacies)
		for j := range part.Candidacies {
			rename(part.Candidacies[j].ParticipantID, &part.Candidacies[j].Name)
		}
	}
	return c
}
