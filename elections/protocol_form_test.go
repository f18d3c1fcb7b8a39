package elections_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
)

// names returns the names of a form's fields, required ones with a star.
func names(f elections.ProtocolForm) (list []string) {
	for _, field := range f.Fields {
		name := string(field.Name)
		if field.Required {
			name += "*"
		}
		list = append(list, name)
	}
	return list
}

func TestProtocolForm_PresetsHaveTheFieldsOfTheirLaw(t *testing.T) {
	for preset, want := range map[elections.ProtocolPreset][]string{
		"":                     {"registered", "signed", "received", "unused", "spoiled", "found_in_box*", "invalid*", "blank", "valid"},
		elections.SerbianForm:  {"registered*", "received*", "unused*", "signed*", "found_in_box*", "invalid*", "valid*"},
		elections.GeorgianForm: {"registered*", "signed*", "received*", "invalid*"},
	} {
		f := elections.ProtocolForm{Preset: preset}.Complete()
		if diff := cmp.Diff(want, names(f)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", preset, diff)
		}
		if f.OneListPercent != 80 || f.InvalidPercent != 5 {
			t.Errorf("%q: want the bounds 80 and 5, got %d and %d", preset, f.OneListPercent, f.InvalidPercent)
		}
	}
}

func TestProtocolForm_IsStoredAsItWasDefined(t *testing.T) {
	o := newEnv(t)
	for _, form := range []elections.ProtocolForm{
		{},
		{Preset: elections.SerbianForm},
		{Preset: elections.GeorgianForm, InvalidPercent: 3},
		{OneListPercent: 90, Fields: []elections.ProtocolField{
			{Name: elections.FieldInvalid, Label: "Nevažeći", Required: true}, {Name: elections.FieldSigned},
		}},
	} {
		d := o.draft()
		d.Protocols = form
		e, err := o.Create(t.Context(), ada, d)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := o.Election(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(form, stored.Protocols); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// What the preset and the defaults say is no change, so a form may be sent back complete.
		d.Protocols = form.Complete()
		if changed, err := o.Change(t.Context(), ada, e.ID, d); err != nil || changed.Version() != e.Version() {
			t.Errorf("%+v: want the same version when it is sent back complete, got %v", form, err)
		}
	}
}

func TestProtocolForm_MistakesAreNamed(t *testing.T) {
	o := newEnv(t)
	d := o.draft()
	d.Protocols = elections.ProtocolForm{Preset: "fr", OneListPercent: 101, InvalidPercent: -1, Fields: []elections.ProtocolField{
		{Name: elections.FieldInvalid}, {Name: "stolen"}, {Name: elections.FieldInvalid}, {Name: elections.FieldSigned, Label: "two\nlines"},
	}}
	_, err := o.Create(t.Context(), ada, d)
	for _, field := range []string{
		"protocol_form", "protocol_rules.fields", "protocol_rules.fields[1].name", "protocol_rules.fields[2].name", "protocol_rules.fields[3].label",
		"protocol_rules.one_list_percent", "protocol_rules.invalid_percent",
	} {
		if fieldsOf(err)[field] == "" {
			t.Errorf("want %s named, got %v", field, err)
		}
	}
}

func TestProtocolForm_IsFixedOnceTheElectionHasOpened(t *testing.T) {
	o := newEnv(t)
	e, err := o.Create(t.Context(), ada, o.draft())
	if err != nil {
		t.Fatal(err)
	}
	o.now = e.StartsAt
	d := e.Draft()
	d.Protocols.Preset = elections.SerbianForm
	if _, err := o.Change(t.Context(), ada, e.ID, d); err == nil {
		t.Error("want the change refused")
	}
}
