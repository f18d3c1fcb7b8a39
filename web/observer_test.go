package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/internal/audit"
)

// observed is a site whose observer reads the assembly, an election with stations and protocols, and not the council.
type observed struct {
	*site
	papers

	council int64  // the other election
	batch   string // of the assembly
	scan    string
}

func newObserved(t *testing.T) observed {
	t.Helper()
	o := observed{site: newSite(t)}
	o.papers, o.council = o.site.papers(t), o.site.election.ID
	o.bind(t, o.papers.election.ID)
	o.batch = id(o.countedAt(t, o.papers.election, o.stations[3].ID, "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d12,1\n").ID)
	official := o.signedIn(t, "official")
	if answer := official.post(t, o.path(0), sums("enter", "10", "600", "390")); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the protocol entered, got %s", answer.Status)
	}
	typed := typing{opposite: opposite{site: o.site}, papers: o.papers}
	typed.site.election = o.papers.election
	o.scan = typed.attach(t, official, paperVotes{600, 390})
	o.Clock.Move(2 * time.Hour) // counts may be shown
	return o
}

// bind lets the observer read these elections only.
func (o observed) bind(t *testing.T, elections ...int64) {
	t.Helper()
	places := []auth.Place{}
	for _, election := range elections {
		places = append(places, auth.Place{ElectionID: election})
	}
	if _, err := o.Auth.ChangeUser(t.Context(), audit.System(), o.users["observer"].ID, auth.UserChange{Places: &places}); err != nil {
		t.Fatal(err)
	}
}

// reads are the addresses of all that an observer reads of the assembly.
func (o observed) reads() (list []string) {
	assembly := id(o.papers.election.ID)
	fill := strings.NewReplacer(
		"/elections/:id", "/elections/"+assembly, ":election", assembly, "/api/v1/batches/:id", "/api/v1/batches/"+o.batch, ":batch", o.batch,
		":station", id(o.stations[0].ID), ":scan", o.scan)
	for name, roles := range access {
		method, route, _ := strings.Cut(name, " ")
		if method == http.MethodGet && strings.Contains(roles, "observer") && strings.Contains(route, ":") {
			list = append(list, fill.Replace(route))
		}
	}
	slices.Sort(list)
	return list
}

// TestObserver_WritesTheirAccountOnly: of the routes that change something, an observer may use those of the own account,
// and those that everybody may.
func TestObserver_WritesTheirAccountOnly(t *testing.T) {
	for name, roles := range access {
		method, route, _ := strings.Cut(name, " ")
		own := strings.HasPrefix(route, "/account") || route == "/logout" || route == "/api/v1/tokens"
		if method != http.MethodGet && strings.Contains(roles, "observer") && !own {
			t.Errorf("want %s closed to observers", name)
		}
	}
}

// TestObserver_ReadsTheElectionsOfTheAccount walks all that an observer reads of an election, as one whose account reads it
// and as one whose account reads another.
func TestObserver_ReadsTheElectionsOfTheAccount(t *testing.T) {
	o := newObserved(t)
	v := o.signedIn(t, "observer")
	list := o.reads()
	if len(list) < 13 {
		t.Fatalf("want every page and call of an election, got %v", list)
	}
	for _, path := range list {
		if answer := v.send(t, http.MethodGet, path, ""); answer.StatusCode != http.StatusOK {
			t.Errorf("%s of the account's election: want it, got %s", path, answer.Status)
		}
	}
	home, batches := v.get(t, "/observer"), v.get(t, "/admin/batches")
	if !strings.Contains(home, "Assembly") || strings.Contains(home, "Council") {
		t.Errorf("want the account's election alone on the first page, got %s", home)
	}
	if !strings.Contains(batches, "/batches/"+o.batch) || strings.Contains(batches, "Council") || strings.Contains(batches, `"/batches/`+id(o.site.batch.ID)+`"`) {
		t.Errorf("want the batches of the account's election alone, got %s", batches)
	}

	o.bind(t, o.council)
	v = o.signedIn(t, "observer")
	for _, path := range list {
		if answer := v.send(t, http.MethodGet, path, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s of another election: want it not found, got %s", path, answer.Status)
		}
	}
	for _, path := range []string{"/observer", "/admin/batches", "/admin/batches?election=" + id(o.papers.election.ID), "/admin/audit", "/admin/audit.csv", "/admin/audit.jsonl", "/api/v1/audit-events"} {
		if said := v.get(t, path); strings.Contains(said, "Assembly") || strings.Contains(said, "station.csv") {
			t.Errorf("%s: want nothing of another election, got %s", path, said)
		}
	}
}

