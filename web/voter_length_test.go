package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
)

// TestVoterPage_NoLengthTellsTheChoice votes for everybody on a ballot paper whose names have every length and alphabet.
// Who sees the encrypted line sees how long each request and answer is: for each screen that is the same, whatever the
// choice, with the page's script and without, and for clients that take compressed answers.
func TestVoterPage_NoLengthTellsTheChoice(t *testing.T) {
	s := newSite(t)
	names := []string{
		"A", "Li", "Šešir", "Ђорђе Вајферт", "გიორგი მარგველაშვილი", "O’Brien & <Sons> \"United\"", "'Quoted' & quoted", "日本 太郎",
		strings.Repeat("Very Long List of Citizens ", 7), strings.Repeat("Ж", 100), "Twelve", "Thirteen",
	}
	p := s.newPoll(t, 1+2*(len(names)+1), func(d *elections.Draft) {
		d.Rules.BlankBallots = true
		d.Constituencies[0].Candidacies = nil
		for i, name := range names {
			draft := participants.Draft{Name: strings.TrimSpace(name), Kind: participants.Party}
			if i%3 == 0 {
				draft.ShortName = strings.Repeat("S", i+1)
			}
			made, err := s.Participants.Create(t.Context(), audit.System(), draft)
			if err != nil {
				t.Fatal(err)
			}
			d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: made.ID})
		}
	})
	v, key := s.visitor(t), 0
	for way, headers := range map[string][]string{"as a page": {"Sec-Fetch-Mode", "navigate"}, "in the background": {"Sec-Fetch-Mode", "cors", "HX-Request", "true"}} {
		send := func(step, choice string, n int) (asked, answered int, page string) {
			t.Helper()
			form := p.key(n)
			form.Set("step", step)
			if choice != "" {
				form.Set("choice", choice)
			}
			answer := v.send(t, http.MethodPost, "/vote/"+id(p.election.ID), form.Encode(),
				append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Accept-Encoding", "gzip, br"}, headers...)...)
			page = text(answer)
			if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Encoding") != "" || answer.ContentLength != int64(len(page)) {
				t.Fatalf("%s %s: want a screen with its length, uncompressed, got %s, %v", way, step, answer.Status, answer.Header)
			}
			return len(url.Values{"choice": {choice}}.Encode()), len(page), page
		}
		_, _, paper := send("choices", "", 0)
		choices := regexp.MustCompile(`name="choice" value="([^"]*)"`).FindAllStringSubmatch(paper, -1)
		if len(choices) != len(names)+1 {
			t.Fatalf("want %d choices, got %d", len(names)+1, len(choices))
		}
		lengths := map[string]map[[2]int][]string{}
		note := func(screen, choice string, asked, answered int) {
			if lengths[screen] == nil {
				lengths[screen] = map[[2]int][]string{}
			}
			at := [2]int{asked, answered}
			lengths[screen][at] = append(lengths[screen][at], choice)
		}
		for i, found := range choices {
			choice := found[1]
			asked, answered, page := send("confirm", choice, 0)
			if name := append(names, "Blank vote")[i]; !strings.Contains(html.UnescapeString(page), strings.TrimSpace(name)) {
				t.Fatalf("want %q on the page, got:\n%s", name, page)
			}
			note("confirm", choice, asked, answered)
			asked, answered, page = send("choices", choice, 0)
			if !strings.Contains(page, `value="`+choice+`" checked`) {
				t.Fatalf("want the choice %s kept, got:\n%s", choice, page)
			}
			note("choose", choice, asked, answered)
			asked, answered, page = send("cast", choice, 1+key)
			key++
			if !strings.Contains(page, "Your vote was counted") {
				t.Fatalf("want the vote %s counted, got:\n%s", choice, page)
			}
			note("cast", choice, asked, answered)
		}
		for screen, found := range lengths {
			if len(found) != 1 {
				t.Errorf("%s %s: want one length of request and answer, got the choices by length %v", screen, way, found)
			}
		}
	}
	if want, got := int64(2), s.votesOf(t, p.election, len(names)); want != got {
		t.Errorf("want %d votes for the last one, got %d", want, got)
	}
}

// votesOf counts an election's online ballots with a poll number.
func (s *site) votesOf(t *testing.T, e *elections.Election, pollNumber int) (n int64) {
	t.Helper()
	row := s.DB.Pool().QueryRowContext(t.Context(), "SELECT count(*) FROM online_ballots WHERE election_id = ? AND poll_number = ?", e.ID, pollNumber)
	if err := row.Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
