package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/elections"
)

// hidden returns what a page's form would send back unseen.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("want the hidden field %s, got %s", name, page)
	}
	return found[1]
}

// typedElection is a filled form of an election that opens in an hour; pairs of names and values change it.
func typedElection(change ...string) url.Values {
	const typed = "2006-01-02T15:04"
	form := url.Values{
		"title": {"Harbour Board"}, "kind": {"parliamentary"}, "time_zone": {"UTC"}, "public_view": {"turnout"}, "channels": {"batches"},
		"starts_at": {time.Now().UTC().Add(time.Hour).Format(typed)}, "ends_at": {time.Now().UTC().Add(9 * time.Hour).Format(typed)},
		"method": {"dhondt"}, "threshold_percent": {"5"}, "threshold_base": {"valid-party-votes"}, "threshold_comparison": {">="},
		"threshold_scope": {"constituency"}, "action": {"save"},
		"constituencies[0].name": {"Nationwide"}, "constituencies[0].seats": {"9"},
		"constituencies[0].participants[0].id": {"1"}, "constituencies[0].participants[0].position": {"1"},
	}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func TestElectionForm_SentTwiceMakesOneElection(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	key := hidden(t, v.get(t, "/admin/elections/new"), "form_key")
	before := s.titles(t)

	places := make([]string, 4)
	var clicks sync.WaitGroup
	for i := range places {
		clicks.Go(func() {
			answer := v.post(t, "/admin/elections/new", typedElection("form_key", key))
			places[i] = answer.Header.Get("Location")
		})
	}
	clicks.Wait()
	for _, place := range places {
		if place == "" || place != places[0] {
			t.Errorf("want every click led to the same election, got %q", places)
		}
	}
	if got := s.titles(t); len(got) != len(before)+1 {
		t.Fatalf("want one election more than %q, got %q", before, got)
	}

	answer := v.post(t, "/admin/elections/new", typedElection("form_key", key, "title", "Another Board"))
	page := text(answer)
	if answer.StatusCode != http.StatusConflict || !strings.Contains(page, `href="`+places[0]+`">Harbour Board</a>`) || !strings.Contains(page, `value="Another Board"`) {
		t.Errorf("want to be told of the first election, with what was typed, got %s: %s", answer.Status, page)
	}
	if got := s.titles(t); len(got) != len(before)+1 {
		t.Errorf("want no election of a form that was used, got %q", got)
	}
	answer = v.post(t, "/admin/elections/new", typedElection("form_key", hidden(t, page, "form_key"), "title", "Another Board"))
	if got := s.titles(t); answer.StatusCode != http.StatusSeeOther || len(got) != len(before)+2 {
		t.Errorf("want a second election once that is meant, got %s, %q", answer.Status, got)
	}
	// A client that brings no key of ours makes an election each time, as it says.
	for range 2 {
		v.post(t, "/admin/elections/new", typedElection("form_key", "x"))
	}
	if got := s.titles(t); len(got) != len(before)+4 {
		t.Errorf("want an election for each form without a key, got %q", got)
	}
}

// publish publishes a draft on its page, as a person does who has read the rules, and returns its address.
func (v *visitor) publish(t *testing.T, address string) string {
	t.Helper()
	page := v.get(t, address+"/publication")
	answer := v.post(t, address+"/publication", url.Values{"version": {hidden(t, page, "version")}, "open_now": {"true"}})
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want %s published, got %s: %s", address, answer.Status, text(answer))
	}
	return address
}

// titles returns the titles of all elections, drafts too.
func (s *site) titles(t *testing.T) []string {
	t.Helper()
	list, err := s.Elections.ElectionsAndDrafts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, e := range list {
		titles = append(titles, e.Title)
	}
	return titles
}

func TestElectionForm_AStaleTabOverwritesNothing(t *testing.T) {
	s := newSite(t)
	e := s.scheduled(t, nil)
	page := "/admin/elections/" + id(e.ID)
	ada, bea := s.signedIn(t, "administrator"), s.signedIn(t, "second administrator")
	version := hidden(t, ada.get(t, page+"/edit"), "version")

	for range 2 { // a double click
		answer := ada.post(t, page+"/edit/name", typedElection("version", version, "title", "Provinces, by Ada"))
		if answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("want the change stored, got %s: %s", answer.Status, text(answer))
		}
	}
	answer := bea.post(t, page+"/edit/name", typedElection("version", version, "title", "Provinces, by Bea", "constituencies[0].seats", "11"))
	told := text(answer)
	if answer.StatusCode != http.StatusConflict {
		t.Errorf("want a form of the old definition refused, got %s", answer.Status)
	}
	for _, want := range []string{"was changed after you opened", ">Provinces, by Ada</span>", ">Provinces, by Bea</span>", `value="Provinces, by Bea"`, `value="11"`} {
		if !strings.Contains(told, want) {
			t.Errorf("want %s on the page, got %s", want, told)
		}
	}
	if strings.Contains(told, "Threshold percent") {
		t.Errorf("want only what differs on the page, got %s", told)
	}
	if now, err := s.Elections.Election(t.Context(), e.ID); err != nil || now.Title != "Provinces, by Ada" || now.Constituencies[0].Seats != 9 {
		t.Errorf("want Ada's change kept, got %+v, %v", now, err)
	}
	answer = bea.post(t, page+"/edit/name", typedElection("version", hidden(t, told, "version"), "title", "Provinces, by both"))
	if now, err := s.Elections.Election(t.Context(), e.ID); err != nil || answer.StatusCode != http.StatusSeeOther || now.Title != "Provinces, by both" {
		t.Errorf("want Bea's change stored once she has seen Ada's, got %s, %+v, %v", answer.Status, now, err)
	}

	list := url.Values{"list": {provinces}, "action": {"save"}, "version": {version}}
	if answer := ada.post(t, page+"/list", list); answer.StatusCode != http.StatusConflict {
		t.Errorf("want a list refused that was shown for another definition, got %s", answer.Status)
	}
	list.Set("version", hidden(t, text(ada.post(t, page+"/list", url.Values{"list": {provinces}})), "version"))
	for range 2 {
		if answer := ada.post(t, page+"/list", list); answer.StatusCode != http.StatusSeeOther {
			t.Errorf("want the list stored, got %s: %s", answer.Status, text(answer))
		}
	}
	if now, err := s.Elections.Election(t.Context(), e.ID); err != nil || len(now.Constituencies) != 2 {
		t.Errorf("want the listed constituencies, got %+v, %v", now, err)
	}
}

func TestElectionVersion_IsOfWhatIsMeant(t *testing.T) {
	s := newSite(t)
	e := s.scheduled(t, nil)
	again := *e
	again.StartsAt, again.EndsAt = e.StartsAt.In(time.FixedZone("", 3600)), e.EndsAt.UTC()
	again.Channels = []elections.Channel{elections.Online, elections.Batches}
	if again.Version() != e.Version() {
		t.Error("want the same version however times and channels are written")
	}
	again.Rules.BlankBallots = !e.Rules.BlankBallots
	if again.Version() == e.Version() {
		t.Error("want another version of other rules")
	}
}
