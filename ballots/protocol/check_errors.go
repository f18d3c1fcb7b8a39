package protocol

import (
	"urna/elections"
	"urna/internal/messages"
)

func findMissing(in *input) (found []Finding) {
	for _, name := range in.names() {
		if field, ok := fieldOf(name); ok {
			if f, _ := in.form.Field(field); !f.Required {
				continue
			}
		}
		if in.typed[name] == "" {
			found = append(found, Finding{Number: name, Message: messages.ProtocolChecksMissing(in.label(name))})
		}
	}
	return found
}

func findNoNumber(in *input) (found []Finding) {
	for _, name := range in.typedNames() {
		if _, is := in.values[name]; !is {
			found = append(found, Finding{Number: name, Message: messages.ProtocolChecksNoNumber(in.label(name), in.typed[name], mostInWords)})
		}
	}
	return found
}

func findUnknownList(in *input) (found []Finding) {
	for _, name := range in.typedNames() {
		if _, field := fieldOf(name); !field && !in.has(name) {
			found = append(found, Finding{Number: name, Message: messages.ProtocolChecksUnknownList(name, in.place.Name)})
		}
	}
	return found
}

func findUnknownField(in *input) (found []Finding) {
	for _, name := range in.typedNames() {
		if _, field := fieldOf(name); field && !in.has(name) {
			found = append(found, Finding{Number: name, Message: messages.ProtocolChecksUnknownField(name)})
		}
	}
	return found
}

func findValidSum(in *input) []Finding {
	valid, has := in.field(elections.FieldValid)
	if !has || !in.complete() || valid == in.valid() {
		return nil
	}
	name := FieldNumber(elections.FieldValid)
	return at(name, messages.ProtocolChecksValid(in.valid(), in.label(name), valid))
}

func findFoundSum(in *input) []Finding {
	found, has := in.field(elections.FieldFoundInBox)
	if !has || !in.complete() || found == in.sum() || in.valid() > found {
		return nil
	}
	name := FieldNumber(elections.FieldFoundInBox)
	return at(name, messages.ProtocolChecksFound(in.sum(), in.label(name), found))
}

func findMoreValid(in *input) []Finding {
	found, has := in.field(elections.FieldFoundInBox)
	if !has || !in.complete() || in.valid() <= found {
		return nil
	}
	name := FieldNumber(elections.FieldFoundInBox)
	return at(name, messages.ProtocolChecksMoreValid(in.valid(), in.label(name), found))
}
