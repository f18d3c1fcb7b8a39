package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/clock"
	"urna/internal/testing/databasetest"
	"urna/results"
	"urna/results/bundle"
	"urna/web/api"
	"urna/web/epms"
	"urna/web/publicurl"
)

const password = "four unrelated words"

// patience bounds each wait for something that comes sooner or later; a slow machine under the race detector
// stays far below it.
const patience = 2 * time.Minute

// site is the whole program over real files, behind a real listener, with one administrator and two
// officials, an election that is being counted, and a batch of the first official.
type site struct {
	url      string
	folder   string // of the data
	server   *server
	auth     *auth.Service
	election *elections.Election
	batch    batch.Batch
	users    map[string]auth.User
	clock    *clock.Clock // of browser sessions
	tokens   *auth.Service
	votes    *online.Service
	registry *elections.Service
	db       *database.DB
	public   *publicurl.Setting // fixed
}

func newSite(t *testing.T) *site {
	t.Helper()
	return newSiteWith(t, Options{}, false)
}

// newSiteWith is newSite with further options, and with a second factor required of administrators. Where the options
// bring a clock, all but the browser sessions goes by it.
func newSiteWith(t *testing.T, o Options, requireSecondFactor bool) *site {
	t.Helper()
	return newSiteOn(t, "", o, requireSecondFactor)
}

