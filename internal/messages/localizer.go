package messages

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// A Localizer renders messages in one language. It is safe for concurrent use.
type Localizer struct {
	language Language
	inner    *i18n.Localizer
	parser   sentences
	bare     map[string]string // messages without arguments, rendered once
	format   format
	collator sync.Pool
}

// English returns the localizer for English, which has every message.
func English() *Localizer {
	l, _ := In(known[0].Tag)
	return l
}

// Stretched returns a localizer for tests of layouts: English with every sentence marked by ⟦ ⟧ and twice as long.
func Stretched() *Localizer { return stretchedEnglish() }

//nolint:gochecknoglobals // read once
var stretchedEnglish = sync.OnceValue(func() *Localizer { return newLocalizer(known[0], sentences{stretch: true}) })

func newLocalizer(of Language, parser sentences) *Localizer {
	tag := language.MustParse(of.Tag)
	bundle := i18n.NewBundle(tag)
	all := messagesOf(of)
	if err := bundle.AddMessages(tag, all...); err != nil {
		panic(fmt.Errorf("messages: %s: %w", of.Tag, err)) // excluded by the tests of the catalogue
	}
	l := &Localizer{
		language: of, inner: i18n.NewLocalizer(bundle, of.Tag), parser: parser, bare: map[string]string{}, format: newFormat(all, parser.cyrillic),
	}
	l.collator.New = func() any {
		return collate.New(language.MustParse(cmp.Or(of.order, of.Tag)), collate.Loose, collate.Numeric)
	}
	for _, m := range all {
		if parts, err := parse(m.Other); err == nil && isBare(parts) && m.One == "" {
			l.bare[m.ID] = l.render(Message{id: m.ID}, &rendering{localizer: l})
		}
	}
	return l
}

func isBare(parts []part) bool {
	for _, p := range parts {
		if p.kind != textPart {
			return false
		}
	}
	return true
}

// Language returns the BCP 47 tag of the localizer's language, such as "en".
func (l *Localizer) Language() string { return l.language.Tag }

// Text returns the sentence.
func (l *Localizer) Text(m Message) string {
	if m.value != nil {
		return m.value.in(l)
	}
	if m.id == "" {
		return m.text
	}
	if text, ok := l.bare[m.id]; ok {
		return text
	}
	return l.render(m, &rendering{localizer: l, args: m.args})
}

func (l *Localizer) markup(ctx context.Context, m Message) (string, error) {
	return l.localize(m, &rendering{localizer: l, args: m.args, ctx: ctx})
}

// render never fails for a reader: a message that cannot be rendered, which the tests of the catalogue exclude, is logged
// and shown by its name.
func (l *Localizer) render(m Message, r *rendering) string {
	text, err := l.localize(m, r)
	if err != nil {
		slog.Error("render a message", "id", m.id, "error", err)
		return m.id
	}
	return text
}

func (l *Localizer) localize(m Message, r *rendering) (string, error) {
	config := i18n.LocalizeConfig{MessageID: m.id, TemplateData: r, TemplateParser: l.parser}
	if m.plural {
		for _, arg := range m.args {
			if count, ok := arg.Value.(Number); ok && arg.Name == "Count" {
				config.PluralCount = int64(count)
			}
		}
	}
	text, err := l.inner.Localize(&config)
	if err != nil {
		return "", fmt.Errorf("message %s: %w", m.id, err)
	}
	return text, nil
}

// Compare compares two names as a sorted list in the language has them: without regard to case, and numbers by their value.
func (l *Localizer) Compare(a, b string) int {
	c, _ := l.collator.Get().(*collate.Collator)
	defer l.collator.Put(c)
	return c.CompareString(a, b)
}
