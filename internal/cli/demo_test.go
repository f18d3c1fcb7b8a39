package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/client"
)

// watched is a buffer that another goroutine may read.
type watched struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// until waits for a match.
func (w *watched) until(t *testing.T, pattern string) []string {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		w.mu.Lock()
		match := expression.FindStringSubmatch(w.b.String())
		w.mu.Unlock()
		if match != nil {
			return match
		}
	}
	t.Fatalf("%q never came", pattern)
	return nil
}

func TestDemo_PrintsSignInsAtOnceAndCleansUp(t *testing.T) {
	temporaries := t.TempDir()
	t.Setenv("TMPDIR", temporaries)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &watched{}
	ended := make(chan error, 1)
	go func() {
		ended <- (&DemoCommand{Addr: "127.0.0.1:0"}).Run(ctx, &Streams{Out: out, Err: io.Discard})
	}()
	url := out.until(t, `Urna is at (http://\S+)\n`)[1]
	for _, role := range []string{"administrator", "official"} {
		match := out.until(t, role+`: +(\S+) +password (\S+)\n`)
		client, err := client.New(url)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.SignIn(t.Context(), match[1], match[2]); err != nil {
			t.Errorf("the %s cannot sign in: %v", role, err)
		}
		client.Close()
	}
	// The election that is open moves: its count grows while one looks.
	election, err := strconv.ParseInt(out.until(t, `updates automatically: `+regexp.QuoteMeta(url)+`/elections/(\d+)\n`)[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	anyone, err := client.New(url)
	if err != nil {
		t.Fatal(err)
	}
	defer anyone.Close()
	draft, err := strconv.ParseInt(out.until(t, `only administrators see: `+regexp.QuoteMeta(url)+`/admin/elections/(\d+)\n`)[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := anyone.Election(t.Context(), draft); err == nil {
		t.Error("want the draft hidden from the public")
	}
	growths := 0
	for last, deadline := int64(0), time.Now().Add(time.Minute); growths < 3; time.Sleep(50 * time.Millisecond) {
		results, err := anyone.Results(t.Context(), election)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want a count that grows, got %d after %d growths, %v", last, growths, err)
		}
		if results.Ballots.Cast > last {
			last = results.Ballots.Cast
			growths++
		}
	}
	wantGuestsVote(t, out, url)
	wantTieAndCertified(t, out, anyone, url)
	wantTurnoutReports(t, out, anyone, url)
	wantStations(t, out, anyone, url)
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("want a clean end, got %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the demonstration does not end")
	}
	left, err := os.ReadDir(temporaries)
	if err != nil || len(left) > 0 {
		t.Errorf("want nothing left behind, got %v, %v", left, err)
	}
}

// wantGuestsVote opens the letters and votes with the key of the first.
func wantGuestsVote(t *testing.T, out *watched, url string) {
	t.Helper()
	path := out.until(t, `letters to 3 voters: file://(/\S+)\n`)[1]
	letters, err := os.ReadFile(path)
	if err != nil || strings.Count(string(letters), `<section class="letter"`) != 3 || !strings.Contains(string(letters), "Vera Voter") {
		t.Errorf("want three letters, got %v, %.200s", err, letters)
	}
	key := out.until(t, `with the key of the first letter: `+regexp.QuoteMeta(url)+`/vote/\d+#id=(\S+)&key=(\S+)\n`)
	for _, want := range []int{http.StatusOK, http.StatusConflict} { // a key votes once
		body := fmt.Sprintf(`{"personal_id": %q, "guid": %q, "candidate": "Alder Alliance"}`, key[1], key[2])
		response, err := http.Post(url+"/vote", "application/json", strings.NewReader(body)) //nolint:noctx // a test's own server
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil || response.StatusCode != want {
			t.Errorf("want %d for the guest's vote, got %d", want, response.StatusCode)
		}
	}
}

// wantTieAndCertified looks at the two elections that have ended, and verifies the bundle.
func wantTieAndCertified(t *testing.T, out *watched, anyone *client.Client, url string) {
	t.Helper()
	number := func(pattern string) int64 {
		t.Helper()
		n, err := strconv.ParseInt(out.until(t, pattern)[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	tied := number(`A tie waits for its lot.*: ` + regexp.QuoteMeta(url) + `/admin/elections/(\d+)/certification\n`)
	results, err := anyone.Results(t.Context(), tied)
	if err != nil || results.State != "counting" || len(results.Constituencies) != 1 || results.Constituencies[0].Tie == nil || results.Constituencies[0].Tie.Seats != 1 {
		t.Errorf("want a tie for one seat, got %+v, %v", results, err)
	}
	certified := number(`A certified election: ` + regexp.QuoteMeta(url) + `/elections/(\d+)\n`)
	if results, err := anyone.Results(t.Context(), certified); err != nil || results.State != "certified" {
		t.Errorf("want it certified, got %+v, %v", results, err)
	}
	response, err := http.Get(out.until(t, `signed bundle: (http\S+)\n`)[1]) //nolint:noctx // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(bundle, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var said, errs bytes.Buffer
	if code := Main([]string{"verify", bundle}, &Streams{In: strings.NewReader(""), Out: &said, Err: &errs}); code != 0 || !strings.Contains(said.String(), "confirmed by Ada Administrator") {
		t.Errorf("want the bundle in order, got %d, %s%s", code, &said, &errs)
	}
}

func TestDemo_BusyPortSuggestsAnother(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	err = (&DemoCommand{Addr: listener.Addr().String()}).Run(t.Context(), &Streams{Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "--addr") || !strings.Contains(err.Error(), listener.Addr().String()) {
		t.Errorf("want a message that names the address and --addr, got %v", err)
	}
}

// wantTurnoutReports reads the reports of the election that shows no counts.
func wantTurnoutReports(t *testing.T, out *watched, anyone *client.Client, url string) {
	t.Helper()
	election, err := strconv.ParseInt(out.until(t, `enters it: `+regexp.QuoteMeta(url)+`/elections/(\d+)/turnout\n`)[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	turnout, err := anyone.Turnout(t.Context(), election)
	if err != nil || len(turnout.Hours) != 3 || turnout.Hours[0].Reported != 3 || turnout.Hours[1].Reported != 2 || turnout.Hours[1].Voters != 1733+2591 ||
		turnout.Hours[2].Reported != 0 || turnout.Corrections != 1 {
		t.Errorf("want reports for two of three hours, one missing and one corrected, got %+v, %v", turnout, err)
	}
}

// wantStations reads the states of the polling stations until the batch of the first is counted.
func wantStations(t *testing.T, out *watched, anyone *client.Client, url string) {
	t.Helper()
	election, err := strconv.ParseInt(out.until(t, `some awaited: `+regexp.QuoteMeta(url)+`/elections/(\d+)/stations\n`)[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"counted", "counted", "received", "received", "closed", "awaited"}
	var got []string
	for deadline := time.Now().Add(time.Minute); !slices.Equal(want, got); time.Sleep(10 * time.Millisecond) {
		stations, err := anyone.Stations(t.Context(), election)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want polling stations that are %v, got %v, %v", want, got, err)
		}
		got = nil
		for _, s := range stations {
			got = append(got, s.State)
		}
	}
	results, err := anyone.Results(t.Context(), election)
	if err != nil || results.Ballots.Cast != 214+161+58+187+203+41+3 {
		t.Errorf("want a batch and a protocol counted, got %+v, %v", results.Ballots, err)
	}
	response, err := http.Get(out.until(t, `two numbers to settle.*: (http\S+)\n`)[1]) //nolint:noctx // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.Request.URL.Path != "/login" {
		t.Errorf("want the page of protocols behind the sign-in, got %d at %s", response.StatusCode, response.Request.URL)
	}
}
