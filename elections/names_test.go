package elections_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/database"
	"urna/internal/problem"
)

// fieldsOf returns the messages of a refusal by field.
func fieldsOf(err error) map[string]string {
	all := map[string]string{}
	if f, ok := errors.AsType[*problem.Error](err); ok {
		for _, field := range f.Fields {
			all[field.Name] = field.Message.String()
		}
	}
	return all
}

func TestCreate_ConstituenciesOfTheSameNameAreRefused(t *testing.T) {
	o := newEnv(t)
	for _, names := range [][2]string{{"North", "NORTH"}, {"North", " north\u00a0"}, {"José", "JOSE\u0301"}, {"Σ", "ς"}, {"A", "A"}} {
		d := o.draft()
		candidacies := d.Constituencies[0].Candidacies
		d.Constituencies = []elections.ConstituencyDraft{{Name: names[0], Candidacies: candidacies}, {Name: "Else", Candidacies: candidacies}, {Name: names[1], Candidacies: candidacies}}
		_, err := o.Create(t.Context(), ada, d)
		if got := fieldsOf(err)["constituencies[2].name"]; !strings.HasPrefix(got, "Constituency 1 has ") {
			t.Errorf("%q: want the second refused, got %v", names, err)
		}
	}
	d := o.draft()
	candidacies := d.Constituencies[0].Candidacies
	d.Constituencies = []elections.ConstituencyDraft{{Name: "Jose", Candidacies: candidacies}, {Name: "José", Candidacies: candidacies}, {Name: "North  1", Candidacies: candidacies}, {Name: "North 1", Candidacies: candidacies}}
	if _, err := o.Create(t.Context(), ada, d); err != nil {
		t.Errorf("want names that differ in letters to be two, got %v", err)
	}
}

func TestDefinition_TextsAreOneLineThatShows(t *testing.T) {
	o := newEnv(t)
	for name, bad := range map[string]string{
		"escape": "A\x1b[2J", "C1 control": "A\u009bB", "line end": "A\nB", "line end behind": "A\n", "line separator": "A\u2028B",
		"override": "A\u202eB", "isolate": "A\u2066B", "nothing to see": "\u200b", "filler": "\u3164", "byte order mark": "\ufeffA",
	} {
		t.Run(name, func(t *testing.T) {
			d := o.draft()
			d.Title, d.Constituencies[0].Name = bad, bad
			_, err := o.Create(t.Context(), ada, d)
			if got := slices.Sorted(maps.Keys(fieldsOf(err))); !slices.Equal(got, []string{"constituencies[0].name", "title"}) {
				t.Errorf("want title and constituency refused, got %v", err)
			}
			list := "constituency;seats;participant\n\"" + bad + "\";3;P1\nSouth;3;\"" + bad + "\"\n"
			if _, err := elections.ReadList([]byte(list)); !errors.Is(err, elections.ErrListUnreadable) || !strings.Contains(err.Error(), "he constituency’s name") ||
				!strings.Contains(err.Error(), "he participant’s name") {
				t.Errorf("want the list's lines refused, got %v", err)
			}
			def := definition(o)
			def.Title, def.Constituencies[0].Name = bad, bad
			def.Participants = []elections.DefinitionParticipant{{Name: "Fine"}, {Name: bad, ShortName: bad}}
			_, err = o.Import(t.Context(), ada, def)
			if got := fieldsOf(err); got["participants[1].name"] == "" || got["participants[1].short_name"] == "" {
				t.Errorf("want the definition's participant refused, got %v", err)
			}
		})
	}
}

// definition is a definition file's, with one candidacy.
func definition(o *env) elections.Definition {
	return elections.Definition{
		Format: elections.DefinitionFormat, Title: "Council", Kind: elections.Parliamentary, StartsAt: o.now, EndsAt: o.now.AddDate(0, 0, 1),
		Participants:   []elections.DefinitionParticipant{{Name: "Unity"}},
		Constituencies: []elections.DefinitionConstituency{{Name: "N", Seats: 3, Candidacies: []elections.DefinitionCandidacy{{Participant: 1}}}},
	}
}

