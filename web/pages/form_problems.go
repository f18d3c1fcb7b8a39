package pages

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"urna/elections"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/view"
)

// formProblems turns a refusal into what a form shows, with the status of the answer. It returns false
// for errors that no change of what was typed would cure; those leave through respond.Error.
func formProblems(err error) (view.Problems, int, bool) {
	var f *problem.Error
	if !errors.As(err, &f) {
		return view.Problems{}, 0, false
	}
	switch f.Kind {
	case problem.Invalid, problem.Conflict, problem.Malformed, problem.TooLarge:
	default:
		return view.Problems{}, 0, false
	}
	problems := view.Problems{Summary: f.Message.String()}
	for _, field := range f.Fields {
		message := strings.Replace(field.Message.String(), elections.SetOpenNow, "tick the box", 1)
		problems.List = append(problems.List, problemAt(field.Name, message))
	}
	return problems, respond.Status(f.Kind), true
}

// openNowBox asks if a start in the past is meant. It is shown where that was asked, or said.
func openNowBox(problems view.Problems, ticked bool) view.OpenNow {
	return view.OpenNow{
		Field: view.Field{
			Name: elections.OpenNow, Label: "Open the election at once; nothing of its definition can be changed afterwards",
			Problem: problems.Of(elections.OpenNow),
		},
		Checked: ticked, Shown: ticked || problems.Of(elections.OpenNow) != "",
	}
}

// beside names the field that a refusal without fields is about.
func beside(problems view.Problems, err error, sentinel error, field string) view.Problems {
	if errors.Is(err, sentinel) && len(problems.List) == 0 {
		problems.List = []view.Problem{problemAt(field, problems.Summary)}
		problems.Summary = checkFields
	}
	return problems
}

// sortProblems puts the problems into the order that their fields have on the page.
func sortProblems(problems view.Problems, fields ...string) {
	slices.SortStableFunc(problems.List, func(a, b view.Problem) int {
		return cmp.Compare(slices.Index(fields, a.Field), slices.Index(fields, b.Field))
	})
}
