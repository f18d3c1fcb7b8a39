package participants

import (
	"regexp"
	"strings"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// The bounds of a participant's texts, in characters.
const (
	maxName      = 200
	maxShortName = 20
)

var colorForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Check returns the problems of the draft of a new participant, named by field; nil if Create takes it.
func (d Draft) Check() error {
	d.normalize()
	return d.check(Draft{})
}

func (d *Draft) normalize() {
	d.Name, d.ShortName = text.Trim(d.Name), text.Trim(d.ShortName)
	d.Color = strings.ToLower(strings.TrimSpace(d.Color))
	d.Names = text.NewNames(d.Names.ByTag())
}

// check names every problem of a normalized draft. What a participant is called before the change was taken by the
// rules of its time; it stays possible, so that the rest can change.
func (d *Draft) check(before Draft) error {
	var c problem.Checks
	if d.Name == "" || d.Name != before.Name {
		CheckText(&c, "name", d.Name, maxName)
	}
	if d.ShortName != before.ShortName {
		checkOptionalText(&c, "short_name", d.ShortName, maxShortName)
	}
	if d.Names != before.Names {
		CheckNames(&c, "names", d.Names, maxName)
	}
	if d.Kind != Party && d.Kind != Individual {
		c.Add("kind", messages.FieldChooseParticipantKind())
	}
	if d.Color != "" && !colorForm.MatchString(d.Color) {
		c.Add("color", messages.FieldColorMalformed())
	}
	return c.Err()
}

// CheckText adds the problem of a required text of at most so many characters. Elections keep their own names by the
// same rule.
func CheckText(c *problem.Checks, field, value string, most int) {
	if value == "" {
		c.Add(field, messages.FieldNeeded())
		return
	}
	checkOptionalText(c, field, value, most)
}

// CheckNames adds the problems of names in other languages, each of at most so many characters.
func CheckNames(c *problem.Checks, field string, names text.Names, most int) {
	byTag := names.ByTag()
	for _, tag := range names.Tags() {
		if !text.IsLanguage(tag) {
			c.Add(field, messages.FieldNamesLanguage(tag))
			continue
		}
		checkOptionalText(c, field, byTag[tag], most)
	}
}

func checkOptionalText(c *problem.Checks, field, value string, most int) {
	if mistake := problem.InOptionalText(value, most); !mistake.IsZero() {
		c.Add(field, mistake)
	}
}
