package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/elections"
)

var (
	pageTitle   = regexp.MustCompile(`<title>([^<]*)</title>`)
	summaryLink = regexp.MustCompile(`<a href="#([^"]+)">([^<]*)</a>`)
	tags        = regexp.MustCompile(`<[^>]*>`)
)

// summary returns the list of problems above a form, as it reads, by the ids that its entries lead to.
func summary(t *testing.T, page string) (words []string, leads map[string]string) {
	t.Helper()
	_, rest, found := strings.Cut(page, `data-testid="form-error">`)
	if !found {
		t.Fatalf("want a summary, got %s", page)
	}
	list, _, _ := strings.Cut(rest, "</div>")
	leads = map[string]string{}
	for _, link := range summaryLink.FindAllStringSubmatch(list, -1) {
		leads[link[1]] = html.UnescapeString(link[2])
	}
	for _, item := range strings.Split(list, "<li>")[1:] {
		words = append(words, html.UnescapeString(strings.TrimSpace(tags.ReplaceAllString(item, ""))))
	}
	return words, leads
}

// TestForms_ARefusedOneSaysSoFirst sends every form with something wrong in it: the title begins with the word, the
// summary takes the focus, and each of its links leads to a field that is there.
func TestForms_ARefusedOneSaysSoFirst(t *testing.T) {
	s := newSite(t)
	ada, official := s.signedIn(t, "administrator"), s.signedIn(t, "official")
	poll := s.newPoll(t, 1, nil)
	open := fmt.Sprintf("/admin/elections/%d", poll.election.ID)
	ended := fmt.Sprintf("/admin/elections/%d", s.election.ID)
	scheduled := s.scheduled(t, nil)
	for name, c := range map[string]struct {
		by     *visitor
		path   string
		form   url.Values
		fields int // that the summary leads to, at least
	}{
		"sign in":         {s.visitor(t), "/login", url.Values{"email": {"x@example.org"}, "password": {"wrong"}}, 0},
		"password":        {ada, "/account/password", url.Values{"current": {"wrong"}, "password": {"new"}, "again": {"newer"}}, 1},
		"user":            {ada, "/admin/users", url.Values{"email": {"none"}}, 4},
		"user's account":  {ada, fmt.Sprintf("/admin/users/%d", s.users["official"].ID), url.Values{"forename": {""}, "surname": {""}}, 2},
		"participant":     {ada, "/admin/participants", url.Values{"name": {""}, "kind": {"club"}}, 2},
		"election":        {ada, "/admin/elections/new", typedElection("title", "", "starts_at", "soon", "constituencies[0].seats", "1,5"), 3},
		"a later end":     {ada, open + "/end", url.Values{"ends_at": {"2020-01-01T00:00"}}, 1},
		"votes declared":  {ada, ended + "/declared", url.Values{fmt.Sprintf("declared-%d", s.election.Constituencies[0].ID): {"1,5"}}, 1},
		"seed":            {ada, fmt.Sprintf("/admin/elections/%d/certification/seed", scheduled.ID), url.Values{"name": {"Ada"}, "commitment": {"x"}}, 1},
		"list":            {ada, fmt.Sprintf("/admin/elections/%d/list", scheduled.ID), url.Values{"list": {"nothing"}}, 1},
		"take a batch":    {ada, fmt.Sprintf("/admin/batches/%d/retraction", s.batch.ID), url.Values{"reason": {""}}, 1},
		"vote, no key":    {s.visitor(t), fmt.Sprintf("/vote/%d", poll.election.ID), url.Values{"step": {"choices"}}, 2},
		"upload, no file": {official, fmt.Sprintf("/official/elections/%d/batches", poll.election.ID), url.Values{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			answer := c.by.post(t, c.path, c.form)
			page := text(answer)
			title := pageTitle.FindStringSubmatch(page)
			if answer.StatusCode < 400 || title == nil || !strings.HasPrefix(title[1], "Error: ") {
				t.Fatalf("want a refusal whose title begins with Error:, got %s %v: %s", answer.Status, title, page)
			}
			if n := strings.Count(page, " autofocus"); n != 1 || !strings.Contains(page, `role="alert" tabindex="-1" autofocus data-testid="form-error"`) {
				t.Errorf("want the focus on the summary alone, got %d", n)
			}
			words, leads := summary(t, page)
			if len(leads) < c.fields {
				t.Errorf("want %d fields named, got %q", c.fields, words)
			}
			for id, word := range leads {
				if strings.Count(page, ` id="`+id+`"`) != 1 {
					t.Errorf("%q: want one field %s to lead to", word, id)
				}
			}
		})
	}
	if page := ada.get(t, "/admin/users/new"); strings.Contains(page, "Error:") || strings.Contains(page, "autofocus") {
		t.Errorf("want no error before anything was sent, got %s", page)
	}
}

