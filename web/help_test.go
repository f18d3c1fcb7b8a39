package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"urna/internal/messages"
	"urna/web/help"
)

var (
	pageHelp    = regexp.MustCompile(`<a class="page-help[^>]*href="([^"]*)"`)
	handbookRef = regexp.MustCompile(`<a href="(/[^"#]*)"`)
)

// TestHelp_EveryPageHasItsPlace asks for every route as everybody. Each page has one link to the handbook, to the place of its
// route; a page that can be opened has a place of its own.
func TestHelp_EveryPageHasItsPlace(t *testing.T) {
	s := newSite(t)
	opened := 0
	for _, who := range []string{"anonymous", "administrator", "official"} {
		v := s.become(t, who)
		for _, route := range s.server.Routes() {
			if strings.HasSuffix(route.Path, "/live") || route.Path == "/logout" || strings.HasPrefix(route.Path, "/account/sessions") || strings.HasPrefix(route.Path, "/api/") {
				continue
			}
			answer := v.send(t, route.Method, s.address(route.Path), "")
			page := text(answer)
			if !strings.Contains(page, "<main") || strings.Contains(page, `class="letters`) {
				continue
			}
			links, want := pageHelp.FindAllStringSubmatch(page, -1), help.For(route.Path)
			switch {
			case strings.HasPrefix(route.Path, help.Base):
				if len(links) != 0 {
					t.Errorf("%s: want no help for the handbook, got %v", route.Path, links)
				}
			case want == "" || len(links) != 1 || links[0][1] != want:
				t.Errorf("%s %s as %s: want one link to %q, got %v", route.Method, route.Path, who, want, links)
			case route.Method == http.MethodGet && answer.StatusCode == http.StatusOK:
				opened++
				if !help.Has(route.Path) {
					t.Errorf("%s: the page has no place of its own in the handbook", route.Path)
				}
			}
		}
	}
	if opened < 50 {
		t.Errorf("want the pages of all roles, got %d", opened)
	}
	lost := text(s.visitor(t).send(t, http.MethodGet, "/no-such-page", ""))
	if links := pageHelp.FindStringSubmatch(lost); links == nil || links[1] != help.For("") {
		t.Errorf("an unknown address: want help, got %v", links)
	}
}

// TestHelp_ChaptersAreForEverybody reads every chapter without signing in, in every language, and follows the links that leave
// the handbook.
func TestHelp_ChaptersAreForEverybody(t *testing.T) {
	s := newMultilingualSite(t)
	v := s.visitor(t)
	start := text(v.send(t, http.MethodGet, "/", ""))
	if !strings.Contains(start, `href="/help"`) {
		t.Error("want a link to the handbook on the first page")
	}
	for _, language := range messages.Known() {
		l, _ := messages.In(language.Tag)
		list := wantLanguage(t, "the list of chapters", v.send(t, http.MethodGet, "/help?lang="+language.Tag, ""), language.Tag)
		for _, c := range help.In(l) {
			if !strings.Contains(list, `href="`+c.Address()+`"`) || !strings.Contains(list, c.Title) {
				t.Errorf("%s: want %s listed", language.Tag, c.Name)
			}
			page := wantLanguage(t, c.Name, v.send(t, http.MethodGet, c.Address()+"?lang="+language.Tag, ""), language.Tag)
			marked := strings.Contains(page, `data-testid="help-chapter" lang="en"`)
			if said := strings.Contains(page, `data-testid="help-untranslated"`); said == c.Translated || marked == c.Translated {
				t.Errorf("%s, %s: want the language said of a chapter that is not translated alone", language.Tag, c.Name)
			}
			if !strings.Contains(page, c.HTML) || strings.Contains(page, "{{") {
				t.Errorf("%s, %s: want its text", language.Tag, c.Name)
			}
			for _, h := range c.Headings {
				if !strings.Contains(page, `<a href="#`+h.Anchor+`">`) {
					t.Errorf("%s, %s: want %s in the contents", language.Tag, c.Name, h.Anchor)
				}
			}
			for _, found := range handbookRef.FindAllStringSubmatch(c.HTML, -1) {
				if answer := v.send(t, http.MethodGet, found[1], ""); answer.StatusCode != http.StatusOK {
					t.Errorf("%s: the link to %s leads to %s", c.Name, found[1], answer.Status)
				}
			}
		}
	}
	if answer := v.send(t, http.MethodGet, "/help/none", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("no such chapter: want 404, got %s", answer.Status)
	}
}

// TestHelp_VotersTakeTheirLanguageAlong looks at the link of a voter's screen, which has no cookie.
func TestHelp_VotersTakeTheirLanguageAlong(t *testing.T) {
	s := newMultilingualSite(t)
	page := text(s.visitor(t).send(t, http.MethodGet, "/vote/"+id(s.election.ID)+"?lang=ka", ""))
	if link := pageHelp.FindStringSubmatch(page); link == nil || link[1] != "/help/voters?lang=ka#vote" {
		t.Errorf("want the voters' chapter in Georgian, got %v", link)
	}
}
