package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/elections"
	"urna/internal/app/server"
	"urna/internal/messages"
	"urna/web/api"
)

// newMultilingualSite is newSite with all languages of the catalogue, also those that are not whole yet.
func newMultilingualSite(t *testing.T) *site {
	t.Helper()
	return newSiteWith(t, server.Options{Languages: messages.NewChoice(messages.Known(), "en")})
}

var pageLanguage = regexp.MustCompile(`<html lang="([^"]*)"`)

// wantLanguage checks the language of a page, and what its headers say of it.
func wantLanguage(t *testing.T, what string, answer *http.Response, want string) (page string) {
	t.Helper()
	page = text(answer)
	found := pageLanguage.FindStringSubmatch(page)
	if found == nil || found[1] != want || answer.Header.Get("Content-Language") != want {
		t.Errorf("%s: want a page in %s, got %v and Content-Language %q", what, want, found, answer.Header.Get("Content-Language"))
	}
	if vary := strings.Join(answer.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept-Language") {
		t.Errorf("%s: want an answer that varies with Accept-Language, got Vary: %s", what, vary)
	}
	return page
}

func TestLanguage_AddressThenCookieThenBrowserThenServer(t *testing.T) {
	s := newMultilingualSite(t)
	v := s.visitor(t)
	for _, step := range []struct{ path, accept, want, cookie string }{
		{"/", "", "en", ""},
		{"/", "de", "en", ""},
		{"/", "ka, en;q=0.5", "ka", ""},
		{"/?lang=xx", "ka", "ka", ""},
		{"/?lang=sr-Cyrl", "ka", "sr-Cyrl", "sr-Cyrl"},
		{"/", "ka", "sr-Cyrl", ""},            // the cookie
		{"/?lang=sr-Cyrl", "", "sr-Cyrl", ""}, // which is there already
		{"/?lang=ka&lang=en", "", "ka", "ka"}, // the first one
		{"/no-such-page", "en", "ka", ""},     // refusals too
		{"/login?lang=en&next=%2Fadmin", "", "en", "en"},
		{"/elections/" + id(s.election.ID), "ka", "en", ""},
	} {
		answer := v.send(t, http.MethodGet, step.path, "", "Accept-Language", step.accept)
		wantLanguage(t, step.path+" accepting "+step.accept, answer, step.want)
		set := ""
		for _, cookie := range answer.Cookies() {
			set = cookie.Value
			if cookie.Name != "urna-language" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
				t.Errorf("%s: want a cookie of the language for the whole site, got %v", step.path, cookie)
			}
		}
		if set != step.cookie {
			t.Errorf("%s: want the cookie %q set, got %q", step.path, step.cookie, set)
		}
	}
	for what, answer := range map[string]*http.Response{
		"a form that is sent":     v.send(t, http.MethodPost, "/login?lang=ka", "email=", "Content-Type", "application/x-www-form-urlencoded"),
		"a part that a page asks": v.send(t, http.MethodGet, "/?lang=ka", "", "HX-Request", "true"),
	} {
		if wantLanguage(t, what, answer, "ka"); len(answer.Cookies()) != 0 {
			t.Errorf("%s: want no language kept, got %v", what, answer.Cookies())
		}
	}
	if page := text(v.send(t, http.MethodGet, "/no-such-page?lang=ka", "")); !strings.Contains(page, `href="/no-such-page?lang=en"`) {
		t.Error("want the other languages offered on a page that is not there")
	}
	administrator := s.signedIn(t, "administrator")
	wantLanguage(t, "a page of an administrator", administrator.send(t, http.MethodGet, "/admin?lang=ka", ""), "ka")
	wantLanguage(t, "their next one", administrator.send(t, http.MethodGet, "/admin/users", ""), "ka")
	refused := administrator.send(t, http.MethodPost, "/admin/participants", "name=", "Content-Type", "application/x-www-form-urlencoded")
	if page := wantLanguage(t, "a refused form", refused, "ka"); !strings.Contains(page, `href="/admin/participants?lang=en"`) {
		t.Error("want the other languages offered where the address can be opened")
	}
}

func TestLanguage_ServersOwnForReadersWhoWantNone(t *testing.T) {
	s := newSiteWith(t, server.Options{Languages: messages.NewChoice(messages.Known(), "ka")})
	wantLanguage(t, "no wish", s.visitor(t).send(t, http.MethodGet, "/", ""), "ka")
	wantLanguage(t, "another wish", s.visitor(t).send(t, http.MethodGet, "/", "", "Accept-Language", "fr"), "ka")
	wantLanguage(t, "English", s.visitor(t).send(t, http.MethodGet, "/", "", "Accept-Language", "en-GB"), "en")
}

