package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
	"urna/internal/testing/clock"
)

// paperVotes are the votes of both lists that a person types of a station.
type paperVotes struct{ first, second int }

// entry is the body of an entry of a protocol of 1,000 ballots.
func (v paperVotes) entry() string {
	return fmt.Sprintf(`{"fields":{"found_in_box":1000,"invalid":%d},"votes":{"1":%d,"2":%d}}`, 1000-v.first-v.second, v.first, v.second)
}

// typing is a server with an open election whose counts are not shown. Station 0 has two entries that agree, station 1
// one entry, station 2 two that differ in both lists, and station 3 a draft.
type typing struct {
	opposite
	papers

	scan string // the id of the scan of station 0
	got  map[string]string
}

// newTyping makes a server on which the official and a third one have typed protocols with these votes.
func newTyping(t *testing.T, at time.Time, votes paperVotes) *typing {
	t.Helper()
	o := &typing{opposite: opposite{log: &guarded{}}, got: map[string]string{}}
	slog.SetDefault(slog.New(slog.NewJSONHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	o.site = newSiteAt(t, clock.At(at))
	o.closed(t)
	o.users["third official"] = o.AddAccount(t, "third official", auth.Official)
	o.papers = o.site.papers(t)
	o.site.election = o.election
	first, second := o.signedIn(t, "official"), o.signedIn(t, "third official")
	for _, station := range []int{0, 1, 2} {
		o.enter(t, first, station, votes)
	}
	o.enter(t, second, 0, votes)
	o.enter(t, second, 2, paperVotes{votes.first - 3, votes.second + 3})
	if answer := first.post(t, o.path(3)+"/draft", sums("", "10", strconv.Itoa(votes.first), strconv.Itoa(votes.second))); answer.StatusCode != http.StatusOK {
		t.Fatalf("want the draft saved, got %s", answer.Status)
	}
	o.scan = o.attach(t, first, votes)
	return o
}

func (o *typing) api(station int, path string) string {
	return fmt.Sprintf("/api/v1/elections/%d/stations/%d/%s", o.site.election.ID, o.stations[station].ID, path)
}

func (o *typing) enter(t *testing.T, v *visitor, station int, votes paperVotes) {
	t.Helper()
	answer := v.send(t, http.MethodPost, o.api(station, "protocol-entries"), votes.entry(), "Content-Type", "application/json")
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("want it entered, got %s: %s", answer.Status, text(answer))
	}
}

// attach attaches a paper with the votes on it, and returns its id.
func (o *typing) attach(t *testing.T, v *visitor, votes paperVotes) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "paper.pdf")
	if err == nil {
		_, err = fmt.Fprintf(file, "%%PDF-1.4\n%06d %06d\n%%%%EOF\n", votes.first, votes.second)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	answer := v.send(t, http.MethodPost, o.api(0, "protocol/scans"), body.String(), "Content-Type", form.FormDataContentType())
	said := text(answer)
	_, rest, has := strings.Cut(said, `"id":`)
	if answer.StatusCode != http.StatusCreated || !has {
		t.Fatalf("want the scan attached, got %s: %s", answer.Status, said)
	}
	number, _, _ := strings.Cut(rest, ",")
	return number
}

// walk reads every route as one caller, those of a station for each station. Later walks read the routes that change
// nothing, without an account's own page, which lists sessions in an order of chance.
func (o *typing) walk(t *testing.T, when, who string, v *visitor) {
	t.Helper()
	for _, route := range o.server.Routes() {
		if when != typedOnly && (route.Method != http.MethodGet || route.Path == "/account") {
			continue
		}
		if slices.Contains([]string{"/logout", "/account/sessions/end-others"}, route.Path) || route.Method == http.MethodDelete {
			continue
		}
		if strings.HasSuffix(route.Path, "/live") {
			continue // see feed
		}
		stations := o.stations
		if !strings.Contains(route.Path, ":station") {
			stations = stations[:1]
		}
		for i := range stations {
			path := strings.NewReplacer(":station", id(o.stations[i].ID), ":scan", o.scan).Replace(route.Path)
			o.got[fmt.Sprintf("%s, %s: %s %s", when, who, route.Method, path)] = o.reading(t, v, route.Method, path)
		}
	}
}

// feed returns the live feed's first frame, which is everybody's, once it says as many counted stations as the page. When
// exactly it was drawn is chance, and so is the number of events of that moment.
func (o *typing) feed(t *testing.T) string {
	t.Helper()
	address := "/elections/" + id(o.site.election.ID)
	counted := countedStations.FindString(o.visitor(t).reads(t, address))
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		frame := o.firstEvent(t, http.DefaultClient, address+"/live")
		if counted != "" && strings.Contains(frame, counted) {
			return eventsOfFeed.ReplaceAllString(frame, "*")
		}
		if time.Now().After(deadline) {
			t.Fatalf("want %q in the feed, got %s", counted, frame)
		}
	}
}

