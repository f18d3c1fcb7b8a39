package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"urna/internal/app"
	"urna/internal/audit"
)

// credentials is the body of a sign-in.
func credentials(email, password, otp string) string {
	return fmt.Sprintf(`{"email":%q,"password":%q,"otp":%q}`, email, password, otp)
}

func TestTokens_SecondFactor(t *testing.T) {
	s := newEnv(t)
	enrolment, err := s.Auth.BeginSecondFactor(t.Context(), audit.System(), 2)
	must(t, err)
	code := func(steps int) string {
		code, err := totp.GenerateCode(enrolment.Secret, s.Clock.Now().Add(time.Duration(steps)*30*time.Second))
		must(t, err)
		return code
	}
	s.json("", "POST", "/tokens", credentials("boris@example.org", password, "")).want(http.StatusOK) // not confirmed yet
	recovery, err := s.Auth.ConfirmSecondFactor(t.Context(), audit.System(), 2, code(-1))
	must(t, err)

	signIn := func(otp string) *reply {
		return s.json("", "POST", "/tokens", credentials("boris@example.org", password, otp))
	}
	signIn("").refused(http.StatusUnauthorized, "second-factor-needed")
	s.json("", "POST", "/tokens", credentials("boris@example.org", "not this one at all", code(0))).
		refused(http.StatusUnauthorized, "invalid-credentials")
	signIn(code(-1)).refused(http.StatusUnauthorized, "wrong-code")
	r := signIn(code(0)).want(http.StatusOK)
	s.get(r.str("access_token"), "/me").want(http.StatusOK).is("boris@example.org", "email")
	signIn(code(0)).refused(http.StatusUnauthorized, "wrong-code")
	signIn(recovery[0]).want(http.StatusOK)
	signIn(recovery[0]).refused(http.StatusUnauthorized, "wrong-code")
	s.get(s.administrator, "/users/2").want(http.StatusOK).is("true", "second_factor")
}

func TestTokens_PeopleGoToThePageFirst(t *testing.T) {
	s := newEnv(t)
	body := `{"email":"mina@example.org","forename":"Mina","surname":"J","role":"official","password":"twelve or more","must_change_password":true}`
	r := s.json(s.administrator, "POST", "/users", body).want(http.StatusCreated)
	r.is("true", "must_change_password")
	path := "/users/" + r.str("id")
	mina := credentials("mina@example.org", "twelve or more", "")
	s.json("", "POST", "/tokens", mina).refused(http.StatusForbidden, "password-change-needed")
	s.json(s.administrator, "PATCH", path, `{"must_change_password":false}`).want(http.StatusOK).is("false", "must_change_password")
	s.json("", "POST", "/tokens", mina).want(http.StatusOK)
	s.json(s.administrator, "PATCH", path, `{"must_change_password":"yes"}`).refused(http.StatusUnprocessableEntity, "invalid-input")
	s.json(s.administrator, "PATCH", path, `{"password":"twelve or more, new","must_change_password":true}`).
		want(http.StatusOK).is("true", "must_change_password")
	s.json("", "POST", "/tokens", credentials("mina@example.org", "twelve or more, new", "")).
		refused(http.StatusForbidden, "password-change-needed")

	// The same accounts on a server that asks administrators for a second factor.
	s.restart(func(o *app.Options) { o.RequireSecondFactor = true })
	s.json("", "POST", "/tokens", credentials("ana@example.org", password, "")).refused(http.StatusForbidden, "second-factor-required")
	s.signIn("boris@example.org") // an official
}

func TestTokens_GuessersWait(t *testing.T) {
	s := newEnv(t)
	// This account has never signed in from here; the clock is stopped.
	for range 11 {
		s.json("", "POST", "/tokens", credentials("nobody@example.org", "wrong password", "")).
			refused(http.StatusUnauthorized, "invalid-credentials")
	}
	r := s.json("", "POST", "/tokens", credentials("nobody@example.org", "wrong password", "")).
		refused(http.StatusTooManyRequests, "too-many-requests")
	if want, got := "1", r.header.Get("Retry-After"); want != got {
		t.Errorf("want Retry-After %s, got %s", want, got)
	}
	s.signIn("ana@example.org")
}

