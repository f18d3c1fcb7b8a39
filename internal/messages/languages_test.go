package messages

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	printing "golang.org/x/text/message"
	"golang.org/x/text/number"
)

// pluralsOf are the plural forms of CLDR that a language has for integers.
var pluralsOf = map[string][]string{
	"en": {"one", "other"}, "sr-Latn": {"one", "few", "other"}, "ka": {"one", "other"},
}

// alike are the words that a language has in common with English, and names: an offered language may have a sentence of
// these alone that is the English one.
var alike = map[string]string{
	"sr-Latn": `administrator|administratora|status|format|e-mail|jmbg`,
	"ka":      ``,
}

// gaps says what keeps a language from being offered.
func gaps(l Language) []string {
	english, own := read("en"), read(l.source())
	found := differences(english, own, pluralsOf[l.source()]...)
	return append(found, leftEnglish(l.source(), english, own)...)
}

var (
	word        = regexp.MustCompile(`\pL[\pL’'-]*`)
	placeholder = regexp.MustCompile(`\{\{[^}]*\}\}|<code>.*?</code>|<kbd>.*?</kbd>|</?[a-zA-Z]+>`)
)

// leftEnglish returns the sentences that are the English ones although words of the language would differ.
func leftEnglish(folder string, english, own []*i18n.Message) (found []string) {
	original := map[string]string{}
	for _, m := range english {
		original[m.ID] = m.Other
	}
	names := append(slices.Clone(cyrillic().Keep), strings.Split(alike[folder], "|")...)
	for _, m := range own {
		if m.Other != original[m.ID] {
			continue
		}
		for _, w := range word.FindAllString(placeholder.ReplaceAllString(m.Other, " "), -1) {
			if len(w) > 1 && !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, w) }) {
				found = append(found, m.ID+": is English: "+m.Other)
				break
			}
		}
	}
	return found
}

// TestCatalogue_ALabelHasTheWordsThatAreSeen: who speaks to the machine says the words on a button. A key and the same with
// _label are the two of one button.
func TestCatalogue_ALabelHasTheWordsThatAreSeen(t *testing.T) {
	for _, language := range known {
		l, _ := In(language.Tag)
		for id, seen := range l.bare {
			label, ok := l.bare[id+"_label"]
			if ok && !strings.Contains(strings.ToLower(label), strings.ToLower(seen)) {
				t.Errorf("%s, %s: want %q within the label %q", language.Tag, id, seen, label)
			}
		}
	}
}

// TestCatalogue_AnOfferedLanguageIsWhole demands every sentence of an offered language, with the same arguments and
// elements, all its plural forms, and not in English. With URNA_LANGUAGE_GAPS=1 it lists what the others lack:
//
//	URNA_LANGUAGE_GAPS=1 go test ./internal/messages -run AnOfferedLanguageIsWhole -v
func TestCatalogue_AnOfferedLanguageIsWhole(t *testing.T) {
	for _, l := range known[1:] {
		missing := gaps(l)
		switch {
		case slices.Contains(offered, l.Tag):
			for _, gap := range missing {
				t.Errorf("%s: %s", l.Tag, gap)
			}
		case os.Getenv("URNA_LANGUAGE_GAPS") != "" && l.Script == "":
			t.Logf("%s is not offered; %d sentences are open:\n%s", l.Tag, len(missing), strings.Join(missing, "\n"))
		}
	}
}

