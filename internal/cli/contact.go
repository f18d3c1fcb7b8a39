package cli

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxContact is the longest contact, in characters: it is one line of a letter or a phone's screen.
const maxContact = 200

// contactFlag is the flag for whom people can ask.
type contactFlag struct {
	Contact string `placeholder:"TEXT" help:"Whom voters and officials can ask, such as a name with a telephone number. It is shown on voters' screens, in letters and in the handbook."`
}

// check refuses a contact that is no line of text.
func (c contactFlag) check() error {
	switch n := utf8.RuneCountInString(c.Contact); {
	case n > maxContact:
		return fmt.Errorf("--contact has %d characters: write at most %d", n, maxContact)
	case !utf8.ValidString(c.Contact) || strings.ContainsFunc(c.Contact, unicode.IsControl):
		return errors.New("--contact has a character that is no text: write one line")
	}
	return nil
}
