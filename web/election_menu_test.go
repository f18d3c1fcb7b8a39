package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"urna/elections"
)

// menuLinks are the entries of an election's menu, and which of them is marked.
func menuLinks(page string) (links []string, current []string) {
	_, menu, _ := strings.Cut(page, `data-testid="menu"`)
	menu, _, _ = strings.Cut(menu, "</nav>")
	for _, found := range regexp.MustCompile(`<a href="([^"]+)" data-testid="[^"]+"( aria-current="page")?>`).FindAllStringSubmatch(menu, -1) {
		links = append(links, found[1])
		if found[2] != "" {
			current = append(current, found[1])
		}
	}
	return links, current
}

// Every entry of an election's menu leads to a page that has the same menu, with that entry marked.
func TestElectionMenu_LeadsToPagesThatHaveIt(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	tied := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, nil)
	draft := v.post(t, "/admin/elections/new", typedElection()).Header.Get("Location")
	for _, first := range []string{
		"/admin/elections/" + id(s.election.ID), "/admin/elections/" + id(tied.ID), "/admin/elections/" + id(s.scheduled(t, nil).ID),
		"/admin/elections/" + id(s.newPoll(t, 12, nil).election.ID), draft,
	} {
		links, current := menuLinks(v.get(t, first))
		if len(links) < 5 || len(current) != 1 || current[0] != first {
			t.Fatalf("%s: want a menu with the first page marked, got %v, marked %v", first, links, current)
		}
		for _, link := range links {
			answer := v.send(t, http.MethodGet, link, "")
			there, marked := menuLinks(text(answer))
			if answer.StatusCode != http.StatusOK || strings.Join(there, " ") != strings.Join(links, " ") || len(marked) != 1 || marked[0] != link {
				t.Errorf("%s: want the page with the menu and its entry marked, got %s, %v, marked %v", link, answer.Status, there, marked)
			}
		}
	}
}
