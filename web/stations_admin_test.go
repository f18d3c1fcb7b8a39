package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
)

// fields returns a form of pairs of names and values.
func fields(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

// provincesWithStations is a scheduled election with stations in North.
func (s *site) provincesWithStations(t *testing.T, change func(*elections.Draft)) *elections.Election {
	t.Helper()
	return s.scheduled(t, func(d *elections.Draft) {
		first := d.Constituencies[0].Candidacies
		d.Constituencies = []elections.ConstituencyDraft{
			{Name: "North", Seats: 3, RegisteredVoters: 2000, Candidacies: first, Stations: []elections.StationDraft{{Number: "1", Name: "School"}, {Number: "2"}}},
			{Name: "South", Seats: 2, RegisteredVoters: 900, Candidacies: first},
		}
		if change != nil {
			change(d)
		}
	})
}

func TestStations_FromAListByPreviewAndConfirmation(t *testing.T) {
	s := newSite(t)
	e := s.provincesWithStations(t, nil)
	v := s.signedIn(t, "administrator")
	page := "/admin/elections/" + id(e.ID) + "/stations"
	list := "constituency,number,name,place,registered_voters,kind\nNorth,2,Hall,Square 1,1500,\nNorth,3,Ship,,400,mobile\nSouth,1,,,900,\n"
	preview := text(v.post(t, page+"/list", fields("list", list, "action", "preview")))
	wants(t, preview, "3 polling stations in 2 constituencies", "1 new, 1 changed, 1 removed", messages.Integer(1900).String(), messages.Integer(2000).String(), "The sum differs from the constituency’s own number")
	if strings.Count(preview, `data-testid="plan-differs"`) != 1 {
		t.Error("want a warning for North alone")
	}
	unknown := s.provincesWithStations(t, func(d *elections.Draft) { d.Title, d.Constituencies[1].RegisteredVoters = "Unknown", 0 })
	if shown := text(v.post(t, "/admin/elections/"+id(unknown.ID)+"/stations/list", fields("list", list, "action", "preview"))); strings.Count(shown, `data-testid="plan-differs"`) != 1 {
		t.Error("want no warning where the constituency has no number of its own")
	}
	stations, err := s.Elections.Stations(t.Context(), e.ID)
	if err != nil || len(stations[e.Constituencies[1].ID]) != 0 {
		t.Fatalf("want nothing changed by a preview, got %v, %v", stations, err)
	}
	_, after, _ := strings.Cut(preview, `name="version" value="`)
	version, _, _ := strings.Cut(after, `"`)
	if answer := v.post(t, page+"/list", fields("list", list, "action", "save", "version", strings.Repeat("0", 64))); answer.StatusCode != http.StatusConflict {
		t.Errorf("want a list beside other stations refused, got %s", answer.Status)
	}
	if answer := v.post(t, page+"/list", fields("list", list, "action", "save", "version", version)); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the list stored, got %s: %s", answer.Status, text(answer))
	}
	wants(t, text(v.send(t, http.MethodGet, page+"?done=listed", "")), "1 to 3 of 3", "Square 1", "mobile", "The polling stations are now those of the list.")
	wrong := v.post(t, page+"/list", fields("list", "constituency,number\nWest,1\n", "action", "save"))
	if said := text(wrong); wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(said, "Line 2: This election has no constituency") {
		t.Errorf("want the line named, got %s: %s", wrong.Status, said)
	}
}

func TestStations_SearchedSortedAndPagedByAddress(t *testing.T) {
	s := newSite(t)
	e := s.provincesWithStations(t, func(d *elections.Draft) {
		for n := range 140 {
			d.Constituencies[1].Stations = append(d.Constituencies[1].Stations, elections.StationDraft{Number: id(int64(n + 10)), Place: "Dock"})
		}
	})
	v := s.signedIn(t, "administrator")
	page := "/admin/elections/" + id(e.ID) + "/stations"
	wants(t, text(v.send(t, http.MethodGet, page, "")), "1 to 100 of 142", "from=100", "School")
	wants(t, text(v.send(t, http.MethodGet, page+"?from=100", "")), "101 to 142 of 142", `rel="prev"`)
	wants(t, text(v.send(t, http.MethodGet, page+"?q=SCHOOL&sort=number", "")), "1 to 1 of 1", `aria-sort="ascending"`, "order=desc")
	wants(t, text(v.send(t, http.MethodGet, page+"?constituency="+id(e.Constituencies[0].ID), "")), "1 to 2 of 2")
	wants(t, text(v.send(t, http.MethodGet, page+"?q=nowhere", "")), "No polling station has all these words")
	if answer := v.send(t, http.MethodGet, page+"?sort=color", ""); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want an unknown order refused, got %s", answer.Status)
	}
}

