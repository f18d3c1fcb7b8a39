package elections

import "urna/internal/messages"

// label returns what the law of a preset calls a field; fields that the law does not name have the plain name.
func (p ProtocolPreset) label(name ProtocolFieldName) messages.Message {
	own := map[ProtocolPreset]map[ProtocolFieldName]func() messages.Message{
		SerbianForm: {
			FieldRegistered: messages.ProtocolFormRsRegistered, FieldSigned: messages.ProtocolFormRsSigned,
			FieldReceived: messages.ProtocolFormRsReceived, FieldUnused: messages.ProtocolFormRsUnused,
			FieldFoundInBox: messages.ProtocolFormRsFoundInBox, FieldInvalid: messages.ProtocolFormRsInvalid,
			FieldValid: messages.ProtocolFormRsValid,
		},
		GeorgianForm: {
			FieldRegistered: messages.ProtocolFormGeRegistered, FieldSigned: messages.ProtocolFormGeSigned,
			FieldReceived: messages.ProtocolFormGeReceived, FieldInvalid: messages.ProtocolFormGeInvalid,
		},
	}
	if of := own[p][name]; of != nil {
		return of()
	}
	plain := map[ProtocolFieldName]func() messages.Message{
		FieldRegistered: messages.ProtocolFormRegistered, FieldSigned: messages.ProtocolFormSigned,
		FieldReceived: messages.ProtocolFormReceived, FieldUnused: messages.ProtocolFormUnused,
		FieldSpoiled: messages.ProtocolFormSpoiled, FieldFoundInBox: messages.ProtocolFormFoundInBox,
		FieldInvalid: messages.ProtocolFormInvalid, FieldBlank: messages.ProtocolFormBlank, FieldValid: messages.ProtocolFormValid,
	}
	if of := plain[name]; of != nil {
		return of()
	}
	return messages.Verbatim(string(name))
}

// PresetName returns what a preset is called.
func (p ProtocolPreset) PresetName() messages.Message {
	switch p {
	case SerbianForm:
		return messages.ProtocolFormPresetRs()
	case GeorgianForm:
		return messages.ProtocolFormPresetGe()
	default:
		return messages.ProtocolFormPresetPlain()
	}
}
