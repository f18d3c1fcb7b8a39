package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/internal/app"
	"urna/internal/app/server"
)

// guess is a request that needs a password hash.
type guess struct{ path, contentType, body string }

// guesses are the ways to ask for a password hash without a session.
func guesses(email, password string) map[string]guess {
	form := url.Values{"email": {email}, "password": {password}}
	fields := fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)
	return map[string]guess{
		"page": {"/login", "application/x-www-form-urlencoded", form.Encode()},
		"API":  {"/api/v1/tokens", "application/json", fields},
		"EPMS": {"/epms/login", "application/json", fields},
	}
}

// TestSignIn_AFloodIsToldToComeAgainAndTheOwnerIsIn sends 50 sign-ins from each of 20 addresses, by each way in.
func TestSignIn_AFloodIsToldToComeAgainAndTheOwnerIsIn(t *testing.T) {
	s := newSiteWith(t, server.Options{TrustedProxies: []string{"127.0.0.1"}}, func(o *app.Options) {
		o.PasswordParams = nil // the real cost
	})
	owner := s.visitor(t)
	form := url.Values{"email": {s.users["administrator"].Email}, "password": {password}}.Encode()
	signIn := func() *http.Response {
		return owner.send(t, http.MethodPost, "/login", form, "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", "198.51.100.1")
	}
	if answer := signIn(); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want to be signed in, got %s", answer.Status)
	}
	for way := range guesses("", "") {
		t.Run(way, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			var floods sync.WaitGroup
			busy := make(chan *http.Response, 1000)
			for i := range 1000 {
				guess := guesses(fmt.Sprintf("user%d@example.org", i), "some other four words")[way]
				floods.Go(func() { s.flood(ctx, guess, fmt.Sprintf("192.0.2.%d", i%20), busy) })
			}
			var refused *http.Response
			select {
			case refused = <-busy: // the queue is full
			case <-ctx.Done():
				t.Fatal("want the queue full, got no answer with 503")
			}
			begun := time.Now()
			answer := signIn()
			took := time.Since(begun)
			changed := owner.send(t, http.MethodPost, "/account/password", url.Values{
				"current": {"not this one"}, "password": {password + "!"},
				"again": {password + "!"},
			}.Encode(), "Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", "198.51.100.1")
			cancel()
			floods.Wait()
			t.Logf("the owner signs in after %v", took.Round(time.Millisecond))
			if answer.StatusCode != http.StatusSeeOther || took > 10*time.Second {
				t.Errorf("want the owner in soon, got %s after %v", answer.Status, took)
			}
			if changed.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("want the owner's password looked at, got %s", changed.Status)
			}
			if refused.StatusCode != http.StatusServiceUnavailable || refused.Header.Get("Retry-After") != "5" {
				t.Errorf("want 503 with Retry-After, got %s, %v", refused.Status, refused.Header)
			}
			if said := text(refused); !strings.Contains(said, "Many sign-ins wait at this moment") {
				t.Errorf("want the reason, got %q", said)
			}
			s.Clock.Move(2 * time.Hour) // so that no address waits for its guesses
		})
	}
}

// flood makes one guess from an address and hands on the first answers that come before the password is checked.
func (s *site) flood(ctx context.Context, g guess, from string, busy chan<- *http.Response) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+g.path, strings.NewReader(g.body))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", g.contentType)
	request.Header.Set("X-Forwarded-For", from)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return // the test ended the flood
	}
	content, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil || answer.StatusCode != http.StatusServiceUnavailable {
		return
	}
	answer.Body = io.NopCloser(strings.NewReader(string(content)))
	busy <- answer
}
