package rehearsal

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"urna/client"
)

// serve starts a server that is a handler, and a client of it.
func serve(t *testing.T, handle http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func answer(w http.ResponseWriter, status int, value any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// loseAnswer breaks the connection off, as a server does that is killed.
func loseAnswer() { panic(http.ErrAbortHandler) }
