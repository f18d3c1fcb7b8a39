package epms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/app/server"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/servertest"
)

const (
	password  = "Abcdefg7"
	maxUpload = 4 << 20
)

// env is the contract over real services, at a time that a test moves. Nothing is counted before count is called. There
// are two parties, with the ids 1 and 2.
type env struct {
	*apptest.Env

	url                     string
	administrator, official string // access tokens
	boris                   auth.User
}

func (s *env) now() time.Time { return s.Clock.Now() }

func (s *env) move(d time.Duration) { s.Clock.Move(d) }

// newEnv opens a folder of a server in Belgrade.
func newEnv(t *testing.T, change ...func(*app.Options)) *env {
	t.Helper()
	s := &env{Env: apptest.Open(t, t.TempDir(), clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), append(change, func(o *app.Options) {
		o.MaxUpload, o.TimeZone = maxUpload, "Europe/Belgrade"
	})...)}
	s.url, _ = servertest.Serve(t, s.Env, server.Options{})
	s.url += "/epms"
	s.add(t, "ana@example.org", auth.Administrator, "")
	s.boris = s.add(t, "boris@example.org", auth.Official, "0101990710008")
	s.administrator, s.official = s.token(t, "ana@example.org"), s.token(t, "boris@example.org")
	for _, name := range []string{"North", "South"} {
		_, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		must(t, err)
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *env) add(t *testing.T, email string, role auth.Role, jmbg string) auth.User {
	t.Helper()
	u, err := s.Auth.AddUser(t.Context(), audit.System(), auth.NewUser{
		Email: email, Forename: "Ana", Surname: "Ilić", JMBG: jmbg, Role: role, Password: password, Rule: auth.PasswordOfEPMS,
	})
	must(t, err)
	return u
}

// token signs a person in, whatever they must do first.
func (s *env) token(t *testing.T, email string) string {
	t.Helper()
	u, err := s.Auth.SignIn(t.Context(), email, password, "test")
	must(t, err)
	tokens, err := s.Auth.IssueTokens(t.Context(), u)
	must(t, err)
	return tokens.Access
}

// count begins to count what was accepted.
func (s *env) count(t *testing.T) {
	t.Helper()
	s.Start(t)
}

// send makes a request and returns the status, the header and the body.
func (s *env) send(t *testing.T, token, method, path, kind string, body io.Reader) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, body)
	must(t, err)
	request.Header.Set("Content-Type", kind)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := (&http.Client{Timeout: 2 * time.Minute}).Do(request)
	must(t, err)
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, response.Header, string(read)
}

func (s *env) login(t *testing.T, email, password string) (int, http.Header, string) {
	t.Helper()
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)
	return s.send(t, "", http.MethodPost, "/login", "application/json", strings.NewReader(body))
}

// elect makes a parliamentary election from now for an hour and returns the answer.
func (s *env) elect(t *testing.T) (int, string) {
	t.Helper()
	start := s.now()
	body := fmt.Sprintf(`{"start":%q,"end":%q,"individual":false,"participants":[1,2]}`,
		start.Format(time.RFC3339), start.Add(time.Hour).Format(time.RFC3339))
	status, _, answer := s.send(t, s.administrator, http.MethodPost, "/createElection", "application/json", strings.NewReader(body))
	return status, answer
}

// form returns a file in a multipart body, and the body's type.
func form(t *testing.T, content string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	file, err := w.CreateFormFile("file", "votes.csv")
	must(t, err)
	_, err = io.WriteString(file, content)
	must(t, err)
	must(t, w.Close())
	return b.String(), w.FormDataContentType()
}

func (s *env) vote(t *testing.T, content string) (int, string) {
	t.Helper()
	body, kind := form(t, content)
	status, _, answer := s.send(t, s.official, http.MethodPost, "/vote", kind, strings.NewReader(body))
	return status, answer
}

// outcome is the answer of getResults.
type outcome struct {
	Participants []struct {
		PollNumber int     `json:"pollNumber"`
		Result     float64 `json:"result"`
	} `json:"participants"`
	InvalidVotes []struct {
		JMBG       string `json:"electionOfficialJmbg"`
		BallotGUID string `json:"ballotGuid"`
		PollNumber int    `json:"pollNumber"`
		Reason     string `json:"reason"`
	} `json:"invalidVotes"`
}

func (s *env) results(t *testing.T) outcome {
	t.Helper()
	status, _, answer := s.send(t, s.administrator, http.MethodGet, "/getResults?id=1", "", nil)
	if status != http.StatusOK {
		t.Fatalf("want results, got %d %s", status, answer)
	}
	var o outcome
	must(t, json.Unmarshal([]byte(answer), &o))
	return o
}

func line(n, pollNumber int) string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x,%d\n", n, n, pollNumber)
}
