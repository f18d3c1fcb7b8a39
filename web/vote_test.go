package web_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// poll is an open election on a site, with voters who have keys.
type poll struct {
	site     *site
	election *elections.Election
	keys     []online.Key
}

// newPoll makes an open online election with three candidates, two of the same name, and so many voters.
func (s *site) newPoll(t *testing.T, voters int, change func(*elections.Draft)) *poll {
	t.Helper()
	d := elections.Draft{
		Title: "Online", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		Channels: []elections.Channel{elections.Online}, PublicView: elections.RunningCount,
		Constituencies: []elections.ConstituencyDraft{{Seats: 5}},
	}
	for _, name := range []string{"Šešir", "Twin", "twin "} {
		p, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	if change != nil {
		change(&d)
	}
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	p := &poll{site: s, election: e}
	if voters == 0 {
		return p
	}
	p.keys, err = apptest.Keys(t.Context(), s.Votes, e.ID, voters, func(i int) online.Voter {
		return online.Voter{PersonalID: fmt.Sprintf("%d-%d", e.ID, i)}
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// body returns a vote with a key for a candidate, which is put in as it is written.
func (p *poll) body(key int, candidate string) string {
	return fmt.Sprintf(`{"personal_id": %q, "guid": %q, "candidate": %s}`, p.keys[key].PersonalID, p.keys[key].GUID, candidate)
}

// TestVote_Contract walks the table of the wire contract, each row over HTTP.
func TestVote_Contract(t *testing.T) {
	clock := &clock.Clock{}
	s := newSiteAt(t, clock)
	open := s.newPoll(t, 20, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	noBlank := s.newPoll(t, 2, nil)
	early := s.newPoll(t, 1, func(d *elections.Draft) { d.StartsAt = time.Now().Add(30 * time.Minute) })
	batchesToo := s.newPoll(t, 1, func(d *elections.Draft) { d.Channels = nil })
	over := s.newPoll(t, 2, func(d *elections.Draft) { d.EndsAt = time.Now().Add(20 * time.Minute) })
	long := strings.Repeat("ж", 101)
	cases := []struct {
		name   string
		body   string
		status int
		code   string // what the problem's type ends in; "" where the vote is accepted
	}{
		{"a name", open.body(0, `"Šešir"`), 200, ""},
		{"the same again", open.body(0, `"Šešir"`), 409, "/key-used"},
		{"the same for an unknown candidate", open.body(0, `"No One"`), 409, "/key-used"},
		{"a name in other letters, with blanks", open.body(1, `"  šEŠIR "`), 200, ""},
		{"a poll number", open.body(2, `3`), 200, ""},
		{"a poll number in digits", open.body(3, `"2"`), 200, ""},
		{"a poll number with zeros", open.body(4, `"002"`), 200, ""},
		{"a blank ballot", open.body(5, `0`), 200, ""},
		{"a blank ballot in digits", open.body(6, `"0"`), 200, ""},
		{"blanks around the key", strings.NewReplacer(open.keys[7].PersonalID, " "+open.keys[7].PersonalID+" ").Replace(open.body(7, `1`)), 200, ""},
		{"the GUID in upper case", strings.ReplaceAll(open.body(8, `1`), open.keys[8].GUID, strings.ToUpper(open.keys[8].GUID)), 200, ""},
		{"the GUID as typed from a letter", strings.ReplaceAll(open.body(9, `1`), open.keys[9].GUID, inFours(open.keys[9].GUID)), 200, ""},
		{"in an election that takes batches too", batchesToo.body(0, `1`), 200, ""},
		{"further fields", strings.Replace(open.body(10, `1`), "{", `{"note": "x", `, 1), 200, ""},

		{"a name with a sign written as an escape", open.body(15, `"\u0160e\u0161ir"`), 200, ""},
		{"the names of fields written as escapes", strings.NewReplacer("candidate", `\u0063andidate`, "guid", `g\u0075id`).Replace(open.body(16, `1`)), 200, ""},
		{"a name whose accents are signs of their own", open.body(18, "\"S\u030ces\u030cir\""), 200, ""},
		{"further fields that hold others", strings.Replace(open.body(17, `1`), "{", `{"note": {"candidate": [2, {"guid": "x"}]}, `, 1), 200, ""},

		{"two candidates, one written as an escape", strings.Replace(open.body(11, `1`), "{", `{"\u0063andidate": 2, `, 1), 400, "/malformed-vote"},
		{"the same candidate twice", strings.Replace(open.body(11, `1`), "{", `{"candidate": 1, `, 1), 400, "/malformed-vote"},
		{"a candidate that is an object", open.body(11, `{"candidate": 1}`), 400, "/malformed-vote"},
		{"a candidate that is true", open.body(11, `true`), 400, "/malformed-vote"},
		{"a byte order mark", "\ufeff" + open.body(11, `1`), 400, "/malformed-vote"},
		{"bytes behind it", open.body(11, `1`) + "x", 400, "/malformed-vote"},
		{"no JSON", `personal_id=1`, 400, "/malformed-vote"},
		{"an empty body", ``, 400, "/malformed-vote"},
		{"two candidates", strings.Replace(open.body(11, `1`), "{", `{"candidate": 2, `, 1), 400, "/malformed-vote"},
		{"two candidates, one in capitals", strings.Replace(open.body(11, `1`), "{", `{"CANDIDATE": "Šešir", `, 1), 400, "/malformed-vote"},
		{"two personal ids", strings.Replace(open.body(11, `1`), "{", `{"personal_id": "a", `, 1), 400, "/malformed-vote"},
		{"two GUIDs", strings.Replace(open.body(11, `1`), "{", `{"guid": null, `, 1), 400, "/malformed-vote"},
		{"no UTF-8", strings.Replace(open.body(11, `1`), open.keys[11].GUID, "\xff", 1), 400, "/malformed-vote"},
		{"no UTF-8 beside an escape", open.body(11, `"\u0160`+"\xff"+`"`), 400, "/malformed-vote"},
		{"no UTF-8 in a further field", strings.Replace(open.body(11, `1`), "{", "{\"note\": \"\xff\", ", 1), 400, "/malformed-vote"},
		{"deep", open.body(11, strings.Repeat("[", 8000)+strings.Repeat("]", 8000)), 400, "/malformed-vote"},
		{"half of a body", open.body(11, `1`)[:30], 400, "/malformed-vote"},
		{"two bodies", open.body(11, `1`) + `{}`, 400, "/malformed-vote"},
		{"a list", `[]`, 400, "/malformed-vote"},
		{"no personal id", strings.Replace(open.body(11, `1`), "personal_id", "personal", 1), 400, "/malformed-vote"},
		{"an empty personal id", strings.Replace(open.body(11, `1`), open.keys[11].PersonalID, " ", 1), 400, "/malformed-vote"},
		{"a personal id of 101 characters", strings.Replace(open.body(11, `1`), open.keys[11].PersonalID, long, 1), 400, "/malformed-vote"},
		{"a personal id as a number", `{"personal_id": 1, "guid": "x", "candidate": 1}`, 400, "/malformed-vote"},
		{"no GUID", strings.Replace(open.body(11, `1`), "guid", "uuid", 1), 400, "/malformed-vote"},
		{"a GUID of 101 characters", strings.Replace(open.body(11, `1`), open.keys[11].GUID, long, 1), 400, "/malformed-vote"},
		{"no candidate", strings.Replace(open.body(11, `1`), "candidate", "vote", 1), 400, "/malformed-vote"},
		{"an empty candidate", open.body(11, `""`), 400, "/malformed-vote"},
		{"a candidate of blanks", open.body(11, `"  "`), 400, "/malformed-vote"},
		{"a used key and no candidate", open.body(0, `""`), 400, "/malformed-vote"},
		{"a candidate of 201 characters", open.body(11, `"`+strings.Repeat("x", 201)+`"`), 400, "/malformed-vote"},
		{"a candidate that is null", open.body(11, `null`), 400, "/malformed-vote"},
		{"a candidate that is a list", open.body(11, `[1]`), 400, "/malformed-vote"},
		{"far too long, of blanks", open.body(11, `1`) + strings.Repeat(" ", 20_000), 400, "/malformed-vote"},
		{"far too long", open.body(11, `"`+strings.Repeat("x", 100_000)+`"`), 400, "/malformed-vote"},

		{"another's GUID", strings.Replace(open.body(11, `1`), open.keys[11].GUID, open.keys[12].GUID, 1), 403, "/invalid-key"},
		{"an unknown personal id", strings.Replace(open.body(11, `1`), open.keys[11].PersonalID, "nobody", 1), 403, "/invalid-key"},
		{"a personal id of 100 characters that stand for more", strings.Replace(open.body(11, `1`), open.keys[11].PersonalID, strings.Repeat("\ufb03", 100), 1), 403, "/invalid-key"},
		{"a GUID of 100 characters", strings.Replace(open.body(11, `1`), open.keys[11].GUID, long[2:], 1), 403, "/invalid-key"},
		{"a personal id of 100 characters", strings.Replace(open.body(11, `1`), open.keys[11].PersonalID, long[2:], 1), 403, "/invalid-key"},
		{"the longest fields, every character escaped", fmt.Sprintf(`{"personal_id": "%[1]s", "guid": "%[1]s", "candidate": "%[1]s%[1]s"}`,
			strings.Repeat(`\ud83d\ude00`, 100)), 403, "/invalid-key"},
		{"a wrong key and an unknown candidate", strings.Replace(open.body(11, `"No One"`), open.keys[11].GUID, open.keys[12].GUID, 1), 403, "/invalid-key"},

		{"an unknown name", open.body(11, `"No One"`), 422, "/unknown-candidate"},
		{"an unknown name of 200 characters", open.body(11, `"`+strings.Repeat("ж", 200)+`"`), 422, "/unknown-candidate"},
		{"two of the name", open.body(11, `"Twin"`), 422, "/unknown-candidate"},
		{"an unknown poll number", open.body(11, `4`), 422, "/unknown-candidate"},
		{"a negative number", open.body(11, `-1`), 422, "/unknown-candidate"},
		{"a broken number", open.body(11, `1.5`), 422, "/unknown-candidate"},
		{"a huge number", open.body(11, `99999999999999999999`), 422, "/unknown-candidate"},
		{"a blank ballot that the rules exclude", noBlank.body(0, `0`), 422, "/unknown-candidate"},
		{"the key is still unused", open.body(11, `1`), 200, ""},
		{"before the start", early.body(0, `1`), 409, "/voting-closed"},
		{"before the start, for an unknown candidate", early.body(0, `"No One"`), 409, "/voting-closed"},

		{"before the end", over.body(0, `1`), 200, ""},
		{"after the end", over.body(1, `1`), 409, "/voting-closed"},
		{"after the end, for an unknown candidate", over.body(1, `"No One"`), 409, "/voting-closed"},
		{"after the end, with a wrong key", strings.Replace(over.body(1, `1`), over.keys[1].GUID, over.keys[0].GUID, 1), 403, "/invalid-key"},
		{"after the end, with a used key", over.body(0, `1`), 409, "/key-used"},
	}
	v := s.visitor(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "after the end" {
				clock.Move(20 * time.Minute)
			}
			want := "application/problem+json"
			if c.code == "" {
				want = "application/json; charset=utf-8"
			}
			answer := v.send(t, http.MethodPost, "/vote", c.body, "Content-Type", "application/json")
			got := text(answer)
			if answer.StatusCode != c.status || answer.Header.Get("Content-Type") != want {
				t.Fatalf("want %d %s, got %s %s: %s", c.status, want, answer.Status, answer.Header.Get("Content-Type"), got)
			}
			if cache := answer.Header.Get("Cache-Control"); cache != "no-store" || answer.Header.Get("Set-Cookie") != "" {
				t.Errorf("want nothing kept of a vote, got Cache-Control %q and the cookies %v", cache, answer.Cookies())
			}
			var problem struct {
				Type, Status, Title, Detail any
			}
			if err := json.Unmarshal([]byte(got), &problem); err != nil {
				t.Fatal(err)
			}
			if c.code == "" {
				if problem.Status != "accepted" {
					t.Errorf("want accepted, got %s", got)
				}
				return
			}
			if kind, _ := problem.Type.(string); !strings.HasSuffix(kind, c.code) || problem.Status != float64(c.status) || problem.Title == nil || problem.Detail == nil {
				t.Errorf("want a problem %s with status, title and detail, got %s", c.code, got)
			}
			if strings.Contains(got, "Šešir") || strings.Contains(got, "guid\"") {
				t.Errorf("want nothing of the vote in a refusal, got %s", got)
			}
		})
	}
}

// TestVote_NamesTheFieldThatIsMissing leaves out one field after the other, or makes it too long.
func TestVote_NamesTheFieldThatIsMissing(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 1, nil)
	v := s.visitor(t)
	body := p.body(0, `1`)
	for body, want := range map[string]string{
		strings.Replace(body, "personal_id", "person", 1):                        "The personal_id is missing",
		strings.Replace(body, p.keys[0].PersonalID, strings.Repeat("x", 101), 1): "personal_id is missing or has more than 100 characters",
		strings.Replace(body, "guid", "uuid", 1):                                 "The guid is missing",
		strings.Replace(body, p.keys[0].GUID, strings.Repeat("x", 101), 1):       "guid is missing or has more than 100 characters",
		strings.Replace(body, "candidate", "vote", 1):                            "The candidate is missing",
		strings.Replace(body, ": 1}", `: "`+strings.Repeat("x", 201)+`"}`, 1):    "candidate is missing or has more than 200 characters",
		strings.Replace(body, "{", `{"guid": "x", `, 1):                          "stand once each",
		body[:20]: "A vote is one JSON object in UTF-8, of at most 16 KiB",
	} {
		if got := text(v.send(t, http.MethodPost, "/vote", body)); !strings.Contains(got, "/malformed-vote") || !strings.Contains(got, want) {
			t.Errorf("want %q of %s, got %s", want, body, got)
		}
	}
}

// TestVote_OnlyBySendingJSON asks for the contract's address in every other way.
func TestVote_OnlyBySendingJSON(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 1, nil)
	v := s.visitor(t)
	key := p.key(0)
	key.Set("candidate", "1")
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		answer := v.send(t, method, "/vote", p.body(0, "1"), "Content-Type", "application/json")
		if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != http.MethodPost {
			t.Errorf("%s: want 405 and POST allowed, got %s and %q", method, answer.Status, answer.Header.Get("Allow"))
		}
	}
	for _, r := range [][2]string{{"/vote", key.Encode()}, {"/vote?" + key.Encode(), ""}} {
		if answer := v.send(t, http.MethodPost, r[0], r[1], "Content-Type", "application/x-www-form-urlencoded"); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("want a form refused, got %s", answer.Status)
		}
	}
	if n := s.ballots(t, p.election.ID); n != 0 {
		t.Errorf("want nothing counted, got %d", n)
	}
}

