package papers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/apptest"
)

// listGoal is what every list should answer in.
const listGoal = 50 * time.Millisecond

// TestPapers_Lists measures, where it is told to, every list, as pages and as JSON, of an election with many ballots, counted in a
// hundred batches, and ten thousand polling stations with definitive protocols. An administrator reads them, for whom each is made.
// Where it is not told to, it sees that each answers.
func TestPapers_Lists(t *testing.T) {
	small()
	batches, reads := int64(100), 20
	if !*measuring {
		batches, reads = 2, 1
	}
	s := newEnv(t, *protocols, 3, 1)
	c := s.official(t, 2)
	for range batches {
		file, size := writeBatch(t, *lines/batches)
		s.counted(t, s.upload(t, c, file, size))
	}
	s.enterPapers(t, 0)
	s.enterPapers(t, 1)
	reader, program := s.signedInAdministrator(t), s.programOfAdministrator(t)
	var slow []string
	for _, path := range s.lists() {
		ask := reader
		if strings.HasPrefix(path, "/api/") {
			ask = program
		}
		s.get(t, ask, path) // statements are prepared
		took := make([]time.Duration, reads)
		for i := range took {
			took[i] = timed(func() { s.get(t, ask, path) })
		}
		mark := ""
		if at(took, 50) > listGoal {
			slow, mark = append(slow, path), "  SLOW"
		}
		fmt.Fprintf(t.Output(), "%-70s median %6.1f ms  longest %6.1f ms%s\n", path, ms(took, 50), ms(took, 100), mark)
	}
	fmt.Fprintf(t.Output(), "%d ballots in %d batches, %d polling stations: %d of %d lists have a median above the goal of %v: %s\n",
		*lines, batches, *protocols, len(slow), len(s.lists()), listGoal, strings.Join(slow, ", "))
}

// lists returns the addresses of all lists.
func (s *env) lists() (paths []string) {
	last := fmt.Sprintf("?page=%d", max(len(s.stations)/100, 1))
	for _, path := range []string{
		"/", "/elections/ID", "/elections/ID/constituencies", "/elections/ID/constituencies/PLACE", "/elections/ID/turnout",
		"/elections/ID/stations", "/elections/ID/stations" + last, "/elections/ID/stations?sort=name", "/elections/ID/stations?sort=state",
		"/elections/ID/stations?sort=registered", "/elections/ID/stations?sort=turnout", "/elections/ID/stations?q=school+7", "/elections/ID/stations?q=zzz",
		"/elections/ID/amendments", "/elections/ID/corrections",
		"/admin", "/admin/elections", "/admin/elections/ID", "/admin/elections/ID/constituencies", "/admin/elections/ID/candidacies",
		"/admin/elections/ID/incoming", "/admin/elections/ID/history", "/admin/elections/ID/stations", "/admin/elections/ID/stations" + last,
		"/admin/elections/ID/registered", "/admin/elections/ID/officials", "/admin/elections/ID/keys", "/admin/participants", "/admin/approvals", "/admin/users",
		"/admin/batches", "/admin/batches?page=2", "/admin/batches?election=ID", "/admin/audit",
		"/protocols/ID", "/protocols/ID" + last, "/protocols/ID?waits=definitive", "/protocols/ID?waits=open", "/protocols/ID?waits=awaited",
		"/protocols/ID?waits=no-scan", "/protocols/ID?q=school+7", "/protocols/ID?q=zzz", "/stations/STATION/protocol",
		"/api/v1/elections", "/api/v1/elections/ID", "/api/v1/elections/ID/results", "/api/v1/elections/ID/batches", "/api/v1/elections/ID/stations",
		"/api/v1/elections/ID/turnout", "/api/v1/elections/ID/voter-keys", "/api/v1/participants", "/api/v1/users", "/api/v1/approvals", "/api/v1/audit-events",
	} {
		paths = append(paths, strings.NewReplacer("ID", strconv.FormatInt(s.poll.ElectionID, 10), "PLACE", strconv.FormatInt(s.stations[0].ConstituencyID, 10),
			"STATION", strconv.FormatInt(s.stations[len(s.stations)/2].ID, 10)).Replace(path))
	}
	return slices.Compact(paths)
}

// signedInAdministrator returns a browser's client, signed in as the administrator.
func (s *env) signedInAdministrator(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	p := &typist{http: &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{}}}
	t.Cleanup(p.http.CloseIdleConnections)
	status, err := p.post(t.Context(), s.server.URL+"/login", url.Values{"email": {"administrator@example.org"}, "password": {apptest.Password}})
	if err != nil || status != http.StatusOK {
		t.Fatalf("want the administrator signed in, got %d, %v", status, err)
	}
	return p.http
}

// programOfAdministrator returns a client of the API, with a token of the administrator.
func (s *env) programOfAdministrator(t *testing.T) *http.Client {
	t.Helper()
	in := fmt.Sprintf(`{"email": "administrator@example.org", "password": %q}`, apptest.Password)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.server.URL+"/api/v1/tokens", strings.NewReader(in))
	must(t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	var made struct {
		Token string `json:"access_token"`
	}
	must(t, json.NewDecoder(answer.Body).Decode(&made))
	return &http.Client{Timeout: patience, Transport: bearer{made.Token}}
}

// bearer sends a token with each request.
type bearer struct{ token string }

// RoundTrip sends a request.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(r)
}
