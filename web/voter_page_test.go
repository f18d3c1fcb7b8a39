package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/database"
	"urna/internal/testing/clock"
)

// booth is a voter without JavaScript: every screen's own form is sent on, as a browser would.
type booth struct {
	t       *testing.T
	visitor *visitor
	path    string
	answer  *http.Response
	html    string
}

func (p *poll) booth(t *testing.T) *booth {
	t.Helper()
	b := &booth{t: t, visitor: p.site.visitor(t), path: "/vote/" + id(p.election.ID)}
	b.look(http.MethodGet, "")
	return b
}

func (b *booth) look(method, body string) {
	b.t.Helper()
	b.answer = b.visitor.send(b.t, method, b.path, body, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	b.html = text(b.answer)
	for header, want := range map[string]string{"Cache-Control": "no-store", "Set-Cookie": "", "Location": "", "Referrer-Policy": "same-origin"} {
		if got := b.answer.Header.Get(header); got != want {
			b.t.Errorf("want %s %q, got %q", header, want, got)
		}
	}
}

// send fills fields in and presses the button of a step.
func (b *booth) send(step string, fields url.Values) *booth {
	b.t.Helper()
	form := url.Values{"step": {step}}
	for _, input := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(b.html, -1) {
		form.Set(input[1], input[2])
	}
	maps.Copy(form, fields)
	b.look(http.MethodPost, form.Encode())
	return b
}

// on checks which screen it is, and with what status.
func (b *booth) on(screen string, status int, words ...string) *booth {
	b.t.Helper()
	if b.answer.StatusCode != status || !strings.Contains(b.html, `data-vote-screen="`+screen+`"`) {
		b.t.Fatalf("want the screen %s with %d, got %s:\n%s", screen, status, b.answer.Status, b.html)
	}
	for _, word := range words {
		if !strings.Contains(b.html, word) {
			b.t.Errorf("%s: want %q on the page, got:\n%s", screen, word, b.html)
		}
	}
	return b
}

func (p *poll) key(n int) url.Values {
	return url.Values{"personal_id": {p.keys[n].PersonalID}, "guid": {p.keys[n].GUID}}
}

func TestVoterPage_FromKeyToCounted(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 2, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	b := p.booth(t).on("key", http.StatusOK, `autocomplete="off"`, `spellcheck="false"`, "You can vote until")
	typed := url.Values{"personal_id": {" " + p.keys[0].PersonalID + " "}, "guid": {strings.ToUpper(inFours(p.keys[0].GUID))}}
	b.send("choices", typed).on("choices", http.StatusOK, "Šešir", "Blank vote", `data-testid="choice-0"`)
	b.send("confirm", nil).on("choices", http.StatusUnprocessableEntity, "Choose one line")
	b.send("confirm", url.Values{"choice": {"4"}}).on("choices", http.StatusUnprocessableEntity, "Choose one line")
	b.send("confirm", url.Values{"choice": {"3"}}).on("confirm", http.StatusOK, "Is this your vote?", "twin")
	b.send("choices", nil).on("choices", http.StatusOK, `value="3" checked`)
	b.send("confirm", url.Values{"choice": {"1"}}).on("confirm", http.StatusOK, "Šešir")
	confirmed := *b
	b.send("cast", nil).on("counted", http.StatusOK, "Your vote was counted")
	for _, never := range []string{"Šešir", p.keys[0].PersonalID, p.keys[0].GUID} {
		if strings.Contains(b.html, never) {
			t.Errorf("want nothing of key and choice on the last screen, got %q", never)
		}
	}
	// The back button, and sending again, reveal nothing and count nothing.
	again := confirmed
	again.send("cast", nil).on("refused", http.StatusConflict, "has voted already", "your vote is counted as you cast it first", "use another tab")
	again = confirmed
	again.send("confirm", nil).on("refused", http.StatusConflict, "has voted already")
	for _, never := range []string{"Šešir", p.keys[0].PersonalID, p.keys[0].GUID} {
		if strings.Contains(again.html, never) {
			t.Errorf("want nothing of key and choice after the vote, got %q", never)
		}
	}
	p.booth(t).send("choices", p.key(1)).send("confirm", url.Values{"choice": {"0"}}).on("confirm", http.StatusOK, "Blank vote", "counts as a vote cast, but for no candidate").
		send("cast", nil).on("counted", http.StatusOK)
	if want, got := 2, s.ballots(t, p.election.ID); want != got {
		t.Errorf("want %d ballots, got %d", want, got)
	}
}

// ballots counts the online ballots of an election.
func (s *site) ballots(t *testing.T, electionID int64) (n int) {
	t.Helper()
	row := s.DB.Pool().QueryRowContext(t.Context(), `SELECT count(*) FROM online_ballots WHERE election_id = ?`, electionID)
	if err := row.Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestVoterPage_RefusalsAreSentences(t *testing.T) {
	clock := &clock.Clock{}
	s := newSiteAt(t, clock)
	p := s.newPoll(t, 2, nil)
	other := s.newPoll(t, 1, nil)
	early := s.newPoll(t, 1, func(d *elections.Draft) { d.StartsAt = time.Now().Add(30 * time.Minute) })
	batchesOnly := s.newPoll(t, 0, func(d *elections.Draft) { d.Channels = []elections.Channel{elections.Batches} })
	over := s.newPoll(t, 1, func(d *elections.Draft) { d.EndsAt = time.Now().Add(20 * time.Minute) })

	p.booth(t).send("choices", url.Values{}).on("key", http.StatusBadRequest, "Enter your personal id from your letter.", "Enter the key from your letter.")
	p.booth(t).send("choices", url.Values{"personal_id": {"\xff"}, "guid": {"x"}}).on("key", http.StatusBadRequest)
	p.booth(t).send("choices", url.Values{"personal_id": {strings.Repeat("x", 101)}, "guid": {"x"}}).on("key", http.StatusBadRequest, "longer than your personal id")
	wrong := url.Values{"personal_id": p.key(0)["personal_id"], "guid": p.key(1)["guid"]}
	p.booth(t).send("choices", wrong).on("key", http.StatusForbidden, "do not belong together", `>`+p.keys[1].GUID+`</textarea>`)
	p.booth(t).send("cast", url.Values{"personal_id": wrong["personal_id"], "guid": wrong["guid"], "choice": {"1"}}).on("key", http.StatusForbidden)
	p.booth(t).send("choices", other.key(0)).on("refused", http.StatusConflict, "for another election", "the key is unused")
	p.booth(t).send("cast", url.Values{"personal_id": other.key(0)["personal_id"], "guid": other.key(0)["guid"], "choice": {"1"}}).
		on("refused", http.StatusConflict, "for another election")
	p.booth(t).send("choices", url.Values{"personal_id": {strings.Repeat("x", 20_000)}}).on("key", http.StatusBadRequest)
	long := p.key(0)
	long.Set("something", strings.Repeat("x", 20_000))
	p.booth(t).send("choices", long).on("key", http.StatusBadRequest)

	waiting := early.booth(t).on("refused", http.StatusOK, "Voting has not begun", "You can vote from")
	if want, got := 1, strings.Count(waiting.html, "(UTC)"); want != got {
		t.Errorf("want the zone said once of two times, got it %d times", got)
	}
	waiting.send("choices", early.key(0)).on("refused", http.StatusConflict, "Voting has not begun")
	batchesOnly.booth(t).on("refused", http.StatusOK, "takes no votes online")
	confirmed := over.booth(t).send("choices", over.key(0)).send("confirm", url.Values{"choice": {"1"}}).on("confirm", http.StatusOK)
	clock.Move(20 * time.Minute)
	confirmed.send("cast", nil).on("refused", http.StatusConflict, "Voting has ended", "Nothing was counted")
	if after := over.booth(t).on("refused", http.StatusOK, "Voting has ended"); strings.Contains(after.html, "Nothing was counted") {
		t.Error("want no reader told that nothing was counted: they may have voted")
	}

	if answer := s.visitor(t).send(t, http.MethodGet, "/vote/4711", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want no page for no election, got %s", answer.Status)
	}
	foreign := s.visitor(t).send(t, http.MethodPost, "/vote/"+id(p.election.ID), p.key(0).Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	if foreign.StatusCode != http.StatusForbidden {
		t.Errorf("want another site's form refused, got %s", foreign.Status)
	}
	query := s.visitor(t).send(t, http.MethodPost, "/vote/"+id(p.election.ID)+"?"+p.key(0).Encode(), "", "Content-Type", "application/x-www-form-urlencoded")
	if query.StatusCode != http.StatusBadRequest {
		t.Errorf("want nothing read from the address, got %s", query.Status)
	}
}

// TestVoterPage_AWrongKeyCanBeCompared types keys wrongly, as people do: the page shows the whole of what was typed as
// it would stand on the letter, which no field does on a phone, and says what cannot be in a key.
func TestVoterPage_AWrongKeyCanBeCompared(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 1, nil)
	bare := strings.ReplaceAll(p.keys[0].GUID, "-", "")
	for typed, words := range map[string][]string{
		strings.ToUpper(strings.Repeat("12ab", 8)):          {"<span>12ab 12ab 12ab 12ab</span><span>12ab 12ab 12ab 12ab</span>", "character by character"},
		inFours(bare)[:38]:                                  {"The key has 32 letters and digits; 31 were typed.", "<span>" + inFours(bare)[:19] + "</span>"},
		"x" + inFours(bare)[1:]:                             {"“x” cannot be in a key"},
		"O" + strings.Repeat("l", 30) + "I":                 {"<span>olll llll llll llll</span>", "character by character"},
		"{12ab12ab\u2212" + strings.Repeat("12ab", 6) + "}": {"<span>12ab 12ab 12ab 12ab</span><span>12ab 12ab 12ab 12ab</span>", "character by character"},
		bare + bare:                  {"The key has 32 letters and digits; 64 were typed."},
		"<b>" + bare[:29]:            {"“&lt;” cannot be in a key"},
		"\u200b" + bare[:16] + "\t‒": {"16 were typed."},
	} {
		p.booth(t).send("choices", url.Values{"personal_id": p.key(0)["personal_id"], "guid": {typed}}).
			on("key", http.StatusForbidden, append(words, "do not belong together", `data-testid="vote-typed"`)...)
	}
}

// TestVoterPage_SignsThatLookAlikeAreTheSame types keys as tired people do: no key has an O, an I or an L.
func TestVoterPage_SignsThatLookAlikeAreTheSame(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 40, nil)
	alike := strings.NewReplacer("0", "O", "1", "l")
	for n := range p.keys {
		typed := alike.Replace(p.keys[n].GUID)
		if typed == p.keys[n].GUID {
			continue // a key without either digit; of forty hardly one
		}
		key := url.Values{"personal_id": p.key(n)["personal_id"], "guid": {typed}}
		p.booth(t).send("choices", key).on("choices", http.StatusOK)
		alike = strings.NewReplacer("0", "o", "1", "|")
		if n%2 == 0 {
			alike = strings.NewReplacer("0", "O", "1", "I")
		}
	}
}

// TestVoterPage_WhatFailedIsTriedAgainAsItWas has the database fail before and in the middle of casting: no vote is
// cast that was not shown once more, and no page says that a vote is not counted if that is not known.
func TestVoterPage_WhatFailedIsTriedAgainAsItWas(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the faults are on purpose
	t.Cleanup(func() { slog.SetDefault(before) })
	s := newSite(t)
	p := s.newPoll(t, 1, nil)
	without := func(table string, try func()) {
		t.Helper()
		rename := func(from, to string) {
			t.Helper()
			if err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
				_, err := tx.SQL().ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		rename(table, "away")
		try()
		rename("away", table)
	}
	b := p.booth(t)
	const again = `name="step" value="%s" data-testid="vote-again"`
	without("voter_keys", func() {
		b.send("choices", p.key(0)).on("refused", http.StatusInternalServerError, "is not counted yet", fmt.Sprintf(again, "choices"))
	})
	b.send("choices", nil).on("choices", http.StatusOK)
	without("voter_keys", func() {
		b.send("confirm", url.Values{"choice": {"1"}}).on("refused", http.StatusInternalServerError, "is not counted yet", fmt.Sprintf(again, "confirm"))
	})
	b.send("confirm", nil).on("confirm", http.StatusOK, "Šešir")
	without("online_ballots", func() {
		b.send("cast", nil).on("refused", http.StatusInternalServerError, "may not be counted", "has voted already, your vote is counted", fmt.Sprintf(again, "cast"))
	})
	b.send("cast", nil).on("counted", http.StatusOK)
}

func TestVoterPage_GuessersWaitAndTheVoterDoesNot(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	p := s.newPoll(t, 1, nil)
	wrong := url.Values{"personal_id": p.key(0)["personal_id"], "guid": {"no key at all"}}
	b := p.booth(t)
	for range 12 {
		b = p.booth(t).send("choices", wrong)
	}
	b.on("key", http.StatusTooManyRequests, "do not belong together", "“n” cannot be in a key", "Nothing is counted yet.", "It accepts the right key at once.",
		`data-testid="vote-typed"`, `data-seconds="`+b.answer.Header.Get("Retry-After")+`"`)
	p.booth(t).send("choices", p.key(0)).send("confirm", url.Values{"choice": {"1"}}).send("cast", nil).on("counted", http.StatusOK)
}

// TestVoterPage_NoSessionKnowsOfIt votes in a browser in which a person is signed in: nothing of it is in the
// sessions, not even that the browser was there.
func TestVoterPage_NoSessionKnowsOfIt(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 2, nil)
	v := s.signedIn(t, "administrator")
	sessions := func() (content []byte) {
		t.Helper()
		for _, name := range []string{"sessions.db", "sessions.db-wal"} {
			part, err := os.ReadFile(filepath.Join(s.Path, name))
			if err != nil {
				t.Fatal(err)
			}
			content = append(content, part...)
		}
		return content
	}
	before := sessions()
	if event := s.firstEvent(t, v.client, "/elections/"+id(p.election.ID)+"/live"); !strings.Contains(event, "event: update") {
		t.Errorf("want the live feed, got %q", event)
	}
	b := &booth{t: t, visitor: v, path: "/vote/" + id(p.election.ID)}
	b.look(http.MethodGet, "")
	b.send("choices", p.key(0)).send("confirm", url.Values{"choice": {"1"}}).send("cast", nil).on("counted", http.StatusOK)
	if answer := v.send(t, http.MethodPost, "/vote", p.body(1, "1")); answer.StatusCode != http.StatusOK {
		t.Errorf("want the vote accepted, got %s", answer.Status)
	}
	if !bytes.Equal(before, sessions()) {
		t.Error("want the sessions as they were before the votes")
	}
	v.get(t, "/admin")
	if bytes.Equal(before, sessions()) {
		t.Error("want the test to see that a page of the administration is noted")
	}
}

// TestVote_GuessersWaitByAddress guesses at many voters' keys from one address, through the API and on the page;
// voters behind the same address vote.
func TestVote_GuessersWaitByAddress(t *testing.T) {
	const free = 50
	for way, guess := range map[string]func(*testing.T, *poll, *visitor, string) int{
		"through the API": func(t *testing.T, _ *poll, v *visitor, who string) int {
			t.Helper()
			body := `{"personal_id":"` + who + `","guid":"5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11","candidate":1}`
			answer := v.send(t, http.MethodPost, "/vote", body, "Content-Type", "application/json")
			if (answer.StatusCode == http.StatusTooManyRequests) != (answer.Header.Get("Retry-After") != "") {
				t.Errorf("want to be told how long to wait, and nothing else, got %s", answer.Status)
			}
			return answer.StatusCode
		},
		"on the page": func(t *testing.T, p *poll, v *visitor, who string) int {
			t.Helper()
			form := url.Values{"step": {"choices"}, "personal_id": {who}, "guid": {"no key at all"}}
			return v.send(t, http.MethodPost, "/vote/"+id(p.election.ID), form.Encode(),
				"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin").StatusCode
		},
	} {
		t.Run(way, func(t *testing.T) {
			s := newSiteAt(t, clock.At(time.Now()))
			p, v := s.newPoll(t, 2, nil), s.visitor(t)
			for n := range free + 1 {
				if status := guess(t, p, v, "nobody-"+strconv.Itoa(n)); status != http.StatusForbidden {
					t.Fatalf("guess %d: want 403, got %d", n+1, status)
				}
			}
			if status := guess(t, p, v, "nobody-at-all"); status != http.StatusTooManyRequests {
				t.Errorf("want a wait after fifty wrong keys from one address, got %d", status)
			}
			if answer := v.send(t, http.MethodPost, "/vote", p.body(0, "1")); answer.StatusCode != http.StatusOK {
				t.Errorf("want a voter behind the same address let in, got %s", answer.Status)
			}
			p.booth(t).send("choices", p.key(1)).send("confirm", url.Values{"choice": {"1"}}).send("cast", nil).on("counted", http.StatusOK)
		})
	}
}

func TestPublicPage_LeadsToTheVoteAndCountsKeys(t *testing.T) {
	clock := &clock.Clock{}
	s := newSiteAt(t, clock)
	page := func(p *poll) string {
		return text(s.visitor(t).send(t, http.MethodGet, "/elections/"+id(p.election.ID), ""))
	}
	const link, keys = `data-testid="vote-link"`, `data-testid="voter-keys"`
	open := page(s.newPoll(t, 3, nil))
	if !strings.Contains(open, link) || !strings.Contains(open, keys) || !strings.Contains(open, "3 voter keys have been issued") {
		t.Errorf("want the link and the number of keys, got:\n%s", open)
	}
	early := page(s.newPoll(t, 3, func(d *elections.Draft) { d.StartsAt = time.Now().Add(30 * time.Minute) }))
	if strings.Contains(early, link) || strings.Contains(early, keys) {
		t.Errorf("want neither before the opening, got:\n%s", early)
	}
	over := s.newPoll(t, 1, func(d *elections.Draft) { d.EndsAt = time.Now().Add(20 * time.Minute) })
	clock.Move(20 * time.Minute)
	if html := page(over); strings.Contains(html, link) || !strings.Contains(html, "1 voter key has been issued") {
		t.Errorf("want the number of keys and no link after the end, got:\n%s", html)
	}
}
