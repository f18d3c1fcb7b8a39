package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// schema is what the page of the description shows of a JSON schema.
type schema struct {
	Ref                 string `json:"$ref"`
	Type                oneOrMany
	Format, Description string
	Enum                []any
	Const               any
	Items               *schema
	Properties          properties
	Required            []string
	OneOf, AnyOf, AllOf []*schema
}

// oneOrMany is a string, or a list of strings.
type oneOrMany []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMany) UnmarshalJSON(written []byte) error {
	if written[0] == '[' {
		return json.Unmarshal(written, (*[]string)(o))
	}
	*o = make([]string, 1)
	return json.Unmarshal(written, &(*o)[0])
}

type property struct {
	Name   string
	Schema *schema
}

// properties are the fields of an object in the order in which they are written.
type properties []property

// UnmarshalJSON implements json.Unmarshaler.
func (p *properties) UnmarshalJSON(written []byte) error {
	in := json.NewDecoder(bytes.NewReader(written))
	if _, err := in.Token(); err != nil { // the opening brace
		return err
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return err
		}
		one := property{Name: fmt.Sprint(name)}
		if err := in.Decode(&one.Schema); err != nil {
			return err
		}
		*p = append(*p, one)
	}
	return nil
}

// docsField is a field of a body, or a parameter.
type docsField struct {
	Name, Text string
	Type       []docsWord
	Required   bool
}

// docsWord is a piece of the name of a type. Schema is the component that it names, or empty.
type docsWord struct{ Text, Schema string }

// fieldsOf returns the fields of a schema. Objects inside it are flattened (official.name, stations[].id);
// components inside it are named by their type.
func (d openAPI) fieldsOf(s *schema, prefix string) []docsField {
	if s == nil {
		return nil
	}
	if s.Ref != "" && prefix == "" {
		return d.fieldsOf(d.Components.Schemas[lastOf(s.Ref)], "")
	}
	var all []docsField
	for _, p := range s.Properties {
		all = append(all, docsField{
			Name: prefix + p.Name, Text: d.textOf(p.Schema), Type: typeOf(p.Schema),
			Required: slices.Contains(s.Required, p.Name),
		})
		if p.Schema.Ref == "" {
			all = append(all, d.fieldsOf(p.Schema, prefix+p.Name+".")...)
		}
	}
	if s.Items != nil && s.Items.Ref == "" {
		all = append(all, d.fieldsOf(s.Items, strings.TrimSuffix(prefix, ".")+"[].")...)
	}
	for _, parts := range [][]*schema{s.OneOf, s.AnyOf, s.AllOf} {
		for _, part := range parts {
			if part.Ref == "" || prefix == "" {
				all = append(all, d.fieldsOf(part, prefix)...)
			}
		}
	}
	return all
}

// textOf returns the description of a schema, or that of the component to which it refers.
func (d openAPI) textOf(s *schema) string {
	if s.Description == "" && s.Ref != "" {
		if named := d.Components.Schemas[lastOf(s.Ref)]; named != nil {
			return named.Description
		}
	}
	return s.Description
}

// typeOf returns the type of a schema in words, such as "list of Batch" or "text: party, individual".
func typeOf(s *schema) []docsWord {
	if s.Ref != "" {
		return refOf(s.Ref)
	}
	for _, parts := range [][]*schema{s.OneOf, s.AnyOf} {
		var words []docsWord
		for _, part := range parts {
			if words != nil {
				words = append(words, docsWord{Text: " or "})
			}
			words = append(words, typeOf(part)...)
		}
		if words != nil {
			return words
		}
	}
	var words []docsWord
	for _, name := range s.Type {
		if words != nil {
			words = append(words, docsWord{Text: " or "})
		}
		if name == "array" && s.Items != nil {
			words = append(append(words, docsWord{Text: "list of "}), typeOf(s.Items)...)
			continue
		}
		words = append(words, docsWord{Text: typeName(name, s.Format)})
	}
	if len(words) == 0 {
		words = append(words, docsWord{Text: "text"})
	}
	if values := valuesOf(s); values != "" {
		words = append(words, docsWord{Text: ": " + values})
	}
	return words
}

// refOf names the component of a reference. One that leads into a component is the text that it is there.
func refOf(ref string) []docsWord {
	if name := lastOf(ref); strings.HasSuffix(ref, "/schemas/"+name) {
		return []docsWord{{Text: name, Schema: name}}
	}
	return []docsWord{{Text: "text"}}
}

// typeName says in words what a value of a type is.
func typeName(name, format string) string {
	switch {
	case name == "string" && format == "date-time":
		return "time"
	case name == "string" && format == "binary":
		return "file"
	case name == "string":
		return "text"
	case name == "boolean":
		return "true or false"
	}
	return name
}

// valuesOf lists the values that a schema allows, if it names them.
func valuesOf(s *schema) string {
	if s.Const != nil {
		return fmt.Sprint(s.Const)
	}
	var all []string
	for _, value := range s.Enum {
		if value != nil {
			all = append(all, fmt.Sprint(value))
		}
	}
	return strings.Join(all, ", ")
}
