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

// series returns the lines of the metrics, without those that depend on the machine or that the attacker's own requests
// move.
func (e *env) series(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for line := range strings.Lines(e.getAt(t, e.measured)) {
		if !strings.HasPrefix(line, "#") && !ofTheMachine.MatchString(line) {
			found[strings.TrimSpace(line)] = true
		}
	}
	if len(found) < 20 {
		t.Fatalf("want the metrics of a server, got %v", slices.Sorted(maps.Keys(found)))
	}
	return found
}

// publishedAt is the moment at which the program published its measurements.
var publishedAt = regexp.MustCompile(`(?m)^urna_metrics_published_timestamp_seconds (\S+)$`)

// published returns once the program has published twice: the second time shows everything that was there at the call.
func (e *env) published(t *testing.T) {
	t.Helper()
	at := func() string {
		if found := publishedAt.FindStringSubmatch(e.getAt(t, e.measured)); found != nil {
			return found[1]
		}
		return ""
	}
	for range 2 {
		before := at()
		for deadline := time.Now().Add(time.Minute); at() == before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("want the measurements published again and again")
			}
		}
	}
}

// levels are measurements that connections of all kinds move, the attacker's own too. They may move by ten at once.
var levels = regexp.MustCompile(`^(go_goroutines|process_open_fds|urna_connections) (\d+)$`)

// moved returns the lines that are new, without levels that moved by ten or more.
func moved(before, after map[string]bool) (lines []string) {
	old := map[string]int{}
	for line := range before {
		if found := levels.FindStringSubmatch(line); found != nil {
			old[found[1]], _ = strconv.Atoi(found[2]) // digits
		}
	}
	for line := range after {
		if before[line] {
			continue
		}
		if found := levels.FindStringSubmatch(line); found != nil {
			now, _ := strconv.Atoi(found[2]) // digits
			if was, ok := old[found[1]]; ok && max(now-was, was-now) >= 10 {
				continue
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// TestMetrics_NoSingleVoteMovesAny has nine voters vote, each in a group of its own, and reads the metrics after each:
// nothing that the program publishes tells of one of them. The tenth vote moves the steps, all at once.
func TestMetrics_NoSingleVoteMovesAny(t *testing.T) {
	e := newEnv(t, openSQLite(t), program.Build(t), 1, 2, nil, "--vote-group", "1")
	c := e.elections[0]
	e.published(t)
	onlyLevels := func(lines []string) bool {
		return len(lines) > 0 && !slices.ContainsFunc(lines, func(line string) bool { return !levels.MatchString(line) })
	}
	before, alone, swung := e.series(t), 0, 0
	for range 9 { // levels swing on a busy machine, by ten and back by ten between two looks: as often without votes
		e.published(t)
		now := e.series(t)
		if onlyLevels(moved(before, now)) {
			alone++
		}
		before = now
	}
	for i := range 9 {
		body := fmt.Sprintf(`{"personal_id":%q,"guid":%q,"candidate":%d}`, c.keys[i].PersonalID, c.keys[i].GUID, i%candidates+1)
		if status, err := e.post(t.Context(), body, nil); err != nil || status != http.StatusOK {
			t.Fatalf("want every vote accepted, got %d, %v", status, err)
		}
		e.published(t)
		now := e.series(t)
		lines := moved(before, now)
		if onlyLevels(lines) {
			swung, before = swung+1, now
			continue
		}
		if len(lines) > 0 {
			t.Errorf("want nothing published of vote %d, got %q", i+1, lines)
		}
	}
	if swung > alone+1 {
		t.Errorf("want levels that do not follow votes, and they moved with %d of nine, and %d times of nine without votes", swung, alone)
	}
	body := fmt.Sprintf(`{"personal_id":%q,"guid":%q,"candidate":1}`, c.keys[9].PersonalID, c.keys[9].GUID)
	if status, err := e.post(t.Context(), body, nil); err != nil || status != http.StatusOK {
		t.Fatalf("want every vote accepted, got %d, %v", status, err)
	}
	e.published(t)
	lines := strings.Join(moved(before, e.series(t)), "\n")
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
	e.published(t)
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