func TestCatalogue_FindsWhatALanguageLacks(t *testing.T) {
	english := []*i18n.Message{
		{ID: "a", Other: "{{.X}} <b>y</b>"},
		{ID: "b", Other: "b"},
		{ID: "n", One: "{{.Count}} vote", Other: "{{.Count}} votes"},
		{ID: "same", Other: "Save this"},
		{ID: "name", Other: "CSV, {{.Words}}"},
	}
	other := []*i18n.Message{
		{ID: "a", Other: "{{.Y}} y"},
		{ID: "c", Other: "c"},
		{ID: "n", One: "{{.Count}} glas", Other: "{{.Count}} glasova"},
		{ID: "same", Other: "Save this"},
		{ID: "name", Other: "CSV, {{.Words}}"},
	}
	want := []string{
		"a: has the arguments [Y] and not [X b]", "b: is missing", "n: lacks the plural form few", "c: is not in English",
		"same: is English: Save this",
	}
	got := append(differences(english, other, "one", "few", "other"), leftEnglish("sr-Latn", english, other)...)
	if !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestLanguages_EachIsKnownToTheStandard(t *testing.T) {
	for _, l := range known {
		if tag, err := language.Parse(l.Tag); err != nil || tag.String() != l.Tag {
			t.Errorf("%s: want a BCP 47 tag, got %v, %v", l.Tag, tag, err)
		}
		if _, ok := In(l.Tag); !ok || pluralsOf[l.source()] == nil || l.Name == "" {
			t.Errorf("%s: want a localizer, its plural forms in this test, and a name", l.Tag)
		}
	}
	for _, tag := range offered {
		if _, ok := In(tag); !ok {
			t.Errorf("%s is offered and not known", tag)
		}
	}
}

// TestLanguages_NumbersAreThoseOfCLDR compares separators with the Unicode project's data for each language. English has
// narrow blanks between groups of digits, as ISO 80000 has them, so that no reader takes a comma for a decimal one.
func TestLanguages_NumbersAreThoseOfCLDR(t *testing.T) {
	for _, l := range known[1:] {
		localizer, _ := In(l.Tag)
		printer := printing.NewPrinter(language.MustParse(l.Tag))
		for got, want := range map[string]string{
			localizer.Text(Integer(1234567)): printer.Sprint(number.Decimal(1234567)),
			localizer.Text(Decimal("60.65")): printer.Sprint(number.Decimal(60.65)),
		} {
			if got != want {
				t.Errorf("%s: want %q, got %q", l.Tag, want, got)
			}
		}
	}
}

func TestLanguages_DatesAndNumbers(t *testing.T) {
	at := time.Date(2020, time.June, 21, 20, 0, 7, 0, time.UTC)
	for tag, want := range map[string][]string{
		"en":      {"21 June 2020, 20:00", "21 June 2020, 20:00:07", "21 June 2020", "20:00, 21 June", "21 Jun 20:00", "60.65 %", "−1\u202f234", "+12"},
		"sr-Latn": {"21. juna 2020. u 20:00", "21. juna 2020. u 20:00:07", "21. juna 2020.", "20:00, 21. juna", "21. jun 20:00", "60,65\u00a0%", "−1.234", "+12"},
		"sr-Cyrl": {"21. јуна 2020. у 20:00", "21. јуна 2020. у 20:00:07", "21. јуна 2020.", "20:00, 21. јуна", "21. јун 20:00", "60,65\u00a0%", "−1.234", "+12"},
		"ka": {
			"21 ივნისი, 2020, 20:00", "21 ივნისი, 2020, 20:00:07", "21 ივნისი, 2020", "20:00, 21 ივნისი", "21 ივნ. 20:00", "60,65\u00a0%",
			"−1\u00a0234", "+12",
		},
	} {
		l, _ := In(tag)
		var got []string
		for _, m := range []Message{
			DateTime(at), ExactDateTime(at), Date(at), TimeOnDay(at), ShortDayTime(at), Percentage("60.65"), Integer(-1234), Change(12),
		} {
			got = append(got, l.Text(m))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: want %q, got %q", tag, want, got)
		}
	}
	if m := Integer(1234); m.IsZero() || m.String() != "1\u202f234" || m.Equal(Integer(1235)) || !m.Equal(Integer(1234)) {
		t.Errorf("want a number that is a message, got %q", m)
	}
}

// TestLanguages_SerbianCountsInThreeForms has numbers whose form is that of their last digit, and those that are not.
func TestLanguages_SerbianCountsInThreeForms(t *testing.T) {
	for tag, forms := range map[string][3]string{"sr-Latn": {"glas", "glasa", "glasova"}, "sr-Cyrl": {"глас", "гласа", "гласова"}} {
		l, _ := In(tag)
		for form, counts := range [3][]int64{{1, 21, 101, 1_000_001}, {2, 3, 4, 22, 34, 102, 1003}, {0, 5, 10, 11, 12, 13, 14, 20, 25, 111, 112, 1014}} {
			for _, n := range counts {
				want := " " + l.Text(Integer(n)) + " " + forms[form] + ","
				if got := l.Text(ChartsThresholdOverAllVotes(n)); !strings.Contains(got, want) {
					t.Errorf("%s, %d: want %q within %q", tag, n, want, got)
				}
			}
		}
	}
}

func TestInteger_GroupsDigitsByThree(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1\u202f000", 1953998: "1\u202f953\u202f998", -12345: "−12\u202f345",
		math.MinInt64: "−9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f808",
	} {
		if got := Integer(n).String(); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

func TestSize_UsesTheUnitPeopleReadItIn(t *testing.T) {
	for n, want := range map[int64]string{1: "1 B", 999: "999 B", 1500: "1.5 kB", 41_200_000: "41.2 MB", 4_294_967_296: "4.3 GB"} {
		if got := Size(n).String(); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	if l, _ := In("ka"); l.Text(Size(41_200_000)) != "41,2 MB" {
		t.Errorf("want the decimal sign of the language, got %q", l.Text(Size(41_200_000)))
	}
}

func TestLanguages_NamesAreSortedAsReadersExpect(t *testing.T) {
	for tag, want := range map[string][]string{
		"en":      {"Ada", "Čačak", "Cetinje", "Station 9", "Station 10"},
		"sr-Latn": {"Cetinje", "Čačak", "Ćuprija", "Dobro", "Džep", "Đakovo", "Ljig", "Station 9", "Station 10"},
		"sr-Cyrl": {"Београд", "Ваљево", "Ђаково", "Јагодина", "Љиг", "Чачак"},
		"ka":      {"აბაშა", "ბათუმი", "თბილისი", "ქუთაისი", "ჭიათურა"},
	} {
		l, _ := In(tag)
		got := slices.Clone(want)
		slices.Reverse(got)
		if slices.SortFunc(got, l.Compare); !slices.Equal(got, want) {
			t.Errorf("%s: want %q, got %q", tag, want, got)
		}
	}
}

func TestChoice_OfALanguage(t *testing.T) {
	c := NewChoice(known, "ka")
	for header, want := range map[string]string{
		"":                                "ka",
		"en":                              "en",
		"en-GB,en;q=0.8":                  "en",
		"sr":                              "sr-Cyrl",
		"sr-RS":                           "sr-Cyrl",
		"sr-Latn-RS,sr;q=0.9":             "sr-Latn",
		"de, en;q=0.5, ka;q=0.4":          "en",
		"de":                              "ka",
		"xx-not a tag;;q=,":               "ka",
		"mk":                              "ka", // the matcher's nearest is Serbian, and not near
		strings.Repeat("de,", 5000):       "ka",
		strings.Repeat("de,", 500) + "en": "ka", // read as far as browsers' headers go
		"ka-GE;q=0.3, sr-Cyrl-RS;q=0.2":   "ka",
	} {
		if got := c.Accepting(header).Language(); got != want {
			t.Errorf("%.40q: want %s, got %s", header, want, got)
		}
	}
	if _, ok := c.Of("de"); ok {
		t.Error("want no language that is not in the choice")
	}
	if l, ok := c.Of("sr-Cyrl"); !ok || l.Language() != "sr-Cyrl" {
		t.Errorf("want Serbian in Cyrillic letters, got %v, %v", l, ok)
	}
	if got := NewChoice(nil, "ka").Accepting("ka").Language(); got != "en" {
		t.Errorf("want English where nothing is offered, got %s", got)
	}
}

func TestCyrillic_IsMadeFromLatinByRule(t *testing.T) {
	for latin, want := range map[string]string{
		"Glasački listić je važeći.":                         "Гласачки листић је важећи.",
		"Ljubav, LJUBAV, njega, Njegoš, džep, DŽEP":          "Љубав, ЉУБАВ, њега, Његош, џеп, ЏЕП",
		"Đorđe i Čačak":                                      "Ђорђе и Чачак",
		"injekcija, konjunkcija, nadživeti, Injekcija":       "инјекција, конјункција, надживети, Инјекција",
		"odjava, podjela, odžaliti":                          "одјава, подјела, оджалити",
		"Otpremite CSV-datoteku (UTF-8) u Urni ili Urna.":    "Отпремите CSV-датотеку (UTF-8) у Урни или Urna.",
		"metod D’Hondt i Sainte-Laguë":                       "метод D’Hondt и Sainte-Laguë",
		"adresa https://example.org/vote/1 i urna.db":        "адреса https://example.org/vote/1 и urna.db",
		"kolona personal_id, opcija --data, red sep=; i/ili": "колона personal_id, опција --data, ред sep=; и/или",
		"{{.Count}} glas, {{.Name}}":                         "{{.Count}} глас, {{.Name}}",
		"pišite na izbori@example.org":                       "пишите на izbori@example.org",
		"word i yes":                                         "word и yes",
		"CSVi ili II svetski":                                "ЦСВи или II светски",
	} {
		if got := inCyrillic(latin); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	parts, err := parse("Pokrenite <code>urna verify</code> i <strong>čekajte</strong> {{.Name}}")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range cyrillicParts(parts) {
		b.WriteString(p.text + "|")
	}
	if want := "Покрените |code|urna verify|code| и |strong|чекајте|strong| |Name|"; b.String() != want {
		t.Errorf("want %q, got %q", want, b.String())
	}
	parts, err = parse(`Izaberite "absolute" ili "GET /elections/{id}/stations", ne „ovo“`)
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	for _, p := range cyrillicParts(parts) {
		b.WriteString(p.text)
	}
	if want := `Изаберите "absolute" или "GET /elections/{id}/stations", не „ово“`; b.String() != want {
		t.Errorf("want %q, got %q", want, b.String())
	}
}

// TestCyrillic_LeavesLatinOnlyWhereItIsMeant looks at every sentence: a word in Latin letters must be one that cyrillic.toml
// names, or code. A Cyrillic letter beside a digit was code: a UUID, a colour or a time as RFC 3339 has it.
func TestCyrillic_LeavesLatinOnlyWhereItIsMeant(t *testing.T) {
	besideDigit := regexp.MustCompile(`\S*(?:\d\p{Cyrillic}|\p{Cyrillic}\d)\S*`)
	latin := regexp.MustCompile(`[A-Za-zČĆŽŠĐčćžšđ]+(?:[’'-][A-Za-zë]+)*`)
	for _, m := range read("sr-Latn") {
		for _, sentence := range forms(m) {
			for _, text := range outsideCode(sentence) {
				if wrong := besideDigit.FindString(text); wrong != "" {
					t.Errorf("%s: %q has a Cyrillic letter beside a digit: write code in straight quotation marks", m.ID, wrong)
				}
				for _, at := range latin.FindAllStringIndex(text, -1) {
					if w := text[at[0]:at[1]]; strings.ContainsAny(w, "qwxyQWXY") && !slices.Contains(cyrillic().Keep, w) && !inCode(text, at) {
						t.Errorf("%s: %q stays in Latin letters: name it in cyrillic.toml, or write it in <code> or in straight quotation marks", m.ID, w)
					}
				}
			}
		}
	}
}

// outsideCode returns the texts of a sentence in Cyrillic letters, without what <code>, <kbd> and straight quotation marks enclose.
func outsideCode(sentence string) (texts []string) {
	parts, _ := parse(sentence)
	var all strings.Builder
	code := 0
	for _, p := range cyrillicParts(parts) {
		switch isCode := p.text == "code" || p.text == "kbd"; {
		case p.kind == openPart && isCode:
			code++
		case p.kind == closePart && isCode:
			code--
		case p.kind == textPart && code == 0:
			all.WriteString(p.text)
		}
	}
	for i, text := range strings.Split(all.String(), `"`) {
		if i%2 == 0 {
			texts = append(texts, text)
		}
	}
	return texts
}

// inCode reports whether a word is a part of an address, an option or a name with signs of code.
func inCode(text string, at []int) bool {
	begin := strings.LastIndexFunc(text[:at[0]], unicode.IsSpace) + 1
	end := strings.IndexFunc(text[at[1]:], unicode.IsSpace)
	if end < 0 {
		end = len(text) - at[1]
	}
	return strings.ContainsAny(strings.Trim(text[begin:at[1]+end], ".,;:!?()„“”"), "/@._=")
}
