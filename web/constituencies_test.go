package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
)

// scheduled makes an election that opens in an hour.
func (s *site) scheduled(t *testing.T, change func(*elections.Draft)) *elections.Election {
	t.Helper()
	p, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Old Party", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	d := elections.Draft{
		Title: "Provinces", Kind: elections.Parliamentary, StartsAt: time.Now().Add(time.Hour), EndsAt: time.Now().Add(2 * time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{Candidacies: []elections.CandidacyDraft{{ParticipantID: p.ID}}}},
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

const provinces = "constituency,seats,registered_voters,participant,exempt\nNorth,7,52000,Old Party,\nNorth,,,New Party,yes\nSouth,5,41000,New Party,\n"

func TestConstituencies_FromAListByPreviewAndConfirmation(t *testing.T) {
	s := newSite(t)
	e := s.scheduled(t, nil)
	v := s.signedIn(t, "administrator")
	page := "/admin/elections/" + id(e.ID)
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	file, err := parts.CreateFormFile("file", "provinces.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(provinces)); err != nil {
		t.Fatal(err)
	}
	_ = parts.Close()
	answer := v.send(t, http.MethodPost, page+"/list", form.String(), "Content-Type", parts.FormDataContentType())
	preview := text(answer)
	for _, want := range []string{"2 constituencies, 12 seats, 3 candidacies", "New Party", "exempt from the threshold", "list-confirm"} {
		if !strings.Contains(preview, want) {
			t.Errorf("want %q in the preview, got %s", want, preview)
		}
	}
	if now, err := s.Elections.Election(t.Context(), e.ID); err != nil || len(now.Constituencies) != 1 {
		t.Fatalf("want nothing changed by a preview, got %v, %v", now, err)
	}
	confirmed := url.Values{"list": {strings.ReplaceAll(provinces, "\n", "\r\n")}, "action": {"save"}}
	answer = v.send(t, http.MethodPost, page+"/list", confirmed.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the list stored, got %s: %s", answer.Status, text(answer))
	}
	now, err := s.Elections.Election(t.Context(), e.ID)
	if err != nil || len(now.Constituencies) != 2 || now.Constituencies[0].Candidacies[1].Name != "New Party" || !now.Constituencies[0].Candidacies[1].Exempt {
		t.Errorf("want the listed provinces, got %+v, %v", now, err)
	}
}

func TestConstituencies_AListThatIsWrongNamesItsLines(t *testing.T) {
	s := newSite(t)
	e := s.scheduled(t, nil)
	v := s.signedIn(t, "administrator")
	form := url.Values{"list": {"constituency,seats,participant\nNorth,many,Old Party\n"}, "action": {"save"}}
	answer := v.send(t, http.MethodPost, "/admin/elections/"+id(e.ID)+"/list", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "Line 2: seats must be") || !strings.Contains(page, "North,many") {
		t.Errorf("want line 2 named and the list kept, got %s: %s", answer.Status, page)
	}
	form.Set("list", "sep=;\r\nconstituency;seats;participant\r\nNor\u00adth;3;Old Party\r\n")
	answer = v.send(t, http.MethodPost, "/admin/elections/"+id(e.ID)+"/list", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || strings.Contains(page, "There is no column") ||
		!strings.Contains(page, "Line 3: The line has the invisible character U+00AD (soft hyphen) within the constituency’s name, at column 4.") {
		t.Errorf("want the separator read and the soft hyphen named, got %s: %s", answer.Status, page)
	}
	form.Set("list", "constituency,seats,participant\nNorth,3,Fresh Party\nSouth,3,Fresh Party\nSouth,,FRESH party\n")
	answer = v.send(t, http.MethodPost, "/admin/elections/"+id(e.ID)+"/list", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "South, number 2: Participant") ||
		!strings.Contains(page, "(Fresh Party) is on this list already.") || !strings.Contains(page, "FRESH party") {
		t.Errorf("want the place of the second candidacy named, got %s: %s", answer.Status, page)
	}
}

func TestDeclaredVotesCast_EnteredOnThePage(t *testing.T) {
	s := newSite(t)
	e := s.scheduled(t, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
	})
	v := s.signedIn(t, "administrator")
	page, field := "/admin/elections/"+id(e.ID)+"/declared", "declared-"+id(e.Constituencies[0].ID)
	enter := func(value string) *http.Response {
		return v.send(t, http.MethodPost, page, url.Values{field: {value}}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	if answer := enter("many"); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(answer), "whole number") {
		t.Errorf("want a whole number asked for, got %s", answer.Status)
	}
	if answer := enter("1 234"); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the number entered, got %s: %s", answer.Status, text(answer))
	}
	if shown := text(v.send(t, http.MethodGet, page, "")); !strings.Contains(shown, `value="1234"`) {
		t.Errorf("want 1234 shown, got %s", shown)
	}
	if log := text(v.send(t, http.MethodGet, "/admin/audit.jsonl", "")); !strings.Contains(log, "votes-cast-declared") {
		t.Error("want the declaration on the record")
	}
}

func TestSeats_EachIsExplainedOnceTheRulesAllow(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	page := "/elections/" + id(s.election.ID) + "/seats"
	shown := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if shown = text(v.send(t, http.MethodGet, page, "")); strings.Contains(shown, "quotients") {
			break
		}
	}
	for _, want := range []string{"Only Party", "1 ÷ 250", "Seat by seat", "by the method of D"} {
		if !strings.Contains(shown, want) {
			t.Errorf("want %q on the page, got %s", want, shown)
		}
	}
	if answer := v.send(t, http.MethodGet, page+"?constituency=99", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("want no such constituency, got %s", answer.Status)
	}
	several := s.scheduled(t, func(d *elections.Draft) {
		d.StartsAt, d.EndsAt = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		d.Constituencies = append(d.Constituencies, d.Constituencies[0])
		d.Constituencies[0].Name, d.Constituencies[1].Name = "North", "South"
	})
	answer := v.send(t, http.MethodGet, "/elections/"+id(several.ID)+"/seats", "")
	if answer.StatusCode != http.StatusNotFound || !strings.Contains(text(answer), "several constituencies") {
		t.Errorf("want a constituency asked for, got %s", answer.Status)
	}
	open := s.scheduled(t, func(d *elections.Draft) { d.StartsAt = time.Now().Add(-time.Hour) })
	if answer := v.send(t, http.MethodGet, "/elections/"+id(open.ID)+"/seats", ""); answer.StatusCode != http.StatusForbidden {
		t.Errorf("want the seats of an open election under embargo, got %s", answer.Status)
	}
}
