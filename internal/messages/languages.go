package messages

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/text/language"
)

// A Language is one in which pages and letters can be written.
type Language struct {
	// Tag is its BCP 47 tag. It is the folder of the catalogue, too, unless Script names another.
	Tag string
	// Name is what its own speakers call it.
	Name string
	// Script is the folder whose sentences are written in Cyrillic letters to get this language; "" for a folder of its own.
	Script string
	// order is the tag of a language that sorts names alike, "" for its own.
	order string
}

// source returns the folder of its sentences.
func (l Language) source() string {
	if l.Script != "" {
		return l.Script
	}
	return l.Tag
}

// known are all languages that have a folder, or are made from one, English first. A folder may be incomplete as long as its
// language is not offered: the English sentence is shown in place of one that is missing.
var known = []Language{ //nolint:gochecknoglobals // a constant
	{Tag: "en", Name: "English"},
	{Tag: "sr-Latn", Name: "Srpski (latinica)", order: "hr"},
	{Tag: "sr-Cyrl", Name: "Српски (ћирилица)", Script: "sr-Latn"},
	{Tag: "ka", Name: "ქართული"},
}

// offered are the tags of the languages that a server offers to its readers. A language is added when its folder has every
// sentence; TestCatalogue_AnOfferedLanguageIsWhole demands it.
var offered = []string{"en", "sr-Latn", "sr-Cyrl", "ka"} //nolint:gochecknoglobals // a constant

// Offered returns the languages that are offered to readers, English first.
func Offered() []Language {
	return slices.DeleteFunc(slices.Clone(known), func(l Language) bool { return !slices.Contains(offered, l.Tag) })
}

// Known returns all languages of the catalogue, whole or not, English first.
func Known() []Language { return slices.Clone(known) }

// In returns the localizer of a language of the catalogue by its tag; false for another tag.
func In(tag string) (*Localizer, bool) {
	localizer, ok := localizers[tag]
	if !ok {
		return nil, false
	}
	return localizer(), true
}

// localizers make the localizer of each language when it is asked for first.
var localizers = func() map[string]func() *Localizer { //nolint:gochecknoglobals // read once
	all := map[string]func() *Localizer{}
	for _, l := range known {
		all[l.Tag] = sync.OnceValue(func() *Localizer { return newLocalizer(l, sentences{cyrillic: l.Script != ""}) })
	}
	return all
}()

// A Choice chooses a reader's language among some. It is safe for concurrent use.
type Choice struct {
	languages []Language // in the order of the catalogue
	order     []Language // the preferred one first, as the matcher has them
	matcher   language.Matcher
}

// NewChoice returns the choice among languages, English alone if there is none. The preferred one is for readers who ask
// for none of them.
func NewChoice(languages []Language, preferred string) *Choice {
	if len(languages) == 0 {
		languages = known[:1]
	}
	c := &Choice{languages: languages}
	for _, first := range []bool{true, false} {
		for _, l := range languages {
			if (l.Tag == preferred) == first {
				c.order = append(c.order, l)
			}
		}
	}
	tags := make([]language.Tag, 0, len(languages))
	for _, l := range c.order {
		tags = append(tags, language.MustParse(l.Tag))
	}
	c.matcher = language.NewMatcher(tags)
	return c
}

// Languages returns the languages of the choice, in the order of the catalogue.
func (c *Choice) Languages() []Language { return slices.Clone(c.languages) }

// Of returns the localizer of the language with the tag; false if the choice has no such language.
func (c *Choice) Of(tag string) (*Localizer, bool) {
	if !slices.ContainsFunc(c.languages, func(l Language) bool { return l.Tag == tag }) {
		return nil, false
	}
	return In(tag)
}

// Accepting returns the localizer of the language that an Accept-Language header asks for, else of the preferred one. A
// header that cannot be read asks for none.
func (c *Choice) Accepting(header string) *Localizer {
	const longest = 1000 // bytes; browsers send some fifty
	at := 0
	if tags, _, err := language.ParseAcceptLanguage(header[:min(len(header), longest)]); err == nil && len(tags) > 0 {
		if _, best, confidence := c.matcher.Match(tags...); confidence >= language.High {
			at = best
		}
	}
	l, _ := In(c.order[at].Tag)
	return l
}

type contextKey struct{}

// With returns a context whose messages are rendered by the localizer.
func With(ctx context.Context, l *Localizer) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// From returns the localizer of the context; without one, English.
func From(ctx context.Context) *Localizer {
	if l, ok := ctx.Value(contextKey{}).(*Localizer); ok {
		return l
	}
	return English()
}
