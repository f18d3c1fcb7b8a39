package epms_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/app/server"
	"urna/internal/testing/servertest"
)

// registering answers the contract under a rule of registration.
func registering(t *testing.T, rule auth.Registration) *env {
	t.Helper()
	s := newEnv(t)
	s.url, _ = servertest.Serve(t, s.Env, server.Options{Registration: rule})
	s.url += "/epms"
	return s
}

func (s *env) register(t *testing.T, token, email, jmbg string) (int, string) {
	t.Helper()
	body := fmt.Sprintf(`{"jmbg":%q,"forename":"New","surname":"Comer","email":%q,"password":%q}`, jmbg, email, password)
	status, _, answer := s.send(t, token, http.MethodPost, "/register", "application/json", strings.NewReader(body))
	return status, answer
}

// validJMBG returns a JMBG that no account has.
func validJMBG(t *testing.T) string {
	t.Helper()
	for digit := range 10 {
		if id := fmt.Sprintf("010198071001%d", digit); auth.ValidJMBG(id) {
			return id
		}
	}
	t.Fatal("no control digit is right")
	return ""
}

// TestRegister_KeepsItsContractUnderEachRule registers under each rule and signs in.
func TestRegister_KeepsItsContractUnderEachRule(t *testing.T) {
	for _, c := range []struct {
		rule          auth.Registration
		status, login int
	}{
		{auth.RegistrationClosed, http.StatusUnauthorized, http.StatusBadRequest},
		{auth.RegistrationOpen, http.StatusOK, http.StatusOK},
		{auth.RegistrationApprove, http.StatusOK, http.StatusBadRequest},
	} {
		t.Run("rule "+string(c.rule), func(t *testing.T) {
			s := registering(t, c.rule)
			id := validJMBG(t)
			if status, answer := s.register(t, "", "new@example.org", id); status != c.status {
				t.Fatalf("want %d, got %d %s", c.status, status, answer)
			}
			status, _, answer := s.login(t, "new@example.org", password)
			if status != c.login || c.login == http.StatusBadRequest && !strings.Contains(answer, `"Invalid credentials."`) {
				t.Errorf("want %d, got %d %s", c.login, status, answer)
			}
			if c.rule == auth.RegistrationClosed {
				return
			}
			for want, email := range map[string]string{"Email already exists.": "new@example.org", "JMBG already exists.": "other@example.org"} {
				if status, answer := s.register(t, "", email, id); status != http.StatusBadRequest || !strings.Contains(answer, want) {
					t.Errorf("want %q, got %d %s", want, status, answer)
				}
			}
		})
	}
}

// TestRegister_AnAdministratorsAccountsDoNotWait registers with an administrator's token while others have to wait.
func TestRegister_AnAdministratorsAccountsDoNotWait(t *testing.T) {
	s := registering(t, auth.RegistrationApprove)
	if status, answer := s.register(t, s.administrator, "new@example.org", validJMBG(t)); status != http.StatusOK {
		t.Fatalf("want it registered, got %d %s", status, answer)
	}
	if status, _, answer := s.login(t, "new@example.org", password); status != http.StatusOK {
		t.Errorf("want a sign-in, got %d %s", status, answer)
	}
}

// TestRegister_OfAFloodIsRefused registers from one address again and again.
func TestRegister_OfAFloodIsRefused(t *testing.T) {
	s := registering(t, auth.RegistrationApprove)
	id := validJMBG(t)
	for range 21 {
		_, _ = s.register(t, "", "new@example.org", id)
	}
	if status, answer := s.register(t, "", "new@example.org", id); status != http.StatusTooManyRequests || !strings.Contains(answer, `"msg"`) {
		t.Errorf("want the address to wait, got %d %s", status, answer)
	}
}

// TestVote_IsForTheOfficialsPlaces votes as an official with another place, and with this one.
func TestVote_IsForTheOfficialsPlaces(t *testing.T) {
	s := newEnv(t)
	if status, answer := s.elect(t); status != http.StatusOK {
		t.Fatal(answer)
	}
	all, err := s.Elections.Elections(t.Context())
	must(t, err)
	place := auth.Place{ConstituencyID: all[0].Constituencies[0].ID}
	// Bound, without a place.
	_, err = s.Auth.ChangePlaces(t.Context(), s.boris.Actor("test"), s.boris.ID, []auth.Place{place}, nil)
	must(t, err)
	_, err = s.Auth.ChangePlaces(t.Context(), s.boris.Actor("test"), s.boris.ID, nil, []auth.Place{place})
	must(t, err)
	const file = "7f2c1f0e-0c0b-4b51-9a53-5b1d3a2f6c01,1\n"
	if status, answer := s.vote(t, file); status != http.StatusBadRequest || !strings.Contains(answer, "Ask an administrator") {
		t.Errorf("want the vote refused with a message, got %d %s", status, answer)
	}
	_, err = s.Auth.ChangePlaces(t.Context(), s.boris.Actor("test"), s.boris.ID, []auth.Place{place}, nil)
	must(t, err)
	if status, answer := s.vote(t, file); status != http.StatusOK {
		t.Errorf("want the vote accepted, got %d %s", status, answer)
	}
}