func TestLanguage_OneLanguageIsNoChoice(t *testing.T) {
	s := newSiteWith(t, server.Options{Languages: messages.NewChoice(messages.Known()[:1], "en")})
	answer := s.visitor(t).send(t, http.MethodGet, "/?lang=ka", "", "Accept-Language", "ka")
	if page := text(answer); strings.Contains(page, "hreflang") || len(answer.Cookies()) != 0 || slices.Contains(answer.Header.Values("Vary"), "Accept-Language") {
		t.Errorf("want nothing to choose, got %v", answer.Header)
	}
}

func TestLanguage_SwitchKeepsTheAddress(t *testing.T) {
	s := newMultilingualSite(t)
	s.closed(t, s.election)
	election := "/elections/" + id(s.election.ID)
	paths := append(slices.DeleteFunc(keptPaths(s.election), func(path string) bool { return strings.HasPrefix(path, api.Base) }),
		"/log", election+"/turnout", election+"/stations", election+"/stations?q=a+b&sort=name", election+"/amendments", election+"/corrections", "/login?next=%2Fadmin")
	for _, path := range paths {
		page := wantLanguage(t, path, s.visitor(t).send(t, http.MethodGet, path+separator(path)+"lang=ka", ""), "ka")
		for _, tag := range []string{"en", "sr-Latn", "sr-Cyrl", "ka"} {
			address := strings.ReplaceAll(path+separator(path)+"lang="+tag, "&", "&amp;")
			for _, want := range []string{
				`<link rel="alternate" hreflang="` + tag + `" href="` + address + `">`, `<a href="` + address + `" lang="` + tag + `" hreflang="` + tag + `"`,
			} {
				if !strings.Contains(page, want) {
					t.Errorf("%s: want %s", path, want)
				}
			}
		}
		if !regexp.MustCompile(`lang="ka" hreflang="ka" data-testid="language-ka" aria-current="true"`).MatchString(page) {
			t.Errorf("%s: want the page's own language marked", path)
		}
	}
}

func separator(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}

func TestLanguage_KeptPagesAreDrawnOnceForEach(t *testing.T) {
	s := newMultilingualSite(t)
	s.closed(t, s.election)
	s.quiet(t)
	path := "/elections/" + id(s.election.ID)
	drawn := map[string]string{}
	for range 3 {
		for _, l := range messages.Known() {
			answer := s.visitor(t).send(t, http.MethodGet, path, "", "Accept-Language", l.Tag)
			tag := answer.Header.Get("Etag")
			page := wantLanguage(t, path, answer, l.Tag)
			if before, ok := drawn[l.Tag]; ok && before != tag {
				t.Errorf("%s: want the same bytes again", l.Tag)
			}
			drawn[l.Tag] = tag
			if !strings.Contains(page, path+"/live?lang="+l.Tag+`"`) && strings.Contains(page, "sse-connect") {
				t.Errorf("%s: want the live feed in the language of the page", l.Tag)
			}
			again := s.visitor(t).send(t, http.MethodGet, path, "", "Accept-Language", l.Tag, "If-None-Match", tag)
			if again.StatusCode != http.StatusNotModified || again.Header.Get("Content-Language") != l.Tag {
				t.Errorf("%s: want 304 in the language, got %s, %v", l.Tag, again.Status, again.Header)
			}
		}
	}
	tags := map[string]bool{}
	for _, tag := range drawn {
		tags[tag] = true
	}
	if len(tags) != len(messages.Known()) {
		t.Errorf("want other bytes in each language, got %v", drawn)
	}
	// Made-up languages make no further answers.
	before := s.server.Kept()
	for _, made := range []string{"xx", "en-GB", "ka-GE", "../en", strings.Repeat("x", 200)} {
		s.visitor(t).send(t, http.MethodGet, path+"?lang="+url.QueryEscape(made), "", "Cookie", "urna-language=made-up")
	}
	if after := s.server.Kept(); after != before {
		t.Errorf("want %d answers kept, got %d", before, after)
	}
}