// TestObserver_HistoryIsOfTheAccountsElections: one of some elections reads the events about these, their batches, stations
// and protocols, one of all elections the whole log.
func TestObserver_HistoryIsOfTheAccountsElections(t *testing.T) {
	o := newObserved(t)
	subjects := regexp.MustCompile(`"subject":"([a-z]+) (\d+)"`)
	v := o.signedIn(t, "observer")
	seen := map[string]bool{}
	for _, found := range subjects.FindAllStringSubmatch(v.get(t, "/admin/audit.jsonl"), -1) {
		seen[found[1]+" "+found[2]] = true
	}
	for _, want := range []string{"election " + id(o.papers.election.ID), "batch " + o.batch} {
		if !seen[want] {
			t.Errorf("want the events about %s, got %v", want, seen)
		}
	}
	if !slices.ContainsFunc(keysOf(seen), func(s string) bool { return strings.HasPrefix(s, "protocol ") }) {
		t.Errorf("want the events about the protocol, got %v", seen)
	}
	for subject := range seen {
		if strings.HasPrefix(subject, "user ") || subject == "election "+id(o.council) || subject == "batch "+id(o.site.batch.ID) {
			t.Errorf("want nothing about %s", subject)
		}
	}
	if _, err := o.Auth.FreeFromPlaces(t.Context(), audit.System(), o.users["observer"].ID); err != nil {
		t.Fatal(err)
	}
	if all := o.signedIn(t, "observer").get(t, "/admin/audit.jsonl"); !strings.Contains(all, `"subject":"user `) || !strings.Contains(all, "Council") {
		t.Error("want the whole log for an observer of all elections")
	}
}

func keysOf(m map[string]bool) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

var (
	searches = regexp.MustCompile(`(?s)<form method="get".*?</form>`)
	signsOut = regexp.MustCompile(`(?s)<form method="post" action="/logout">.*?</form>`)
	links    = regexp.MustCompile(`<a[^>]* href="(/[^"#?]*)`)
)

// TestObserver_PagesHaveNoForms: what an observer sees of an election asks for nothing but a search, and leads nowhere that
// refuses an observer.
func TestObserver_PagesHaveNoForms(t *testing.T) {
	o := newObserved(t)
	v := o.signedIn(t, "observer")
	followed := map[string]bool{}
	pages := append(o.reads(), "/observer", "/admin/batches", "/admin/audit")
	for _, page := range pages {
		answer := v.send(t, http.MethodGet, page, "")
		said := text(answer)
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			continue
		}
		rest := searches.ReplaceAllString(signsOut.ReplaceAllString(said, ""), "")
		if strings.Contains(rest, "<form") || strings.Contains(rest, "<button") || strings.Contains(rest, "<input") {
			t.Errorf("%s: want no form and no button, got %s", page, rest)
		}
		for _, link := range links.FindAllStringSubmatch(said, -1) {
			if followed[link[1]] {
				continue
			}
			followed[link[1]] = true
			if to := v.send(t, http.MethodGet, link[1], ""); to.StatusCode == http.StatusForbidden {
				t.Errorf("%s: want links that an observer may follow, got %s to %s", page, to.Status, link[1])
			}
		}
	}
	if len(followed) < 10 {
		t.Errorf("want links on the pages, got %v", followed)
	}
}

// TestObserver_IsMadeAndLimitedOnThePages: an administrator makes the account and chooses its elections; the API has them.
func TestObserver_IsMadeAndLimitedOnThePages(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	form := url.Values{
		"email": {"olga@example.org"}, "forename": {"Olga"}, "surname": {"Observer"}, "role": {"observer"}, "password": {password}, "scope": {"places"},
	}
	answer := v.post(t, "/admin/users", form)
	places := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.HasSuffix(places, "/places") {
		t.Fatalf("want to be led to the choice of elections, got %s to %q: %s", answer.Status, places, text(answer))
	}
	user := strings.TrimSuffix(strings.TrimPrefix(places, "/admin/users/"), "/places")
	wantPlaces := func(when, want string) {
		t.Helper()
		if said := v.get(t, "/api/v1/users/"+user); !strings.Contains(said, want) {
			t.Errorf("%s: want %s, got %s", when, want, said)
		}
	}
	wantPlaces("at first", `"everywhere":false,"places":[]`)
	election := id(s.election.ID)
	if said := v.get(t, places); !strings.Contains(said, `data-testid="place-`+election+`"`) || !strings.Contains(said, "No election yet") {
		t.Errorf("want the elections to choose from, got %s", said)
	}
	v.post(t, places, url.Values{"shown": {election}, "places": {election}})
	wantPlaces("chosen", `"everywhere":false,"places":[{"election_id":`+election+`}]`)
	if said := v.get(t, "/admin/users/"+user); !strings.Contains(said, "Council") || !strings.Contains(said, ">Reads<") {
		t.Errorf("want the election on the account's page, got %s", said)
	}
	v.post(t, places+"/everywhere", nil)
	wantPlaces("all", `"everywhere":true,"places":[]`)
	for body, want := range map[string]string{
		`{"places":[{"election_id":` + election + `}]}`: `"everywhere":false,"places":[{"election_id":` + election + `}]`,
		`{"places":[{"constituency_id":1}]}`:            "observers have elections",
		`{"places":[{"election_id":999}]}`:              "no published election 999",
	} {
		answer := v.send(t, http.MethodPatch, "/api/v1/users/"+user, body, "Content-Type", "application/json")
		if said := text(answer); !strings.Contains(said, want) {
			t.Errorf("%s: want %s, got %s", body, want, said)
		}
	}
	official := v.send(t, http.MethodPatch, "/api/v1/users/"+id(s.users["official"].ID), `{"places":[{"election_id":`+election+`}]}`, "Content-Type", "application/json")
	if official.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want no elections for an official, got %s", official.Status)
	}
}
