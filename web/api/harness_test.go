package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/servertest"
	"urna/web/api"
)

const (
	password  = "a password of some length"
	maxUpload = 1 << 20
	// patience bounds each wait for something that comes sooner or later; a slow machine under the race detector
	// stays far below it.
	patience = 2 * time.Minute
)

// env is the API over real services, with an administrator and two officials. The clock is stopped, so that a wait of
// the rate limits lasts as long as a test does.
type env struct {
	*apptest.Env

	t                            *testing.T
	stop                         func() // stops answering
	url                          string
	administrator, first, second string // access tokens

	mutex    sync.Mutex
	compared []string // the answers that were compared with the description
}

func newEnv(t *testing.T) *env {
	t.Helper()
	s := &env{t: t}
	s.open(t.TempDir(), clock.At(time.Now()))
	for _, u := range []struct {
		email string
		role  auth.Role
		token *string
	}{
		{"ana@example.org", auth.Administrator, &s.administrator},
		{"boris@example.org", auth.Official, &s.first},
		{"vera@example.org", auth.Official, &s.second},
	} {
		_, err := s.Auth.AddUser(t.Context(), audit.System(), auth.NewUser{
			Email: u.email, Forename: "Ana", Surname: "Ilić", Role: u.role, Password: password,
		})
		must(t, err)
		*u.token = s.signIn(u.email).str("access_token")
	}
	return s
}

// open opens a data folder and answers at a new address.
func (s *env) open(path string, c *clock.Clock, change ...func(*app.Options)) {
	s.t.Helper()
	s.Env = apptest.Open(s.t, path, c, append(change, func(o *app.Options) {
		o.MaxUpload, o.TimeZone = maxUpload, "Europe/Belgrade"
		o.Votes.GroupVotes = 1 // a vote waits for no others, also if the clock is stopped
	})...)
	s.Start(s.t)
	s.url, s.stop = servertest.Serve(s.t, s.Env, server.Options{})
	s.url += api.Base
}

// restart stops everything and opens the folder again with other options.
func (s *env) restart(change ...func(*app.Options)) {
	s.t.Helper()
	s.stop()
	must(s.t, s.Close())
	s.open(s.Path, s.Clock, change...)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reply is an answer of the API.
type reply struct {
	t      *testing.T
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

// send makes a request; body is a reader or a string of JSON.
func (s *env) send(token, method, path, contentType string, body io.Reader) *reply {
	s.t.Helper()
	return s.sendWith(token, method, path, contentType, body, "", "")
}

// sendWith is send with one more header.
func (s *env) sendWith(token, method, path, contentType string, body io.Reader, header, value string) *reply {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	must(s.t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if header != "" {
		request.Header.Set(header, value)
	}
	response, err := http.DefaultClient.Do(request)
	must(s.t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	must(s.t, err)
	r := &reply{t: s.t, status: response.StatusCode, header: response.Header, raw: raw}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // so that tests see the digits
	_ = decoder.Decode(&r.body)
	s.fits(request, r)
	return r
}

func (s *env) json(token, method, path, body string) *reply {
	s.t.Helper()
	return s.send(token, method, path, "application/json", strings.NewReader(body))
}

func (s *env) get(token, path string) *reply {
	s.t.Helper()
	return s.send(token, http.MethodGet, path, "", http.NoBody)
}

func (s *env) signIn(email string) *reply {
	s.t.Helper()
	return s.json("", http.MethodPost, "/tokens", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)).want(http.StatusOK)
}

func (r *reply) want(status int) *reply {
	r.t.Helper()
	if status != r.status {
		r.t.Fatalf("want status %d, got %d: %s", status, r.status, r.raw)
	}
	return r
}

// refused checks for problem+json with a code.
func (r *reply) refused(status int, code string) *reply {
	r.t.Helper()
	r.want(status)
	if want, got := "application/problem+json", r.header.Get("Content-Type"); want != got {
		r.t.Errorf("want content type %q, got %q", want, got)
	}
	if want, got := "/problems/"+code, r.str("type"); want != got {
		r.t.Fatalf("want type %q, got %q: %s", want, got, r.raw)
	}
	return r
}

// fields returns the messages of a refusal by field.
func (r *reply) fields() map[string]string {
	all := map[string]string{}
	list, _ := r.body["errors"].([]any)
	for _, e := range list {
		field, _ := e.(map[string]any)
		all[fmt.Sprint(field["field"])] = fmt.Sprint(field["message"])
	}
	return all
}

// at walks into the answer by names and indexes.
func (r *reply) at(path ...any) any {
	r.t.Helper()
	var value any = r.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			inner, ok := object[step]
			if !ok {
				r.t.Fatalf("no %v in %s", path, r.raw)
			}
			value = inner
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				r.t.Fatalf("no %v in %s", path, r.raw)
			}
			value = list[step]
		}
	}
	return value
}

func (r *reply) str(path ...any) string {
	r.t.Helper()
	return fmt.Sprint(r.at(path...))
}

// is checks a value by how it is written.
func (r *reply) is(want string, path ...any) {
	r.t.Helper()
	if got := r.str(path...); want != got {
		r.t.Errorf("%v: want %s, got %s", path, want, got)
	}
}
