package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/ballots/batch"
	"urna/web/api"
)

// numbered is what a browser sends of a protocol of 9,000 ballots. Its numbers are found in no time, address or port.
func numbered(first, second string) url.Values {
	return url.Values{
		"action": {"enter"}, "fields.found_in_box": {"9000"}, "fields.invalid": {"17"}, "votes.1": {first}, "votes.2": {second},
	}
}

// ballotsOf returns a file with so many ballots for each list.
func ballotsOf(box int, votes ...int) string {
	var file strings.Builder
	line := 0
	for i, n := range votes {
		for range n {
			line++
			fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,%d\n", box, line, i+1)
		}
	}
	return file.String()
}

// certifiedMixed certifies an election whose stations sent a protocol of 5,417 and 3,566 votes, two others, and 1,409 and
// 1,205 ballots.
func (s *site) certifiedMixed(t *testing.T) (papers, batch.Batch) {
	t.Helper()
	p := s.papers(t)
	for i, form := range []url.Values{numbered("5417", "3566"), sums("enter", "10", "590", "400"), sums("enter", "10", "590", "400")} {
		for _, who := range []string{"official", "other official"} {
			if answer := s.signedIn(t, who).post(t, p.path(i), form); answer.StatusCode != http.StatusSeeOther {
				t.Fatalf("want it entered, got %s: %s", answer.Status, text(answer))
			}
		}
	}
	b := s.countedAt(t, p.election, p.stations[3].ID, ballotsOf(1, 1409, 1205))
	s.Clock.Move(2 * time.Hour)
	s.sessionClock.Reset()
	s.closed(t, p.election)
	s.certifiedByThePages(t, p.election)
	return p, b
}

// ordered opens a correction by the page, and has the second administrator approve it.
func (s *site) ordered(t *testing.T, p papers, stations string, more ...string) {
	t.Helper()
	form := url.Values{"ordered_by": {"District court, 7/2027"}, "reason": {"A box was found."}, "act": {"recount"}, "stations": {stations}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	s.approved(t, s.signedIn(t, "administrator").post(t, "/admin/elections/"+id(p.election.ID)+"/corrections", form))
}

// everything reads all that everybody can read of an election and its stations.
func (s *site) everything(t *testing.T, p papers) map[string]string {
	t.Helper()
	page, call, all := "/elections/"+id(p.election.ID), api.Base+"/elections/"+id(p.election.ID), map[string]string{}
	paths := []string{
		"/", page, page + "/stations", page + "/corrections", page + "/turnout", page + "/amendments", page + "/bundle.zip", call, call + "/results", call + "/results.csv",
		call + "/constituencies.csv", call + "/stations", call + "/corrections", call + "/bundle.zip", call + "/amendments", api.Base + "/elections",
	}
	for _, c := range p.election.Constituencies {
		paths = append(paths, page+"/seats?constituency="+id(c.ID))
	}
	for i := range p.stations {
		paths = append(paths, page+"/stations/"+id(p.stations[i].ID))
	}
	anyone := s.visitor(t)
	for _, path := range paths {
		answer := anyone.send(t, http.MethodGet, path, "")
		body := text(answer)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: want it shown, got %s: %s", path, answer.Status, body)
		}
		all[path] = unpacked(t, []byte(body))
	}
	all["live"] = s.firstEvent(t, http.DefaultClient, page+"/live")
	return all
}

// tells finds the votes of a number of ballots as pages and calls write them.
func tells(votes string) *regexp.Regexp {
	return regexp.MustCompile(`\b` + votes[:1] + `[^0-9A-Za-z]?` + votes[1:] + `\b`)
}

