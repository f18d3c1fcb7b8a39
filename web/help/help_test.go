package help

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/internal/messages"
)

// labelInSource finds everything that was meant to be a label.
var labelInSource = regexp.MustCompile(`\{\{[^}]*\}?\}?`)

// TestChapters_NameWhatTheCatalogueHas reads every label of every chapter.
func TestChapters_NameWhatTheCatalogueHas(t *testing.T) {
	for _, folder := range folders(t) {
		for _, file := range sources(folder) {
			source := content(t, file)
			for _, found := range labelInSource.FindAllString(source, -1) {
				id := strings.TrimSuffix(strings.TrimPrefix(found, "{{"), "}}")
				if !labelForm.MatchString(found) {
					t.Errorf("%s: %s is no label: write {{area.key}}", file, found)
				} else if _, ok := messages.Named(id); !ok {
					t.Errorf("%s: the catalogue has no sentence without arguments named %s", file, id)
				}
			}
		}
	}
}

// TestChapters_HaveTheSamePlacesInEveryLanguage compares headings, links and labels with the English chapter.
func TestChapters_HaveTheSamePlacesInEveryLanguage(t *testing.T) {
	english := In(messages.English())
	for _, language := range messages.Known() {
		l, _ := messages.In(language.Tag)
		for i, c := range In(l) {
			if want, got := anchors(english[i]), anchors(c); !slices.Equal(want, got) {
				t.Errorf("%s, %s: want the headings %v, got %v", language.Tag, c.Name, want, got)
			}
			if !c.Translated {
				if c.Language != original || c.Title != english[i].Title {
					t.Errorf("%s, %s: want the English chapter, got %q in %s", language.Tag, c.Name, c.Title, c.Language)
				}
				continue
			}
			of, translated := content(t, path.Join(original, c.Name+".md")), content(t, path.Join(l.Folder(), c.Name+".md"))
			for what, form := range map[string]*regexp.Regexp{"links": linkInSource, "labels": labelInSource} {
				if want, got := sorted(form, of), sorted(form, translated); !slices.Equal(want, got) {
					t.Errorf("%s, %s: want the %s of the English chapter\n%v, got\n%v", language.Tag, c.Name, what, want, got)
				}
			}
		}
	}
}

// TestChapters_LinksLeadSomewhere follows every link of every chapter. Package web opens those that leave the handbook.
func TestChapters_LinksLeadSomewhere(t *testing.T) {
	l := messages.English()
	for _, c := range In(l) {
		for _, to := range hrefs(c) {
			if strings.HasPrefix(to, "#") {
				to = c.Address() + to
			}
			if strings.HasPrefix(to, Base+"/") && !exists(l, to) {
				t.Errorf("%s: the link %s leads nowhere", c.Name, to)
			}
		}
	}
}

// TestPlaces_Exist looks for the place of every page.
func TestPlaces_Exist(t *testing.T) {
	for route := range places {
		if address := For(route); !exists(messages.English(), address) {
			t.Errorf("%s: want a place of the handbook, got %s", route, address)
		}
	}
	if address := For(""); !exists(messages.English(), address) {
		t.Errorf("no route: want a place of the handbook, got %s", address)
	}
	for route, want := range map[string]string{
		"/official/elections/:election/batches": Base + "/" + Officials + "#upload", "/account/sessions/:session/end": Base + "/" + Officials + "#account",
		"/assets/:file": "", "/help": "", "/help/:chapter": "", "/healthz": "",
	} {
		if got := For(route); got != want {
			t.Errorf("%s: want %q, got %q", route, want, got)
		}
	}
}

