package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/assets"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/rehearsal/resultsfile"
	"urna/web/api"
)

// sharedRoutes are those whose answers are the same for all who are not signed in.
var sharedRoutes = []string{
	"/", "/elections/:election", "/elections/:election/seats", "/elections/:election/constituencies", "/elections/:election/constituencies/:constituency", "/elections/:election/wall", "/elections/:election/picture.png", "/elections/:election/constituencies/:constituency/picture.png", "/elections/:election/stations", "/elections/:election/amendments", "/elections/:election/bundle.zip",
	"/elections/:election/turnout", "/elections/:election/corrections", "/help", "/help/:chapter",
	api.Base + "/openapi.json", api.Base + "/docs", api.Base + "/elections", api.Base + "/elections/:id", api.Base + "/elections/:id/results",
	api.Base + "/elections/:id/results.csv", api.Base + "/elections/:id/constituencies.csv", api.Base + "/elections/:id/bundle.zip",
	"/elections/:election/results.cdf.json", "/elections/:election/datapackage.json", "/elections/:election/results.csv", "/elections/:election/constituencies.csv",
	"/elections/:election/stations.csv", "/elections/:election/turnout.csv", "/elections/:election/feed.atom", "/elections/:election/protocol.pdf",
	api.Base + "/elections/:id/lots", api.Base + "/elections/:id/amendments", "/log", api.Base + "/log", api.Base + "/elections/:id/stations", api.Base + "/elections/:id/stations.csv",
}

// TestShared_ATagAndNothingTwice asks for every public answer twice: the second time, in each way in which a client may say
// what it has, nothing is sent.
func TestShared_ATagAndNothingTwice(t *testing.T) {
	s := newSite(t)
	s.closed(t, s.election) // which the audit log on every page tells of
	certified, _ := s.embargo(t, elections.RunningCount, 0)
	s.certify(t, certified)
	s.election = certified
	v := s.visitor(t)
	for _, route := range sharedRoutes {
		path := strings.Replace(s.address(strings.ReplaceAll(route, ":id", ":election")), "/seats", "/seats?constituency="+id(certified.Constituencies[0].ID), 1)
		tags := map[string]bool{}
		for _, coding := range []string{"identity", "gzip"} {
			first := v.send(t, http.MethodGet, path, "", "Accept-Encoding", coding)
			tag, length := first.Header.Get("ETag"), len(text(first))
			if first.StatusCode != http.StatusOK || len(tag) < 20 || strings.HasPrefix(tag, "W/") || first.Header.Get("Cache-Control") != "no-cache" || length == 0 {
				t.Errorf("%s with %s: want an answer with a tag, to be asked about, got %s, %v", path, coding, first.Status, first.Header)
				continue
			}
			tags[tag] = true
			for _, has := range []string{tag, "W/" + tag, `"x", ` + tag + `, "y"`, "*"} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					again := v.send(t, method, path, "", "Accept-Encoding", coding, "If-None-Match", has)
					if again.StatusCode != http.StatusNotModified || text(again) != "" || again.Header.Get("ETag") != tag ||
						again.Header.Get("Cache-Control") != "no-cache" || again.Header.Get("Vary") != first.Header.Get("Vary") {
						t.Errorf("%s %s with %s and %s: want 304, got %s, %v", method, path, coding, has, again.Status, again.Header)
					}
				}
			}
			for _, has := range []string{`"x"`, tag[1 : len(tag)-1], `"x", "y"`} {
				if again := v.send(t, http.MethodGet, path, "", "Accept-Encoding", coding, "If-None-Match", has); again.StatusCode != http.StatusOK || len(text(again)) != length {
					t.Errorf("%s with %s and %s: want the answer, got %s", path, coding, has, again.Status)
				}
			}
			if packed := first.Header.Get("Content-Encoding") == "gzip"; packed && len(tags) != 2 {
				t.Errorf("%s: want another tag for the compressed form, got %v", path, tags)
			}
		}
	}
}