// TestCorrections_RecountsBesideTheOldByThePages counts the protocol of one station and the ballots of another again. Until
// the corrected figures are certified everybody sees the certified ones; then a table shows what changed, and both bundles stay.
func TestCorrections_RecountsBesideTheOldByThePages(t *testing.T) {
	s := newSite(t)
	p, old := s.certifiedMixed(t)
	v, election := s.signedIn(t, "administrator"), "/elections/"+id(p.election.ID)
	before := s.everything(t, p)
	first := text(s.visitor(t).send(t, http.MethodGet, election+"/bundle.zip", ""))
	s.ordered(t, p, "North, 1\nSouth, 12")

	if answer := v.post(t, p.path(1)+"/reopening", fields("reason", "another one")); answer.StatusCode != http.StatusConflict || !strings.Contains(text(answer), "correction") {
		t.Errorf("want a station that the correction does not name left alone, got %s", answer.Status)
	}
	if answer := v.post(t, p.path(0)+"/reopening", fields("reason", "counted again")); answer.StatusCode != http.StatusSeeOther ||
		strings.HasPrefix(answer.Header.Get("Location"), "/admin/approvals/") {
		t.Fatalf("want it reopened, as the approval of the correction says, got %s: %s", answer.Status, text(answer))
	}
	for _, who := range []string{"official", "other official"} {
		if answer := s.signedIn(t, who).post(t, p.path(0), numbered("5331", "3652")); answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: want it entered, got %s: %s", who, answer.Status, text(answer))
		}
	}
	if answer := v.post(t, "/admin/batches/"+id(old.ID)+"/retraction", fields("reason", "counted again")); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it retracted, got %s: %s", answer.Status, text(answer))
	}
	s.awaitState(t, old.ID, batch.Retracted)
	s.countedAt(t, p.election, p.stations[3].ID, ballotsOf(2, 1372, 1242))
	wants(t, v.get(t, "/admin/batches?election="+id(p.election.ID)), `<span class="mark retracted">`, `<span class="mark counted">`)

	during := s.everything(t, p)
	for path, shown := range during {
		for _, corrected := range []string{"5331", "3652", "1372", "1242", "7883", "5694", "5921", "4052"} {
			if tells(corrected).MatchString(shown) {
				t.Errorf("%s: want the certified count shown until the next certification, got %s", path, corrected)
			}
		}
	}
	call := api.Base + election
	for _, path := range []string{call + "/results.csv", call + "/constituencies.csv", call + "/bundle.zip"} {
		if during[path] != before[path] {
			t.Errorf("%s: want it as it was certified, got %s", path, during[path])
		}
	}
	for _, path := range []string{election, call + "/results"} {
		for _, certified := range []string{"8006", "5571"} { // of both lists
			if !tells(certified).MatchString(before[path]) || !tells(certified).MatchString(during[path]) {
				t.Errorf("%s: want the certified %s shown", path, certified)
			}
		}
	}
	wants(t, during[election+"/stations/"+id(p.stations[0].ID)], "A correction has reopened this polling station")

	s.certifiedByThePages(t, p.election)
	s.corrected(t, p)
	for number, status := range map[string]int{"1": http.StatusOK, "2": http.StatusOK, "3": http.StatusNotFound, "": http.StatusOK} {
		s.bundlesByNumber(t, id(p.election.ID), map[string]int{number: status})
	}
	anyone := s.visitor(t)
	bundle := func(query string) string {
		return text(anyone.send(t, http.MethodGet, election+"/bundle.zip"+query, ""))
	}
	if bundle("?certification=1") != first || bundle("?certification=2") != bundle("") || bundle("") == first {
		t.Error("want the first bundle as it was, and the last one of the corrected figures")
	}
}

// corrected reads what the pages and the API say of the certified correction.
func (s *site) corrected(t *testing.T, p papers) {
	t.Helper()
	anyone, election := s.visitor(t), "/elections/"+id(p.election.ID)
	wants(t, anyone.reads(t, election), "Corrected on", "District court, 7/2027", election+"/corrections")
	if page := anyone.reads(t, election); strings.Contains(page, `data-testid="correcting"`) {
		t.Error("want nothing being corrected any more")
	}
	rows := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(anyone.reads(t, election+"/corrections"), " ")), " ")
	for _, row := range []string{
		"In all Party of Trees 8 006 7 883 −123", "Party of Rivers 5 571 5 694 +123",
		"North Party of Trees 6 007 5 921 −86", "Party of Rivers 3 966 4 052 +86",
		"South Party of Trees 1 999 1 962 −37", "Party of Rivers 1 605 1 642 +37",
	} {
		if !strings.Contains(rows, row) {
			t.Errorf("want the row %q, got %q", row, rows[strings.Index(rows, "SHA-256"):])
		}
	}
	wants(t, text(anyone.send(t, http.MethodGet, api.Base+election+"/corrections", "")), `"state":"certified"`,
		`"name":"Party of Trees","votes":{"before":8006,"after":7883}`, `"name":"Party of Rivers","votes":{"before":5571,"after":5694}`)
	wants(t, anyone.reads(t, election+"/stations/"+id(p.stations[0].ID)), `data-value="5331"`)
}

