package elections

import (
	"encoding/json"
	"fmt"
	"slices"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/internal/text/strictjson"
)

// ProtocolPreset names a form of protocols that Urna knows.
type ProtocolPreset string

// The presets.
const (
	PlainForm    ProtocolPreset = "plain"
	SerbianForm  ProtocolPreset = "rs" // minutes of a polling board: Law on the Election of Members of Parliament
	GeorgianForm ProtocolPreset = "ge" // summary protocol: Election Code of Georgia, Article 71
)

// ProtocolPresets returns the presets, the default first.
func ProtocolPresets() []ProtocolPreset {
	return []ProtocolPreset{PlainForm, SerbianForm, GeorgianForm}
}

// ProtocolFieldName names a number that a protocol may have beside the votes.
type ProtocolFieldName string

// The fields of protocols.
const (
	FieldRegistered ProtocolFieldName = "registered"   // voters on the roll of the station
	FieldSigned     ProtocolFieldName = "signed"       // voters who signed the roll
	FieldReceived   ProtocolFieldName = "received"     // ballot papers that the station received
	FieldUnused     ProtocolFieldName = "unused"       // ballot papers that were not handed out
	FieldSpoiled    ProtocolFieldName = "spoiled"      // ballot papers that voters gave back for another one
	FieldFoundInBox ProtocolFieldName = "found_in_box" // ballot papers in the box
	FieldInvalid    ProtocolFieldName = "invalid"
	FieldBlank      ProtocolFieldName = "blank"
	FieldValid      ProtocolFieldName = "valid"
)

// ProtocolFieldNames returns the names of all fields, in the order of the plain form.
func ProtocolFieldNames() []ProtocolFieldName {
	return []ProtocolFieldName{
		FieldRegistered, FieldSigned, FieldReceived, FieldUnused, FieldSpoiled, FieldFoundInBox, FieldInvalid, FieldBlank, FieldValid,
	}
}

// The bounds from which a protocol needs an explanation, if the definition names none, and the length of a label.
const (
	defaultOneListPercent = 80
	defaultInvalidPercent = 5
	maxFieldLabel         = 120
)

// ProtocolField is a field of a form.
type ProtocolField struct {
	Name     ProtocolFieldName
	Label    string `json:",omitempty"` // what the law calls it; "" is the preset's
	Required bool   `json:",omitempty"`
}

// ProtocolForm says what the protocols of an election have, and from when on one needs an explanation. In a draft the zero
// value is the plain form, no fields are those of the preset, and a percentage of 0 is the default.
type ProtocolForm struct {
	Preset         ProtocolPreset  `json:",omitempty"`
	Fields         []ProtocolField `json:",omitempty"` // in the order of the paper; FieldInvalid is one of them
	OneListPercent int             `json:",omitempty"` // of the valid votes: a list with more needs an explanation; 1 to 100
	InvalidPercent int             `json:",omitempty"` // of the ballots in the box: more invalid ones need an explanation
}

// fields returns the fields of a preset.
func (p ProtocolPreset) fields() []ProtocolField {
	required := func(names ...ProtocolFieldName) (fields []ProtocolField) {
		for _, name := range names {
			fields = append(fields, ProtocolField{Name: name, Required: true})
		}
		return fields
	}
	switch p {
	case SerbianForm:
		return required(FieldRegistered, FieldReceived, FieldUnused, FieldSigned, FieldFoundInBox, FieldInvalid, FieldValid)
	case GeorgianForm:
		return required(FieldRegistered, FieldSigned, FieldReceived, FieldInvalid)
	default:
		var fields []ProtocolField
		for _, name := range ProtocolFieldNames() {
			fields = append(fields, ProtocolField{Name: name, Required: name == FieldFoundInBox || name == FieldInvalid})
		}
		return fields
	}
}

// ProtocolForm returns the form of the election's protocols with its preset filled in.
func (e *Election) ProtocolForm() ProtocolForm { return e.Protocols.Complete() }