// TestEmbargo_HoldsInEveryLanguage looks for counts by participant in all that is kept and in the live feed, in each
// language, as numbers are written there.
func TestEmbargo_HoldsInEveryLanguage(t *testing.T) {
	const onlineVotes = 20
	s := newMultilingualSite(t)
	pattern := secret(onlineVotes)
	shown, _ := s.embargo(t, elections.RunningCount, onlineVotes)
	sealed, _ := s.embargo(t, elections.TurnoutOnly, onlineVotes)
	for _, l := range messages.Known() {
		v := s.visitor(t)
		in := func(path string) string { return path + separator(path) + "lang=" + l.Tag }
		for _, path := range []string{"/elections/" + id(shown.ID)} {
			if !pattern.MatchString(text(v.send(t, http.MethodGet, in(path), ""))) || !pattern.MatchString(s.firstEvent(t, http.DefaultClient, in(path+"/live"))) {
				t.Errorf("%s in %s: want the running count found where it may be seen", path, l.Tag)
			}
		}
		for range 2 { // drawn, and kept
			for _, path := range append(keptPaths(sealed), "/elections/"+id(sealed.ID)+"/turnout", "/elections/"+id(sealed.ID)+"/stations", "/vote/"+id(sealed.ID)) {
				if path == "/" {
					continue // which shows the other election
				}
				if found := pattern.FindString(text(v.send(t, http.MethodGet, in(path), ""))); found != "" {
					t.Errorf("%s in %s: want no count by participant, found %q", path, l.Tag, found)
				}
			}
		}
		feed := s.firstEvent(t, http.DefaultClient, in("/elections/"+id(sealed.ID)+"/live"))
		if found := pattern.FindString(feed); found != "" || !strings.Contains(feed, "data:") {
			t.Errorf("live feed in %s: want no count by participant, found %q in %s", l.Tag, found, feed)
		}
	}
}

func TestLanguage_ProgramsGetEnglish(t *testing.T) {
	s := newMultilingualSite(t)
	v := s.visitor(t)
	v.send(t, http.MethodGet, "/?lang=ka", "")
	for _, path := range []string{api.Base + "/elections/77777", api.Base + "/elections?limit=x", "/epms/getElections", "/vote?lang=ka"} {
		method, body := http.MethodGet, ""
		if strings.HasPrefix(path, "/vote") {
			method, body = http.MethodPost, "{"
		}
		answer := v.send(t, method, path, body, "Accept-Language", "ka")
		if said := text(answer); regexp.MustCompile(`\p{Georgian}`).MatchString(said) || len(answer.Cookies()) != 0 || slices.Contains(answer.Header.Values("Vary"), "Accept-Language") {
			t.Errorf("%s: want English for every reader, and no cookie, got %s, %v", path, said, answer.Header)
		}
	}
}

// TestLanguage_VotersScreensUseNoCookie takes a voter from language to language on every screen, without a cookie, and
// keeps what was typed and chosen.
func TestLanguage_VotersScreensUseNoCookie(t *testing.T) {
	s := newMultilingualSite(t)
	p := s.newPoll(t, 1, func(*elections.Draft) {})
	b := p.booth(t)
	b.visitor.send(t, http.MethodGet, "/?lang=sr-Latn", "") // a cookie of the public pages
	b.look(http.MethodGet, "")
	in := func(tag string) {
		t.Helper()
		if found := pageLanguage.FindStringSubmatch(b.html); found == nil || found[1] != tag {
			t.Fatalf("want the screen in %s, got %v", tag, found)
		}
		if action := `action="/vote/` + id(p.election.ID) + `?lang=` + tag + `"`; strings.Contains(b.html, "<form") && !strings.Contains(b.html, action) {
			t.Errorf("want the form sent on in the language, %s, got:\n%s", action, b.html)
		}
	}
	in("en") // not what the cookie says
	change := func(tag, step string) {
		t.Helper()
		button := regexp.MustCompile(`name="step" value="([^"]*)" formaction="([^"]*lang=` + tag + `)"`).FindStringSubmatch(b.html)
		if button == nil || button[1] != step {
			t.Fatalf("want a button that shows the step %s in %s, got %v", step, tag, button)
		}
		b.path = button[2]
	}
	change("ka", "language")
	b.send("language", url.Values{"personal_id": {"half a"}, "guid": {"key"}}).on("key", http.StatusOK, `value="half a"`, ">key</textarea>")
	in("ka")
	b.send("choices", p.key(0)).on("choices", http.StatusOK)
	in("ka")
	change("sr-Cyrl", "choices")
	b.send("choices", url.Values{"choice": {"2"}}).on("choices", http.StatusOK, `value="2" checked`)
	in("sr-Cyrl")
	b.send("confirm", url.Values{"choice": {"2"}}).on("confirm", http.StatusOK)
	in("sr-Cyrl")
	change("en", "confirm")
	b.send("confirm", nil).on("confirm", http.StatusOK, "Is this your vote?")
	in("en")
	b.send("cast", nil).on("counted", http.StatusOK, "Your vote was counted")
	if strings.Contains(b.html, "formaction") {
		t.Error("want no button on the last screen: none could show it again")
	}
	b.path = "/vote/" + id(p.election.ID) + "?lang=ka"
	b.look(http.MethodGet, "") // which sets no cookie
	b.send("cast", nil).on("key", http.StatusBadRequest)
	in("ka")
}
