//nolint:thelper // the parts of one long test: their failures belong to their lines
package epms

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// secret signs the tokens of the servers under test.
const secret = "a secret of more than thirty-two characters"

var chief = program.User{
	Email: "chief@example.org", Role: "administrator", Forename: "Ada", Surname: "Byron", Password: "Analytical engine 1",
}

// world is a running program with its people.
type world struct {
	anonymous     *client
	administrator *client
	first, second *client // officials
	refresh       string  // the administrator's
	firstJMBG     string
	secondJMBG    string
	parties       []int64 // in the order in which they were made
	individuals   []int64
	elections     []object // as getElections must list them
	pace          time.Duration
}

func TestContract(t *testing.T) {
	t.Setenv("URNA_JWT_SECRET", secret)
	t.Setenv("TZ", "Europe/Belgrade")
	binary := program.Build(t)

	t.Run("closed registration", func(t *testing.T) { closedRegistration(t, binary) })

	t.Setenv("URNA_OPEN_REGISTRATION", "true")
	data := t.TempDir()
	program.AddUser(t, binary, data, chief)
	w := &world{anonymous: newClient(program.Serve(t, binary, data).URL)}
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"register", w.register},
		{"login", w.login},
		{"tokens", w.tokens},
		{"roles", w.roles},
		{"refresh", w.refreshing},
		{"delete", w.deleting},
		{"participants", w.participants},
		{"elections are refused", w.electionsRefused},
		{"times", w.times},
		{"overlaps", w.overlaps},
		{"elections made elsewhere", w.elsewhere},
		{"no election", w.voteWithoutElection},
		{"parliamentary", w.parliamentary},
		{"presidential", w.presidential},
	} {
		if !t.Run(part.name, part.run) {
			return // the next parts build on it
		}
	}
}

func closedRegistration(t *testing.T, binary string) {
	data := t.TempDir()
	program.AddUser(t, binary, data, chief)
	anonymous := newClient(program.Serve(t, binary, data).URL)
	person := object{
		"jmbg": jmbg("0101", "990", "71", "000"), "forename": "Grace", "surname": "Hopper",
		"email": "grace@example.org", "password": "Nanosecond1",
	}
	anonymous.post(t, "/epms/register", person).headerMissing(t)
	anonymous.post(t, "/epms/register", object{}).headerMissing(t)
	tokens := signIn(t, anonymous, chief.Email, chief.Password)
	anonymous.with(tokens.refresh).post(t, "/epms/register", person).tokenRefused(t)
	anonymous.with(tokens.access).post(t, "/epms/register", object{}).refused(t, "Field jmbg is missing.")
	anonymous.with(tokens.access).post(t, "/epms/register", person).empty(t)
	official := signIn(t, anonymous, "grace@example.org", "Nanosecond1")
	anonymous.with(official.access).post(t, "/epms/register", person).headerMissing(t)
}

// roles wants the contract's answer from every protected call to accounts that may not make it.
func (w *world) roles(t *testing.T) {
	for call, may := range map[string]*client{
		"POST /epms/delete":            w.administrator,
		"POST /epms/createParticipant": w.administrator,
		"GET /epms/getParticipants":    w.administrator,
		"POST /epms/createElection":    w.administrator,
		"GET /epms/getElections":       w.administrator,
		"GET /epms/getResults":         w.administrator,
		"POST /epms/vote":              w.first,
	} {
		t.Run(call, func(t *testing.T) {
			method, path, _ := strings.Cut(call, " ")
			other := w.first
			if may == w.first {
				other = w.administrator
			}
			w.anonymous.call(t, method, path, nil).headerMissing(t)
			other.call(t, method, path, object{}).headerMissing(t)
			bad := damaged(t, may.token)
			bad["a refresh token"] = w.refresh
			for name, token := range bad {
				t.Run(name, func(t *testing.T) { w.anonymous.with(token).call(t, method, path, nil).tokenRefused(t) })
			}
			if got := may.call(t, method, path, object{}); got.status != http.StatusOK && got.status != http.StatusBadRequest {
				t.Errorf("want the right role to pass, got %d %s", got.status, got.body)
			}
		})
	}
}