// TestElectionForm_TellsEverythingInOnePass fills a form with mistakes that the form itself finds, and with others that
// only the definition's rules know.
func TestElectionForm_TellsEverythingInOnePass(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	form := typedElection("title", " ", "starts_at", "", "threshold_percent", "5,2,5", "time_zone", "Europe/Atlantis",
		"constituencies[0].name", "North", "constituencies[0].registered_voters", "1,5",
		"constituencies[0].participants[0].weight", "heavy",
		"constituencies[1].name", "", "constituencies[1].seats", "", "constituencies[1].participants[0].id", "999",
		"constituencies[1].participants[0].position", "1",
		"constituencies[2].name", "South", "constituencies[2].seats", "20000")
	answer := v.post(t, "/admin/elections/new", form)
	words, _ := summary(t, text(answer))
	for _, want := range []string{
		"Title: ", "Start: Enter a date and a time.", "Time zone: Enter a time zone’s name, such as Europe/Belgrade.",
		"Threshold in percent: Enter a percentage from 0 to 100, such as 5 or 3.25.",
		"Constituency 1 (North): Enter the number of registered voters as a whole number of at most 12 digits, such as 1500, 1 500 or 1,500, not “1,5”.",
		"Constituency 1 (North), number 1 (Only Party): Enter the weight as a fraction or decimal above 0",
		"Constituency 2 (no name yet): Enter the number of seats.", "Constituency 2 (no name yet), name: ",
		"Constituency 2 (no name yet), number 1: There is no participant with the id 999.",
		"Constituency 3 (South): Enter a number of seats from 1 to 10000.", // a draft may have no lists yet
	} {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, want) }) {
			t.Errorf("want %q, got %q", want, words)
		}
	}
	if len(words) != 10 {
		t.Errorf("want each once, got %q", words)
	}
	for i, first := range []string{"Title", "Start", "Time zone", "Threshold", "Constituency 1 ", "Constituency 1 ", "Constituency 2 ", "Constituency 2 "} {
		if !strings.HasPrefix(words[i], first) {
			t.Errorf("want them in the order of the form, got %q", words)
		}
	}
}

// TestElectionForm_NumbersAsPeopleWriteThem stores unambiguous numbers and asks about the rest.
func TestElectionForm_NumbersAsPeopleWriteThem(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	for i, c := range []struct{ seats, voters, percent, weight, own string }{
		{"1,000", "6,500,000", "3,25", "27/20", "7,5"}, {"1.000", "6.500.000", "3.25 %", "1,35", "7.5"}, {"1\u2009000", "6’500’000", " 3.25", "27 / 20", "7,5 %"},
	} {
		title := fmt.Sprintf("Numbers %d", i)
		answer := v.post(t, "/admin/elections/new", typedElection("title", title, "threshold_percent", c.percent,
			"constituencies[0].seats", c.seats, "constituencies[0].registered_voters", c.voters, "constituencies[0].declared_votes_cast", c.seats,
			"constituencies[0].participants[0].weight", c.weight, "constituencies[0].participants[0].threshold_percent", c.own,
			"constituencies[0].participants[0].max_seats", c.seats))
		if answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("%+v: want it stored, got %s", c, text(answer))
		}
		list, err := s.Elections.ElectionsAndDrafts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		e := list[slices.IndexFunc(list, func(e *elections.Election) bool { return e.Title == title })]
		k := e.Constituencies[0]
		if k.Seats != 1000 || k.RegisteredVoters != 6_500_000 || *k.DeclaredVotesCast != 1000 || e.Rules.ThresholdPercent != "3.25" ||
			k.Candidacies[0].MaxSeats != 1000 || k.Candidacies[0].ThresholdPercent != "7.5" {
			t.Errorf("%+v: want the numbers that were meant, got %+v", c, k)
		}
	}
	for _, field := range []string{"seats", "registered_voters", "declared_votes_cast", "participants[0].max_seats"} {
		for _, typed := range []string{"1,5", "1.5", "1,00", "1,000.50", "one", "1e3"} {
			answer := v.post(t, "/admin/elections/new", typedElection("constituencies[0]."+field, typed))
			words, _ := summary(t, text(answer))
			if len(words) != 1 || !strings.Contains(words[0], "such as 1500, 1 500 or 1,500, not “"+typed+"”") {
				t.Errorf("%s %q: want how to write it, got %q", field, typed, words)
			}
		}
	}
	answer := v.post(t, "/admin/elections/new", typedElection("constituencies[0].participants[0].position", "first"))
	if words, _ := summary(t, text(answer)); len(words) != 1 || !strings.Contains(words[0], "(Only Party): Enter the poll number as a whole number") {
		t.Errorf("want the poll number asked for, got %q", words)
	}
}
