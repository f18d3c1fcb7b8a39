package attack

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// ofTheMachine are measurements that no rule keeps still: they are rounded, and not those of a vote.
var ofTheMachine = regexp.MustCompile(`^(go_memstats|process_cpu|process_resident|urna_disk_free|urna_metrics_published|urna_database_bytes|urna_wal_bytes)`)

// publication is what the program published at a moment.
type publication struct {
	at    float64         // in seconds
	lines map[string]bool // without those that depend on the machine or that the attacker's own requests move
}

// publishedAt is the moment at which the program published its measurements.
var publishedAt = regexp.MustCompile(`(?m)^urna_metrics_published_timestamp_seconds (\S+)$`)

// next returns the first publication that is seen after another one.
func (e *env) next(t *testing.T, last publication) publication {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		text := e.getAt(t, e.measured)
		found := publication{at: last.at, lines: map[string]bool{}}
		if at := publishedAt.FindStringSubmatch(text); at != nil {
			found.at, _ = strconv.ParseFloat(at[1], 64) // printed by Prometheus' library
		}
		if found.at == last.at && time.Now().After(deadline) {
			t.Fatal("want the measurements published again and again")
		}
		if found.at == last.at {
			continue
		}
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "#") && !ofTheMachine.MatchString(line) {
				found.lines[strings.TrimSpace(line)] = true
			}
		}
		if len(found.lines) < 20 {
			t.Fatalf("want the metrics of a server, got %v", slices.Sorted(maps.Keys(found.lines)))
		}
		return found
	}
}

// levels are measurements that connections of all kinds move, the attacker's own too. They may move by ten at once.
var levels = regexp.MustCompile(`^(go_goroutines|process_open_fds|urna_connections) (\d+)$`)

// moved returns the lines of a publication that the one before did not have, without levels that moved by ten or more. If
// there may be a publication between them, levels are left out: they may have moved by ten and back by eleven.
func moved(before, after publication, between bool) (lines []string) {
	old := map[string]int{}
	for line := range before.lines {
		if found := levels.FindStringSubmatch(line); found != nil {
			old[found[1]], _ = strconv.Atoi(found[2]) // digits
		}
	}
	for line := range after.lines {
		if before.lines[line] {
			continue
		}
		if found := levels.FindStringSubmatch(line); found != nil {
			now, _ := strconv.Atoi(found[2]) // digits
			if was, ok := old[found[1]]; between || ok && max(now-was, was-now) >= 10 {
				continue
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// TestMetrics_NoSingleVoteMovesAny has nine voters vote, each in a group of its own, and reads each publication of the
// metrics: nothing in them tells of one of the votes. The tenth vote moves the steps, all at once.
func TestMetrics_NoSingleVoteMovesAny(t *testing.T) {
	const every = 100 * time.Millisecond
	e := newEnv(t, openSQLite(t), program.Build(t), 1, 2, nil, "--vote-group", "1", "--metrics-every", every.String())
	c := e.elections[0]
	vote := func(i int) {
		t.Helper()
		body := fmt.Sprintf(`{"personal_id":%q,"guid":%q,"candidate":%d}`, c.keys[i].PersonalID, c.keys[i].GUID, i%candidates+1)
		if status, err := e.post(t.Context(), body, nil); err != nil || status != http.StatusOK {
			t.Fatalf("want every vote accepted, got %d, %v", status, err)
		}
	}
	last, neighbours := e.next(t, e.next(t, publication{})), 0 // the second has all that the preparation did
	for i := range 9 {
		vote(i)
		for range 2 { // the second is made after the vote
			now := e.next(t, last)
			missed := now.at-last.at > 1.5*every.Seconds()
			if lines := moved(last, now, missed); len(lines) > 0 {
				t.Errorf("want nothing published of vote %d, got %q", i+1, lines)
			}
			if !missed {
				neighbours++
			}
			last = now
		}
	}
	if neighbours == 0 {
		t.Error("want two publications that follow each other, without which levels are not compared; the machine is too slow")
	}
	vote(9)
	lines := strings.Join(moved(last, e.next(t, e.next(t, last)), true), "\n")
	for _, want := range []string{
		"urna_votes_total 10", `urna_http_requests_total{method="POST",route="/vote",status="200"} 10`,
		`urna_http_request_duration_seconds_count{route="/vote"} 10`, `urna_commit_duration_seconds_count{of="votes"} 10`,
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("want %s after ten votes, got\n%s", want, lines)
		}
	}
}

// TestMetrics_NameNoElectionAndNobody reads every label of a server that has elections, voters and votes.
func TestMetrics_NameNoElectionAndNobody(t *testing.T) {
	e := newEnv(t, openSQLite(t), program.Build(t), 2, 2, nil, "--vote-group", "1")
	for _, c := range e.elections {
		for from := range 2 {
			e.castOverHTTP(t, c, from*candidates, []int{0, 1, 2, 3, 4, 5, 6, 7})
		}
	}
	e.next(t, e.next(t, publication{})) // made after the votes
	text := e.getAt(t, e.measured)
	if !strings.Contains(text, "urna_votes_total") {
		t.Fatalf("want the votes counted, got %s", text)
	}
	allowed := map[string]bool{"le": true, "method": true, "route": true, "status": true, "state": true, "result": true, "of": true, "version": true}
	for _, label := range regexp.MustCompile(`([a-z_]+)="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !allowed[label[1]] {
			t.Errorf("want no label %s: could it tell an election, a place, a person or a candidate?", label[0])
		}
	}
	for _, c := range e.elections {
		for _, name := range c.names {
			if strings.Contains(text, name) {
				t.Errorf("want no participant in the metrics, got %s", name)
			}
		}
		for _, key := range c.keys {
			if strings.Contains(text, key.PersonalID+`"`) || strings.Contains(text, key.GUID) {
				t.Errorf("want no voter in the metrics")
			}
		}
	}
	// The service itself has no /metrics.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.url+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := e.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("want no metrics at the address of the service, got %s", answer.Status)
	}
}