// TestShared_RefusalsAndSignedInAnswersAreNobodyElses asks for refused pages, and as people who are signed in.
func TestShared_RefusalsAndSignedInAnswersAreNobodyElses(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, func(d *elections.Draft) { d.PublicView = elections.TurnoutOnly })
	sealed := id(p.election.ID)
	for _, path := range []string{
		"/elections/4711", "/elections/4711/feed.atom", "/elections/" + sealed + "/results.cdf.json", "/elections/" + sealed + "/datapackage.json",
		"/elections/" + sealed + "/results.csv", "/elections/" + sealed + "/constituencies.csv", "/elections/" + sealed + "/protocol.pdf", "/elections/" + sealed + "/stations.csv",
		"/elections/" + sealed + "/seats", "/elections/" + sealed + "/bundle.zip", api.Base + "/elections/4711",
		api.Base + "/elections/" + sealed + "/results", api.Base + "/elections/" + sealed + "/results.csv", api.Base + "/elections/" + sealed + "/bundle.zip",
	} {
		answer := s.visitor(t).send(t, http.MethodGet, path, "", "Accept-Encoding", "gzip", "If-None-Match", "*")
		if answer.StatusCode < 400 || answer.Header.Get("ETag") != "" || answer.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: want a refusal without a tag, got %s, %v", path, answer.Status, answer.Header)
		}
	}
	halfway := s.visitor(t) // has shown the password, and not the code
	err := s.DB.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "UPDATE users SET totp_secret = x'00', totp_enabled_at = 1 WHERE id = ?", s.users["second administrator"].ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if answer := halfway.signIn(t, s.users["second administrator"].Email, password); answer.Header.Get("Location") != "/login/code" {
		t.Fatalf("want to be asked for a code, got %s, %v", answer.Status, answer.Header)
	}
	for who, v := range map[string]*visitor{"administrator": s.become(t, "administrator"), "official": s.become(t, "official"), "halfway in": halfway} {
		for _, route := range sharedRoutes {
			if who == "halfway in" && strings.HasPrefix(route, api.Base) {
				continue // the API reads no session
			}
			answer := v.send(t, http.MethodGet, s.address(route), "", "Accept-Encoding", "gzip", "If-None-Match", "*")
			if answer.Header.Get("ETag") != "" || answer.Header.Get("Content-Encoding") != "" || answer.Header.Get("Cache-Control") != "no-store" || answer.StatusCode == http.StatusNotModified {
				t.Errorf("%s as %s: want an answer for one reader, got %s, %v", route, who, answer.Status, answer.Header)
			}
		}
	}
}

// TestCompression_PublicAnswersAlone walks every route as several people who take gzip. An answer for one reader, a
// voter's screens among it, is never compressed.
func TestCompression_PublicAnswersAlone(t *testing.T) {
	s := newSite(t)
	packed := map[string]bool{}
	for _, who := range []string{"anonymous", "administrator", "official"} {
		v := s.become(t, who)
		for _, route := range s.server.Routes() {
			if strings.HasSuffix(route.Path, "/live") || route.Path == "/logout" || route.Method == http.MethodDelete || strings.Contains(route.Path, "/sessions/end-others") {
				continue
			}
			answer := v.send(t, route.Method, s.address(route.Path), "", "Accept-Encoding", "gzip")
			if answer.Header.Get("Content-Encoding") == "" {
				continue
			}
			packed[route.Path] = true
			if who != "anonymous" || !slices.Contains(sharedRoutes, route.Path) || !strings.Contains(strings.Join(answer.Header.Values("Vary"), ","), "Accept-Encoding") {
				t.Errorf("%s %s as %s: want it uncompressed, got %v", route.Method, route.Path, who, answer.Header)
			}
		}
	}
	for _, path := range []string{"/", "/elections/:election", "/api/v1/openapi.json", "/api/v1/docs"} {
		if !packed[path] {
			t.Errorf("%s: want it compressed for who takes gzip", path)
		}
	}
}

// TestCompression_AsTheClientAsks sends headers of every kind for a page and a style sheet.
func TestCompression_AsTheClientAsks(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	for accepted, want := range map[string]bool{
		"gzip": true, "*": true, "br, gzip;q=0.5": true, "identity;q=0, *;q=0.1": true, "gzip;q=0": false, "identity": false, "br": false,
		"gzip;q=0.1, identity": false, "*;q=0": false, "identity;q=0": false, "gzip; q=0.000, *": false,
	} {
		for _, path := range []string{"/", "/elections/1", api.Base + "/openapi.json", assets.URL("urna.css"), assets.URL("live.js"), "/elections/1/live"} {
			method := http.MethodGet
			if strings.HasSuffix(path, "/live") {
				method = http.MethodHead
			}
			answer := v.send(t, method, path, "", "Accept-Encoding", accepted)
			if got := answer.Header.Get("Content-Encoding") == "gzip"; got != want || answer.StatusCode != http.StatusOK {
				t.Errorf("%s with %q: want compressed %v, got %s, %v", path, accepted, want, answer.Status, answer.Header)
			}
			if vary := strings.Join(answer.Header.Values("Vary"), ","); !strings.Contains(vary, "Accept-Encoding") {
				t.Errorf("%s with %q: want caches told of it, got Vary %q", path, accepted, vary)
			}
		}
	}
}

