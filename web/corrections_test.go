package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/web/api"
)

// certifiedPapers certifies an election with four polling stations, each of which sent a protocol.
func (s *site) certifiedPapers(t *testing.T) papers {
	t.Helper()
	p := s.papers(t)
	for i := range p.stations {
		for _, who := range []string{"official", "other official"} {
			if answer := s.signedIn(t, who).post(t, p.path(i), sums("enter", "10", "590", "400")); answer.StatusCode != http.StatusSeeOther {
				t.Fatalf("want it entered, got %s: %s", answer.Status, text(answer))
			}
		}
	}
	s.Clock.Move(2 * time.Hour)
	s.sessionClock.Reset()
	s.closed(t, p.election)
	s.certifiedByThePages(t, p.election)
	return p
}

// certifiedByThePages writes a reason for each open point, and certifies the figures that the page shows.
func (s *site) certifiedByThePages(t *testing.T, e *elections.Election) {
	t.Helper()
	page, v := "/admin/elections/"+id(e.ID)+"/certification", s.signedIn(t, "administrator")
	hash := func() string { return between(t, v.get(t, page), `data-testid="figures-hash">`, `</code>`) }
	if open := s.reasons(t, e); len(open) > 0 {
		form := url.Values{"figures": {hash()}}
		for i, r := range open {
			form.Set("point_"+strconv.Itoa(i+1), r.Point)
			form.Set("reasons."+r.Point, "By order of the court.")
		}
		if answer := v.post(t, page+"/reasons", form); answer.StatusCode != http.StatusSeeOther {
			t.Fatalf("want the reasons recorded, got %s: %s", answer.Status, text(answer))
		}
	}
	if answer := v.post(t, page, url.Values{"figures": {hash()}, "password": {password}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it certified, got %s: %s", answer.Status, text(answer))
	}
}

// TestCorrections_ByThePages proposes a correction without scripts, has it approved, shows everybody the stations and
// why, and ends it.
func TestCorrections_ByThePages(t *testing.T) {
	s := newSite(t)
	p := s.certifiedPapers(t)
	number := id(p.election.ID)
	public, admin := "/elections/"+number+"/corrections", "/admin/elections/"+number+"/corrections"
	v, second, anyone := s.signedIn(t, "administrator"), s.signedIn(t, "second administrator"), s.visitor(t)
	wants(t, anyone.reads(t, public), "The certified result was never corrected.")
	if page := anyone.reads(t, "/elections/"+number); strings.Contains(page, `data-testid="correct`) {
		t.Error("want nothing of corrections on the page of an election without any")
	}
	wants(t, v.get(t, "/admin/elections/"+number+"/certification"), `href="`+admin+`"`)
	wants(t, v.get(t, admin), `data-testid="correction-second"`, `data-testid="correction-stations"`)
	wants(t, v.get(t, admin+"?station="+id(p.stations[3].ID)), ">South, 12</textarea>")

	form := url.Values{"ordered_by": {"District court, 7/2027"}, "reason": {"A box was found."}, "act": {"recount"}}
	for lines, says := range map[string]string{
		"":                        "Name at least one polling station.",
		"99":                      "Line 1: there is no polling station “99”.",
		"1\n\n South, 1":          "Line 3: there is no polling station “South, 1”.",
		",":                       "Line 1: there is no polling station",
		"North, 1\nNORTH;1;annul": "This is named twice.",
	} {
		form.Set("stations", lines)
		answer := v.post(t, admin, form)
		if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, says) || !strings.Contains(page, "District court, 7/2027") {
			t.Errorf("%q: want %q and the form as it was sent, got %s: %s", lines, says, answer.Status, page)
		}
	}
	form.Set("stations", "1\nSouth, 12, annul")
	answer := v.post(t, admin, form)
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(answer.Header.Get("Location"), "/admin/approvals/") {
		t.Fatalf("want it to wait for an approval, got %s: %s", answer.Status, text(answer))
	}
	approval := answer.Header.Get("Location")
	wants(t, anyone.reads(t, public), "The certified result was never corrected.")
	wants(t, second.get(t, approval), "Open a correction of the certified result", "A box was found.", "District court, 7/2027",
		"North, 1 School 1: counted again", "South, 12 School 12: annulled")
	if answer := second.post(t, approval, url.Values{"decision": {"approve"}}); answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want it approved, got %s: %s", answer.Status, text(answer))
	}

	wants(t, anyone.reads(t, "/elections/"+number), "This result is being corrected: North, 1 School 1; South, 12 School 12.", "District court, 7/2027", `href="`+public+`"`)
	listed := anyone.reads(t, public)
	wants(t, listed, "Correction 2", "A box was found.", "North, 1 School 1: counted again", "South, 12 School 12: annulled", "approved by")
	if strings.Contains(listed, "@example.org") {
		t.Error("want no e-mail address shown to everybody")
	}
	wants(t, v.get(t, admin), `data-testid="open-correction"`,
		`href="/stations/`+id(p.stations[0].ID)+`/protocol"`, `href="/admin/elections/`+number+`/stations/`+id(p.stations[3].ID)+`"`)
	if answer := v.post(t, admin+"/2/end", url.Values{}); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a reason asked for, got %s", answer.Status)
	}
	if answer := v.post(t, admin+"/2/end", url.Values{"end_reason": {"The order was lifted."}}); answer.Header.Get("Location") != admin+"?done=ended" {
		t.Fatalf("want it ended, got %s: %s", answer.Status, text(answer))
	}
	wants(t, v.get(t, admin+"?done=ended"), "The correction was ended. The certified result holds.", `data-testid="correction-open"`)
	wants(t, anyone.reads(t, public), "Ended without a change", "The order was lifted.")
	if page := anyone.reads(t, "/elections/"+number); strings.Contains(page, `data-testid="correcting"`) {
		t.Error("want the page of the election as it was")
	}
	s.bundlesByNumber(t, number, map[string]int{"": http.StatusOK, "1": http.StatusOK, "2": http.StatusNotFound, "0": http.StatusNotFound, "one": http.StatusNotFound})
}

// bundlesByNumber asks for the bundles of certifications by their numbers, as a page, as a call, and in full.
func (s *site) bundlesByNumber(t *testing.T, election string, wanted map[string]int) {
	t.Helper()
	for certification, status := range wanted {
		query := ""
		if certification != "" {
			query = "?certification=" + certification
		}
		for address, v := range map[string]*visitor{
			"/elections/" + election + "/bundle.zip": s.visitor(t), api.Base + "/elections/" + election + "/bundle.zip": s.visitor(t),
			"/admin/elections/" + election + "/bundle.zip": s.signedIn(t, "administrator"),
		} {
			answer := v.send(t, http.MethodGet, address+query, "")
			if body := text(answer); answer.StatusCode != status || (status == http.StatusOK) != strings.HasPrefix(body, "PK") {
				t.Errorf("%s%s: want %d, got %s, %d bytes", address, query, status, answer.Status, len(body))
			}
		}
	}
}