// newSiteOn is newSiteWith with the main database on a disk that SQLite knows under the name; "" is the real one.
func newSiteOn(t *testing.T, disk string, o Options, requireSecondFactor bool) *site {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	folder := t.TempDir()
	open := func(name string, schema database.Schema, disk string) *database.DB {
		db, err := databasetest.OpenThrough(t.Context(), filepath.Join(folder, name), schema, disk)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	db, log := open("urna.db", database.Main, disk), &audit.Log{Now: o.Now}
	accounts := func(now func() time.Time) *auth.Service {
		a, err := auth.New(db, log, auth.Options{
			Now: now, Secret: []byte("0123456789abcdef0123456789abcdef"), Key: []byte("fedcba9876543210fedcba9876543210"),
			PasswordParams:      &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
			RequireSecondFactor: requireSecondFactor,
		})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	registry := elections.New(db, log, elections.Options{Now: o.Now, TimeZone: "UTC"})
	figures := results.New(db, log, registry, o.Now)
	t.Cleanup(figures.Close)
	bundles, err := bundle.New(db, figures, bundle.NewKey([]byte("0123456789abcdef0123456789abcdef")), filepath.Join(folder, "bundles"))
	if err != nil {
		t.Fatal(err)
	}
	batches, err := batch.New(db, log, registry, batch.Options{
		Now: o.Now, Folder: filepath.Join(folder, "spool"), OnCommit: figures.Changed,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := batches.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(batches.Stop)
	votes, err := online.New(t.Context(), db, log, registry, online.Options{
		Now: o.Now, Secret: []byte("0123456789abcdef0123456789abcdef"), Folder: filepath.Join(folder, "rolls"),
		OnCommit: figures.Changed, GroupVotes: 1, // where the clock stands still, too, nobody waits for others
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := votes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(votes.Stop)
	s := &site{folder: folder, auth: accounts(o.Now), votes: votes, registry: registry, db: db, users: map[string]auth.User{}, clock: &clock.Clock{}}
	s.tokens = accounts(func() time.Time { return o.Now().Add(-2 * time.Hour) })
	s.public = &publicurl.Setting{DB: db, Log: log, Fixed: "https://vote.example.org"}
	o.Version, o.MaxUpload = "test", 1<<20
	s.server = newServer(Services{
		Auth: s.auth, Elections: registry, Batches: batches, Votes: votes, Results: figures,
		Sessions:  auth.NewSessionStore(open("sessions.db", database.Sessions, ""), s.clock.Now, []byte("0123456789abcdef0123456789abcdef")),
		Audit:     audit.NewReader(db.Pool()),
		Bundles:   bundles,
		PublicURL: s.public,
		EPMS: epms.New(epms.Services{
			Auth: s.auth, Elections: registry, Batches: batches, Results: figures, DB: db, MaxUpload: 1 << 20, TimeZone: time.UTC,
		}),
		Ready: func(context.Context) error { return nil },
	}, o)
	listener := httptest.NewServer(s.server.handler())
	t.Cleanup(listener.Close)
	t.Cleanup(s.server.pages.EndFeeds) // who still draws pictures would do so of a database that is closed
	s.url = listener.URL
	s.furnish(t, registry, batches)
	return s
}

// disable disables or enables an account.
func (s *site) disable(t *testing.T, name string, disabled bool) {
	t.Helper()
	u, err := s.auth.ChangeUser(t.Context(), audit.System(), s.users[name].ID, auth.UserChange{Disabled: &disabled})
	if err != nil {
		t.Fatal(err)
	}
	s.users[name] = u
}

// staleToken returns an access token of an administrator that has expired.
func (s *site) staleToken(t *testing.T) string {
	t.Helper()
	u, err := s.auth.User(t.Context(), s.users["administrator"].ID)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := s.tokens.IssueTokens(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	return tokens.Access
}

// furnish makes the people and things that the tests visit.
func (s *site) furnish(t *testing.T, registry *elections.Service, batches *batch.Service) {
	t.Helper()
	for name, role := range map[string]auth.Role{
		"administrator": auth.Administrator, "second administrator": auth.Administrator, "disabled administrator": auth.Administrator,
		"official": auth.Official, "other official": auth.Official,
	} {
		u, err := s.auth.AddUser(t.Context(), audit.System(), auth.NewUser{
			Email: strings.ReplaceAll(name, " ", ".") + "@example.org", Forename: "Test", Surname: name, Role: role, Password: password,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.users[name] = u
	}
	p, err := registry.CreateParticipant(t.Context(), audit.System(), elections.ParticipantDraft{Name: "Only Party", Kind: elections.Party})
	if err != nil {
		t.Fatal(err)
	}
	s.election, err = registry.Create(t.Context(), audit.System(), elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-2 * time.Hour), EndsAt: time.Now().Add(-time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: p.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.batch, err = batches.Receive(t.Context(), batch.Delivery{Actor: s.users["official"].Actor("test"), ElectionID: s.election.ID},
		strings.NewReader("5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n"))
	if err != nil {
		t.Fatal(err)
	}
}

// visitor is somebody with a browser or an API client.
type visitor struct {
	site   *site
	client *http.Client
	bearer string
}

func (s *site) visitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{site: s, client: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signedIn returns a visitor who has signed in on the page and at the API under one of the site's names.
func (s *site) signedIn(t *testing.T, name string) *visitor {
	t.Helper()
	v := s.visitor(t)
	if answer := v.signIn(t, s.users[name].Email, password); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: want to be signed in, got %s", name, answer.Status)
	}
	u, err := s.auth.User(t.Context(), s.users[name].ID)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := s.auth.IssueTokens(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	v.bearer = tokens.Access
	return v
}

func (v *visitor) signIn(t *testing.T, email, password string) *http.Response {
	t.Helper()
	return v.send(t, http.MethodPost, "/login", url.Values{"email": {email}, "password": {password}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
}

// send makes a request; headers are pairs of names and values. The answer's body can be read again.
func (v *visitor) send(t *testing.T, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, v.site.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if v.bearer != "" && (strings.HasPrefix(path, api.Base) || strings.HasPrefix(path, epmsBase)) {
		request.Header.Set("Authorization", "Bearer "+v.bearer)
	}
	request.Header.Set("Accept-Encoding", "identity") // else the client would ask for gzip, and unpack it in silence
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := v.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(content))
	return answer
}

func text(answer *http.Response) string {
	content, _ := io.ReadAll(answer.Body)
	return string(content)
}
