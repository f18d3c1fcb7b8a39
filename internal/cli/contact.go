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

// usPaper is the paper that is not A4.
const usPaper = "letter"

// maxSender is the longest sender, in characters: it fits into an envelope's window.
const maxSender = 60

// contactFlag is the flag for whom people can ask, and of the letters to them.
type contactFlag struct {
	Contact string `placeholder:"TEXT" help:"Whom voters and officials can ask, such as a name with a telephone number. It is shown on voters' screens, in letters and in the handbook."`
	Sender  string `placeholder:"TEXT" help:"The line above the address in a letter, which a window envelope shows: the sender and where undeliverable letters go."`
	Paper   string `enum:"a4,letter" default:"a4" help:"The paper of letters."`
}

// check refuses a contact that is no line of text.
func (c contactFlag) check() error {
	return errors.Join(checkLine("--contact", c.Contact, maxContact), checkLine("--sender", c.Sender, maxSender))
}

// checkLine refuses a text that is no line, or too long.
func checkLine(flag, text string, most int) error {
	switch n := utf8.RuneCountInString(text); {
	case n > most:
		return fmt.Errorf("%s has %d characters: write at most %d", flag, n, most)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("%s has a character that is no text: write one line", flag)
	}
	return nil
}