// TestChapters_AreWrittenInTheLettersOfTheReader renders a text in Serbian, whose names of buttons are of the catalogue.
func TestChapters_AreWrittenInTheLettersOfTheReader(t *testing.T) {
	source := []byte("# Glasanje\n\nPritisnite *dugme*.\n\n## Pismo s ključem {#letter}\n\nPokrenite `urna verify` i pritisnite **{{layout.sign_out}}**.\n")
	latin, _ := messages.In("sr-Latn")
	cyrillic, _ := messages.In("sr-Cyrl")
	for l, want := range map[*messages.Localizer][]string{
		latin:    {"Glasanje", "Pismo s ključem", `<p>Pokrenite <code>urna verify</code> i pritisnite <strong>` + messages.LayoutSignOut().In(messages.With(t.Context(), latin)) + "</strong>.</p>"},
		cyrillic: {"Гласање", "Писмо с кључем", `<p>Покрените <code>urna verify</code> и притисните <strong>` + messages.LayoutSignOut().In(messages.With(t.Context(), cyrillic)) + "</strong>.</p>"},
	} {
		c, err := render(l, true, source)
		if err != nil {
			t.Fatal(err)
		}
		if got := []string{c.Title, c.Headings[0].Text}; !slices.Equal(got, want[:2]) || c.Headings[0].Anchor != "letter" {
			t.Errorf("%s: want %v, got %v", l.Language(), want[:2], c.Headings)
		}
		if !strings.Contains(c.HTML, want[2]) || !strings.Contains(c.HTML, `<h2 id="letter">`+want[1]) {
			t.Errorf("%s: want %s, got %s", l.Language(), want[2], c.HTML)
		}
	}
}

// TestChapters_ThatAreNotTranslatedNameButtonsAsTheReaderSeesThem renders an English text for a reader of Georgian.
func TestChapters_ThatAreNotTranslatedNameButtonsAsTheReaderSeesThem(t *testing.T) {
	georgian, _ := messages.In("ka")
	c, err := render(georgian, false, []byte("# Voting\n\nAbout it.\n\nPress {{layout.sign_out}}. <script>alert(1)</script>\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := `<p>Press <span lang="ka">` + messages.LayoutSignOut().In(messages.With(t.Context(), georgian)) + "</span>."
	if c.Language != "en" || !strings.Contains(c.HTML, want) || strings.Contains(c.HTML, "<script") {
		t.Errorf("want %s in %s, got %s in %s", want, "en", c.HTML, c.Language)
	}
}

// TestRender_RefusesAChapterWithoutItsParts renders texts that lack something.
func TestRender_RefusesAChapterWithoutItsParts(t *testing.T) {
	for name, source := range map[string]string{
		"no title": "Text.\n", "no summary": "# Title\n\n## Heading {#a}\n", "a heading without an address": "# Title\n\nText.\n\n## Heading\n",
	} {
		if c, err := render(messages.English(), true, []byte(source)); err == nil {
			t.Errorf("%s: want an error, got %+v", name, c)
		}
	}
}

var (
	hrefForm     = regexp.MustCompile(`<a href="([^"]*)"`)
	linkInSource = regexp.MustCompile(`\]\(([^)]*)\)`)
)

func hrefs(c *Chapter) (list []string) {
	for _, found := range hrefForm.FindAllStringSubmatch(c.HTML, -1) {
		list = append(list, found[1])
	}
	return list
}

// exists reports whether the handbook has an address.
func exists(l *messages.Localizer, address string) bool {
	name, anchor, _ := strings.Cut(strings.TrimPrefix(address, Base+"/"), "#")
	c, ok := Find(l, name)
	return ok && (anchor == "" || slices.Contains(anchors(c), anchor) && strings.Contains(c.HTML, `id="`+anchor+`"`))
}

func anchors(c *Chapter) (list []string) {
	for _, h := range c.Headings {
		list = append(list, h.Anchor)
	}
	return list
}

func sorted(form *regexp.Regexp, source string) []string {
	return slices.Sorted(slices.Values(form.FindAllString(source, -1)))
}

func folders(t *testing.T) (list []string) {
	t.Helper()
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		list = append(list, entry.Name())
		for _, file := range sources(entry.Name()) {
			if name := strings.TrimSuffix(path.Base(file), ".md"); !slices.Contains(Names(), name) {
				t.Errorf("%s is no chapter", file)
			}
		}
	}
	return list
}

func content(t *testing.T, file string) string {
	t.Helper()
	source, err := files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}
