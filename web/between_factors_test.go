package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/database"
)

// TestPasskey_NoSignInOutlivesAReset resets a password after it was right, and before the passkey of the same sign-in is
// used up.
func TestPasskey_NoSignInOutlivesAReset(t *testing.T) {
	s := newSite(t)
	a := newAuthenticator()
	s.signedIn(t, "official").addPasskey(t, a, "green key")
	v := s.visitor(t)
	v.signIn(t, s.users["official"].Email, password)
	response := url.Values{"passkey": {string(a.Get(t, v.options(t, "/login/passkey", nil)))}}
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 2)
	go func() {
		done <- s.DB.Write(t.Context(), func(*database.Tx) error { close(held); <-release; return nil })
	}()
	<-held
	inLine := func(n int) {
		for end := time.Now().Add(time.Minute); s.DB.Waiting() < n; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("want %d transactions in the line, got %d", n, s.DB.Waiting())
				return
			}
		}
	}
	go func() {
		fresh := "another one of a good length"
		_, err := s.Auth.ChangeUser(t.Context(), audit.System(), s.users["official"].ID, auth.UserChange{Password: &fresh})
		done <- err
	}()
	inLine(1)
	go func() {
		inLine(2)
		close(release)
	}()
	v.post(t, "/login/code", response)
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if answer := v.send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want no session with the password of before, got %s", answer.Status)
	}
}
