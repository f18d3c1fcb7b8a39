package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// A client calls the API as one person.
type client struct {
	base  string
	token string
	http  http.Client
}

// signIn returns a client for the person with the e-mail and password.
func signIn(t *testing.T, base, email, password string) *client {
	t.Helper()
	c := &client{base: base + "/api/v1", http: http.Client{Timeout: patience}}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	c.post(t, "/tokens", map[string]any{"email": email, "password": password}, http.StatusOK, &answer)
	c.token = answer.AccessToken
	return c
}

// post sends a JSON body, wants the status and decodes the answer.
func (c *client) post(t *testing.T, path string, body any, want int, into any) {
	t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	c.send(t, http.MethodPost, path, "application/json", bytes.NewReader(encoded), want, into)
}

// get decodes the answer at the path.
func (c *client) get(t *testing.T, path string, into any) {
	t.Helper()
	c.send(t, http.MethodGet, path, "", nil, http.StatusOK, into)
}

// upload sends a batch of ballots, wants the status and decodes the answer.
func (c *client) upload(t *testing.T, electionID int64, csv io.Reader, want int, into any) {
	t.Helper()
	c.send(t, http.MethodPost, fmt.Sprintf("/elections/%d/batches", electionID), "text/csv", csv, want, into)
}

func (c *client) send(t *testing.T, method, path, kind string, body io.Reader, want int, into any) {
	t.Helper()
	status, answer, err := c.ask(t.Context(), method, path, kind, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if status != want {
		t.Fatalf("%s %s: want status %d, got %d: %s", method, path, want, status, answer)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

// ask sends a request and returns the whole answer.
func (c *client) ask(ctx context.Context, method, path, kind string, body io.Reader) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// What the tests read of the API's answers.
type (
	created struct {
		ID int64 `json:"id"`
	}
	batch struct {
		ID         int64   `json:"id"`
		State      string  `json:"state"`
		Lines      int64   `json:"lines"`
		Valid      int64   `json:"valid"`
		Invalid    int64   `json:"invalid"`
		Duplicates int64   `json:"duplicates"`
		Progress   float64 `json:"progress"`
	}
	list[T any] struct {
		Items []T `json:"items"`
	}
	invalidLine struct {
		Line       int64  `json:"line"`
		PollNumber int    `json:"poll_number"`
		Reason     string `json:"reason"`
	}
	results struct {
		Ballots struct {
			Valid      int64 `json:"valid"`
			Invalid    int64 `json:"invalid"`
			Duplicates int64 `json:"duplicates"`
			Cast       int64 `json:"cast"`
		} `json:"ballots"`
		Constituencies []struct {
			ID          int64 `json:"id"`
			Candidacies []struct {
				PollNumber int   `json:"poll_number"`
				Votes      int64 `json:"votes"`
				Seats      int   `json:"seats"`
			} `json:"candidacies"`
		} `json:"constituencies"`
	}
)