// TestCorrections_TheRolesOfTheActs has everybody else try what administrators do.
func TestCorrections_TheRolesOfTheActs(t *testing.T) {
	s := newSite(t)
	p := s.certifiedPapers(t)
	number := id(p.election.ID)
	for _, who := range []string{"", "official"} {
		v := s.visitor(t)
		if who != "" {
			v = s.signedIn(t, who)
		}
		page, call := "/admin/elections/"+number+"/corrections", api.Base+"/elections/"+number+"/corrections"
		body := `{"reason":"a","ordered_by":"b","stations":[` + id(p.stations[0].ID) + `]}`
		for _, path := range []string{page, page + "/2/end"} {
			answer := v.post(t, path, url.Values{"ordered_by": {"x"}, "reason": {"x"}, "end_reason": {"x"}, "stations": {"North, 1"}})
			if refused := answer.StatusCode == http.StatusForbidden || strings.HasPrefix(answer.Header.Get("Location"), "/login"); !refused {
				t.Errorf("%q %s: want it refused, got %s", who, path, answer.Status)
			}
		}
		for _, path := range []string{call, call + "/2/end"} {
			if answer := v.send(t, http.MethodPost, path, body, "Content-Type", "application/json"); answer.StatusCode != http.StatusForbidden && answer.StatusCode != http.StatusUnauthorized {
				t.Errorf("%q %s: want it refused, got %s", who, path, answer.Status)
			}
		}
	}
	if found, err := s.Elections.Corrections(t.Context(), p.election.ID); err != nil || len(found) > 0 {
		t.Errorf("want no correction, got %+v, %v", found, err)
	}
}

// TestStation_SaysThatItsAnnulmentWaits looks at a station's pages and answer before, during and after a proposal.
func TestStation_SaysThatItsAnnulmentWaits(t *testing.T) {
	s := newSite(t)
	p := s.papers(t)
	v, anyone := s.signedIn(t, "administrator"), s.visitor(t)
	station := "/elections/" + id(p.election.ID) + "/stations/" + id(p.stations[0].ID)
	says := func(public, admin, call bool) {
		t.Helper()
		for path, shown := range map[string][2]bool{
			station:            {strings.Contains(anyone.reads(t, station), `data-testid="station-waits"`), public},
			"/admin" + station: {strings.Contains(v.get(t, "/admin"+station), `data-testid="station-waits"`), admin},
			api.Base + station: {strings.Contains(text(v.send(t, http.MethodGet, api.Base+station, "")), `"approval":{"id":`), call},
		} {
			if shown[0] != shown[1] {
				t.Errorf("%s: want a waiting act shown: %t", path, shown[1])
			}
		}
	}
	says(false, false, false)
	answer := v.post(t, "/admin"+station+"/annulment", fields("reason", "two urns"))
	says(true, true, true)
	wants(t, v.get(t, "/admin"+station), "two urns", "Test administrator", `href="`+strings.Split(answer.Header.Get("Location"), "?")[0]+`"`)
	if page := anyone.reads(t, station); strings.Contains(page, "two urns") {
		t.Error("want the reason of an act that did not happen not shown to everybody")
	}
	other := "/elections/" + id(p.election.ID) + "/stations/" + id(p.stations[1].ID)
	if strings.Contains(anyone.reads(t, other), `data-testid="station-waits"`) {
		t.Error("want nothing said on another station's page")
	}
	s.approved(t, answer)
	says(false, false, false)
	wants(t, anyone.reads(t, station), "two urns")
	answer = v.post(t, "/admin"+station+"/reopening", fields("reason", "by order"))
	wants(t, anyone.reads(t, station), "to open this polling station again")
	s.approved(t, answer)
	says(false, false, false)
}

// TestCorrections_PageSaysWhichActNeedsASecond: the approval of a correction is that of a retraction, and not that of a
// restoration after it.
func TestCorrections_PageSaysWhichActNeedsASecond(t *testing.T) {
	const needed = "A second administrator must approve this"
	s := newSite(t)
	p, _ := s.certifiedMixed(t)
	v := s.signedIn(t, "administrator")
	s.ordered(t, p, "North, 1")
	if page := v.get(t, p.path(0)); !strings.Contains(page, `action="`+p.path(0)+`/retraction"`) || strings.Contains(page, needed) {
		t.Errorf("want the acts of the correction without another approval, got %s", page)
	}
	if answer := v.post(t, p.path(0)+"/retraction", fields("reason", "counted again")); answer.Header.Get("Location") != p.path(0) {
		t.Fatalf("want it retracted, got %s, %v", answer.Status, answer.Header)
	}
	if page := v.get(t, p.path(0)); !strings.Contains(page, `action="`+p.path(0)+`/restoration"`) || strings.Count(page, needed) != 1 {
		t.Errorf("want a second administrator asked for the restoration alone, got %s", page)
	}
	if answer := v.post(t, p.path(0)+"/restoration", fields("reason", "too soon")); !strings.HasPrefix(answer.Header.Get("Location"), "/admin/approvals/") {
		t.Errorf("want the restoration to wait for an approval, got %s, %v", answer.Status, answer.Header)
	}
}
