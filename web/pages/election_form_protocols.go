package pages

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/view"
	"urna/web/view/kit"
)

// protocolsInput is the form of protocols as it was typed.
type protocolsInput struct {
	Preset                         string
	Fields                         []protocolFieldInput // all fields that exist, those of the form first
	OneListPercent, InvalidPercent string
}

type protocolFieldInput struct {
	Name, Label, Use string
}

// The uses of a field; "" leaves it out.
const (
	useOptional = "optional"
	useRequired = "required"
)

func protocolField(i int, name string) string {
	return fmt.Sprintf("protocol_rules.fields[%d].%s", i, name)
}

// protocolsOf returns the input for a form that is stored or a preset.
func protocolsOf(form elections.ProtocolForm) protocolsInput {
	form = form.Complete()
	in := protocolsInput{
		Preset: string(form.Preset), OneListPercent: strconv.Itoa(form.OneListPercent), InvalidPercent: strconv.Itoa(form.InvalidPercent),
	}
	for _, field := range form.Fields {
		use := useOptional
		if field.Required {
			use = useRequired
		}
		in.Fields = append(in.Fields, protocolFieldInput{Name: string(field.Name), Label: field.Label, Use: use})
	}
	for _, name := range elections.ProtocolFieldNames() {
		if !form.Has(name) {
			in.Fields = append(in.Fields, protocolFieldInput{Name: string(name)})
		}
	}
	return in
}

func readProtocols(v url.Values) protocolsInput {
	in := protocolsInput{
		Preset: v.Get("protocol_form"), OneListPercent: v.Get("protocol_rules.one_list_percent"), InvalidPercent: v.Get("protocol_rules.invalid_percent"),
	}
	for i := 0; v.Has(protocolField(i, "name")); i++ {
		in.Fields = append(in.Fields, protocolFieldInput{
			Name: v.Get(protocolField(i, "name")), Label: v.Get(protocolField(i, "label")), Use: v.Get(protocolField(i, "use")),
		})
	}
	return in
}

// form turns what was typed into what the service takes. A form that was sent without the section changes nothing of it.
func (in protocolsInput) form(checks *problem.Checks, stored *elections.Election) elections.ProtocolForm {
	switch {
	case in.Preset != "" || len(in.Fields) > 0:
	case stored != nil:
		return stored.Protocols
	default:
		return elections.ProtocolForm{}
	}
	f := elections.ProtocolForm{
		Preset:         elections.ProtocolPreset(in.Preset),
		OneListPercent: readPercent(checks, "protocol_rules.one_list_percent", in.OneListPercent),
		InvalidPercent: readPercent(checks, "protocol_rules.invalid_percent", in.InvalidPercent),
	}
	for _, field := range in.Fields {
		if field.Use != "" {
			f.Fields = append(f.Fields, elections.ProtocolField{
				Name: elections.ProtocolFieldName(field.Name), Label: field.Label, Required: field.Use == useRequired,
			})
		}
	}
	return f.Normal()
}

func readPercent(checks *problem.Checks, field, typed string) int {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil || n < 1 {
		checks.Add(field, messages.FieldEnterWholePercent())
	}
	return n
}

// choosePreset makes the fields those of a preset. The bounds stay.
func (in *protocolsInput) choosePreset(preset string) {
	if !slices.Contains(elections.ProtocolPresets(), elections.ProtocolPreset(preset)) || preset == in.Preset {
		return
	}
	in.Preset = preset
	in.Fields = protocolsOf(elections.ProtocolForm{Preset: elections.ProtocolPreset(preset)}).Fields
}

func (in protocolsInput) view(problems kit.Problems) view.ProtocolsForm {
	if in.Preset == "" && len(in.Fields) == 0 {
		in = protocolsOf(elections.ProtocolForm{})
	}
	preset := elections.ProtocolPreset(in.Preset)
	plain := elections.ProtocolForm{Preset: preset}.Complete()
	model := view.ProtocolsForm{
		Preset: kit.Field{
			Name: "protocol_form", Label: messages.ProtocolFormPreset(), Hint: messages.ProtocolFormPresetHint(), Value: in.Preset,
			Problem: problems.Of("protocol_form"),
		},
		FieldsProblem: problems.Of("protocol_rules.fields"),
		OneList: kit.Field{
			Name: "protocol_rules.one_list_percent", Label: messages.ProtocolFormOneListPercent(), Hint: messages.ProtocolFormBoundsHint(),
			Value: in.OneListPercent, Problem: problems.Of("protocol_rules.one_list_percent"), Mode: "numeric", Complete: "off",
		},
		Invalid: kit.Field{
			Name: "protocol_rules.invalid_percent", Label: messages.ProtocolFormInvalidPercent(), Hint: messages.ProtocolFormBoundsHint(),
			Value: in.InvalidPercent, Problem: problems.Of("protocol_rules.invalid_percent"), Mode: "numeric", Complete: "off",
		},
	}
	for _, p := range elections.ProtocolPresets() {
		model.Presets = append(model.Presets, kit.Option{Value: string(p), Text: p.PresetName()})
	}
	model.Open = preset != elections.PlainForm
	for i, field := range in.Fields {
		row := view.ProtocolFieldForm{
			Hidden: protocolField(i, "name"), Value: field.Name, Name: plain.LabelOf(elections.ProtocolFieldName(field.Name)),
			Problem: problems.Of(protocolField(i, "name")),
			Use:     kit.Field{Name: protocolField(i, "use"), Value: field.Use},
			Label:   kit.Field{Name: protocolField(i, "label"), Value: field.Label, Problem: problems.Of(protocolField(i, "label"))},
		}
		model.Fields = append(model.Fields, row)
	}
	for _, p := range problems.List {
		model.Open = model.Open || strings.HasPrefix(p.Field, "protocol_")
	}
	model.Uses = []kit.Option{
		{Text: messages.ProtocolFormUseNo()},
		{Value: useOptional, Text: messages.ProtocolFormUseOptional()},
		{Value: useRequired, Text: messages.ProtocolFormUseRequired()},
	}
	return model
}
