package pages

import (
	"errors"

	"urna/internal/fault"
	"urna/web/respond"
	"urna/web/view"
)

// formProblems turns a refusal into what a form shows, with the status of the answer. It returns false
// for errors that no change of what was typed would cure; those leave through respond.Error.
func formProblems(err error) (view.Problems, int, bool) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return view.Problems{}, 0, false
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict, fault.Malformed, fault.TooLarge:
	default:
		return view.Problems{}, 0, false
	}
	problems := view.Problems{Summary: f.Message}
	for _, field := range f.Fields {
		problems.List = append(problems.List, view.Problem{Field: field.Name, Message: field.Message})
	}
	return problems, respond.Status(f.Kind), true
}

// beside names the field that a refusal without fields is about.
func beside(problems view.Problems, err error, sentinel error, field string) view.Problems {
	if errors.Is(err, sentinel) && len(problems.List) == 0 {
		problems.List = []view.Problem{{Field: field, Message: problems.Summary}}
		problems.Summary = "Some fields need another look."
	}
	return problems
}