func TestStations_OneIsAddedChangedAndRemoved(t *testing.T) {
	s := newSite(t)
	e := s.provincesWithStations(t, nil)
	other := s.scheduled(t, func(d *elections.Draft) { d.Title = "Other" })
	v := s.signedIn(t, "administrator")
	page := "/admin/elections/" + id(e.ID) + "/stations"
	answer := v.post(t, page, fields("constituency_id", id(e.Constituencies[1].ID), "number", "7", "registered_voters", "1 250", "kind", "abroad"))
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it added, got %s: %s", answer.Status, text(answer))
	}
	stations, err := s.Elections.Stations(t.Context(), e.ID)
	if err != nil || len(stations[e.Constituencies[1].ID]) != 1 {
		t.Fatalf("want it in South, got %v, %v", stations, err)
	}
	added := stations[e.Constituencies[1].ID][0]
	own := page + "/" + id(added.ID)
	wants(t, text(v.send(t, http.MethodGet, own, "")), "South, polling station 7", `value="1250"`, "Remove the station")
	if answer := v.send(t, http.MethodGet, "/admin/elections/"+id(other.ID)+"/stations/"+id(added.ID), ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want it under its own election only, got %s", answer.Status)
	}
	if answer := v.post(t, own, fields("number", "7", "name", "Embassy", "kind", "abroad", "version", "x")); answer.StatusCode != http.StatusConflict {
		t.Errorf("want a form of another state refused, got %s", answer.Status)
	}
	if answer := v.post(t, own, fields("number", "", "name", "Embassy", "kind", "tent", "registered_voters", "x")); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want mistakes named, got %s", answer.Status)
	}
	if answer := v.post(t, own, fields("number", "7", "name", "Embassy", "kind", "abroad", "version", added.Version())); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want it changed, got %s: %s", answer.Status, text(answer))
	}
	if answer := v.post(t, own+"/removal", nil); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want it removed, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodGet, own, ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want it gone, got %s", answer.Status)
	}
}

func TestAmendments_ArePublicWithReasonAndName(t *testing.T) {
	s := newSite(t)
	e := s.provincesWithStations(t, func(d *elections.Draft) { d.StartsAt = time.Now().Add(-time.Hour) })
	v, anybody := s.signedIn(t, "administrator"), s.visitor(t)
	public := "/elections/" + id(e.ID)
	if shown := text(anybody.send(t, http.MethodGet, public, "")); strings.Contains(shown, "election-amendments") {
		t.Error("want no link before there is an amendment")
	}
	wants(t, text(anybody.send(t, http.MethodGet, public+"/amendments", "")), "Nothing was corrected")
	registered, field := "/admin/elections/"+id(e.ID)+"/registered", "registered-"+id(e.Constituencies[1].ID)
	if answer := v.post(t, registered, fields(field, "950")); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(answer), "Say why") {
		t.Errorf("want a reason asked for, got %s", answer.Status)
	}
	if answer := v.post(t, registered, fields(field, "950", "reason", "a page of the roll was missing")); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it corrected, got %s: %s", answer.Status, text(answer))
	}
	stations, err := s.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	first := stations[e.Constituencies[0].ID][0]
	own := "/admin/elections/" + id(e.ID) + "/stations/" + id(first.ID)
	answer := v.post(t, own, fields("number", "1", "name", "Old school", "registered_voters", "900", "kind", "ordinary", "reason", "two schools", "version", first.Version()))
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it corrected, got %s: %s", answer.Status, text(answer))
	}
	for _, page := range []string{public + "/amendments", own} {
		wants(t, text(v.send(t, http.MethodGet, page, "")), "North, station 1: name", "School", "Old school", "two schools", "Test administrator")
	}
	shown := text(anybody.send(t, http.MethodGet, public+"/amendments", ""))
	wants(t, shown, "South: registered voters", "900", "950", "a page of the roll was missing", "unknown")
	if strings.Contains(shown, "@example.org") {
		t.Error("want no e-mail address in public")
	}
	wants(t, text(anybody.send(t, http.MethodGet, public, "")), "election-amendments")
	wants(t, text(v.send(t, http.MethodGet, "/admin/audit.jsonl", "")), "registered-voters-corrected", "stations-amended", "two schools")
}

