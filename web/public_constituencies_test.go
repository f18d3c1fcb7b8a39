package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/elections"
)

// constituencyNames returns the names in the table of a page, in its order.
func constituencyNames(page string) (names []string) {
	for _, found := range regexp.MustCompile(`(?s)data-testid="constituency-row">.*?<a href="[^"]*">\s*([^<]*?)\s*</a>`).FindAllStringSubmatch(page, -1) {
		names = append(names, found[1])
	}
	return names
}

// TestConstituencies_SearchedAndSortedWithoutScripts opens the table of 52 constituencies, and the page of each that it names.
func TestConstituencies_SearchedAndSortedWithoutScripts(t *testing.T) {
	s := newSite(t)
	e := s.spain(t)
	v := s.visitor(t)
	table := "/elections/" + id(e.ID) + "/constituencies"
	if page := text(v.send(t, http.MethodGet, "/elections/"+id(e.ID), "")); len(constituencyNames(page)) != 52 || !strings.Contains(page, `href="`+table+`"`) || strings.Count(page, `data-testid="closest-seat"`) != 5 {
		t.Errorf("want the table, its page and the five closest seats on the election's page, got %d rows", len(constituencyNames(page)))
	}
	if all := constituencyNames(text(v.send(t, http.MethodGet, table, ""))); len(all) != 52 || all[0] != e.Constituencies[0].Name {
		t.Errorf("want all in the order of the election, got %v", all)
	}
	if found := constituencyNames(text(v.send(t, http.MethodGet, table+"?q=MAD", ""))); !slices.Equal(found, []string{"Madrid"}) {
		t.Errorf("want the one that is looked for, got %v", found)
	}
	if none := text(v.send(t, http.MethodGet, table+"?q=atlantis", "")); len(constituencyNames(none)) != 0 || !strings.Contains(none, "No constituency matches") {
		t.Error("want it said that none is found")
	}
	if falling := constituencyNames(text(v.send(t, http.MethodGet, table+"?sort=seats&order=falling", ""))); falling[0] != "Madrid" || !strings.Contains("Ceuta Melilla", falling[51]) {
		t.Errorf("want the most seats first, got %v", falling)
	}
	madrid := slices.IndexFunc(e.Constituencies, func(c elections.Constituency) bool { return c.Name == "Madrid" })
	page := text(v.send(t, http.MethodGet, table+"/"+id(e.Constituencies[madrid].ID), ""))
	for _, want := range []string{"Madrid", "Provisional", `data-testid="seat-bar"`, `data-testid="result-row"`, `data-testid="ballots-invalid"`} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q on the page of a constituency", want)
		}
	}
	place := table + "/" + id(e.Constituencies[madrid].ID)
	for _, want := range []string{
		`sse-connect="` + place + `/live"`, `property="og:description" content="`, `data-testid="audit-head"`, "Madrid – " + e.Title,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q on the page of a constituency", want)
		}
	}
	feed := s.firstEvent(t, http.DefaultClient, place+"/live")
	for want, has := range map[string]bool{"Madrid": true, `data-testid="result-row"`: true, `data-testid="closest-seat"`: false} {
		if strings.Contains(feed, want) != has {
			t.Errorf("want %q in the feed of a constituency: %t", want, has)
		}
	}
	if strings.Contains(page, "majority:") {
		t.Error("want no majority marked among the seats of one constituency")
	}
	for _, path := range []string{table + "/4711", table + "/4711/live", table + "/" + id(s.election.Constituencies[0].ID), "/elections/4711/constituencies"} {
		if answer := v.send(t, http.MethodGet, path, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: want 404, got %s", path, answer.Status)
		}
	}
}

// TestConstituencies_ShowTheTurnoutAloneBeforeCounts reads each public page of an election whose counts are embargoed.
func TestConstituencies_ShowTheTurnoutAloneBeforeCounts(t *testing.T) {
	s := newSite(t)
	sealed, _ := s.embargo(t, elections.TurnoutOnly, 0)
	pattern, v := secret(0), s.visitor(t)
	base := "/elections/" + id(sealed.ID)
	feed := s.firstEvent(t, http.DefaultClient, base+"/constituencies/"+id(sealed.Constituencies[0].ID)+"/live")
	if pattern.MatchString(feed) || strings.Contains(feed, `data-testid="result-row"`) || !strings.Contains(feed, "45.30") {
		t.Errorf("want the turnout and no count in the feed of a constituency, got %s", feed)
	}
	for _, path := range []string{"/constituencies", "/constituencies?sort=turnout", "/constituencies/" + id(sealed.Constituencies[0].ID), "/wall", ""} {
		page := text(v.send(t, http.MethodGet, base+path, ""))
		if pattern.MatchString(page) || strings.Contains(page, `data-testid="result-row"`) || !strings.Contains(page, "45.30") {
			t.Errorf("%s: want the turnout and no count", path)
		}
	}
}

// TestWall_FollowsTheCountAndLeadsNowhere opens the page for a screen in a hall without signing in.
func TestWall_FollowsTheCountAndLeadsNowhere(t *testing.T) {
	s := newSite(t)
	e := s.spain(t)
	wall := "/elections/" + id(e.ID) + "/wall"
	if page := text(s.visitor(t).send(t, http.MethodGet, "/elections/"+id(e.ID), "")); !strings.Contains(page, `href="`+wall+`"`) {
		t.Error("want the election's page to lead to it")
	}
	page := text(s.visitor(t).send(t, http.MethodGet, wall, ""))
	for _, want := range []string{`class="wall"`, `sse-connect="/elections/` + id(e.ID) + `/live`, "No list has a majority. PSOE leads with 96 seats, 80 short.", `property="og:description" content="Counting · Provisional · No list`} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q on the page", want)
		}
	}
}
