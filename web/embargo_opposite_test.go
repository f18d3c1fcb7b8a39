package web_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/testing/clock"
)

// opposite is a server with an open election whose counts are not shown: with votes from a file, from the same file
// sent again, and online. log is what its program logged.
type opposite struct {
	*site

	log *guarded
}

// newOpposite makes a server whose votes for the first list are those of the other server for the second list. Both
// servers get files of the same length, line for line, and accounts, elections and batches with the same ids.
func newOpposite(t *testing.T, at time.Time, first, second int) opposite {
	t.Helper()
	o := opposite{log: &guarded{}}
	slog.SetDefault(slog.New(slog.NewJSONHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	o.site = newSiteAt(t, clock.At(at))
	o.closed(t)
	const voters = 60
	p := o.newPoll(t, voters, func(d *elections.Draft) {
		d.Title, d.PublicView, d.Channels, d.Confirmations = "Opposite", elections.TurnoutOnly, nil, 1
		d.StartsAt, d.EndsAt, d.Constituencies[0].RegisteredVoters = at.Add(-time.Hour), at.Add(time.Hour), 400
	})
	o.election = p.election
	var file strings.Builder
	for line := range 200 {
		vote := first
		if line >= 150 {
			vote = second
		}
		fmt.Fprintf(&file, "00000000-0000-4000-8000-%012x,%d\n", line, vote)
	}
	file.WriteString("00000000-0000-4000-8000-999999999999,77\n")
	o.counted(t, o.election.ID, file.String())
	o.batch = o.counted(t, o.election.ID, file.String())
	for i, key := range p.keys {
		vote := first
		if i >= 40 {
			vote = second
		}
		credentials := online.Credentials{PersonalID: key.PersonalID, GUID: key.GUID}
		if err := o.Votes.Cast(t.Context(), online.Vote{Credentials: credentials, Candidate: strconv.Itoa(vote)}); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// closed waits until the log says that the site's ended election is closed.
func (o opposite) closed(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		events, err := audit.NewReader(o.DB.Pool()).Events(t.Context(), audit.Filter{Limit: 1000})
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the election closed, got %v", err)
		}
		if slices.ContainsFunc(events, func(e audit.Event) bool { return e.Action == "election-closed" }) {
			return
		}
	}
}

// answers walks every route as every caller but the uploading official, and returns the answers.
func (o opposite) answers(t *testing.T) map[string]string {
	t.Helper()
	slog.SetDefault(slog.New(slog.NewJSONHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	got := map[string]string{}
	for _, who := range whos {
		if who == "official" {
			continue
		}
		v := o.become(t, who)
		for _, route := range o.server.Routes() {
			if slices.Contains([]string{"/logout", "/account/sessions/end-others"}, route.Path) || route.Method == http.MethodDelete {
				continue
			}
			got[who+": "+route.Method+" "+route.Path] = o.reading(t, v, route.Method, route.Path)
		}
		o.disable(t, "disabled administrator", false)
		o.sessionClock.Reset()
	}
	// Another official has a preview of a file that claims the same ballots, with votes of its own.
	var preview strings.Builder
	for line := range 250 {
		fmt.Fprintf(&preview, "00000000-0000-4000-8000-%012x,3\n", line)
	}
	v := o.signedIn(t, "other official")
	path := "/api/v1/elections/" + id(o.election.ID) + "/batches?dry_run=true"
	answer := v.send(t, http.MethodPost, path, preview.String(), "Content-Type", "text/csv")
	got["other official: dry run"] = text(answer)
	if answer.StatusCode != http.StatusOK || !strings.Contains(got["other official: dry run"], `"duplicates":200`) {
		t.Fatalf("want a preview, got %s: %s", answer.Status, got["other official: dry run"])
	}
	events, err := audit.NewReader(o.DB.Pool()).Events(t.Context(), audit.Filter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		got["audit log"] += fmt.Sprintf("%s %s %s\n", e.Action, e.Subject, e.Detail)
	}
	got["log"] = o.log.String()
	return got
}

// chance matches the parts that differ between two servers in any case: secrets, times, hashes, addresses and
// durations.
var chance = regexp.MustCompile(strings.Join([]string{
	`[A-Za-z0-9+/]{43}=`, `[A-Za-z0-9+/]{88,}=*`, // hashes and signatures of checkpoints
	`[0-9a-f]{8,}(?:…|\b)`, `sessions/[A-Za-z0-9_-]{40,}`, `W?/?"[A-Za-z0-9_-]{20,}"`, `[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`, `\b[A-Z2-7]{16,}\b`,
	`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?`, `\b\d?\d:\d\d(?::\d\d)?\b`, `127\.0\.0\.1:\d+`,
	`(?m)^Date: .*$`, `(?m)^Set-Cookie: .*$`, `(?m)^Last-Modified: .*$`, `\b1[5-9]\d{11}\b`, `"duration[a-z_]*":[0-9.e-]+`,
	`"(?:access_token|refresh_token|accessToken|refreshToken)":"[^"]*"`,
}, "|"))

// picture is a random secret on a page, as a QR code and in groups of letters, and the length of the page with it.
var picture = regexp.MustCompile(`(?m)^Content-Length: .*$| d="[^"]*"|(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}`)

// logLength is the number of events in the log, which grows while the answers are read.
var logLength = regexp.MustCompile(`Audit log: \d+ events`)

// TestEmbargo_OppositeVotesLookTheSame plays one election on two servers, with all votes for the first list exchanged
// for votes for the second one, and compares every answer of every route to every caller but the official who
// uploaded the file, the logs, and the audit logs.
func TestEmbargo_OppositeVotesLookTheSame(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	at := time.Now()
	one, other := newOpposite(t, at, 1, 2), newOpposite(t, at, 2, 1)
	got, want := one.answers(t), other.answers(t)
	if len(got) < 400 {
		t.Errorf("want every route as everybody, got %d answers", len(got))
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, path, _ := strings.Cut(name, "/account"); path != "" {
			got[name], want[name] = picture.ReplaceAllString(got[name], "*"), picture.ReplaceAllString(want[name], "*")
		}
		if strings.Contains(name, "/live") { // a picture is of some moment; the logs are compared whole
			got[name], want[name] = logLength.ReplaceAllString(got[name], "*"), logLength.ReplaceAllString(want[name], "*")
		}
		if a, b := withoutChance(got[name], want[name]); a != b {
			t.Errorf("%s: want the same answer whatever was voted, got\n%s", name, firstDifference(a, b))
		}
	}
}

// withoutChance returns two texts without what matches chance, of which no match is longer than a line. Lines that are the
// same are left out, because a search under the race detector takes long.
func withoutChance(a, b string) (string, string) {
	linesA, linesB := strings.Split(a, "\n"), strings.Split(b, "\n")
	if len(linesA) != len(linesB) {
		return chance.ReplaceAllString(a, "*"), chance.ReplaceAllString(b, "*")
	}
	var restA, restB strings.Builder
	for i := range linesA {
		if linesA[i] != linesB[i] {
			restA.WriteString(chance.ReplaceAllString(linesA[i], "*") + "\n")
			restB.WriteString(chance.ReplaceAllString(linesB[i], "*") + "\n")
		}
	}
	return restA.String(), restB.String()
}

// firstDifference shows the first difference of two texts.
func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	part := func(s string) string { return s[max(0, i-80):min(len(s), i+120)] }
	return fmt.Sprintf("%q\n%q", part(a), part(b))
}
