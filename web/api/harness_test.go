package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/results"
	"urna/results/bundle"
	"urna/web/api"
	"urna/web/principal"
)

const (
	password  = "a password of some length"
	maxUpload = 1 << 20
	// patience bounds each wait for something that comes sooner or later; a slow machine under the race detector
	// stays far below it.
	patience = 2 * time.Minute
)

// stand is the API over real services, with an administrator and two officials. The clock of the
// accounts stands still, so that a wait lasts as long as a test does.
type stand struct {
	t                            *testing.T
	db                           *database.DB
	services                     api.Services
	accounts                     auth.Options
	url                          string
	administrator, first, second string // access tokens
}

func newStand(t *testing.T) *stand {
	t.Helper()
	gin.SetMode(gin.TestMode)
	folder := t.TempDir()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(folder, "urna.db"), database.Main)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	log := &audit.Log{Now: time.Now}
	start := time.Now()
	options := auth.Options{
		Now: func() time.Time { return start }, Secret: bytes.Repeat([]byte("s"), 32), Key: bytes.Repeat([]byte("k"), 32),
		PasswordParams: &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
	}
	accounts, err := auth.New(db, log, options)
	must(t, err)
	registry := elections.New(db, log, elections.Options{Now: time.Now, TimeZone: "Europe/Belgrade"})
	batches, err := batch.New(db, log, registry, batch.Options{Now: time.Now, Folder: filepath.Join(folder, "spool"), MaxBytes: maxUpload})
	must(t, err)
	must(t, batches.Start(t.Context()))
	votes, err := online.New(t.Context(), db, log, registry, online.Options{
		Now: time.Now, Secret: bytes.Repeat([]byte("v"), 32), Folder: filepath.Join(folder, "rolls"), GroupWait: time.Millisecond,
	})
	must(t, err)
	must(t, votes.Start(t.Context()))
	t.Cleanup(votes.Stop)
	t.Cleanup(batches.Stop)

	counted := results.New(db, log, registry, time.Now)
	bundles, err := bundle.New(db, counted, bundle.NewKey(bytes.Repeat([]byte("s"), 32)), filepath.Join(folder, "bundles"))
	must(t, err)
	s := &stand{t: t, db: db, accounts: options, services: api.Services{
		Auth: accounts, Elections: registry, Batches: batches, Votes: votes, Results: counted, Bundles: bundles,
		Audit: audit.NewReader(db.Pool()), MaxUpload: maxUpload,
	}}
	s.serve()
	for _, u := range []struct {
		email string
		role  auth.Role
		token *string
	}{
		{"ana@example.org", auth.Administrator, &s.administrator},
		{"boris@example.org", auth.Official, &s.first},
		{"vera@example.org", auth.Official, &s.second},
	} {
		_, err := accounts.AddUser(t.Context(), audit.System(), auth.NewUser{
			Email: u.email, Forename: "Ana", Surname: "Ilić", Role: u.role, Password: password,
		})
		must(t, err)
		*u.token = s.signIn(u.email).str("access_token")
	}
	return s
}

// serve answers with the stand's services at a new address.
func (s *stand) serve() {
	s.t.Helper()
	server := httptest.NewServer(routes(api.New(s.services), s.services.Auth))
	s.t.Cleanup(server.Close)
	s.url = server.URL + api.Base
}

// routes is what package web does, without the roles, which are its own business.
func routes(a *api.API, accounts *auth.Service) *gin.Engine {
	r := gin.New()
	r.Use(func(c *gin.Context) {
		if token, ok := api.Bearer(c.Request); ok {
			if u, err := accounts.Authenticate(c.Request.Context(), token); err == nil {
				principal.Set(c, u)
			}
		}
	})
	g := r.Group(api.Base)
	g.POST("/tokens", a.TokensCreate)
	g.POST("/tokens/refresh", a.TokensRefresh)
	g.DELETE("/tokens", a.TokensRevoke)
	g.GET("/me", a.Me)
	g.GET("/users", a.Users)
	g.POST("/users", a.UserCreate)
	g.GET("/users/:id", a.User)
	g.PATCH("/users/:id", a.UserChange)
	g.DELETE("/users/:id", a.UserDelete)
	g.GET("/participants", a.Participants)
	g.POST("/participants", a.ParticipantCreate)
	g.GET("/participants/:id", a.Participant)
	g.PATCH("/participants/:id", a.ParticipantChange)
	g.GET("/elections", a.Elections)
	g.POST("/elections", a.ElectionCreate)
	g.GET("/elections/:id", a.Election)
	g.PATCH("/elections/:id", a.ElectionChange)
	g.GET("/elections/:id/batches", a.ElectionBatches)
	g.POST("/elections/:id/batches", a.BatchCreate)
	g.GET("/elections/:id/voter-keys", a.VoterKeys)
	g.POST("/elections/:id/voter-keys", a.VoterKeysCreate)
	g.POST("/elections/:id/voter-keys/revocations", a.VoterKeyRevoke)
	g.POST("/elections/:id/voter-keys/withdrawals", a.VoterKeysWithdraw)
	g.GET("/batches/:id", a.Batch)
	g.GET("/batches/:id/invalid", a.BatchInvalid)
	g.POST("/batches/:id/retraction", a.BatchRetract)
	g.POST("/batches/:id/restoration", a.BatchRestore)
	g.GET("/elections/:id/results", a.Results)
	g.GET("/elections/:id/results.csv", a.ResultsCSV)
	g.GET("/elections/:id/constituencies.csv", a.ConstituenciesCSV)
	g.GET("/elections/:id/bundle.zip", a.Bundle)
	g.GET("/elections/:id/bundle-full.zip", a.BundleFull)
	g.GET("/elections/:id/lots", a.Lots)
	g.POST("/elections/:id/lots", a.LotCreate)
	g.POST("/elections/:id/lot-seed", a.LotSeedCommit)
	g.POST("/elections/:id/lot-seed/revelation", a.LotSeedReveal)
	g.GET("/elections/:id/certification", a.Certification)
	g.POST("/elections/:id/certification", a.Certify)
	g.POST("/elections/:id/second-round", a.SecondRoundCreate)
	g.GET("/audit-events", a.AuditEvents)
	g.GET("/openapi.json", a.OpenAPI)
	g.GET("/docs", a.Docs)
	return r
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
func (s *stand) send(token, method, path, contentType string, body io.Reader) *reply {
	s.t.Helper()
	return s.sendWith(token, method, path, contentType, body, "", "")
}

// sendWith is send with one more header.
func (s *stand) sendWith(token, method, path, contentType string, body io.Reader, header, value string) *reply {
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
	return r
}

func (s *stand) json(token, method, path, body string) *reply {
	s.t.Helper()
	return s.send(token, method, path, "application/json", strings.NewReader(body))
}

func (s *stand) get(token, path string) *reply {
	s.t.Helper()
	return s.send(token, http.MethodGet, path, "", http.NoBody)
}

func (s *stand) signIn(email string) *reply {
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
