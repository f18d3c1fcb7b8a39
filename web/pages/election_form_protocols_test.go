package pages

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"urna/elections"
	"urna/internal/problem"
	"urna/web/view"
	"urna/web/view/kit"
)

// sentProtocols is what a browser sends of the section about protocols.
func sentProtocols(p view.ProtocolsForm) url.Values {
	v := url.Values{p.Preset.Name: {p.Preset.Value}, p.OneList.Name: {p.OneList.Value}, p.Invalid.Name: {p.Invalid.Value}}
	for _, field := range p.Fields {
		v.Set(field.Hidden, field.Value)
		v.Set(field.Use.Name, field.Use.Value)
		v.Set(field.Label.Name, field.Label.Value)
	}
	return v
}

func TestElectionForm_ProtocolsAreAsTheyWereTyped(t *testing.T) {
	for _, form := range []elections.ProtocolForm{
		{},
		{Preset: elections.SerbianForm, InvalidPercent: 10},
		{Fields: []elections.ProtocolField{{Name: elections.FieldInvalid, Label: "Nevažeći", Required: true}, {Name: elections.FieldSigned}}},
	} {
		var checks problem.Checks
		typed := readProtocols(sentProtocols(protocolsOf(form).view(kit.Problems{})))
		if diff := cmp.Diff(form, typed.form(&checks, nil)); diff != "" || checks.Err() != nil {
			t.Errorf("(-want +got):\n%s%v", diff, checks.Err())
		}
	}
}

func TestElectionForm_APresetBringsItsFields(t *testing.T) {
	f := newElectionForm(elections.Parliamentary, "North")
	f.act("protocol:ge", nil)
	var checks problem.Checks
	if diff := cmp.Diff(elections.ProtocolForm{Preset: elections.GeorgianForm}, f.Protocols.form(&checks, nil)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.act("protocol:fr", nil)
	if f.Protocols.Preset != string(elections.GeorgianForm) {
		t.Errorf("want an unknown preset ignored, got %q", f.Protocols.Preset)
	}
}

func TestElectionForm_WithoutProtocolsKeepsThoseStored(t *testing.T) {
	stored := &elections.Election{Protocols: elections.ProtocolForm{Preset: elections.SerbianForm}}
	var checks problem.Checks
	if diff := cmp.Diff(stored.Protocols, readProtocols(url.Values{}).form(&checks, stored)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
