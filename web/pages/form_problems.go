package pages

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
	"urna/web/upload"
	"urna/web/view"
	"urna/web/view/kit"
)

// formProblems turns a refusal into what a form shows, with the status of the answer. It returns false for errors that
// the person cannot correct in the form; those leave through respond.Error. A form that shows refusals of other kinds,
// such as too many attempts, names them.
func formProblems(err error, also ...problem.Kind) (kit.Problems, int, bool) {
	var f *problem.Error
	if !errors.As(err, &f) {
		return kit.Problems{}, 0, false
	}
	if !slices.Contains([]problem.Kind{problem.Invalid, problem.Conflict, problem.Malformed, problem.TooLarge}, f.Kind) && !slices.Contains(also, f.Kind) {
		return kit.Problems{}, 0, false
	}
	problems := kit.Problems{Summary: f.Message}
	for _, field := range f.Fields {
		problems.List = append(problems.List, problemAt(field.Name, inForm(field.Message)))
	}
	return problems, respond.Status(f.Kind), true
}

// atField returns a refusal as one of a field of the form.
func atField(field string, message messages.Message) error {
	return &problem.Error{
		Kind: problem.Invalid, Code: "invalid-input", Message: messages.RefusalInvalidInput(),
		Fields: []problem.Field{{Name: field, Message: message}},
	}
}

// setRetryAfter sets the header of a refusal that says when to try again.
func setRetryAfter(c *gin.Context, err error) {
	f, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return
	}
	if seconds, ok := f.Extra["retry_after"].(int64); ok {
		c.Header("Retry-After", strconv.FormatInt(seconds, 10))
	}
}

// inForm is a problem as a page says it: the domain says of a start in the past how a program confirms it.
func inForm(message messages.Message) messages.Message {
	switch message.ID() {
	case messages.FieldOpensAtOnce().ID():
		return messages.ElectionFormOpensAtOnce()
	case messages.FieldOverAtOnce().ID():
		return messages.ElectionFormOverAtOnce()
	default:
		return message
	}
}

// openNowBox asks if a start in the past is meant. It is shown where that was asked, or said.
func openNowBox(problems kit.Problems, ticked bool) view.OpenNow {
	return view.OpenNow{
		Field: kit.Field{
			Name: elections.OpenNow, Label: messages.ComponentsOpenNow(),
			Problem: problems.Of(elections.OpenNow),
		},
		Checked: ticked, Shown: ticked || !problems.Of(elections.OpenNow).IsZero(),
	}
}

// beside names the field that a refusal without fields is about.
func beside(problems kit.Problems, err error, sentinel error, field string) kit.Problems {
	if errors.Is(err, sentinel) && len(problems.List) == 0 {
		problems.List = []kit.Problem{problemAt(field, problems.Summary)}
		problems.Summary = messages.RefusalInvalidInput()
	}
	return problems
}

// sortProblems puts the problems into the order that their fields have on the page.
func sortProblems(problems kit.Problems, fields ...string) {
	slices.SortStableFunc(problems.List, func(a, b kit.Problem) int {
		return cmp.Compare(slices.Index(fields, a.Field), slices.Index(fields, b.Field))
	})
}

// ofFile moves the problems of a field to the field of the form's file, which has one name in all forms.
func ofFile(problems kit.Problems, field string) kit.Problems {
	for i := range problems.List {
		if problems.List[i].Field == field {
			problems.List[i].Field = upload.FileField
		}
	}
	return problems
}
