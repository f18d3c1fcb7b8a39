package web_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
)

// papers is an open election with two constituencies of two polling stations each, and two lists.
type papers struct {
	election *elections.Election
	stations []elections.Station
}

func (s *site) papers(t *testing.T) papers {
	t.Helper()
	d := elections.Draft{
		Title: "Assembly", Kind: elections.Parliamentary, StartsAt: s.Clock.Now().Add(-time.Hour), EndsAt: s.Clock.Now().Add(time.Hour), OpenNow: true,
		Confirmations: 1, Channels: []elections.Channel{elections.Batches},
		Constituencies: []elections.ConstituencyDraft{{Name: "North", Seats: 3}, {Name: "South", Seats: 2}},
	}
	for _, name := range []string{"Party of Trees", "Party of Rivers"} {
		p, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Constituencies {
			d.Constituencies[i].Candidacies = append(d.Constituencies[i].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		}
	}
	for i, numbers := range [][]string{{"1", "2"}, {"11", "12"}} {
		for _, n := range numbers {
			d.Constituencies[i].Stations = append(d.Constituencies[i].Stations, elections.StationDraft{Number: n, Name: "School " + n})
		}
	}
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	p := papers{election: e}
	for _, c := range e.Constituencies {
		p.stations = append(p.stations, all[c.ID]...)
	}
	return p
}

func (p papers) path(station int) string {
	return "/stations/" + id(p.stations[station].ID) + "/protocol"
}

// sums is what a browser sends of a protocol of 1,000 ballots.
func sums(action, invalid, first, second string) url.Values {
	return url.Values{
		"action": {action}, "fields.found_in_box": {"1000"}, "fields.invalid": {invalid}, "votes.1": {first}, "votes.2": {second},
	}
}

func TestProtocol_TypedTwiceAndSettledOnThePages(t *testing.T) {
	s := newSite(t)
	p := s.papers(t)
	first, second, other := s.signedIn(t, "official"), s.signedIn(t, "other official"), s.signedIn(t, "administrator")

	// A number of yours opens the station; what was typed is there again.
	if at := first.send(t, http.MethodGet, "/protocols/"+id(p.election.ID)+"?number=+1+", ""); at.Header.Get("Location") != p.path(0) {
		t.Fatalf("want the station opened, got %s %q", at.Status, at.Header.Get("Location"))
	}
	if page := text(first.post(t, p.path(0), sums("save", "10", "590", "4"))); page != "" {
		t.Errorf("want to be sent to the page, got %s", page)
	}
	if page := first.get(t, p.path(0)); !strings.Contains(page, `value="590"`) || strings.Contains(second.get(t, p.path(0)), "590") {
		t.Error("want what was typed shown again, and to its typist alone")
	}
	// An error is named beside its field, and nothing is entered.
	wrong := first.post(t, p.path(0), sums("enter", "10", "590", "4"))
	if page := text(wrong); wrong.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `data-testid="field-error-fields.found_in_box"`) || !strings.Contains(page, "E6") {
		t.Errorf("want the sum refused beside its field, got %s", wrong.Status)
	}
	entered := first.post(t, p.path(0), sums("enter", "10", "590", "400"))
	if entered.Header.Get("Location") != p.path(0)+"?done=1" {
		t.Fatalf("want the first entry made, got %s: %s", entered.Status, text(entered))
	}
	if page := first.get(t, p.path(0)+"?done=1"); strings.Contains(page, `data-testid="protocol-form"`) || !strings.Contains(page, "590") {
		t.Error("want the same person to see the entry and no form")
	}
	// The second person types a wrong digit; before counts may be shown only the names are told.
	if answer := second.post(t, p.path(0), sums("enter", "10", "580", "410")); answer.Header.Get("Location") != p.path(0)+"?done=2-different" {
		t.Fatalf("want it different, got %s: %s", answer.Status, text(answer))
	}
	for who, v := range map[string]*visitor{"administrator": other, "a typist": second} {
		page := v.get(t, p.path(0))
		if !strings.Contains(page, "Party of Trees") || strings.Contains(page, "590") || strings.Contains(page, `data-testid="settle-form"`) {
			t.Errorf("%s: want the names of what differs and no number", who)
		}
	}
	s.Clock.Move(2 * time.Hour)
	s.sessionClock.Reset()
	chosen := url.Values{"choice.votes.1": {"first"}, "choice.votes.2": {"third"}, "value.votes.2": {"401"}}
	if answer := other.post(t, p.path(0)+"/settlement", chosen); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(answer), "E6") {
		t.Errorf("want a settlement refused that does not add up, got %s", answer.Status)
	}
	chosen.Set("choice.votes.2", "first")
	if answer := other.post(t, p.path(0)+"/settlement", chosen); answer.Header.Get("Location") != p.path(0)+"?done=settled-definitive" {
		t.Fatalf("want it settled, got %s: %s", answer.Status, text(answer))
	}
	if page := other.get(t, p.path(0)); !strings.Contains(page, "590") || !strings.Contains(page, "400") {
		t.Error("want the settled protocol shown")
	}
}