func TestCreate_ANameOfDigitsTakesNoVotesOnline(t *testing.T) {
	o := newEnv(t)
	for _, name := range []string{"2", "02", "+2", "２", "٢", "2\u200b", "1 000", "②"} {
		p, err := o.participants.Create(t.Context(), ada, participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		d := o.draft()
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		_, err = o.Create(t.Context(), ada, d)
		if got := fieldsOf(err)["constituencies[0].participants[2].id"]; !strings.Contains(got, "poll number") {
			t.Errorf("%q: want it refused where votes come online, got %v", name, err)
		}
		d.Channels = []elections.Channel{elections.Batches}
		e, err := o.Create(t.Context(), ada, d)
		if err != nil {
			t.Errorf("%q: want it taken in batches, got %v", name, err)
			continue
		}
		d = e.Draft()
		d.Channels = append(d.Channels, elections.Online)
		if _, err := o.Change(t.Context(), ada, e.ID, d); fieldsOf(err)["constituencies[0].participants[2].id"] == "" {
			t.Errorf("%q: want the channel refused, got %v", name, err)
		}
		def := definition(o)
		def.Participants[0].Name = name
		if _, err := o.Import(t.Context(), ada, def); !strings.Contains(fieldsOf(err)["constituencies[0].candidacies[0].participant"], "poll number") {
			t.Errorf("%q: want the definition refused, got %v", name, err)
		}
	}
}

// TestChange_WhatAnEarlierVersionTookStaysPossible changes what an open election may change while its names are such as
// today's rules refuse.
func TestChange_WhatAnEarlierVersionTookStaysPossible(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	candidacies := d.Constituencies[0].Candidacies
	d.Constituencies = []elections.ConstituencyDraft{{Name: "North", Seats: 1, Candidacies: candidacies}, {Name: "South", Seats: 1, Candidacies: candidacies}}
	e := o.create(t, d)
	o.store(t, `UPDATE constituencies SET name = 'NORTH' WHERE name = 'South'`)
	o.store(t, "UPDATE elections SET title = 'A\u009bB'")
	o.store(t, "UPDATE participants SET name = CASE id WHEN 1 THEN '2' ELSE '\u200b' END WHERE id IN (1, 3)")
	o.now = e.StartsAt.Add(time.Minute)
	stored, err := o.Election(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	d = stored.Draft()
	d.EndsAt = d.EndsAt.Add(time.Hour)
	if _, err := o.Change(t.Context(), ada, e.ID, d); err != nil {
		t.Errorf("want the end moved, got %v", err)
	}
	votes := int64(10)
	if _, err := o.DeclareVotesCast(t.Context(), ada, e.ID, map[int64]*int64{stored.Constituencies[1].ID: &votes}); err != nil {
		t.Errorf("want votes declared, got %v", err)
	}
	err = o.db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := o.CreateSecondRound(t.Context(), tx, ada, stored, []int64{1, 3}, elections.Period{StartsAt: o.now.AddDate(0, 0, 7), EndsAt: o.now.AddDate(0, 0, 8)})
		return err
	})
	if err != nil {
		t.Errorf("want a second round, got %v", err)
	}
	for _, id := range []int64{1, 3} {
		p, err := o.participants.Participant(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.participants.Change(t.Context(), ada, id, participants.Draft{Name: p.Name, Kind: p.Kind, Color: "#112233"}); err != nil {
			t.Errorf("want a colour for %q, got %v", p.Name, err)
		}
	}
}

func TestMatch_ComparesAsNamesAreCompared(t *testing.T) {
	registered := []participants.Participant{
		{ID: 1, Name: "Unity", ShortName: "UN", Kind: participants.Party},
		{ID: 2, Name: "UNITY", Kind: participants.Party},
		{ID: 3, Name: "École", ShortName: "EC", Kind: participants.Party},
		{ID: 4, Name: "Ana", Kind: participants.Individual},
		{ID: 5, Name: "#7", Kind: participants.Party},
		{ID: 7, Name: "Seven", Kind: participants.Party},
		{ID: 8, Name: "#BG", Kind: participants.Party},
	}
	for name, want := range map[string]any{
		"Unity": int64(1), "UNITY": int64(2), "unity": `"Unity" (#1) or "UNITY" (#2)`, "E\u0301COLE": int64(3), "ec": int64(3), "un": int64(1),
		"#1": int64(1), "#8": int64(8), "#BG": int64(8), "#bg": int64(8), "#7": `"#7" (#5) or "Seven" (#7)`,
		"#999": "There is no participant with the id 999.", "#4": `Participant #4, "Ana", is of the kind "individual"`,
		"#0": "There is no participant", "#": "There is no participant", "#-1": "There is no participant", "# 1": "There is no participant",
		"#1abc": "There is no participant", "#+1": "There is no participant", "#01": "There is no participant", "##1": "There is no participant",
		"＃1": "There is no participant", "\u200b#1": "There is no participant", "#99999999999999999999": "There is no participant",
		"#١": "There is no participant", "Newcomers": nil, "Seven #1": nil,
	} {
		list := []elections.ListedConstituency{{
			ConstituencyDraft: elections.ConstituencyDraft{Candidacies: make([]elections.CandidacyDraft, 1)},
			Participants:      []elections.ListedParticipant{{Line: 2, Name: name}},
		}}
		fresh, err := elections.Match(list, participants.Party, registered)
		switch want := want.(type) {
		case int64:
			if err != nil || len(fresh) > 0 || list[0].Candidacies[0].ParticipantID != want {
				t.Errorf("%q: want participant %d, got %+v, %v, %v", name, want, list[0].Candidacies[0], fresh, err)
			}
		case string:
			if len(fresh) > 0 || !strings.HasPrefix(fieldsOf(err)["list"], "Line 2: ") || !strings.Contains(fieldsOf(err)["list"], want) {
				t.Errorf("%q: want the line refused with %q, got %v, %v", name, want, fresh, err)
			}
		default:
			if err != nil || len(fresh) != 1 || fresh[0].Name != name {
				t.Errorf("%q: want it registered, got %v, %v", name, fresh, err)
			}
		}
	}
}

func TestReplaceConstituencies_NamesThatDifferInCapitalsAreOne(t *testing.T) {
	o := newEnv(t)
	e := o.create(t, o.draft())
	const header = "constituency,seats,participant\n"
	read, err := elections.ReadList([]byte(header + "North,7,Newcomers\nNORTH,,NEWCOMERS \nSouth,3,p1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.ReplaceConstituencies(t.Context(), ada, e.ID, "", read); fieldsOf(err)["constituencies[0].participants[1].id"] == "" {
		t.Errorf("want the same participant to stand once, got %v", err)
	}
	if _, err := elections.ReadList([]byte(header + "North,7,A\nSouth,3,A\nNORTH,7,B\n")); err == nil || !strings.Contains(err.Error(), "Line 4: NORTH is on line 2 already") {
		t.Errorf("want the same constituency in two places refused, got %v", err)
	}
	read, err = elections.ReadList([]byte(header + "North,7,Newcomers\nNORTH,,p1\n"))
	if err != nil {
		t.Fatal(err)
	}
	changed, err := o.ReplaceConstituencies(t.Context(), ada, e.ID, "", read)
	if err != nil || len(changed.Constituencies) != 1 || changed.Constituencies[0].Candidacies[1].ParticipantID != 1 {
		t.Errorf("want one constituency in which participant 1 is a candidate, got %+v, %v", changed, err)
	}
}

// A list has no names in other languages, and replaces none.
func TestReplaceConstituencies_KeepsNamesInOtherLanguages(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	d.Constituencies[0].Name, d.Constituencies[0].Names = "West", `{"ka":"დასავლეთი"}`
	e := o.create(t, d)
	read, err := elections.ReadList([]byte("constituency,seats,participant\nEast,7,p1\nWEST,3,p1\n"))
	if err != nil {
		t.Fatal(err)
	}
	changed, err := o.ReplaceConstituencies(t.Context(), ada, e.ID, "", read)
	if err != nil {
		t.Fatal(err)
	}
	if got := changed.Constituencies; len(got) != 2 || got[0].Names != "" || got[1].Names != `{"ka":"დასავლეთი"}` {
		t.Errorf("want the name of West in Georgian kept, and none for East, got %+v", got)
	}
}

func TestImport_FindsParticipantsAsNamesAreCompared(t *testing.T) {
	o := newEmptyEnv(t)
	for _, name := range []string{"Unity", "ÉCOLE", "Twin", "TWIN"} {
		if _, err := o.participants.Create(t.Context(), ada, participants.Draft{Name: name, ShortName: "s", Kind: participants.Party}); err != nil {
			t.Fatal(err)
		}
	}
	d := definition(o)
	d.Participants = []elections.DefinitionParticipant{{Name: "UNITY", ShortName: "S"}, {Name: " Unity", ShortName: "s"}, {Name: "e\u0301cole", ShortName: "s"}, {Name: "TWIN", ShortName: "s"}}
	d.Constituencies[0].Candidacies = []elections.DefinitionCandidacy{{Participant: 1}, {Participant: 2}, {Participant: 3}, {Participant: 4}}
	e, err := o.Import(t.Context(), ada, d)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, c := range e.Constituencies[0].Candidacies {
		ids = append(ids, c.ParticipantID)
	}
	if !slices.Equal(ids, []int64{5, 1, 2, 4}) { // who is written exactly so comes first; the other is new
		t.Errorf("want the registered where there are any, got %v", ids)
	}
	d.Participants = []elections.DefinitionParticipant{{Name: "twin", ShortName: "s"}}
	d.Constituencies[0].Candidacies = d.Constituencies[0].Candidacies[:1]
	if _, err := o.Import(t.Context(), ada, d); !strings.Contains(fieldsOf(err)["participants[0].name"], `"Twin" (#3) or "TWIN" (#4)`) {
		t.Errorf("want the name refused that can mean two, got %v", err)
	}
}
