package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ProtocolsForm is the section about protocols in the form of an election.
type ProtocolsForm struct {
	Open             bool // what differs from the plain form is shown at once
	Preset           kit.Field
	Presets          []kit.Option
	Fields           []ProtocolFieldForm
	FieldsProblem    messages.Message
	Uses             []kit.Option
	OneList, Invalid kit.Field
}

// ProtocolFieldForm is one field of the form of protocols.
type ProtocolFieldForm struct {
	Hidden, Value string           // the name of the input that says which field it is, and the field
	Name          messages.Message // what the preset calls it
	Use, Label    kit.Field
	Problem       messages.Message
}
