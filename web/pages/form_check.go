package pages

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/respond"
)

// Forms is middleware: it refuses a posted form that cannot be taken as it is meant. Uploads are read as they
// arrive, by their own pages.
func (p *Pages) Forms(c *gin.Context) {
	if c.Request.Method != http.MethodPost || c.ContentType() == gin.MIMEMultipartPOSTForm {
		return
	}
	if err := checkForm(c); err != nil {
		respond.Error(c, err)
	}
}

// checkForm reads the posted form and refuses one that cannot be read, and checkValues's problems.
func checkForm(c *gin.Context) error {
	if err := parseForm(c); err != nil {
		return err
	}
	return checkValues(c.Request.PostForm)
}

// parseForm reads the posted form and refuses one that is compressed, broken off or badly encoded: net/http keeps
// what it could read of it, and the rest would be missing silently.
func parseForm(c *gin.Context) error {
	if err := respond.Encoded(c); err != nil {
		return err
	}
	err := c.Request.ParseForm()
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return large
	}
	if err != nil {
		return errNotAForm.With(messages.RefusalNotAFormOpenAgain())
	}
	return nil
}

var errNotAForm = problem.New(problem.Malformed, "not-a-form", messages.RefusalNotAFormRefused())

// manyValued reports whether a field is one of those that a form may have several times: boxes of one list.
func manyValued(name string) bool {
	return name == "channels" || name == "languages" || name == "upload" || name == "places" || name == "users"
}

// checkValues refuses values that are no text, and what checkOnce refuses.
func checkValues(form url.Values) error {
	if err := checkOnce(form); err != nil {
		return err
	}
	refusal := *errNotAForm
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if !isText(name) || slices.ContainsFunc(form[name], func(s string) bool { return !isText(s) }) {
			refusal.Fields = append(refusal.Fields, problem.Field{Name: name, Message: messages.FieldNotText(name)})
		}
	}
	if len(refusal.Fields) > 0 {
		return &refusal
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// checkOnce refuses a field that is there twice: formValue would take its first value and pass over the second. It
// refuses one with a capital, which no form has: the field that is meant would be taken as left out.
func checkOnce(form url.Values) error {
	refusal := *errNotAForm
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if strings.ToLower(name) != name {
			refusal.Fields = append(refusal.Fields, problem.Field{
				Name: name, Message: messages.FieldUnknownInForm(name),
			})
		}
		if len(form[name]) > 1 && !manyValued(name) {
			refusal.Fields = append(refusal.Fields, problem.Field{
				Name: name, Message: messages.FieldTwiceInForm(name),
			})
		}
	}
	if len(refusal.Fields) > 0 {
		return &refusal
	}
	return nil
}