// Complete returns the form with everything that it leaves to its preset and to the defaults.
func (f ProtocolForm) Complete() ProtocolForm {
	f.Preset = orDefault(f.Preset, PlainForm)
	if len(f.Fields) == 0 {
		f.Fields = f.Preset.fields()
	}
	f.OneListPercent = orDefault(f.OneListPercent, defaultOneListPercent)
	f.InvalidPercent = orDefault(f.InvalidPercent, defaultInvalidPercent)
	return f
}

// Field returns a field of a complete form.
func (f ProtocolForm) Field(name ProtocolFieldName) (ProtocolField, bool) {
	i := slices.IndexFunc(f.Fields, func(field ProtocolField) bool { return field.Name == name })
	if i < 0 {
		return ProtocolField{}, false
	}
	return f.Fields[i], true
}

// Has reports whether a complete form has a field.
func (f ProtocolForm) Has(name ProtocolFieldName) bool {
	_, has := f.Field(name)
	return has
}

// Normal returns the form as it is stored: without what the preset and the defaults say.
func (f ProtocolForm) Normal() ProtocolForm {
	f.Fields = slices.Clone(f.Fields)
	for i := range f.Fields {
		f.Fields[i].Label = text.Trim(f.Fields[i].Label)
	}
	if slices.Equal(f.Fields, f.Preset.fields()) || len(f.Fields) == 0 {
		f.Fields = nil
	}
	if f.Preset == PlainForm {
		f.Preset = ""
	}
	if f.OneListPercent == defaultOneListPercent {
		f.OneListPercent = 0
	}
	if f.InvalidPercent == defaultInvalidPercent {
		f.InvalidPercent = 0
	}
	return f
}

// check names every problem of a form. Its fields are protocol_form and those of protocol_rules.
func (f ProtocolForm) check(c *problem.Checks) {
	complete := f.Complete()
	if !slices.Contains(ProtocolPresets(), complete.Preset) {
		c.Add("protocol_form", messages.FieldChooseProtocolForm())
	}
	seen := map[ProtocolFieldName]bool{}
	for i, field := range complete.Fields {
		at := fmt.Sprintf("protocol_rules.fields[%d].", i)
		switch {
		case !slices.Contains(ProtocolFieldNames(), field.Name):
			c.Add(at+"name", messages.FieldChooseProtocolField())
		case seen[field.Name]:
			c.Add(at+"name", messages.FieldProtocolFieldTwice())
		}
		seen[field.Name] = true
		if mistake := problem.InOptionalText(field.Label, maxFieldLabel); !mistake.IsZero() {
			c.Add(at+"label", mistake)
		}
	}
	if invalid, has := complete.Field(FieldInvalid); !has || !invalid.Required {
		c.Add("protocol_rules.fields", messages.FieldProtocolInvalidNeeded())
	}
	if complete.OneListPercent < 1 || complete.OneListPercent > 100 {
		c.Add("protocol_rules.one_list_percent", messages.FieldEnterWholePercent())
	}
	if complete.InvalidPercent < 1 || complete.InvalidPercent > 100 {
		c.Add("protocol_rules.invalid_percent", messages.FieldEnterWholePercent())
	}
}

// stored returns the form as its column has it: "" is the plain one.
func (f ProtocolForm) stored() string {
	encoded, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("elections: a form of texts and numbers became no JSON: %v", err))
	}
	if string(encoded) == "{}" {
		return ""
	}
	return string(encoded)
}

// storedForm reads the column. A text that stored never wrote is the plain form; urna verify compares the column with the log.
func storedForm(column string) (f ProtocolForm) {
	if column == "" || strictjson.UnmarshalStored([]byte(column), &f) != nil {
		return ProtocolForm{}
	}
	return f
}

// LabelOf returns what a field of a complete form is called.
func (f ProtocolForm) LabelOf(name ProtocolFieldName) messages.Message {
	if field, _ := f.Field(name); field.Label != "" {
		return messages.Verbatim(field.Label)
	}
	return f.Preset.label(name)
}
