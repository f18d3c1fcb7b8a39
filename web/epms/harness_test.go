package epms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/results"
	"urna/web/epms"
)

const (
	password  = "Abcdefg7"
	maxUpload = 4 << 20
)

// stand is the contract over real services, at a time that a test moves. Nothing is counted before
// count is called. Two parties stand ready under the ids 1 and 2.
type stand struct {
	url      string
	accounts *auth.Service
	batches  *batch.Service

	mutex sync.Mutex
	time  time.Time

	administrator, official string // access tokens
	boris                   auth.User
}

func (s *stand) now() time.Time {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.time
}

func (s *stand) move(d time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.time = s.time.Add(d)
}

func newStand(t *testing.T) *stand {
	t.Helper()
	return newStandThat(t, auth.Options{})
}

// newStandThat keeps accounts as the options say.
func newStandThat(t *testing.T, o auth.Options) *stand {
	t.Helper()
	gin.SetMode(gin.TestMode)
	s := &stand{time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	folder := t.TempDir()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(folder, "urna.db"), database.Main)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	log := &audit.Log{Now: s.now}
	key := bytes.Repeat([]byte("s"), 32)
	o.Now, o.Secret, o.Key = s.now, key, key
	o.PasswordParams = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	s.accounts, err = auth.New(db, log, o)
	must(t, err)
	registry := elections.New(db, log, elections.Options{Now: s.now, TimeZone: "UTC"})
	counted := results.New(db, log, registry, s.now)
	s.batches, err = batch.New(db, log, registry, batch.Options{
		Now: s.now, Folder: filepath.Join(folder, "spool"), OnCommit: counted.Changed,
	})
	must(t, err)
	t.Cleanup(s.batches.Stop)
	belgrade, err := time.LoadLocation("Europe/Belgrade")
	must(t, err)
	server := httptest.NewServer(routes(epms.New(epms.Services{
		Auth: s.accounts, Elections: registry, Batches: s.batches, Results: counted, DB: db,
		MaxUpload: maxUpload, TimeZone: belgrade,
	})))
	t.Cleanup(server.Close)
	s.url = server.URL

	s.add(t, "ana@example.org", auth.Administrator, "")
	s.boris = s.add(t, "boris@example.org", auth.Official, "0101990710008")
	s.administrator, s.official = s.token(t, "ana@example.org"), s.token(t, "boris@example.org")
	for _, name := range []string{"North", "South"} {
		_, err := registry.CreateParticipant(t.Context(), audit.System(), elections.ParticipantDraft{Name: name, Kind: elections.Party})
		must(t, err)
	}
	return s
}

// routes is what package web does.
func routes(e *epms.EPMS) *gin.Engine {
	r := gin.New()
	r.POST("/login", e.Login)
	r.POST("/refresh", e.RefreshToken(), e.Refresh)
	r.POST("/createParticipant", e.Administrator(), e.CreateParticipant)
	r.GET("/getParticipants", e.Administrator(), e.GetParticipants)
	r.POST("/createElection", e.Administrator(), e.CreateElection)
	r.GET("/getElections", e.Administrator(), e.GetElections)
	r.GET("/getResults", e.Administrator(), e.GetResults)
	r.POST("/vote", e.Official(), e.Vote)
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *stand) add(t *testing.T, email string, role auth.Role, jmbg string) auth.User {
	t.Helper()
	u, err := s.accounts.AddUser(t.Context(), audit.System(), auth.NewUser{
		Email: email, Forename: "Ana", Surname: "Ilić", JMBG: jmbg, Role: role, Password: password, Rule: auth.PasswordOfEPMS,
	})
	must(t, err)
	return u
}

// token signs a person in, whatever they must do first.
func (s *stand) token(t *testing.T, email string) string {
	t.Helper()
	u, err := s.accounts.SignIn(t.Context(), email, password, "test")
	must(t, err)
	tokens, err := s.accounts.IssueTokens(t.Context(), u)
	must(t, err)
	return tokens.Access
}

// count begins to count what was accepted.
func (s *stand) count(t *testing.T) {
	t.Helper()
	must(t, s.batches.Start(t.Context()))
}

// send makes a request and returns the status, the header and the body.
func (s *stand) send(t *testing.T, token, method, path, kind string, body io.Reader) (int, http.Header, string) {
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

func (s *stand) login(t *testing.T, email, password string) (int, http.Header, string) {
	t.Helper()
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)
	return s.send(t, "", http.MethodPost, "/login", "application/json", strings.NewReader(body))
}

// elect makes a parliamentary election from now for an hour and returns the answer.
func (s *stand) elect(t *testing.T) (int, string) {
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

func (s *stand) vote(t *testing.T, content string) (int, string) {
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

func (s *stand) results(t *testing.T) outcome {
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
