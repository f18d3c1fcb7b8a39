package elections

// definition returns the form as a definition file has it, without what the preset and the defaults say.
func (f ProtocolForm) definition() (ProtocolPreset, *DefinitionProtocol) {
	if len(f.Fields) == 0 && f.OneListPercent == 0 && f.InvalidPercent == 0 {
		return f.Preset, nil
	}
	rules := &DefinitionProtocol{OneListPercent: f.OneListPercent, InvalidPercent: f.InvalidPercent}
	for _, field := range f.Fields {
		rules.Fields = append(rules.Fields, DefinitionProtocolField(field))
	}
	return f.Preset, rules
}

// protocols returns the form of a definition file.
func (d Definition) protocols() ProtocolForm {
	f := ProtocolForm{Preset: d.ProtocolForm}
	if d.ProtocolRules == nil {
		return f
	}
	f.OneListPercent, f.InvalidPercent = d.ProtocolRules.OneListPercent, d.ProtocolRules.InvalidPercent
	for _, field := range d.ProtocolRules.Fields {
		f.Fields = append(f.Fields, ProtocolField(field))
	}
	return f
}
