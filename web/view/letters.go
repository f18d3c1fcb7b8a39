package view

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"urna/internal/messages"
)

// LettersPage is a document of letters to voters, a page for each language of a letter.
type LettersPage struct {
	Title      string // of the election
	Rehearsal  bool
	Starts     Moment
	Ends       Moment
	Address    string // of the voting page
	Sender     string // "" for none
	USLetter   bool
	Contact    string // whom voters can ask, "" for none
	Back       string // address, "" for none
	Stylesheet string // its address; "" where Style holds the styles
	Style      string
}

// Letter is what a voter's letter has of its own.
type Letter struct {
	Name       string // "" if unknown
	Email      string
	Postal     []string // the address, line by line
	Place      string   // constituency, "" where there is just one
	PersonalID string
	Key        []string // line by line, in groups that a person can type
	QR         QR
	Title      string              // of the election, in the language
	Address    string              // of the voting page, in the language
	Language   *messages.Localizer // nil is that of the document
	Again      bool                // the same letter in its second language
}

// language returns the tag of the letter's language.
func (l Letter) language(ctx context.Context) string {
	if l.Language == nil {
		return messages.From(ctx).Language()
	}
	return l.Language.Language()
}

// testID tells the first page of a letter from the one in its second language.
func (l Letter) testID() string {
	if l.Again {
		return "letter-again"
	}
	return "letter"
}

// inOwnLanguage renders a page of a letter in its language.
func (l Letter) inOwnLanguage(page templ.Component) templ.Component {
	if l.Language == nil {
		return page
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error { return page.Render(messages.With(ctx, l.Language), w) })
}
