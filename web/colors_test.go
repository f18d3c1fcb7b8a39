package web_test

import (
	"maps"
	"net/http"
	"regexp"
	"testing"
	"time"

	"urna/elections/participants"
	"urna/internal/audit"
)

// colorsOn returns the colour beside each name on a page, and complains where a name has two.
func colorsOn(t *testing.T, page string) map[string]string {
	t.Helper()
	colors := map[string]string{}
	for _, found := range regexp.MustCompile(`fill="([^"]*)"></rect></svg>\s*<span[^>]*>\s*(Colour \d)`).FindAllStringSubmatch(page, -1) {
		if known := colors[found[2]]; known != "" && known != found[1] {
			t.Errorf("%s: want one colour on the page, got %s and %s", found[2], known, found[1])
		}
		colors[found[2]] = found[1]
	}
	return colors
}

// TestColors_TheFormShowsWhatThePublicPagesDraw has lists stand in another order than they were registered in, and in
// another one in each constituency.
func TestColors_TheFormShowsWhatThePublicPagesDraw(t *testing.T) {
	s := newSite(t)
	ids := make([]string, 3)
	for i, draft := range []participants.Draft{{Name: "Colour 1"}, {Name: "Colour 2", Color: "#123456"}, {Name: "Colour 3"}} {
		draft.Kind = participants.Party
		p, err := s.Participants.Create(t.Context(), audit.System(), draft)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id(p.ID)
	}
	v := s.signedIn(t, "administrator")
	change := []string{
		"form_key", hidden(t, v.get(t, "/admin/elections/new"), "form_key"),
		"constituencies[0].name", "North", "constituencies[0].participants[0].id", ids[2],
		"constituencies[0].participants[1].id", ids[0], "constituencies[0].participants[1].position", "2",
		"constituencies[1].name", "South", "constituencies[1].seats", "3",
		"constituencies[1].participants[0].id", ids[0], "constituencies[1].participants[0].position", "1",
		"constituencies[1].participants[1].id", ids[1], "constituencies[1].participants[1].position", "2",
		"constituencies[1].participants[2].id", ids[2], "constituencies[1].participants[2].position", "3",
	}
	draft := v.post(t, "/admin/elections/new", typedElection(append(change, "step", "candidacies", "title", "")...))
	want := colorsOn(t, text(draft))
	if draft.StatusCode != http.StatusUnprocessableEntity || len(want) != 3 || want["Colour 2"] != "#123456" || want["Colour 1"] == want["Colour 3"] {
		t.Fatalf("want the form again with three colours, got %s with %v", draft.Status, want)
	}
	wantOn := func(what, address string) {
		t.Helper()
		if got := colorsOn(t, text(v.send(t, http.MethodGet, address, ""))); !maps.Equal(got, want) {
			t.Errorf("want %v as on the form, got %v on %s", want, got, what)
		}
	}
	scheduled := v.publish(t, v.post(t, "/admin/elections/new", typedElection(change...)).Header.Get("Location"))
	began := time.Now().UTC().Add(-time.Hour).Format("2006-01-02T15:04")
	change[1] = hidden(t, v.get(t, "/admin/elections/new"), "form_key")
	open := v.publish(t, v.post(t, "/admin/elections/new", typedElection(append(change, "starts_at", began, "public_view", "running-count")...)).Header.Get("Location"))
	for _, at := range []string{scheduled, open} {
		found := regexp.MustCompile(`^/admin(/elections/\d+)`).FindStringSubmatch(at)
		if found == nil {
			t.Fatalf("want an election, got %q", at)
		}
		wantOn("its public page", found[1])
		wantOn("its administrator's page", found[0]+"/candidacies")
		if at == scheduled {
			wantOn("its form", found[0]+"/edit/candidacies")
		}
	}
	if got := colorsOn(t, v.get(t, "/admin/participants")); !maps.Equal(got, map[string]string{"Colour 1": "none", "Colour 2": "#123456", "Colour 3": "none"}) {
		t.Errorf("want colours of their own alone among the participants, got %v", got)
	}
}
