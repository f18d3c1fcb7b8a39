package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// publicAddress returns what an administrator entered, as it is stored.
func (s *site) publicAddress(t *testing.T) string {
	t.Helper()
	address, err := s.PublicURL.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// TestLetters_AskForThePublicAddressOnce sends a roll to a server that is reached at 127.0.0.1, and has no public address, as to how
// voters reach it.
func TestLetters_AskForThePublicAddressOnce(t *testing.T) {
	s := newSite(t)
	s.PublicURL.Fixed = ""
	p := s.newPoll(t, 3, nil)
	v := s.signedIn(t, "administrator")
	at := v.issue(t, p.election.ID, "a\nb\n")
	letters := func(address, ticked string) *http.Response {
		return v.send(t, http.MethodGet, at+"/letters?"+url.Values{"address": {address}, "loopback": {ticked}, "first": {"1"}, "most": {"2"}}.Encode(), "")
	}
	page := v.get(t, at)
	if strings.Contains(page, `value="http://127.0.0.1`) || !strings.Contains(page, `name="loopback"`) {
		t.Errorf("want no address of this machine offered, and the tick for it, got:\n%s", page)
	}
	for _, address := range []string{"", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080", "http://0.0.0.0:8080", s.url} {
		if answer := letters(address, ""); answer.StatusCode != http.StatusUnprocessableEntity || strings.Contains(text(answer), `data-testid="letter"`) {
			t.Errorf("%q: want no letters without the tick, got %s", address, answer.Status)
		}
	}
	if answer := letters(s.url, "true"); answer.StatusCode != http.StatusOK || !strings.Contains(text(answer), s.url+"/vote/") || s.publicAddress(t) != "" {
		t.Errorf("want letters with the tick, and nothing remembered, got %s and %q", answer.Status, s.publicAddress(t))
	}
	if answer := v.send(t, http.MethodHead, at+"/letters?address=https://head.example.org&first=1&most=2", ""); answer.StatusCode != http.StatusOK || s.publicAddress(t) != "" {
		t.Errorf("want HEAD without effect, got %s and %q", answer.Status, s.publicAddress(t))
	}
	if answer := letters("https://vote.example.org/", ""); answer.StatusCode != http.StatusOK || s.publicAddress(t) != "https://vote.example.org" {
		t.Errorf("want the address remembered, got %s and %q", answer.Status, s.publicAddress(t))
	}
	if page := v.get(t, at); !strings.Contains(page, `value="https://vote.example.org"`) || strings.Contains(page, `name="loopback"`) {
		t.Errorf("want the address offered and the tick gone, got:\n%s", page)
	}
	var actor string
	if err := s.DB.Pool().QueryRowContext(t.Context(), `SELECT actor_name FROM audit_events WHERE action = 'public-address-set'`).Scan(&actor); err != nil || actor == "" {
		t.Errorf("want on record who entered it, got %q, %v", actor, err)
	}
}

// TestLetters_OfALostKeyHaveThePublicAddress reissues a lost key on the page, before and after the address is known.
func TestLetters_OfALostKeyHaveThePublicAddress(t *testing.T) {
	s := newSite(t)
	s.PublicURL.Fixed = ""
	p := s.newPoll(t, 3, nil)
	v := s.signedIn(t, "administrator")
	base := "/admin/elections/" + id(p.election.ID) + "/keys"
	reissue := func(i int, form url.Values) *http.Response {
		form.Set("act", "reissue")
		form.Set("personal_id", p.keys[i].PersonalID)
		return v.lostKey(t, base, form)
	}
	if page := v.get(t, base); !strings.Contains(page, `name="address"`) {
		t.Error("want the address asked for while it is not known")
	}
	for _, form := range []url.Values{{}, {"address": {s.url}}, {"address": {"nonsense"}}} {
		if answer := reissue(0, form); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v: want no letter, got %s", form, answer.Status)
		}
	}
	p.booth(t).send("choices", p.key(0)).on("choices", http.StatusOK) // the key was not replaced
	if answer := reissue(0, url.Values{"address": {"https://vote.example.org"}}); !strings.Contains(text(answer), "https://vote.example.org/vote/") {
		t.Errorf("want a letter with the address, got %s", answer.Status)
	}
	if answer := reissue(1, url.Values{}); !strings.Contains(text(answer), "https://vote.example.org/vote/") {
		t.Errorf("want the address remembered, got %s", answer.Status)
	}
	if page := v.get(t, base); strings.Contains(page, `name="address"`) {
		t.Error("want the address not asked for again")
	}
	s.PublicURL.Fixed = "https://fixed.example.org"
	if answer := reissue(2, url.Values{}); !strings.Contains(text(answer), "https://fixed.example.org/vote/") {
		t.Errorf("want the server's own setting first, got %s", answer.Status)
	}
}
