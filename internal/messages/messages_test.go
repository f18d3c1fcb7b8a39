package messages

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// bold is a component that a page makes.
type bold string

func (b bold) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, "<b>"+string(b)+"</b>")
	return err
}

// localizerOf returns a localizer for English with the given messages.
func localizerOf(tb testing.TB, p sentences, all ...*i18n.Message) *Localizer {
	tb.Helper()
	b := i18n.NewBundle(language.English)
	if err := b.AddMessages(language.English, all...); err != nil {
		tb.Fatal(err)
	}
	return &Localizer{language: known[0], inner: i18n.NewLocalizer(b, "en"), parser: p, bare: map[string]string{}, format: English().format}
}

func TestMessage_EachKindOfArgument(t *testing.T) {
	l := localizerOf(t, sentences{},
		&i18n.Message{ID: "text", Other: "Hello, {{.Name}} < you."},
		&i18n.Message{ID: "votes", One: "{{.Count}} vote", Other: "{{.Count}} votes"},
		&i18n.Message{ID: "nested", Other: "There are {{.Votes}}."},
	)
	for want, m := range map[string]Message{
		"Hello, <Ada> < you.":               message("text", Arg{"Name", "<Ada>"}),
		`Hello, "A\tB" < you.`:              message("text", Arg{"Name", Quoted("A\tB")}),
		"Hello, 1\u202f234\u202f567 < you.": message("text", Arg{"Name", Number(1234567)}),
		"Hello, −12 < you.":                 message("text", Arg{"Name", Number(-12)}),
		"Hello, 1234567 < you.":             message("text", Arg{"Name", Plain(1234567)}),
		"1 vote":                            plural("votes", Arg{"Count", Number(1)}),
		"0 votes":                           plural("votes", Arg{"Count", Number(0)}),
		"There are 2 votes.":                message("nested", Arg{"Votes", plural("votes", Arg{"Count", Number(2)})}),
		"As it is <b>.":                     Verbatim("As it is <b>."),
		"Hello, 12\u202f345.50 % < you.":    message("text", Arg{"Name", Percentage("12345.50")}),
		"":                                  {},
	} {
		if got := m.In(With(t.Context(), l)); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

func TestMarkup_EscapesTextsAndKeepsElements(t *testing.T) {
	l := localizerOf(t, sentences{}, &i18n.Message{ID: "m", Other: "<link>See {{.Name}}</link> & <strong>{{.When}}</strong>, a < b"})
	m := markup("m", Arg{"Name", "<script>"}, Arg{"When", bold("now")}, Arg{"link", Link("/a?b=1&c=2", "data-testid", `x"y`)})
	var b strings.Builder
	if err := m.Render(With(t.Context(), l), &b); err != nil {
		t.Fatal(err)
	}
	want := `<a href="/a?b=1&amp;c=2" data-testid="x&#34;y">See &lt;script&gt;</a> &amp; <strong><b>now</b></strong>, a &lt; b`
	if b.String() != want {
		t.Errorf("want %s, got %s", want, b.String())
	}
	b.Reset()
	if err := Verbatim("<i>").Render(t.Context(), &b); err != nil || b.String() != "&lt;i&gt;" {
		t.Errorf("want a message escaped on a page, got %q, %v", b.String(), err)
	}
}

func TestLink_LeadsToNoScript(t *testing.T) {
	for address, want := range map[string]string{
		"/elections/1":             "/elections/1",
		"https://vote.example.org": "https://vote.example.org",
		"mailto:a@example.org":     "mailto:a@example.org",
		"?from=12:00":              "?from=12:00",
		"javascript:alert(1)":      "about:invalid",
		"JavaScript:alert(1)":      "about:invalid",
		" data:text/html,x":        "about:invalid",
	} {
		if got := Link(address).open; got != `<a href="`+want+`">` {
			t.Errorf("%s: want %s, got %s", address, want, got)
		}
	}
}

func TestParse_RefusesWhatTranslatorsGetWrong(t *testing.T) {
	for _, sentence := range []string{"{{.Name", "{{.}}", "{{.A b}}", "<link>never closed", "<a>x</b>", "</a>", "<a href=x>y</a>"} {
		if parts, err := parse(sentence); err == nil {
			t.Errorf("%q: want an error, got %v", sentence, parts)
		}
	}
}

func TestMessage_ComparesAndEncodes(t *testing.T) {
	one, two := message("a", Arg{"N", Plain(1)}), message("a", Arg{"N", Plain(2)})
	if !one.Equal(message("a", Arg{"N", Plain(1)})) || one.Equal(two) || one.Equal(Message{}) || one.Equal(Verbatim("a")) {
		t.Error("want equality of the sentence and of all arguments")
	}
	if encoded, err := json.Marshal(Verbatim("x")); err != nil || string(encoded) != `"x"` {
		t.Errorf("want the sentence, got %s, %v", encoded, err)
	}
	if !(Message{}).IsZero() || Verbatim("x").IsZero() || one.IsZero() {
		t.Error("want only the zero value to be no sentence")
	}
}

// TestMessage_EndsInOneFullStop has sentences that end in a date of Serbian, which ends in a full stop itself.
func TestMessage_EndsInOneFullStop(t *testing.T) {
	link := part{closePart, "strong"}
	date := Date(time.Date(2027, time.March, 28, 0, 0, 0, 0, time.UTC))
	serbian, _ := In("sr-Latn")
	for want, parts := range map[string][]part{
		"do 28. marta 2027.":               {{textPart, "do "}, {argPart, "Day"}, {textPart, "."}},
		"28. marta 2027. i dalje":          {{argPart, "Day"}, {textPart, ". i dalje"}},
		"28. marta 2027., i dalje":         {{argPart, "Day"}, {textPart, ", i dalje"}},
		"28. marta 2027..csv":              {{argPart, "Day"}, {textPart, ".csv"}},
		"<strong>28. marta 2027.</strong>": {{openPart, "strong"}, {argPart, "Day"}, link, {textPart, "."}},
		"<strong>x</strong>.":              {{openPart, "strong"}, {textPart, "x"}, link, {textPart, "."}},
	} {
		r := &rendering{localizer: serbian, args: []Arg{{"Day", date}}}
		if strings.Contains(want, "<") {
			r.ctx = With(t.Context(), serbian)
		}
		if got, err := parsed(parts).Execute(r); err != nil || got != want {
			t.Errorf("want %q, got %q, %v", want, got, err)
		}
	}
}

func TestFromEnglish_FindsTheSentence(t *testing.T) {
	if m := FromEnglish("yes", UnitNo(), UnitYes()); !m.Equal(UnitYes()) {
		t.Errorf("want the sentence, got %#v", m)
	}
	if m := FromEnglish("other", UnitNo()); !m.Equal(Verbatim("other")) {
		t.Errorf("want the text, got %#v", m)
	}
}

func TestStretched_IsMarkedAndTwiceAsLong(t *testing.T) {
	all := []*i18n.Message{
		{ID: "plain", Other: "Cast this vote"},
		{ID: "votes", One: "{{.Count}} vote", Other: "{{.Count}} votes"},
		{ID: "m", Other: "<strong>Now</strong> or never"},
	}
	ctx := With(t.Context(), localizerOf(t, sentences{stretch: true}, all...))
	if got := message("plain").In(ctx); got != "⟦Cast this vote Cast this vote⟧" {
		t.Errorf("got %q", got)
	}
	if got := plural("votes", Arg{"Count", Number(3)}).In(ctx); got != "⟦3 votes votes⟧" {
		t.Errorf("got %q", got)
	}
	var b strings.Builder
	if err := markup("m").Render(ctx, &b); err != nil || b.String() != "⟦<strong>Now</strong> or never Now or never⟧" {
		t.Errorf("got %q, %v", b.String(), err)
	}
	if got := RefusalUnknownUser().In(With(t.Context(), Stretched())); !strings.HasPrefix(got, "⟦") {
		t.Errorf("want the catalogue stretched, got %q", got)
	}
}

func BenchmarkMessage(b *testing.B) {
	l := localizerOf(b, sentences{}, &i18n.Message{ID: "two", Other: "From {{.From}} to {{.To}}."}, &i18n.Message{ID: "n", One: "{{.Count}} vote", Other: "{{.Count}} votes"})
	english := With(b.Context(), English())
	made := With(b.Context(), l)
	b.Run("without arguments", func(b *testing.B) {
		for b.Loop() {
			_ = RefusalUnknownUser().In(english)
		}
	})
	b.Run("with two arguments", func(b *testing.B) {
		for b.Loop() {
			_ = message("two", Arg{"From", "a"}, Arg{"To", Plain(12)}).In(made)
		}
	})
	b.Run("plural", func(b *testing.B) {
		for b.Loop() {
			_ = plural("n", Arg{"Count", Number(1234)}).In(made)
		}
	})
}
