package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
)

func TestSignIn_TokenChangesWithEveryPrivilege(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	b := d.browser(t)
	b.post("/login", "email", d.grace.Email, "password", password)
	tokens := []string{b.token()}
	step := func(name string, got page, path string) {
		t.Helper()
		b.want(got, http.StatusOK, path, "")
		if now := b.token(); now == "" || slices.Contains(tokens, now) {
			t.Errorf("%s: want a token of its own", name)
		} else {
			tokens = append(tokens, now)
		}
	}
	b.enrol()
	step("second factor", b.get("/account"), "/account")
	d.clock.Move(time.Minute)
	step("removal", b.post("/account/second-factor/remove", "password", password), "/account")
	secret, _ := b.enrol()
	step("again", b.get("/account"), "/account")
	d.clock.Move(time.Minute)
	step("password", b.post("/login", "email", d.grace.Email, "password", password, "next", "/account"), "/login/code")
	if got := b.get("/account"); got.path != "/login" {
		t.Errorf("want no session by the password alone, got %s", got.path)
	}
	step("code", b.post("/login/code", "code", d.code(t, secret), "next", "/account"), "/account")
	address, _ := url.Parse(d.url)
	for _, old := range tokens[:len(tokens)-1] {
		other := d.browser(t)
		other.client.Jar.SetCookies(address, []*http.Cookie{{Name: "session", Value: old}})
		if got := other.get("/account"); got.path != "/login" {
			t.Errorf("want every earlier token worth nothing, got %s", got.path)
		}
	}
}

func TestSignInCode(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	secret, recovery := d.signedIn(t, d.grace).enrol()
	// atTheCode is a browser that waits for a code, a minute after whatever went before.
	atTheCode := func(t *testing.T) *browser {
		t.Helper()
		d.clock.Move(time.Minute)
		b := d.browser(t)
		b.want(b.post("/login", "email", d.grace.Email, "password", password, "next", "/account"), http.StatusOK, "/login/code", `name="next" value="/account"`)
		return b
	}
	t.Run("ok, and no code works twice", func(t *testing.T) {
		b := atTheCode(t)
		b.want(b.post("/login/code", "code", "000000"), http.StatusUnauthorized, "/login/code", "This code is wrong")
		code := d.code(t, secret)
		b.want(b.post("/login/code", "code", code, "next", "/account"), http.StatusOK, "/account", "grace@example.org")
		again := d.browser(t)
		again.post("/login", "email", d.grace.Email, "password", password)
		again.want(again.post("/login/code", "code", code), http.StatusUnauthorized, "/login/code", "used before")
	})
	t.Run("a recovery code as people type it, once", func(t *testing.T) {
		typed := strings.ToLower(strings.ReplaceAll(recovery[0], "-", " "))
		b := atTheCode(t)
		b.want(b.post("/login/code", "code", typed, "next", "/account"), http.StatusOK, "/account", "")
		b = atTheCode(t)
		b.want(b.post("/login/code", "code", typed), http.StatusUnauthorized, "/login/code", "used before")
	})
	t.Run("too late", func(t *testing.T) {
		b := atTheCode(t)
		d.clock.Move(codeTime + time.Second)
		b.want(b.post("/login/code", "code", d.code(t, secret)), http.StatusUnauthorized, "/login/code", "Sign in again")
		b.want(b.get("/login/code"), http.StatusOK, "/login", "")
	})
	t.Run("password changed meanwhile", func(t *testing.T) {
		b := atTheCode(t)
		fresh := "five more unrelated words"
		if _, err := d.Auth.ChangeUser(t.Context(), audit.System(), d.grace.ID, auth.UserChange{Password: &fresh}); err != nil {
			t.Fatal(err)
		}
		b.want(b.post("/login/code", "code", d.code(t, secret)), http.StatusUnauthorized, "/login/code", "Sign in again")
	})
	t.Run("without a password", func(t *testing.T) {
		b := d.browser(t)
		b.want(b.post("/login/code", "code", d.code(t, secret)), http.StatusUnauthorized, "/login/code", "Sign in again")
	})
}

func TestSignIn_GuessersAreToldToWait(t *testing.T) {
	d := newEnv(t)
	d.furnish(t)
	b := d.browser(t)
	for range 30 {
		got := b.post("/login", "email", d.grace.Email, "password", "a wrong password")
		if got.status == http.StatusUnauthorized {
			continue
		}
		b.want(got, http.StatusTooManyRequests, "/login", "seconds and try again")
		if got.header.Get("Retry-After") == "" || !strings.Contains(got.body, `value="grace@example.org"`) {
			t.Errorf("want Retry-After and the form as it was typed, got %v", got.header)
		}
		return
	}
	t.Error("want guesses refused some time")
}

func TestSetup_MakesTheFirstAdministratorOnce(t *testing.T) {
	d := newEnv(t)
	secret, err := d.Auth.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := d.browser(t)
	form := b.get("/setup/" + secret)
	b.want(form, http.StatusOK, "/setup/"+secret, `action="/setup/`+secret+`"`)
	if form.header.Get("Referrer-Policy") != "same-origin" || form.header.Get("Cache-Control") != "no-store" {
		t.Errorf("want the address kept, got %v", form.header)
	}
	who := []string{"email", "ada@example.org", "forename", "Ada", "surname", "Byron", "password"}
	refused := b.post("/setup/"+secret, append(slices.Clone(who), "short")...)
	b.want(refused, http.StatusUnprocessableEntity, "/setup/"+secret, "at least 12 characters")
	if !strings.Contains(refused.body, `value="ada@example.org"`) || strings.Contains(refused.body, `value="short"`) {
		t.Error("want everything typed kept but the password")
	}
	b.post("/setup/"+secret, append(slices.Clone(who), password)...)
	b.want(b.get("/account"), http.StatusOK, "/account", "Administrator")
	other := d.browser(t)
	other.want(other.get("/setup/"+secret), http.StatusNotFound, "/setup/"+secret, "not valid")
	other.want(other.post("/setup/"+secret, append(slices.Clone(who), password)...), http.StatusNotFound, "/setup/"+secret, "not valid")
}
