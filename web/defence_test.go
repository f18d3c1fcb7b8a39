package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/testing/clock"
	"urna/web"
)

func TestSession_EndsWithEachChangeOfThePrivilege(t *testing.T) {
	official, password := auth.Official, "another four unrelated words"
	for name, change := range map[string]auth.UserChange{
		"password": {Password: &password}, "role": {Role: &official},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			v := s.signedIn(t, "second administrator")
			if _, err := s.Auth.ChangeUser(t.Context(), audit.System(), s.users["second administrator"].ID, change); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/account", "/admin"} {
				if answer := v.send(t, http.MethodGet, path, ""); answer.StatusCode != http.StatusSeeOther {
					t.Errorf("%s: want the session ended, got %s", path, answer.Status)
				}
			}
			if answer := v.send(t, http.MethodGet, "/api/v1/me", ""); answer.StatusCode != http.StatusUnauthorized {
				t.Errorf("want the token ended, got %s", answer.Status)
			}
		})
	}
	t.Run("deleted", func(t *testing.T) {
		s := newSite(t)
		v := s.signedIn(t, "official")
		if err := s.Auth.DeleteUser(t.Context(), audit.System(), s.users["official"].ID, ""); err != nil {
			t.Fatal(err)
		}
		if answer := v.send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("want the session ended, got %s", answer.Status)
		}
	})
}

func TestDuties_PasswordChangeComesFirst(t *testing.T) {
	s := newSite(t)
	must := true
	if _, err := s.Auth.ChangeUser(t.Context(), audit.System(), s.users["official"].ID, auth.UserChange{MustChangePassword: &must}); err != nil {
		t.Fatal(err)
	}
	v := s.signedIn(t, "official")
	for _, path := range []string{"/official", "/account", "/batches/1", "/"} {
		answer := v.send(t, http.MethodGet, path, "")
		if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/account/password" {
			t.Errorf("%s: want to be sent to choose a password, got %s to %q", path, answer.Status, answer.Header.Get("Location"))
		}
	}
	if answer := v.send(t, http.MethodGet, "/api/v1/me", ""); answer.StatusCode != http.StatusForbidden {
		t.Errorf("want the API closed until then, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodGet, "/account/password", ""); answer.StatusCode != http.StatusOK {
		t.Fatalf("want the page to choose one, got %s", answer.Status)
	}
	fresh := "a fresh and unrelated phrase"
	answer := v.send(t, http.MethodPost, "/account/password",
		url.Values{"current": {password}, "password": {fresh}, "again": {fresh}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the password changed, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want to go on in the same session, got %s", answer.Status)
	}
}

func TestDuties_SecondFactorWhereRequired(t *testing.T) {
	s := newSiteWith(t, server.Options{}, func(o *app.Options) { o.RequireSecondFactor = true })
	v := s.signedIn(t, "administrator")
	if answer := v.send(t, http.MethodGet, "/admin", ""); answer.Header.Get("Location") != "/account/second-factor" {
		t.Errorf("want the administrator sent to set one up, got %s to %q", answer.Status, answer.Header.Get("Location"))
	}
	if answer := v.send(t, http.MethodGet, "/account/second-factor", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want the page for it, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodGet, "/api/v1/users", ""); answer.StatusCode != http.StatusForbidden {
		t.Errorf("want the API closed until then, got %s", answer.Status)
	}
	if answer := s.signedIn(t, "official").send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want officials asked for none, got %s", answer.Status)
	}
}

func TestCookies_SecureOverTLS(t *testing.T) {
	s := newSiteWith(t, server.Options{Secure: true, Languages: messages.NewChoice(messages.Known(), "en")})
	answer := s.visitor(t).signIn(t, s.users["official"].Email, password)
	cookies := answer.Cookies()
	if len(cookies) != 1 || cookies[0].Name != "__Host-urna" || !cookies[0].Secure || !cookies[0].HttpOnly || cookies[0].Path != "/" || cookies[0].Domain != "" {
		t.Errorf("want a __Host- cookie, got %v", cookies)
	}
	if got := answer.Header.Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=") {
		t.Errorf("want HSTS, got %q", got)
	}
	cookies = s.visitor(t).send(t, http.MethodGet, "/?lang=ka", "").Cookies()
	if len(cookies) != 1 || !cookies[0].Secure {
		t.Errorf("want the reader's language sent by TLS alone, got %v", cookies)
	}
}

// TestProxies_ForwardedAddressIsBelievedFromTrustedOnly looks at the address in the audit log.
func TestProxies_ForwardedAddressIsBelievedFromTrustedOnly(t *testing.T) {
	for name, c := range map[string]struct {
		trusted []string
		want    string
	}{
		"none":      {nil, "127.0.0.1"},
		"this one":  {[]string{"127.0.0.1"}, "203.0.113.9"},
		"a range":   {[]string{"127.0.0.0/8"}, "203.0.113.9"},
		"other one": {[]string{"10.0.0.1"}, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSiteWith(t, server.Options{TrustedProxies: c.trusted})
			s.visitor(t).send(t, http.MethodPost, "/login", url.Values{"email": {s.users["official"].Email}, "password": {"guess"}}.Encode(),
				"Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", "203.0.113.9")
			events, err := s.Audit.Events(t.Context(), audit.Filter{Action: "sign-in-refused"})
			if err != nil || len(events) != 1 || events[0].Actor.From != c.want {
				t.Errorf("want one refusal from %s, got %+v, %v", c.want, events, err)
			}
		})
	}
	for _, bad := range []string{"", "proxy.example", "10.0.0.0/99"} {
		if web.CheckTrustedProxies([]string{bad}) == nil {
			t.Errorf("%q: want refused", bad)
		}
	}
}

func TestSignIn_WaitGrowsAndSaysHowLong(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	v := s.visitor(t)
	var answer *http.Response
	for range 12 {
		answer = v.signIn(t, s.users["official"].Email, "wrong guess")
	}
	if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
		t.Errorf("want to be told to wait, got %s, Retry-After %q", answer.Status, answer.Header.Get("Retry-After"))
	}
}

func TestSession_EndsAfterAnIdleHour(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	s.sessionClock.Move(web.SessionIdle - time.Minute)
	if answer := v.send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusOK {
		t.Fatalf("want the session to last for the hour, got %s", answer.Status)
	}
	s.sessionClock.Move(2 * time.Minute)
	if answer := v.send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want it ended after an idle hour, got %s", answer.Status)
	}
}

func TestSession_EndingIsOnTheRecord(t *testing.T) {
	s := newSite(t)
	v, other := s.signedIn(t, "official"), s.signedIn(t, "official")
	v.send(t, http.MethodPost, "/account/sessions/end-others", "")
	if answer := other.send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the other browser signed out, got %s", answer.Status)
	}
	v.send(t, http.MethodPost, "/logout", "")
	v.send(t, http.MethodDelete, "/api/v1/tokens", "")
	for action, want := range map[string]int{"signed-out": 2, "tokens-revoked": 1} {
		events, err := s.Audit.Events(t.Context(), audit.Filter{Action: action})
		if err != nil || len(events) != want || events[0].Actor.ID != s.users["official"].ID {
			t.Errorf("%s: want %d events of the official, got %+v, %v", action, want, events, err)
		}
	}
}
