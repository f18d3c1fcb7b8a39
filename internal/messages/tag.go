package messages

import (
	"html"
	"strings"
)

// A Tag is an element around a part of a sentence: the catalogue says which part, the page says which element.
type Tag struct{ open, close string }

// Element returns an element with attributes, given as names and values in turn. Name and the attributes' names are trusted
// and written as they are; values are escaped. Use Link for addresses.
func Element(name string, attributes ...string) Tag {
	var b strings.Builder
	b.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		b.WriteString(" " + attributes[i] + `="` + html.EscapeString(attributes[i+1]) + `"`)
	}
	b.WriteString(">")
	return Tag{open: b.String(), close: "</" + name + ">"}
}

// Link returns a link with further attributes, given as names and values in turn. An address of a scheme other than http,
// https and mailto leads nowhere.
func Link(address string, attributes ...string) Tag {
	if scheme, _, ok := strings.Cut(address, ":"); ok && !strings.ContainsAny(scheme, "/?#") {
		switch strings.ToLower(scheme) {
		case "http", "https", "mailto":
		default:
			address = "about:invalid"
		}
	}
	return Element("a", append([]string{"href", address}, attributes...)...)
}