// TestStations_ClosedAnnulledAndOpenedAgain: a closure needs no second administrator, an annulment two, and it retracts the batches.
func TestStations_ClosedAnnulledAndOpenedAgain(t *testing.T) {
	s := newSite(t)
	e := s.provincesWithStations(t, func(d *elections.Draft) {
		d.StartsAt, d.Constituencies[0].Stations[0].Number = time.Now().Add(-time.Hour), "410"
	})
	stations, err := s.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	first, second := stations[e.Constituencies[0].ID][0], stations[e.Constituencies[0].ID][1]
	b := s.countedAt(t, e, first.ID, ballot(1, 1)+ballot(2, 1))
	v := s.signedIn(t, "administrator")
	page, path := "/admin/elections/"+id(e.ID)+"/stations/", "/api/v1/elections/"+id(e.ID)+"/stations/"
	list := strings.TrimSuffix(page, "/")
	wants(t, text(v.send(t, http.MethodGet, list, "")), `<span class="mark counted">counted</span>`, `<span class="mark scheduled">not arrived</span>`)
	wants(t, text(v.send(t, http.MethodGet, page+id(first.ID), "")), `<span class="mark counted">counted</span>`, "/stations/"+id(first.ID)+"/protocol")

	if answer := v.post(t, page+id(first.ID)+"/closure", fields("reason", "flood")); answer.StatusCode != http.StatusConflict {
		t.Errorf("want a station with ballots not closed, got %s", answer.Status)
	}
	if answer := v.post(t, page+id(second.ID)+"/closure", fields("reason", "")); answer.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(text(answer), "field-closed-reason") {
		t.Errorf("want the reason asked for in its form, got %s", answer.Status)
	}
	if answer := v.post(t, page+id(second.ID)+"/closure", fields("reason", "flood")); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it closed, got %s: %s", answer.Status, text(answer))
	}
	wants(t, text(v.send(t, http.MethodGet, page+id(second.ID)+"?done=closed", "")), "The polling station is closed.", "This station is closed: flood", "station-reopened")
	wants(t, v.get(t, "/admin/audit?action=station-closed"), `href="`+page+id(second.ID)+`"`, "Polling station "+second.Number)

	answer := v.send(t, http.MethodPost, path+id(first.ID)+"/annulment", `{"reason":"two urns"}`, "Content-Type", "application/json")
	if answer.StatusCode != http.StatusAccepted {
		t.Fatalf("want it to wait for a second administrator, got %s: %s", answer.Status, text(answer))
	}
	wants(t, text(answer), `"act":"station-annulled"`)
	other := s.signedIn(t, "second administrator")
	wants(t, text(other.send(t, http.MethodGet, "/admin/approvals/1", "")), "Annul a polling station", "two urns", "North, polling station 410")
	wants(t, text(other.send(t, http.MethodGet, "/admin/approvals", "")), "North, polling station 410")
	if answer := other.send(t, http.MethodPost, "/api/v1/approvals/1", `{"approve":true}`, "Content-Type", "application/json"); answer.StatusCode != http.StatusOK {
		t.Fatalf("want it approved, got %s: %s", answer.Status, text(answer))
	}
	s.awaitState(t, b.ID, batch.Retracted)
	shown := text(v.send(t, http.MethodGet, path+id(first.ID), ""))
	wants(t, shown, `"state":"annulled","reason":"two urns"`, `"field":"exclusion","from":"","to":"annulled"`, `"by":"Test administrator"`, `"approved_by":"Test second administrator"`)
	wants(t, text(s.visitor(t).send(t, http.MethodGet, "/elections/"+id(e.ID)+"/amendments", "")), "annulled", "approved by Test second administrator")
	if answer := v.send(t, http.MethodPost, "/api/v1/batches/"+id(b.ID)+"/restoration", `{"reason":"back"}`, "Content-Type", "application/json"); answer.StatusCode != http.StatusConflict {
		t.Errorf("want no batch of an annulled station restored, got %s: %s", answer.Status, text(answer))
	}
	answer = v.post(t, page+id(first.ID)+"/reopening", fields("reason", "by order of the court"))
	s.approved(t, answer)
	if answer := v.send(t, http.MethodPost, "/api/v1/batches/"+id(b.ID)+"/restoration", `{"reason":"back"}`, "Content-Type", "application/json"); answer.StatusCode != http.StatusAccepted {
		t.Errorf("want the batch restored once the station is open again, got %s: %s", answer.Status, text(answer))
	}
	s.awaitState(t, b.ID, batch.Counted)
}

// countedAt counts a file of a polling station.
func (s *site) countedAt(t *testing.T, e *elections.Election, station int64, file string) batch.Batch {
	t.Helper()
	u, err := s.Auth.User(t.Context(), s.users["official"].ID)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Batches.Receive(t.Context(), batch.Delivery{Actor: u.Actor("test"), ElectionID: e.ID, StationID: station, FileName: "station.csv"}, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	s.awaitState(t, b.ID, batch.Counted)
	return b
}

// awaitState waits until a batch is in a state.
func (s *site) awaitState(t *testing.T, id int64, state batch.State) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if b, err := s.Batches.Batch(t.Context(), id); err != nil || time.Now().After(deadline) {
			t.Fatalf("want batch %d %s, got %+v, %v", id, state, b, err)
		} else if b.State == state {
			return
		}
	}
}
