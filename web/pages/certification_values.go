package pages

import (
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
	"urna/web/view/kit"
)

// seedBox shows the values from which lots are drawn, with the forms that record them before the end and reveal them
// after it; former is the phrase of version 0.1.0, or nil.
func seedBox(values []results.LotValue, former *results.Seed, e *elections.Election, state elections.State, t sentForm) view.SeedBox {
	var box view.SeedBox
	if former != nil {
		box.Commitment, box.Phrase = former.Commitment, former.Phrase
	}
	for i := range values {
		v := &values[i]
		row := view.LotValueRow{
			Name: v.Name, What: messages.CertificationValueIsPublic(), Commitment: v.Commitment, Value: v.Value,
			Recorded: view.NewMoment(v.CommittedAt, e.Location()),
		}
		if !v.IsPublic() {
			row.What = messages.CertificationValueIsPhrase()
		}
		if state == elections.Counting && v.RevealedAt == nil {
			row.Reveal = revealField(v, t)
		}
		box.Values = append(box.Values, row)
	}
	if state != elections.Scheduled && state != elections.Open {
		return box
	}
	box.Commit = true
	box.Person = kit.Field{Name: "name", Label: messages.CertificationValuePerson(), Value: t.value("name"), Complete: "off"}
	box.Hash = kit.Field{
		Name: "commitment", Label: messages.CertificationCommitment(), Value: t.value("commitment"), Problem: t.problems.Of("commitment"),
		Hint: messages.CertificationCommitmentHint(), Complete: "off",
	}
	box.Public = kit.Field{
		Name: "public_value", Label: messages.CertificationValuePublicName(), Value: t.value("public_value"), Hint: messages.CertificationValuePublicHint(), Complete: "off",
	}
	if t.value("public_value") != "" || t.value("name") == "" && t.problems.Of("commitment").IsZero() {
		box.Public.Problem = t.problems.Of("name")
	} else {
		box.Person.Problem = t.problems.Of("name")
	}
	return box
}

// revealField asks for a value that is not known yet, with what was typed for it.
func revealField(v *results.LotValue, t sentForm) *kit.Field {
	field := kit.Field{Name: "value", ID: "value-" + decimal(v.ID), Label: messages.CertificationValuePublic(v.Name), Complete: "off"}
	if !v.IsPublic() {
		field.Label, field.Hint = messages.CertificationSeed(v.Name), messages.CertificationSeedHint()
	}
	if t.value("name") == v.Name {
		field.Value, field.Problem = t.value("value"), t.problems.Of("value")
	}
	return &field
}

// linkProblems makes the list of problems link to the fields of the form that was sent: several forms of the page have
// fields of the same name.
func linkProblems(model *view.TiesPage, t sentForm) {
	id := t.value("constituency_id")
	links := map[string]string{
		"place": "place-" + id, "witnesses": "witnesses-" + id, "note": "note-" + id, "participants": "drawn_1-" + id,
	}
	for i := range model.Seed.Values {
		if reveal := model.Seed.Values[i].Reveal; reveal != nil && !reveal.Problem.IsZero() {
			links["value"] = reveal.ID
		}
	}
	if !model.Seed.Public.Problem.IsZero() {
		links["name"] = model.Seed.Public.Name
	}
	for i := range model.Problems.List {
		at := &model.Problems.List[i]
		if to, ok := links[at.Field]; ok {
			at.Field = to
		}
	}
}