func TestProtocol_WarningsAreSeenBeforeTheEntry(t *testing.T) {
	s := newSite(t)
	p := s.papers(t)
	v := s.signedIn(t, "official")
	many := sums("enter", "100", "500", "400")
	answer := v.post(t, p.path(0), many)
	page := text(answer)
	if answer.StatusCode != http.StatusOK || !strings.Contains(page, `data-testid="warning-W4"`) || !strings.Contains(page, `name="seen" value="W4"`) {
		t.Fatalf("want the warning with room for an explanation, got %s", answer.Status)
	}
	many.Set("explanation.w4", "Counted twice, the paper says so")
	if answer := v.post(t, p.path(0), many); answer.Header.Get("Location") != p.path(0)+"?done=1" {
		t.Errorf("want it entered with its explanation, got %s", answer.Status)
	}
	many.Del("explanation.w4")
	many.Set("seen", "W4")
	if answer := s.signedIn(t, "other official").post(t, p.path(0), many); answer.Header.Get("Location") != p.path(0)+"?done=2-definitive" {
		t.Errorf("want it entered once the warning was seen, got %s", answer.Status)
	}
}

func TestProtocol_ADraftIsSavedFieldByField(t *testing.T) {
	s := newSite(t)
	p := s.papers(t)
	v := s.signedIn(t, "official")
	for _, field := range []url.Values{{"votes.1": {"7"}}, {"votes.2": {"8"}}, {"fields.invalid": {"x"}}} {
		answer := v.post(t, p.path(0)+"/draft", field)
		if body := text(answer); answer.StatusCode != http.StatusOK || !strings.Contains(body, `"saved":"`) {
			t.Errorf("want the field saved, got %s: %s", answer.Status, body)
		}
	}
	page := v.get(t, p.path(0))
	for _, want := range []string{`value="7"`, `value="8"`, `value="x"`} {
		if !strings.Contains(page, want) {
			t.Errorf("want %s on the page", want)
		}
	}
	// The script sees that it was redirected, and that nothing was saved.
	if answer := s.visitor(t).post(t, p.path(0)+"/draft", url.Values{"votes.1": {"9"}}); answer.Header.Get("Location") != "/login" {
		t.Errorf("want a person who is signed out sent to sign in, got %s", answer.Status)
	}
}

