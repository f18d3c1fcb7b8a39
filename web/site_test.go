package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/web"
	"urna/web/api"
)

const password = apptest.Password

// patience bounds each wait for something that comes sooner or later; a slow machine under the race detector
// stays far below it.
const patience = 2 * time.Minute

// site is the whole program over real files, behind a real listener, with one administrator and two
// officials, an election that is being counted, and a batch of the first official.
type site struct {
	*apptest.Env

	url          string
	server       *web.Bare
	options      server.Options
	election     *elections.Election
	batch        batch.Batch
	users        map[string]auth.User
	sessionClock *clock.Clock
	files        int // that lines has made
}

func newSite(t *testing.T) *site {
	t.Helper()
	return newSiteWith(t, server.Options{})
}

// newSiteAt is newSite by the test's clock. Browser sessions have a clock of their own.
func newSiteAt(t *testing.T, c *clock.Clock) *site {
	t.Helper()
	return startSite(t, c, server.Options{})
}

// newSiteWith is newSite with other options of the server and of the folder.
func newSiteWith(t *testing.T, o server.Options, change ...func(*app.Options)) *site {
	t.Helper()
	return startSite(t, &clock.Clock{}, o, change...)
}

func startSite(t *testing.T, c *clock.Clock, o server.Options, change ...func(*app.Options)) *site {
	t.Helper()
	s := emptySite(t, c, o, change...)
	s.furnish(t)
	return s
}

// emptySite is a site without accounts, elections and batches.
func emptySite(t *testing.T, c *clock.Clock, o server.Options, change ...func(*app.Options)) *site {
	t.Helper()
	o.Version = "test"
	if o.Language == nil && o.Languages == nil {
		o.Languages = messages.NewChoice(messages.Known()[:1], "en") // language_test.go has the others
	}
	s := &site{options: o, users: map[string]auth.User{}, sessionClock: &clock.Clock{}}
	s.Env = apptest.Open(t, t.TempDir(), c, append(change, func(o *app.Options) {
		o.SessionsNow, o.PublicURL = s.sessionClock.Now, "https://vote.example.org"
		o.Votes.GroupVotes = 1 // a vote waits for no others, also if the clock is stopped
	})...)
	s.Start(t)
	s.server = web.NewBare(server.Services(s.App, o), server.WebOptions(s.App, o))
	listener := httptest.NewServer(s.server.Handler())
	t.Cleanup(listener.Close)
	t.Cleanup(s.server.EndFeeds) // a feed that still draws would read a closed database
	s.url = listener.URL
	return s
}

// unstarted returns another server over the site's services, with the timeouts of production.
func (s *site) unstarted() *web.Server {
	return web.New(server.Services(s.App, s.options), server.WebOptions(s.App, s.options))
}

// disable disables or enables an account.
func (s *site) disable(t *testing.T, name string, disabled bool) {
	t.Helper()
	u, err := s.Auth.ChangeUser(t.Context(), audit.System(), s.users[name].ID, auth.UserChange{Disabled: &disabled})
	if err != nil {
		t.Fatal(err)
	}
	s.users[name] = u
}

// staleToken returns an access token of an administrator that has expired.
func (s *site) staleToken(t *testing.T) string {
	t.Helper()
	u, err := s.Auth.User(t.Context(), s.users["administrator"].ID)
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Move(-2 * time.Hour)
	defer s.Clock.Move(2 * time.Hour)
	tokens, err := s.Auth.IssueTokens(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	return tokens.Access
}

// furnish makes the people and things that the tests visit.
func (s *site) furnish(t *testing.T) {
	t.Helper()
	for _, account := range []struct {
		name string
		role auth.Role
	}{
		{"administrator", auth.Administrator},
		{"second administrator", auth.Administrator},
		{"disabled administrator", auth.Administrator},
		{"official", auth.Official},
		{"other official", auth.Official},
		{"observer", auth.Observer},
	} {
		s.users[account.name] = s.AddAccount(t, account.name, account.role)
	}
	p, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Only Party", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	s.election, err = s.Elections.Create(t.Context(), audit.System(), elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: s.Clock.Now().Add(-2 * time.Hour), EndsAt: s.Clock.Now().Add(-time.Hour), OpenNow: true,
		Confirmations:  1,
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: p.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.batch, err = s.Batches.Receive(t.Context(), batch.Delivery{Actor: s.users["official"].Actor("test"), ElectionID: s.election.ID},
		strings.NewReader("5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n"))
	if err != nil {
		t.Fatal(err)
	}
}

// visitor is a person with a browser, or an API client.
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
	u, err := s.Auth.User(t.Context(), s.users[name].ID)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := s.Auth.IssueTokens(t.Context(), u)
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
	if v.bearer != "" && (strings.HasPrefix(path, api.Base) || strings.HasPrefix(path, web.EPMSBase)) {
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
