package pages

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/auth"
)

var endOnPage = regexp.MustCompile(`action="(/account/sessions/[\w-]{43}/end)"`)

func TestAccount_EndsOnesOwnSessionsOnly(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	here, there, ada := d.signedIn(t, d.grace), d.signedIn(t, d.grace), d.signedIn(t, d.ada)
	d.signedIn(t, d.grace) // and a third browser of hers
	own := here.get("/account")
	here.want(own, http.StatusOK, "/account", "Firefox on Linux")
	links := endOnPage.FindAllStringSubmatch(own.body, -1)
	if len(links) != 3 || strings.Count(own.body, ">this one<") != 1 {
		t.Fatalf("want three sessions, one of them this one, got %v:\n%s", links, mainOf(own.body))
	}
	adas := endOnPage.FindStringSubmatch(ada.get("/account").body)[1]
	here.post(adas)
	ada.want(ada.get("/account"), http.StatusOK, "/account", "Ada Byron")

	theres := endOnPage.FindAllStringSubmatch(there.get("/account").body, -1)
	for _, link := range theres { // find there's own: ending it signs there out
		if got := there.post(link[1]); got.path == "/" {
			break
		}
	}
	there.want(there.get("/account"), http.StatusOK, "/login", "")
	here = d.signedIn(t, d.grace)
	elsewhere := d.signedIn(t, d.grace)
	here.want(here.post("/account/sessions/end-others"), http.StatusOK, "/account", "All other browsers are signed out.")
	here.want(here.get("/account"), http.StatusOK, "/account", "this one")
	elsewhere.want(elsewhere.get("/account"), http.StatusOK, "/login", "")
}

func TestAccountPassword(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	here, there := d.signedIn(t, d.grace), d.signedIn(t, d.grace)
	fresh := "five more unrelated words"
	for name, c := range map[string]struct{ current, password, again, says string }{
		"wrong present one":  {"not my own password", fresh, fresh, "not your current password"},
		"not the same twice": {password, fresh, fresh + "!", "not the same password"},
		"the same as before": {password, password, password, "another password"},
		"too short":          {password, "short", "short", "at least 12 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			got := here.post("/account/password", "current", c.current, "password", c.password, "again", c.again)
			here.want(got, http.StatusUnprocessableEntity, "/account/password", c.says)
			if strings.Contains(got.body, fresh) {
				t.Error("want no password on a page")
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		got := here.post("/account/password", "current", "not my own password", "password", "short", "again", "shorter")
		for _, says := range []string{"not your current password", "at least 12 characters", "not the same password"} {
			here.want(got, http.StatusUnprocessableEntity, "/account/password", says)
		}
	})
	before := here.token()
	here.want(here.post("/account/password", "current", password, "password", fresh, "again", fresh), http.StatusOK, "/account", "Your password is changed")
	if here.token() == before {
		t.Error("want a new token")
	}
	there.want(there.get("/account"), http.StatusOK, "/login", "")
}

func TestSecondFactor_AsksForThePasswordAgain(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	b := d.signedIn(t, d.grace)
	d.clock.Move(freshSignIn)
	b.want(b.post("/account/second-factor"), http.StatusUnprocessableEntity, "/account/second-factor", "not your current password")
	b.want(b.post("/account/second-factor", "password", password), http.StatusOK, "/account/second-factor", `data-testid="qr"`)
	b.want(b.post("/account/second-factor/confirm", "code", "000000"), http.StatusUnprocessableEntity, "/account/second-factor/confirm", "This code is wrong or too old")
	secret := strings.ReplaceAll(secretOnPage.FindStringSubmatch(b.get("/account/second-factor").body)[1], " ", "")
	other := d.signedIn(t, d.grace)
	code := d.code(t, secret)
	b.want(b.post("/account/second-factor/confirm", "code", code[:3]+" "+code[3:]), http.StatusOK, "/account/second-factor/confirm", `data-testid="recovery-code"`)
	other.want(other.get("/account"), http.StatusOK, "/login", "")
	for _, path := range []string{"/account/second-factor/codes", "/account/second-factor/remove"} {
		b.want(b.post(path, "password", "not my own password"), http.StatusUnprocessableEntity, path, "not your current password")
	}
	b.want(b.post("/account/second-factor/codes", "password", password), http.StatusOK, "/account/second-factor/codes", "New recovery codes")
	b.want(b.post("/account/second-factor/remove", "password", password), http.StatusOK, "/account", "Your authenticator app is removed")
	b.want(b.get("/account/second-factor"), http.StatusOK, "/account/second-factor", "Set it up")
}

func TestSecondFactor_RemovalAlwaysAsksForThePassword(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	b := d.signedIn(t, d.grace)
	b.enrol()
	b.want(b.post("/account/second-factor/remove"), http.StatusUnprocessableEntity, "/account/second-factor/remove", "not your current password")
	d.clock.Move(time.Minute)
	fresh := d.browser(t)
	fresh.want(fresh.post("/login", "email", d.grace.Email, "password", password), http.StatusOK, "/login/code", "Enter your code")
}

func TestBrowserName_IsWhatPeopleSay(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on an iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                            "Chrome on Android",
		"curl/8.5.0": "curl/8.5.0", "": "A program without a name",
	} {
		if got := browserName(agent).String(); got != want {
			t.Errorf("%s: want %q, got %q", agent, want, got)
		}
	}
	if got := shortAgent(strings.Repeat("é", 150) + "x"); len(got) > maxAgent || strings.ContainsRune(got, '\ufffd') {
		t.Errorf("want at most %d bytes of whole letters, got %q", maxAgent, got)
	}
}

// TestPasskeys_APageSaysWhyNoneAreOffered is on a server that was started without its public address; the address that an
// administrator entered does not count.
func TestPasskeys_APageSaysWhyNoneAreOffered(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	if err := d.PublicURL.Remember(t.Context(), d.ada.Actor("office"), "https://evil.example.org"); err != nil {
		t.Fatal(err)
	}
	b := d.signedIn(t, d.ada)
	page := b.get("/account/second-factor")
	b.want(page, http.StatusOK, "/account/second-factor", "started without its public address")
	if strings.Contains(page.body, "passkey-add") || strings.Contains(page.body, "passkeys.js") {
		t.Error("want no form and no script")
	}
	for why, says := range map[auth.PasskeysOff]string{
		auth.NoPublicURL: "--public-url", auth.BareIPAddress: "is an IP address", auth.PlainHTTP: "begins with http.", auth.NoDomain: "not a domain",
	} {
		if got := passkeysOff(why).In(t.Context()); !strings.Contains(got, says) {
			t.Errorf("%s: want the reason, got %q", why, got)
		}
	}
}