// TestVote_OverloadedKeepsTheKey votes where no vote is taken in any more.
func TestVote_OverloadedKeepsTheKey(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 2, nil)
	s.Votes.Stop()
	answer := s.visitor(t).send(t, http.MethodPost, "/vote", p.body(0, "1"))
	got := text(answer)
	if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got, `/overloaded"`) || answer.Header.Get("Retry-After") != "2" ||
		answer.Header.Get("Content-Type") != "application/problem+json" || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("want to be told to try again in two seconds, got %s, %v: %s", answer.Status, answer.Header, got)
	}
	b := p.booth(t).send("choices", p.key(1)).send("confirm", url.Values{"choice": {"2"}}).
		send("cast", nil).on("refused", http.StatusServiceUnavailable, "Your vote is not counted yet", "Your key is not used up", "Your choice is kept on this page",
		`data-seconds="2"`, "<strong data-vote=\"left\">2 seconds</strong>", "vote-again")
	if b.answer.Header.Get("Retry-After") != "2" {
		t.Errorf("want the page to say when, got %v", b.answer.Header)
	}
	// To press the page's button again, or to send again, votes.
	again, err := app.Open(t.Context(), s.Path, app.Options{Parts: app.VoterKeys, Votes: online.Options{GroupVotes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	if err := again.Votes.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		key := online.Credentials{PersonalID: p.keys[i].PersonalID, GUID: p.keys[i].GUID}
		if err := again.Votes.Cast(t.Context(), online.Vote{Credentials: key, Candidate: "1"}); err != nil {
			t.Errorf("want the key unused, got %v", err)
		}
	}
}

// inFours writes a GUID as it is on a letter.
func inFours(guid string) string {
	bare := strings.ReplaceAll(guid, "-", "")
	var groups []string
	for i := 0; i < len(bare); i += 4 {
		groups = append(groups, bare[i:i+4])
	}
	return strings.Join(groups, " ")
}

// TestVote_NothingIsLogged votes and is refused in every way, through the API and on the page, and then reads the
// log, down to the debug level.
func TestVote_NothingIsLogged(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	open := s.newPoll(t, 12, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	early := s.newPoll(t, 1, func(d *elections.Draft) { d.StartsAt = time.Now().Add(30 * time.Minute) })
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	log := &guarded{}
	slog.SetDefault(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))

	v, told := s.visitor(t), map[int]int{}
	send := func(body string) { told[v.send(t, http.MethodPost, "/vote", body).StatusCode]++ }
	for i := range 10 {
		send(open.body(i, strconv.Itoa(i%4)))
	}
	send(open.body(0, "1"))
	send(open.body(10, `"No One"`))
	send(early.body(0, "1"))
	send("no vote at all")
	wrong := strings.Replace(open.body(10, "1"), open.keys[10].GUID, open.keys[11].GUID, 1)
	for range 15 {
		send(wrong)
	}
	for _, status := range []int{200, 400, 403, 409, 422, 429} {
		if told[status] == 0 {
			t.Errorf("want every answer among what was tried, got %v", told)
		}
	}
	open.booth(t).send("choices", open.key(0)).on("refused", http.StatusConflict)
	open.booth(t).send("choices", url.Values{"personal_id": open.key(10)["personal_id"], "guid": {"wrong"}}).on("key", http.StatusTooManyRequests)
	open.booth(t).send("choices", open.key(11)).send("confirm", url.Values{"choice": {"2"}}).send("cast", nil).on("counted", http.StatusOK)
	if log.String() != "" {
		t.Errorf("want nothing logged of voters and votes, got:\n%s", log)
	}
}
