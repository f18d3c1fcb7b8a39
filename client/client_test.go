package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// serve starts a server that is a handler, and a client of it.
func serve(t *testing.T, handle http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	client, err := New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func answer(w http.ResponseWriter, status int, value any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// loseAnswer breaks the connection off, as a server does that is killed.
func loseAnswer() { panic(http.ErrAbortHandler) }

func TestNew_RefusesWhatIsNoAddress(t *testing.T) {
	for _, address := range []string{"", "localhost:8080", "ftp://example.org", "http://", "://"} {
		if _, err := New(address); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}

// ballots returns a file of so many ballots.
func ballots(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "00000000-0000-4000-8000-%012x,1\n", i)
	}
	return b.String()
}

func TestClient_UploadWhoseAnswerWasLostIsRepeatedWithTheSameBytes(t *testing.T) {
	file := ballots(3000)
	var bodies []string
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		if len(bodies) == 1 {
			loseAnswer()
		}
		answer(w, http.StatusConflict, map[string]any{"type": "/problems/same-file", "detail": "again", "batch_id": 17})
	})
	open := func() io.ReadCloser { return io.NopCloser(strings.NewReader(file)) }
	id, err := client.Upload(t.Context(), 1, 2, "a.csv", int64(len(file)), open)
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(17); want != id {
		t.Errorf("want batch %d, got %d", want, id)
	}
	if len(bodies) != 2 || bodies[0] != bodies[1] || len(bodies[0]) != len(file) {
		t.Errorf("want the same %d bytes twice, got %d uploads", len(file), len(bodies))
	}
}

func TestClient_SameFileAtTheFirstTryIsARefusal(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, http.StatusConflict, map[string]any{"type": "/problems/same-file", "detail": "again", "batch_id": 17})
	})
	open := func() io.ReadCloser { return io.NopCloser(strings.NewReader("x")) }
	_, err := client.Upload(t.Context(), 1, 2, "a.csv", 1, open)
	var refusal *ProblemError
	if !errors.As(err, &refusal) || refusal.Code != "same-file" {
		t.Errorf("want same-file, got %v", err)
	}
}

func TestClient_WaitsWhileTheServerIsBusy(t *testing.T) {
	var calls atomic.Int64
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		answer(w, http.StatusOK, map[string]any{"id": 5, "state": "counted"})
	})
	state, err := client.Batch(t.Context(), 5)
	if err != nil || state.State != "counted" {
		t.Errorf("want a counted batch, got %+v, %v", state, err)
	}
	if want, got := int64(3), calls.Load(); want != got {
		t.Errorf("want %d calls, got %d", want, got)
	}
}

// TestClient_SignInDoesNotWaitForNobody signs in where nothing listens: a wrong address is told at once.
func TestClient_SignInDoesNotWaitForNobody(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	client, err := New(closed.URL)
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), outage/2) // it would wait for the whole of it
	defer cancel()
	if err := client.SignIn(ctx, "a@example.org", "a long password"); err == nil || !strings.Contains(err.Error(), "no server answers") || ctx.Err() != nil {
		t.Errorf("want it told that closed answers, got %v", err)
	}
}

func TestClient_SignsInAgainWhereTheTokenExpired(t *testing.T) {
	signIns := 0
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/tokens" {
			signIns++
			answer(w, http.StatusOK, map[string]string{"access_token": "token " + strings.Repeat("i", signIns)})
			return
		}
		if r.Header.Get("Authorization") != "Bearer token ii" {
			answer(w, http.StatusUnauthorized, map[string]string{"type": "/problems/invalid-token", "detail": "no"})
			return
		}
		answer(w, http.StatusOK, map[string]any{"id": 5})
	})
	if err := client.SignIn(t.Context(), "a@example.org", "a long password"); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Batch(t.Context(), 5); err != nil {
		t.Error(err)
	}
	if want := 2; want != signIns {
		t.Errorf("want %d sign-ins, got %d", want, signIns)
	}
}

func TestClient_ElectionWhoseAnswerWasLostIsNotMadeTwice(t *testing.T) {
	made := []map[string]any{{"id": 3, "title": "Council"}}
	lost := false
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			answer(w, http.StatusOK, map[string]any{"items": made, "next": ""})
			return
		}
		made = append(made, map[string]any{"id": 3 + len(made), "title": "Council"})
		if !lost {
			lost = true
			loseAnswer()
		}
		answer(w, http.StatusCreated, made[len(made)-1])
	})
	e, err := client.CreateElection(t.Context(), NewElection{Title: "Council"})
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(4); want != e.ID {
		t.Errorf("want election %d, got %d", want, e.ID)
	}
	if want, got := 2, len(made); want != got {
		t.Errorf("want %d elections, got %d", want, got)
	}
}

func TestClient_RefusedUploadIsNotTriedAgain(t *testing.T) {
	file := ballots(500_000)
	var calls atomic.Int64
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		answer(w, http.StatusConflict, map[string]any{"type": "/problems/election-takes-no-batches", "detail": "No."})
	})
	_, err := client.Upload(t.Context(), 1, 2, "a.csv", int64(len(file)), func() io.ReadCloser { return io.NopCloser(strings.NewReader(file)) })
	var refusal *ProblemError
	if !errors.As(err, &refusal) || refusal.Code != "election-takes-no-batches" {
		t.Errorf("want the server's refusal, got %v", err)
	}
	if want, got := int64(1), calls.Load(); want != got {
		t.Errorf("want %d call, got %d", want, got)
	}
}

func TestClient_RefusalNamesFields(t *testing.T) {
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusUnprocessableEntity, map[string]any{
			"type": "/problems/invalid-input", "detail": "Look again.",
			"errors": []map[string]string{{"field": "name", "message": "This is needed."}},
		})
	})
	_, err := client.CreateParticipant(t.Context(), Participant{})
	want := "the server answers 422: Look again. name: This is needed."
	if err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}