// TestAssets_CompressedOnce compares both forms of every style sheet and script.
func TestAssets_CompressedOnce(t *testing.T) {
	v := newSite(t).visitor(t)
	for _, name := range []string{"urna.css", "letters.css", "vote.js", "live.js", "htmx-2.0.11.min.js"} {
		plain, packed := v.send(t, http.MethodGet, assets.URL(name), ""), v.send(t, http.MethodGet, assets.URL(name), "", "Accept-Encoding", "gzip")
		want, sent := text(plain), text(packed)
		content, err := gzip.NewReader(strings.NewReader(sent))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := io.ReadAll(content); err != nil || string(got) != want || len(sent) > len(want)*2/3 || packed.ContentLength != int64(len(sent)) {
			t.Errorf("%s: want the same in less, with its length, got %d bytes instead of %d, %v", name, len(sent), len(want), err)
		}
		if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
			t.Errorf("%s: want another tag for each form", name)
		}
		if again := v.send(t, http.MethodGet, assets.URL(name), "", "Accept-Encoding", "gzip", "If-None-Match", packed.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: want 304, got %s", name, again.Status)
		}
		part := v.send(t, http.MethodGet, assets.URL(name), "", "Accept-Encoding", "gzip", "Range", "bytes=10-19")
		if got := text(part); part.StatusCode != http.StatusPartialContent || got != sent[10:20] {
			t.Errorf("%s: want a part of the compressed form, got %s, %d bytes", name, part.Status, len(got))
		}
	}
}

// spain makes Spain's election of November 2019 as it stood in the night: 52 constituencies with all their lists.
func (s *site) spain(t *testing.T) *elections.Election {
	t.Helper()
	file, err := resultsfile.Open("es-congreso-2019-11")
	if err != nil {
		t.Fatal(err)
	}
	d := elections.Draft{
		Title: file.Name, Kind: elections.Parliamentary, StartsAt: time.Now().Add(-13 * time.Hour), EndsAt: time.Now().Add(-time.Hour), OpenNow: true,
		Rules: elections.Rules{Method: "dhondt", ThresholdPercent: "3"},
	}
	ids := map[string]int64{}
	for _, c := range file.Cases {
		place := elections.ConstituencyDraft{Name: c.Name, Seats: c.Seats, RegisteredVoters: c.Eligible}
		for _, list := range c.Lists {
			if ids[list.Name] == 0 {
				p, err := s.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: list.Name, Kind: participants.Party})
				if err != nil {
					t.Fatal(err)
				}
				ids[list.Name] = p.ID
			}
			place.Candidacies = append(place.Candidacies, elections.CandidacyDraft{ParticipantID: ids[list.Name]})
		}
		d.Constituencies = append(d.Constituencies, place)
	}
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	err = s.DB.Write(t.Context(), func(tx *database.Tx) error {
		for i, c := range file.Cases {
			place := e.Constituencies[i].ID
			if _, err := tx.SQL().ExecContext(t.Context(), "INSERT INTO constituency_totals VALUES (?, ?, 0)", place, c.Invalid); err != nil {
				return err
			}
			for n, list := range c.Lists {
				if _, err := tx.SQL().ExecContext(t.Context(), "INSERT INTO constituency_tallies VALUES (?, ?, ?)", place, n+1, list.Votes); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestCompression_FiftyTwoConstituencies measures the largest page that there is in an election that was.
func TestCompression_FiftyTwoConstituencies(t *testing.T) {
	s := newSite(t)
	s.closed(t, s.election)
	e := s.spain(t)
	s.closed(t, e) // which the audit log on the page tells of
	v := s.visitor(t)
	if len(e.Constituencies) != 52 {
		t.Fatalf("want 52 constituencies, got %d", len(e.Constituencies))
	}
	path := "/elections/" + id(e.ID)
	plain := text(v.send(t, http.MethodGet, path, ""))
	answer := v.send(t, http.MethodGet, path, "", "Accept-Encoding", "gzip, deflate, br")
	sent := text(answer)
	t.Logf("%d bytes, %d on the wire", len(plain), len(sent))
	if !strings.Contains(plain, "Zaragoza") || strings.Count(plain, `data-testid="constituency-row"`) != 52 {
		t.Errorf("want every constituency on the page, got %d", strings.Count(plain, "constituency-row"))
	}
	const most = 60_000
	if answer.ContentLength != int64(len(sent)) || len(sent) > most {
		t.Errorf("want %d bytes on the wire at most, got %d", most, len(sent))
	}
	content, err := gzip.NewReader(strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(content); err != nil || string(got) != plain {
		t.Errorf("want the same page, got %d bytes, %v", len(got), err)
	}
}
