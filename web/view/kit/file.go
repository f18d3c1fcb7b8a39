package kit

import "github.com/a-h/templ"

// FileField is an input for files.
type FileField struct {
	Field
	Marked   templ.Component // the label, if a part of it is marked; nil if Field.Label is it
	Accept   string          // such as ".csv,text/csv"
	Multiple bool
}
