package messages

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// A Localizer renders messages in one language. It is safe for concurrent use.
type Localizer struct {
	tag       language.Tag
	inner     *i18n.Localizer
	parser    sentences
	bare      map[string]string // messages without arguments, rendered once
	separator string            // of groups of digits
}

// English returns the localizer for English, which has every message.
func English() *Localizer { return english() }

var english = sync.OnceValue(func() *Localizer { return newLocalizer(language.English, sentences{}) }) //nolint:gochecknoglobals // read once

// Stretched returns a localizer for tests of layouts: English with every sentence marked by ⟦ ⟧ and twice as long.
func Stretched() *Localizer { return stretchedEnglish() }

//nolint:gochecknoglobals // read once
var stretchedEnglish = sync.OnceValue(func() *Localizer { return newLocalizer(language.English, sentences{stretch: true}) })

func newLocalizer(tag language.Tag, parser sentences) *Localizer {
	l := &Localizer{tag: tag, inner: i18n.NewLocalizer(bundle(), tag.String()), parser: parser, bare: map[string]string{}}
	for _, m := range read(tag.String()) {
		if m.ID == UnitGroupSeparator().id {
			l.separator = m.Other // which is no sentence, and never stretched
		}
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

// Language returns the BCP 47 tag of the localizer's language, such as "en".
func (l *Localizer) Language() string { return l.tag.String() }

// Text returns the sentence.
func (l *Localizer) Text(m Message) string {
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

// group writes a number with its digits in groups of three.
func (l *Localizer) group(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(l.separator)
		}
		b.WriteRune(digit)
	}
	return b.String()
}
