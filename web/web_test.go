package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/sqlite"
	"urna/results"
	"urna/web/api"
	"urna/web/epms"
)

const password = "four unrelated words"

// site is the whole program over real files, behind a real listener, with one administrator and two
// officials, an election that is being counted, and a batch of the first official.
type site struct {
	url      string
	server   *server
	auth     *auth.Service
	election *elections.Election
	batch    batch.Batch
	users    map[string]auth.User
	clock    *clock // of browser sessions
	tokens   *auth.Service
}

// clock is the real time, which a test may move on.
type clock struct {
	mutex sync.Mutex
	moved time.Duration
}

func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return time.Now().Add(c.moved)
}

func (c *clock) reset() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.moved = 0
}

func (c *clock) move(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.moved += d
}

func newSite(t *testing.T) *site { return newSiteWith(t, Options{}, false) }

// newSiteWith is newSite with further options, and with a second factor required of administrators.
func newSiteWith(t *testing.T, o Options, requireSecondFactor bool) *site {
	t.Helper()
	folder := t.TempDir()
	database := func(name string, schema sqlite.Schema) *sqlite.DB {
		db, err := sqlite.Open(t.Context(), filepath.Join(folder, name), schema)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	db, log := database("urna.db", sqlite.Main), &audit.Log{Now: time.Now}
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
	registry := elections.New(db, log, elections.Options{Now: time.Now, TimeZone: "UTC"})
	figures := results.New(db, registry, time.Now)
	batches, err := batch.New(db, log, registry, batch.Options{
		Now: time.Now, Folder: filepath.Join(folder, "spool"), OnCommit: figures.Changed,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := batches.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(batches.Stop)
	s := &site{auth: accounts(time.Now), users: map[string]auth.User{}, clock: &clock{}}
	s.tokens = accounts(func() time.Time { return time.Now().Add(-2 * time.Hour) })
	o.Now, o.Version, o.MaxUpload = time.Now, "test", 1<<20
	s.server = newServer(Services{
		Auth: s.auth, Elections: registry, Batches: batches, Results: figures,
		Sessions: auth.NewSessionStore(database("sessions.db", sqlite.Sessions), s.clock.Now),
		Audit:    audit.NewReader(db.Pool()),
		EPMS: epms.New(epms.Services{
			Auth: s.auth, Elections: registry, Batches: batches, Results: figures, DB: db, MaxUpload: 1 << 20, TimeZone: time.UTC,
		}),
		Ready: func(context.Context) error { return nil },
	}, o)
	listener := httptest.NewServer(crossOrigin(s.server.router()))
	t.Cleanup(listener.Close)
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
	tokens, err := s.tokens.IssueTokens(t.Context(), s.users["administrator"])
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
		Title: "Council", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-2 * time.Hour), EndsAt: time.Now().Add(-time.Hour),
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

func TestSession_NewTokenAtSignInGoneAtSignOut(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	if answer := v.send(t, http.MethodGet, "/", ""); len(answer.Cookies()) != 0 {
		t.Errorf("want no cookie for a visitor, got %v", answer.Cookies())
	}
	planted := &http.Cookie{Name: "urna", Value: "planted-by-somebody-else-00000000000000000"}
	home, _ := url.Parse(s.url)
	v.client.Jar.SetCookies(home, []*http.Cookie{planted})
	answer := v.signIn(t, s.users["administrator"].Email, password)
	cookies := answer.Cookies()
	if answer.StatusCode != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("want a redirect with a cookie, got %s, %v", answer.Status, cookies)
	}
	if c := cookies[0]; c.Value == planted.Value || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("want a fresh, HttpOnly, SameSite cookie, got %v", c)
	}
	if answer := v.send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want the administrator's page, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodPost, "/logout", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want to be signed out, got %s", answer.Status)
	}
	v.client.Jar.SetCookies(home, cookies) // somebody kept the cookie
	if answer := v.send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the old cookie to be worth nothing, got %s", answer.Status)
	}
}

func TestSession_EndsWithTheAccount(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	disabled := true
	if _, err := s.auth.ChangeUser(t.Context(), audit.System(), s.users["official"].ID, auth.UserChange{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	if answer := v.send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the disabled account sent to sign in, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodGet, "/api/v1/me", ""); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("want its token refused, got %s", answer.Status)
	}
}

func TestSignIn_RefusedKeepsTheEmail(t *testing.T) {
	s := newSite(t)
	answer := s.visitor(t).signIn(t, "nobody@example.org", "wrong password here")
	page := text(answer)
	if answer.StatusCode != http.StatusUnauthorized && answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a refusal, got %s", answer.Status)
	}
	if !strings.Contains(page, "nobody@example.org") || strings.Contains(page, "wrong password here") {
		t.Error("want the e-mail kept and the password not")
	}
}

