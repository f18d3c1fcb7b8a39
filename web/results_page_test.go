package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
)

// ended makes an election that ended an hour ago, with parties or candidates of these names, and changes of its
// draft. Its close is through when this returns.
func (s *site) ended(t *testing.T, kind elections.Kind, names []string, change func(*elections.Draft)) *elections.Election {
	t.Helper()
	d := elections.Draft{
		Title: "Ended", Kind: kind, StartsAt: time.Now().Add(-2 * time.Hour), EndsAt: time.Now().Add(-time.Hour), Confirmations: 1, OpenNow: true,
		Channels: []elections.Channel{elections.Batches}, Constituencies: []elections.ConstituencyDraft{{}},
	}
	for _, name := range names {
		p, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: kind.Participants()})
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
	return e
}

// count has votes counted in the constituency at an index: votes[i] for poll number i+1. A late batch waits.
func (s *site) count(t *testing.T, e *elections.Election, constituency int, votes ...int) batch.Batch {
	t.Helper()
	var file strings.Builder
	for i, n := range votes {
		for k := range n {
			fmt.Fprintf(&file, "%08x-0000-4000-8%03x-%06x%06x,%d\n", e.ID, constituency, time.Now().UnixNano()%(1<<24), k, i+1)
		}
	}
	batches := s.Batches
	b, err := batches.Receive(t.Context(), batch.Delivery{
		Actor: s.users["official"].Actor("test"), ElectionID: e.ID, ConstituencyID: e.Constituencies[constituency].ID, FileName: "box.csv",
	}, strings.NewReader(file.String()))
	for deadline := time.Now().Add(patience); err == nil && b.State != batch.Counted && b.State != batch.Waiting; {
		if time.Now().After(deadline) {
			t.Fatalf("want the batch counted, got %+v", b)
		}
		time.Sleep(10 * time.Millisecond)
		b, err = batches.Batch(t.Context(), b.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// page returns what an election's page shows anybody, in one line.
func (s *site) page(t *testing.T, e *elections.Election) string {
	t.Helper()
	answer := s.visitor(t).send(t, http.MethodGet, "/elections/"+id(e.ID), "")
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("want the election's page, got %s", answer.Status)
	}
	return strings.Join(strings.Fields(text(answer)), " ")
}

// TestResultsPage_SaysWhichSeatsNobodyGot counts ballots in one of three constituencies.
func TestResultsPage_SaysWhichSeatsNobodyGot(t *testing.T) {
	s := newSite(t)
	e := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) {
		lists := d.Constituencies[0].Candidacies
		d.Constituencies = []elections.ConstituencyDraft{
			{Name: "North", Seats: 5, Candidacies: lists}, {Name: "South", Seats: 4, Candidacies: lists}, {Name: "East", Seats: 7, Candidacies: lists},
		}
	})
	s.count(t, e, 0, 20, 9)
	s.count(t, e, 2, 0, 0, 3) // invalid
	shown := s.page(t, e)
	for _, want := range []string{
		"11 seats are not assigned, in 2 constituencies", "4 seats are not assigned: no vote for a list was counted here.",
		"7 seats are not assigned: no vote for a list was counted here.", "4 seats · 0 cast · 4 seats not assigned", "not assigned 11.",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("want %q on the page, got %s", want, shown)
		}
	}
	if got := len(regexp.MustCompile(`seats (are )?not assigned`).FindAllString(shown, -1)); got != 6 { // in the outcome and the table of all; twice a constituency
		t.Errorf("want it said six times, got %d", got)
	}
}

// outcome returns the class and the words of the outcome on an election's page.
func (s *site) outcome(t *testing.T, e *elections.Election) (class, words string) {
	t.Helper()
	found := regexp.MustCompile(`<div class="outcome ?([a-z ]*)" data-testid="outcome"> ?<p[^>]*>([^<]*)`).FindStringSubmatch(s.page(t, e))
	if found == nil {
		t.Fatalf("want an outcome on the page, got %s", s.page(t, e))
	}
	return found[1], found[2]
}

// TestResultsPage_OnlyACertifiedMajorityIsDecided takes elections from their count to their certification.
func TestResultsPage_OnlyACertifiedMajorityIsDecided(t *testing.T) {
	s := newSite(t)
	check := func(e *elections.Election, wantClass, wantState, wantWords string) {
		t.Helper()
		if class, words := s.outcome(t, e); class != wantClass || words != wantWords {
			t.Errorf("want %q, %q; got %q, %q", wantClass, wantWords, class, words)
		}
		if page := s.page(t, e); !strings.Contains(page, wantState+" </span>") && !strings.Contains(page, wantState+"</span>") {
			t.Errorf("want the state %q above it", wantState)
		}
	}
	seats := func(n int) func(*elections.Draft) { return func(d *elections.Draft) { d.Constituencies[0].Seats = n } }
	majority := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, seats(5))
	s.count(t, majority, 0, 60, 38)
	check(majority, "provisional", "Provisional", "Alder has a majority with 3 of 5 seats.")
	s.certify(t, majority)
	check(majority, "decided", "Certified", "Alder has a majority with 3 of 5 seats.")

	none := s.ended(t, elections.Parliamentary, []string{"Ash", "Beech", "Cypress"}, seats(4))
	s.count(t, none, 0, 44, 30, 26)
	check(none, "provisional", "Provisional", "No list has a majority. Ash leads with 2 seats, 1 short.")
	s.count(t, none, 0, 1)
	s.certify(t, none)
	check(none, "open", "Certified", "No list has a majority. Ash leads with 2 seats, 1 short.")

	tied := s.ended(t, elections.Parliamentary, []string{"Aspen", "Bay"}, seats(3))
	s.count(t, tied, 0, 7, 7)
	check(tied, "tied", "Provisional", "A lot must settle 1 seat. No list has a majority. Aspen and Bay lead with 1 seat each, 1 short.")

	elected := s.ended(t, elections.Presidential, []string{"Ana", "Boris"}, nil)
	s.count(t, elected, 0, 7, 6)
	check(elected, "provisional", "Provisional", "Ana has more than half of the valid votes.")
	s.certify(t, elected)
	check(elected, "decided", "Certified", "Ana is elected.")

	second := s.ended(t, elections.Presidential, []string{"Ema", "Fran", "Goran"}, nil)
	s.count(t, second, 0, 7, 6, 5)
	check(second, "provisional", "Provisional", "Second round between Ema and Fran.")
	s.certify(t, second)
	check(second, "open", "Certified", "Second round between Ema and Fran.")
}
