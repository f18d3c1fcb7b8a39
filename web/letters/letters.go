package letters

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"urna/assets"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/view"
)

// stylesheet is the asset that letters are dressed in.
const stylesheet = "letters.css"

// ErrAddress is returned for an address that voters could not open.
var ErrAddress = &problem.Error{
	Kind: problem.Invalid, Code: "invalid-address", Message: messages.RefusalInvalidInput(),
	Fields: []problem.Field{{Name: "address", Message: messages.FieldPublicAddressMalformed()}},
}

// Letters are what all letters of an election have in common.
type Letters struct {
	election *elections.Election
	page     string // address of the voting page
	// Whole puts the styles into the document, for a self-contained file; otherwise it refers to the
	// server's.
	Whole bool
	// Languages are those of each letter, a page for each; nil is that of the context.
	Languages []*messages.Localizer
	// Contact says whom voters can ask; "" is not printed.
	Contact string
	// Sender is the line above the address in an envelope's window; "" is not printed.
	Sender string
	// USLetter lays letters out for US paper; the other is A4.
	USLetter bool
	// Back is where a page with letters leads back to; "" is nowhere.
	Back string
	// Sample says that the key is no voter's, and that Back leads to where the letters are changed.
	Sample bool

	told elections.VoterInformation
}

// MostLanguages is in how many languages a letter is.
const MostLanguages = 2

// UseInformation makes the letters say what the election tells its voters. Its contact and its sender come before those of the
// server, and its languages are those of the letters unless Languages has some.
func (l *Letters) UseInformation(v elections.VoterInformation) {
	l.told = v
	l.Contact, l.Sender = cmp.Or(v.Contact, l.Contact), cmp.Or(v.Sender, l.Sender)
	if len(l.Languages) > 0 {
		return
	}
	for _, tag := range v.Languages[:min(len(v.Languages), MostLanguages)] {
		if language, ok := messages.In(tag); ok {
			l.Languages = append(l.Languages, language)
		}
	}
}

// New returns the letters of an election whose voters reach the service at the address, which is http or
// https, a host, and maybe a path. It returns ErrAddress for any other.
func New(e *elections.Election, address string) (*Letters, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrAddress
	}
	return &Letters{election: e, page: strings.TrimRight(u.String(), "/") + "/vote/" + strconv.FormatInt(e.ID, 10)}, nil
}

// Page returns the address of the voting page.
func (l *Letters) Page() string { return l.page }

// Write writes one document with a letter for every key, in their order. An error of the keys, or of w,
// ends it, and what was written is then not whole.
func (l *Letters) Write(ctx context.Context, w io.Writer, keys iter.Seq2[online.Key, error]) error {
	zone := l.election.Location()
	model := view.LettersPage{
		Title: l.election.Title, Rehearsal: l.election.Rehearsal, Address: l.page, Back: l.Back, Sample: l.Sample, Contact: l.Contact, Sender: l.Sender, USLetter: l.USLetter,
		Starts: view.NewMoment(l.election.StartsAt, zone), Ends: view.NewMoment(l.election.EndsAt, zone),
	}
	if len(l.told.Logo) > 0 {
		width, height := elections.LogoSize(l.told.Logo)
		model.Logo = view.NewLetterLogo(elections.LogoType(l.told.Logo), l.told.Logo, width, height)
	}
	if len(l.Languages) > 0 { // the document's own words are in the first one
		ctx = messages.With(ctx, l.Languages[0])
		model.Title = l.election.In(l.Languages[0].Language()).Title
	}
	if l.Whole {
		file, _ := assets.Open(strings.TrimPrefix(assets.URL(stylesheet), assets.Prefix))
		model.Style = string(file.Content)
	} else {
		model.Stylesheet = assets.URL(stylesheet)
	}
	if err := view.Letters(model, l.each(ctx, keys)).Render(ctx, w); err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	return nil
}

// each turns keys into letters, with a page for each language.
func (l *Letters) each(ctx context.Context, keys iter.Seq2[online.Key, error]) iter.Seq2[view.Letter, error] {
	languages := l.Languages
	if len(languages) == 0 {
		languages = []*messages.Localizer{nil}
	}
	return func(yield func(view.Letter, error) bool) {
		for key, err := range keys {
			for i, language := range languages {
				var letter view.Letter
				if err == nil {
					letter, err = l.letter(key, language)
					l.say(&letter, tagOf(ctx, language))
					letter.Again = i > 0
				}
				if !yield(letter, err) || err != nil {
					return
				}
			}
		}
	}
}

// tagOf is the tag of a letter's language; nil is that of the document.
func tagOf(ctx context.Context, language *messages.Localizer) string {
	if language == nil {
		language = messages.From(ctx)
	}
	return language.Language()
}

// say adds what the election tells its voters in a language.
func (l *Letters) say(letter *view.Letter, tag string) {
	text := l.told.In(tag)
	letter.Greeting, letter.Instructions, letter.Closing = text.Greeting, text.Instructions, text.Closing
	if l.told.HidesPersonalID {
		letter.PersonalID = ""
	}
}

// pageIn returns the address of the voting page in a language; nil leaves the language to the voter's browser.
func (l *Letters) pageIn(language *messages.Localizer) string {
	if language == nil {
		return l.page
	}
	return view.InLanguage(l.page, language.Language())
}

// Link returns the address that a letter's picture shows: the voting page with the key, in the part of an address
// that browsers send to no server.
func (l *Letters) Link(key online.Key) string { return l.link(l.page, key) }

func (l *Letters) link(page string, key online.Key) string {
	values := url.Values{"key": {strings.ReplaceAll(key.GUID, "-", "")}}
	if !l.told.HidesPersonalID {
		values.Set("id", key.PersonalID)
	}
	return page + "#" + values.Encode()
}

func (l *Letters) letter(key online.Key, language *messages.Localizer) (view.Letter, error) {
	election := l.election
	if language != nil {
		election = election.In(language.Language())
	}
	bare := strings.ReplaceAll(key.GUID, "-", "")
	code, err := view.NewQR(messages.LettersQr(), l.link(l.pageIn(language), key))
	if err != nil {
		return view.Letter{}, err
	}
	letter := view.Letter{Postal: key.Address.Printed(), Name: key.Name, Email: key.Email, PersonalID: key.PersonalID, Key: Groups(bare), QR: code, Title: election.Title, Address: l.pageIn(language), Language: language}
	if c := election.Constituency(key.ConstituencyID); c != nil && len(election.Constituencies) > 1 {
		letter.Place = c.Name
	}
	return letter, nil
}

// Groups returns the signs of a key, or of a text that was typed as one, as they are in a letter: lines of four
// groups of four.
func Groups(signs string) (lines []string) {
	for line := range slices.Chunk([]rune(signs), 16) {
		var groups []string
		for group := range slices.Chunk(line, 4) {
			groups = append(groups, string(group))
		}
		lines = append(lines, strings.Join(groups, " "))
	}
	return lines
}

// Part returns the letters from number first on, counted from 1, at most so many; 0 is all.
func Part(keys iter.Seq2[online.Key, error], first, most int64) iter.Seq2[online.Key, error] {
	return func(yield func(online.Key, error) bool) {
		n := int64(0)
		for key, err := range keys {
			n++
			if err == nil && n < first {
				continue
			}
			if most > 0 && n >= max(1, first)+most || !yield(key, err) {
				return
			}
		}
	}
}