func TestSignIn_GoesOnToLocalPagesOnly(t *testing.T) {
	s := newSite(t)
	for next, want := range map[string]string{
		"/admin/users":         "/admin/users",
		"//evil.example":       "/admin",
		"https://evil.example": "/admin",
		`/\evil.example`:       "/admin",
		"":                     "/admin",
	} {
		form := url.Values{"email": {s.users["administrator"].Email}, "password": {password}, "next": {next}}
		answer := s.visitor(t).send(t, http.MethodPost, "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		if got := answer.Header.Get("Location"); got != want {
			t.Errorf("next %q: want %q, got %q", next, want, got)
		}
	}
}

func TestHeaders_OnEveryAnswer(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	for _, path := range []string{"/", "/login", "/nowhere", "/admin", "/api/v1/elections", "/api/v1/nowhere", "/healthz"} {
		answer := v.send(t, http.MethodGet, path, "")
		csp := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") ||
			answer.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: want the browser's defences, got %v", path, answer.Header)
		}
		if page := text(answer); strings.Contains(page, "<script>") || strings.Contains(page, " style=") || strings.Contains(page, " onclick=") {
			t.Errorf("%s: want nothing inline", path)
		}
	}
}

func TestCrossOrigin_RefusedOnUnsafeRoutes(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	for _, header := range [][2]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		for _, path := range []string{"/admin/participants", "/logout", "/api/v1/participants"} {
			answer := v.send(t, http.MethodPost, path, `{"name":"X","kind":"party"}`, header[0], header[1], "Content-Type", "text/plain")
			if answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %v: want 403, got %s", path, header, answer.Status)
			}
		}
	}
	if answer := v.send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want to be signed in still, got %s", answer.Status)
	}
}

func TestErrors_PageForPeopleProblemForPrograms(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	page := v.send(t, http.MethodGet, "/elections/999", "")
	if page.StatusCode != http.StatusNotFound || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Errorf("want a page with 404, got %s, %s", page.Status, page.Header.Get("Content-Type"))
	}
	answer := v.send(t, http.MethodGet, "/api/v1/elections/999", "")
	var problem struct {
		Type   string `json:"type"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
		t.Fatal(err)
	}
	if answer.Header.Get("Content-Type") != "application/problem+json" || problem.Status != 404 ||
		!strings.HasSuffix(problem.Type, "/unknown-election") || problem.Detail == "" {
		t.Errorf("want problem+json, got %s, %+v", answer.Header.Get("Content-Type"), problem)
	}
}

func TestLive_SendsTheCountAndFollowsIt(t *testing.T) {
	s := newSite(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/elections/%d/live", s.url, s.election.ID), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if got := answer.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Fatalf("want an event stream, got %s", got)
	}
	if answer.Header.Get("Set-Cookie") != "" {
		t.Error("want the feed to know nobody")
	}
	event := make([]byte, 4096)
	if _, err := io.ReadAtLeast(answer.Body, event, 20); err != nil || !bytes.Contains(event, []byte("event: update")) {
		t.Errorf("want an update at once, got %q, %v", event[:60], err)
	}
}

func TestOfficialUpload_ThroughTheForm(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	upload := func(content string) *http.Response {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		_ = form.WriteField("constituency_id", id(s.election.Constituencies[0].ID))
		part, _ := form.CreateFormFile("file", "night.csv")
		_, _ = io.WriteString(part, content)
		_ = form.Close()
		return v.send(t, http.MethodPost, fmt.Sprintf("/official/elections/%d/batches", s.election.ID), body.String(),
			"Content-Type", form.FormDataContentType())
	}
	line := "6f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n"
	answer := upload(line)
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(answer.Header.Get("Location"), "/batches/") {
		t.Fatalf("want to go on to the batch's page, got %s to %q", answer.Status, answer.Header.Get("Location"))
	}
	page := text(v.send(t, http.MethodGet, answer.Header.Get("Location"), ""))
	if !strings.Contains(page, "night.csv") {
		t.Error("want the batch's page")
	}
	answer = upload(line)
	if question := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(question, "/official/uploads/") {
		t.Errorf("want a question about the same file, got %s to %q", answer.Status, question)
	} else if answer := v.send(t, http.MethodPost, question+"/confirm", ""); !strings.HasPrefix(answer.Header.Get("Location"), "/batches/") {
		t.Errorf("want the confirmed batch's page, got %s", answer.Status)
	}
	answer = upload(line + "wrong,1\n")
	if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "ine 2") {
		t.Errorf("want the refusal with its line, got %s", answer.Status)
	}
	if answer := upload(strings.Repeat(line, 40_000)); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("want an upload over the limit refused, got %s", answer.Status)
	}
}