func TestUsers_Delete(t *testing.T) {
	s := newEnv(t)
	s.send(s.administrator, "DELETE", "/users/1", "", nil).refused(http.StatusConflict, "last-administrator")
	s.send(s.administrator, "DELETE", "/users/4711", "", nil).refused(http.StatusNotFound, "unknown-user")
	s.send(s.administrator, "DELETE", "/users/x", "", nil).refused(http.StatusNotFound, "unknown-user")
	s.get(s.first, "/me").want(http.StatusOK)
	if r := s.send(s.administrator, "DELETE", "/users/2", "", nil).want(http.StatusNoContent); len(r.raw) != 0 {
		t.Errorf("want no body, got %s", r.raw)
	}
	s.get(s.first, "/me").refused(http.StatusUnauthorized, "invalid-token")
	s.get(s.administrator, "/users/2").refused(http.StatusNotFound, "unknown-user")
	s.send(s.administrator, "DELETE", "/users/2", "", nil).refused(http.StatusNotFound, "unknown-user")
	s.json("", "POST", "/tokens", credentials("boris@example.org", password, "")).refused(http.StatusUnauthorized, "invalid-credentials")
	s.json(s.administrator, "POST", "/users", `{"email":"boris@example.org","forename":"Boris","surname":"J","role":"official","password":"twelve or more"}`).
		want(http.StatusCreated)
}

func TestAuditEvents(t *testing.T) {
	s := newEnv(t)
	s.json(s.administrator, "PATCH", "/users/2", `{"surname":"Kovač"}`).want(http.StatusOK)
	s.json("", "POST", "/tokens", credentials("boris@example.org", "not this one at all", "")).want(http.StatusUnauthorized)
	s.json(s.administrator, "PATCH", "/users/2", `{"password":"a secret of some length"}`).want(http.StatusOK)

	t.Run("shape", func(t *testing.T) {
		r := s.get(s.administrator, "/audit-events?action=user-changed&subject=user+2").want(http.StatusOK)
		r.is("user-changed", "items", 0, "action")
		r.is("user 2", "items", 0, "subject")
		r.is("changed", "items", 0, "detail", "password")
		r.is("1", "items", 0, "actor", "id")
		r.is("Ana Ilić <ana@example.org>", "items", 0, "actor", "name")
		r.is("127.0.0.1", "items", 0, "actor", "from")
		r.is("Kovač", "items", 1, "detail", "surname", "after")
		if at, err := time.Parse(time.RFC3339, r.str("items", 0, "at")); err != nil || time.Since(at) > time.Hour {
			t.Errorf("want a time of just now, got %v, %v", at, err)
		}
		if hash := r.str("items", 0, "hash"); len(hash) != 64 {
			t.Errorf("want a hash, got %q", hash)
		}
		for _, never := range []string{"a secret of some length", "not this one at all", "argon2id"} {
			if strings.Contains(string(s.get(s.administrator, "/audit-events?limit=1000").raw), never) {
				t.Errorf("the log holds %q", never)
			}
		}
	})
	t.Run("newest first, each once", func(t *testing.T) {
		all := s.get(s.administrator, "/audit-events?limit=1000").want(http.StatusOK)
		all.is("", "next")
		newest := len(all.at("items").([]any))
		want, pages := newest, 0
		for cursor, more := "", true; more && pages < 100; more = cursor != "" {
			r := s.get(s.administrator, "/audit-events?limit=3&cursor="+cursor).want(http.StatusOK)
			for i := range r.at("items").([]any) {
				r.is(strconv.Itoa(want), "items", i, "id")
				want--
			}
			pages++
			cursor = r.str("next")
			// Rows added meanwhile move nothing.
			s.json(s.administrator, "PATCH", "/users/3", fmt.Sprintf(`{"surname":"S%d"}`, pages)).want(http.StatusOK)
		}
		if want != 0 || pages != (newest+2)/3 {
			t.Errorf("want all %d events, 3 a page; %d are missing after %d pages", newest, want, pages)
		}
	})
	t.Run("filters", func(t *testing.T) {
		for query, want := range map[string]int{
			"action=sign-in-refused": 1, "action=sign-in": 0, "subject=user+2&action=user-added": 1, "subject=user": 0,
			"actor=BORIS&action=sign-in-refused": 1, "actor=%25": 0, "actor=nobody": 0, "subject=user+1'+OR+'1'='1": 0,
		} {
			r := s.get(s.administrator, "/audit-events?"+query).want(http.StatusOK)
			if got := len(r.at("items").([]any)); got != want {
				t.Errorf("%s: want %d events, got %d", query, want, got)
			}
		}
		for _, query := range []string{"limit=0", "limit=1001", "cursor=x", "cursor=-1"} {
			s.get(s.administrator, "/audit-events?"+query).refused(http.StatusUnprocessableEntity, "invalid-input")
		}
	})
}
