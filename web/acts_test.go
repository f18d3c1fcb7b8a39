package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/internal/messages"
)

// below fails the test unless an act is below everything that it is about: its button comes after the last of what
// the expression finds.
func below(t *testing.T, page, what, act string) {
	t.Helper()
	found := regexp.MustCompile(what).FindAllStringIndex(page, -1)
	button := strings.Index(page, `data-testid="`+act+`"`)
	if button < 0 || len(found) == 0 {
		t.Fatalf("want the act %s and %s on the page, got %d of the latter and the act at %d:\n%s", act, what, len(found), button, page)
	}
	if last := found[len(found)-1]; button < last[0] {
		t.Errorf("want the act %s below all it is about, got %s after it", act, page[last[0]:last[1]])
	}
}

// closed waits until the close of an election that ended came to its end.
func (s *site) closed(t *testing.T, e *elections.Election) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		final, err := s.Results.Final(t.Context(), e.ID)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want voting closed, got %v", err)
		}
		if !slices.ContainsFunc(final.Obstacles, func(m messages.Message) bool { return strings.Contains(m.String(), "being closed") }) {
			return
		}
	}
}

// TestActs_AreBelowTheFiguresThatTheyConfirm looks at every page where a figure is confirmed, or decided about.
func TestActs_AreBelowTheFiguresThatTheyConfirm(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	const figures = `data-testid="(result-row|result-votes|ballots-cast|outcome|seat-bar|hemicycle|bar-chart|certified|updated)"`

	tied := s.ended(t, elections.Parliamentary, []string{"Alder", "Birch"}, func(d *elections.Draft) { d.Constituencies[0].Seats = 3 })
	b := s.count(t, tied, 0, 8, 8, 2)
	s.closed(t, tied)
	page := "/admin/elections/" + id(tied.ID) + "/certification"
	shown := v.get(t, "/admin/elections/"+id(tied.ID)+"/ties")
	below(t, shown, figures, "record-lot")
	below(t, shown, `Alder, with 8 votes|Birch, with 8 votes`, "record-lot")
	form := url.Values{"constituency_id": {id(tied.Constituencies[0].ID)}}
	for i, candidacy := range tied.Constituencies[0].Candidacies {
		form.Set([]string{"drawn_1", "drawn_2"}[i], id(candidacy.ParticipantID))
	}
	if answer := v.post(t, page+"/lots", form); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the lot recorded, got %s: %s", answer.Status, text(answer))
	}
	shown = v.get(t, page)
	below(t, shown, figures+`|data-testid="lot"`, "confirm-figures")
	if !strings.Contains(shown, `href="#confirmation"`) || !strings.Contains(shown, `id="confirmation"`) {
		t.Error("want a way past the figures to the confirmation")
	}
	below(t, v.get(t, "/batches/"+id(b.ID)), `data-testid="(batch-lines|batch-valid|batch-invalid|invalid-line)"|SHA-256`, "batch-move")

	mayor := s.ended(t, elections.Presidential, []string{"Ana", "Boris", "Vera"}, nil)
	s.count(t, mayor, 0, 8, 7, 6)
	s.certify(t, mayor)
	below(t, v.get(t, "/admin/elections/"+id(mayor.ID)+"/certification"), figures, "create-second-round")

	coming := s.scheduled(t, nil)
	answer := v.post(t, "/admin/elections/"+id(coming.ID)+"/list", url.Values{
		"list": {"constituency,seats,participant\nNorth,5,Only Party\nSouth,4,Only Party\n"}, "action": {"preview"},
	})
	below(t, text(answer), `<summary>(North|South)`, "list-confirm")

	open := s.scheduled(t, func(d *elections.Draft) { d.StartsAt = time.Now().Add(-time.Hour) })
	below(t, v.get(t, "/admin/elections/"+id(open.ID)), `<dt>(Kind|Start|End)</dt>`, "election-extend")

	upload := s.signedIn(t, "official")
	if answer := upload.sendFiles(t, file{"box.csv", ballot(1, 1) + ballot(1, 1)}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the file taken, got %s", answer.Status)
	}
	below(t, upload.look(t), `data-testid="dry-(lines|valid|invalid|duplicates)"|SHA-256`, "upload-confirm")
}