func TestProtocols_OfficialsSeeTheirPlaces(t *testing.T) {
	s := newSite(t)
	p := s.papers(t)
	_, err := s.Auth.ChangePlaces(t.Context(), audit.System(), s.users["official"].ID, []auth.Place{{ConstituencyID: p.election.Constituencies[0].ID}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := s.signedIn(t, "official")
	list := "/protocols/" + id(p.election.ID)
	if page := v.get(t, list); strings.Count(page, `data-testid="protocol-row"`) != 2 || strings.Contains(page, "School 11") {
		t.Error("want the stations of the place alone")
	}
	for _, act := range []*http.Response{
		v.send(t, http.MethodGet, p.path(2), ""), v.post(t, p.path(2), sums("enter", "10", "590", "400")), v.post(t, p.path(2)+"/draft", sums("", "1", "2", "3")),
	} {
		if act.StatusCode != http.StatusForbidden {
			t.Errorf("want another place refused, got %s", act.Status)
		}
	}
	// A coordinator sees the stations of the constituency, and still types none of them.
	admin := s.signedIn(t, "administrator")
	named := url.Values{"email": {s.users["official"].Email}, "constituency_id": {id(p.election.Constituencies[1].ID)}}
	if answer := admin.post(t, "/admin/elections/"+id(p.election.ID)+"/coordinators", named); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the coordinator named, got %s: %s", answer.Status, text(answer))
	}
	if page := v.get(t, list); strings.Count(page, `data-testid="protocol-row"`) != 4 {
		t.Error("want the stations that the account coordinates")
	}
	if page := v.get(t, p.path(2)); strings.Contains(page, `data-testid="protocol-form"`) {
		t.Error("want no form for a station of another place")
	}
}

func TestProtocols_SearchedAndFiltered(t *testing.T) {
	s := newSite(t)
	p := s.papers(t)
	v := s.signedIn(t, "administrator")
	if answer := v.post(t, p.path(1), sums("enter", "10", "590", "400")); answer.StatusCode != http.StatusSeeOther {
		t.Fatal(answer.Status)
	}
	for query, want := range map[string]int{
		"": 4, "?search=School+1": 3, "?search=School+12": 1, "?search=%25": 0, "?waits=awaited": 3, "?waits=first-entry": 1, "?waits=no-scan": 1, "?waits=nonsense": 4,
		"?constituency=" + id(p.election.Constituencies[1].ID): 2, "?from=3": 1, "?number=99": 4,
	} {
		if got := strings.Count(v.get(t, "/protocols/"+id(p.election.ID)+query), `data-testid="protocol-row"`); got != want {
			t.Errorf("%q: want %d stations, got %d", query, want, got)
		}
	}
}

// scanOf returns a form with a file.
func scanOf(t *testing.T, content []byte) (body, contentType string) {
	t.Helper()
	var sent bytes.Buffer
	form := multipart.NewWriter(&sent)
	file, err := form.CreateFormFile("file", `paper".png`)
	if err == nil {
		_, err = file.Write(content)
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	return sent.String(), form.FormDataContentType()
}

func TestProtocol_AScanIsADownloadAndShowsNothingEarly(t *testing.T) {
	s := newSite(t)
	p := s.papers(t)
	v, admin := s.signedIn(t, "official"), s.signedIn(t, "administrator")
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	body, contentType := scanOf(t, []byte("<html><script>alert(1)</script>"))
	if answer := v.send(t, http.MethodPost, p.path(0)+"/scans", body, "Content-Type", contentType); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a page refused, got %s", answer.Status)
	}
	body, contentType = scanOf(t, picture.Bytes())
	if answer := v.send(t, http.MethodPost, p.path(0)+"/scans", body, "Content-Type", contentType); answer.Header.Get("Location") != p.path(0)+"?done=scan" {
		t.Fatalf("want it attached, got %s: %s", answer.Status, text(answer))
	}
	download := func(who *visitor) *http.Response { return who.send(t, http.MethodGet, p.path(0)+"/scans/1", "") }
	got := download(v)
	if text(got) != picture.String() || got.Header.Get("Content-Type") != "image/png" || got.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(got.Header.Get("Content-Disposition"), `attachment; filename="station-`) || !strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("want the bytes as a download, got %s %v", got.Status, got.Header)
	}
	if early := download(admin); early.StatusCode != http.StatusForbidden {
		t.Errorf("want no other person shown a scan before counts may be shown, got %s", early.Status)
	}
	s.Clock.Move(2 * time.Hour)
	s.sessionClock.Reset()
	if later := download(admin); later.StatusCode != http.StatusOK {
		t.Errorf("want it shown after the end, got %s", later.Status)
	}
}

func TestProtocols_AListIsPreviewedAndEntered(t *testing.T) {
	s := newSite(t)
	p := s.papers(t)
	first, second := s.signedIn(t, "official"), s.signedIn(t, "other official")
	path := "/protocols/" + id(p.election.ID) + "/list"
	const list = "station;found_in_box;invalid;votes.1;votes.2;W4\n1;1000;10;590;400;\n12;1000;200;400;400;Rain in the box\n"
	send := func(v *visitor, action, list string) (*http.Response, string) {
		answer := v.post(t, path, url.Values{"action": {action}, "list": {list}})
		return answer, text(answer)
	}
	for wrong, want := range map[string]string{
		strings.Replace(list, "400;", "401;", 1):     "station 1: ",
		strings.Replace(list, "\n12;", "\n13;", 1):   "13",
		strings.Replace(list, "\n12;", "\n1;", 1):    "line 2",
		strings.Replace(list, "invalid", "inval", 1): "inval",
		"station\n": "no protocol",
	} {
		if answer, page := send(first, "preview", wrong); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, want) {
			t.Errorf("want it refused with %q, got %s", want, answer.Status)
		}
	}
	if answer, page := send(first, "preview", list); answer.StatusCode != http.StatusOK || !strings.Contains(page, "2 first and 0 second") || !strings.Contains(page, `data-testid="list-confirm"`) {
		t.Errorf("want a preview, got %s", answer.Status)
	}
	if page := first.get(t, p.path(0)); !strings.Contains(page, `data-testid="protocol-form"`) {
		t.Error("want a preview to enter nothing")
	}
	for _, v := range []*visitor{first, second} {
		if answer, page := send(v, "save", list); answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("want it entered, got %s: %s", answer.Status, page)
		}
	}
	if answer, page := send(second, "save", list); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "station 12") {
		t.Errorf("want a list of entered protocols refused, got %s", answer.Status)
	}
	page := first.get(t, "/protocols/"+id(p.election.ID)+"?waits=definitive")
	if strings.Count(page, `data-testid="protocol-row"`) != 2 {
		t.Error("want both protocols definitive after the same list of two people")
	}
}
