package view

import (
	"context"
	"encoding/base64"
	"io"
	"strconv"

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
	Sample     bool   // the key is no voter's
	Stylesheet string // its address; "" where Style holds the styles
	Style      string
	Logo       *LetterLogo // nil for none
}

// LetterLogo is a picture that each letter shows. The document has it once.
type LetterLogo struct{ Data, Width, Height, Box string }

// NewLetterLogo returns a picture of a media type, with its sides.
func NewLetterLogo(media string, picture []byte, width, height int) *LetterLogo {
	w, h := strconv.Itoa(width), strconv.Itoa(height)
	return &LetterLogo{Data: "data:" + media + ";base64," + base64.StdEncoding.EncodeToString(picture), Width: w, Height: h, Box: "0 0 " + w + " " + h}
}

// Letter is what a voter's letter has of its own.
type Letter struct {
	Name       string // "" if unknown
	Email      string
	Postal     []string // the address, line by line
	Place      string   // constituency, "" where there is just one
	PersonalID string   // "" leaves it out
	Key        []string // line by line, in groups that a person can type
	QR         QR
	Title      string              // of the election, in the language
	Address    string              // of the voting page, in the language
	Language   *messages.Localizer // nil is that of the document
	Again      bool                // the same letter in its second language
	// What the election says beside what all letters say; "" for nothing. The last two may have several lines.
	Greeting, Instructions, Closing string
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
