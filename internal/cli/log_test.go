package cli

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/testing/program"
)

// records returns the lines as objects, and fails for a line that is none.
func records(t *testing.T, lines string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(lines) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Errorf("want an object in each line, got %q: %v", line, err)
			continue
		}
		for _, key := range []string{"time", "level", "msg"} {
			if _, ok := record[key].(string); !ok {
				t.Errorf("want %s in every record, got %q", key, line)
			}
		}
		all = append(all, record)
	}
	return all
}

// TestLog_JSONInEveryLine starts, uses and stops a server; everything on standard error is one object in each line, and
// the lines of a request have the number that its refusal has.
func TestLog_JSONInEveryLine(t *testing.T) {
	binary := program.Build(t)
	s := program.Serve(t, binary, t.TempDir(), "--log-format", "json", "--rate-limit", "off", "--open-registration")
	// Refused as coming from another site, which is logged.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/login", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	request.Header.Set("X-Request-Id", "forged")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	id := answer.Header.Get("X-Request-Id")
	if len(id) != 32 {
		t.Errorf("want a random number of 32 digits, got %q", id)
	}
	s.Stop(t)
	found := false
	for _, record := range records(t, s.Log()) {
		found = found || record["msg"] == "cross-origin request refused" && record["request_id"] == id
	}
	if !found {
		t.Errorf("want the number %s of the request in its line of the log, got\n%s", id, s.Log())
	}
	says(t, s.Log(), "REGISTRATION IS OPEN", "RATE LIMITS ARE OFF", `"level":"INFO","msg":"stopping"`)
}

func TestLog_JSONForRefusals(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	code, out := do("verify", "--log-format", "json", "--data", filepath.Join(t.TempDir(), "none"))
	all := records(t, out)
	if code != 1 || len(all) != 1 || all[0]["level"] != "ERROR" {
		t.Errorf("want the refusal as one record and the code 1, got %d with %s", code, out)
	}
}