var (
	countedStations = regexp.MustCompile(`[0-9] of 4 polling stations counted`)
	eventsOfFeed    = regexp.MustCompile(`Audit log: [0-9]+ events`)
)

// typedOnly is the first walk, before any other act.
const typedOnly = "typed"

// everybody reads every route as callers other than the two typists, and the logs.
func (o *typing) everybody(t *testing.T, when string, callers ...string) {
	t.Helper()
	for _, who := range callers {
		v := o.become(t, who)
		o.walk(t, when, who, v)
		o.disable(t, "disabled administrator", false)
		o.sessionClock.Reset()
	}
	o.got[when+": feed"] = o.feed(t)
	events, err := audit.NewReader(o.DB.Pool()).Events(t.Context(), audit.Filter{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for _, e := range events {
		fmt.Fprintf(&log, "%s %s %s\n", e.Action, e.Subject, e.Detail)
	}
	o.got[when+": audit log"], o.got[when+": log"] = log.String(), o.log.String()
}

// act sends what another person tries, and keeps the answer.
func (o *typing) act(t *testing.T, who, path, body string) string {
	t.Helper()
	answer := o.signedIn(t, who).send(t, http.MethodPost, path, body, "Content-Type", "application/json")
	said := answer.Status + "\n" + text(answer)
	o.got[who+": "+path+" "+body] = said
	return said
}

// play reads everything, tries what could tell a number, and reads everything again.
func (o *typing) play(t *testing.T) {
	t.Helper()
	slog.SetDefault(slog.New(slog.NewJSONHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	o.everybody(t, typedOnly, "anonymous", "administrator", "other official", "disabled", "expired", "second administrator", "observer")
	guess := paperVotes{495, 495}
	for i := range o.stations {
		for _, who := range []string{"administrator", "other official"} {
			o.act(t, who, o.api(i, "protocol/settlement"), `{"votes":{"1":495,"2":495}}`)
			o.act(t, who, o.api(i, "protocol/explanations"), `{"code":"W3","explanation":"a village"}`)
		}
	}
	for _, station := range []int{0, 2} { // both entries are in
		o.act(t, "other official", o.api(station, "protocol-entries"), guess.entry())
	}
	list := "/api/v1/elections/" + id(o.site.election.ID) + "/protocols?dry_run=true"
	csv := "station,constituency,found_in_box,invalid,votes.1,votes.2\n2,North,1000,10,495,495\n12,South,1000,10,495,495\n"
	answer := o.signedIn(t, "other official").send(t, http.MethodPost, list, csv, "Content-Type", "text/csv")
	o.got["a list"] = answer.Status + "\n" + text(answer)
	if said := o.act(t, "administrator", o.api(0, "protocol/retraction"), `{"reason":"a wrong paper"}`); !strings.HasPrefix(said, "200") {
		t.Fatalf("want it retracted, got %s", said)
	}
	o.act(t, "administrator", o.api(2, "protocol/reopening"), `{"reason":"a wrong paper"}`)
	o.everybody(t, "moved", "anonymous", "administrator", "other official", "observer")
	if said := o.act(t, "administrator", o.api(0, "protocol/restoration"), `{"reason":"the right paper"}`); !strings.HasPrefix(said, "200") {
		t.Fatalf("want it restored, got %s", said)
	}
	if said := o.act(t, "administrator", strings.TrimSuffix(o.api(0, ""), "/")+"/annulment", `{"reason":"a broken box"}`); !strings.HasPrefix(said, "202") {
		t.Fatalf("want the annulment to wait, got %s", said)
	}
	o.everybody(t, "restored", "anonymous", "administrator", "other official", "observer")
}

// TestEmbargo_OppositeProtocolsLookTheSame types protocols on two servers: on one a list has almost all votes, which is a
// warning without an explanation, and on the other both have as many. Every route answers every caller but the typists
// alike, and so do the logs, while counts may not be shown.
func TestEmbargo_OppositeProtocolsLookTheSame(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	at := time.Now()
	one, other := newTyping(t, at, paperVotes{980, 10}), newTyping(t, at, paperVotes{495, 495})
	one.play(t)
	other.play(t)
	if len(one.got) < 2000 || !maps.EqualFunc(one.got, other.got, func(string, string) bool { return true }) {
		t.Errorf("want every route as everybody on both, got %d and %d answers", len(one.got), len(other.got))
	}
	for _, name := range slices.Sorted(maps.Keys(one.got)) {
		got, want := one.got[name], other.got[name]
		if strings.Contains(name, "/account") {
			got, want = picture.ReplaceAllString(got, "*"), picture.ReplaceAllString(want, "*")
		}
		if a, b := withoutChance(got, want); a != b {
			t.Errorf("%s: want the same answer whatever was typed, got\n%s", name, firstDifference(a, b))
		}
	}
}
