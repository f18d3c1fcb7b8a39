package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"urna/elections"
	"urna/elections/outlines"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/program"
)

var observer = program.User{
	Email: "ruth@example.org", Role: "observer", Forename: "Ruth", Surname: "Bader", Password: "an open window in spring",
}

// A state is a page as people see it at some moment, by a name that pictures have.
type state struct {
	name string
	as   string // the role of the reader, "" for everybody
	path string
	act  func(*tab) // what the reader does there before
}

// The elections of the data that release 0.1.0 left, and those that newScene adds.
const (
	scheduledElection = "1"
	countingElection  = "2"
	certifiedElection = "3"
	presidentElection = "4"
	openElection      = "6"
	stationsElection  = "7"
	draftElection     = "8"
)

// states are the named states of the pages, in the order in which people meet them.
func states() []state {
	const admin, all = "/admin/elections/", "/elections/"
	list := []state{
		{name: "home", path: "/"},
		{name: "counting", path: all + countingElection},
		{name: "certified", path: all + certifiedElection},
		{name: "president", path: all + presidentElection},
		{name: "scheduled", path: all + scheduledElection},
		{name: "open", path: all + openElection},
		{name: "stations-missing", path: all + stationsElection},
		{name: "constituencies", path: all + countingElection + "/constituencies"},
		{name: "constituency", path: all + countingElection + "/constituencies", act: func(b *tab) { b.follow("main tbody a") }},
		{name: "seats", path: all + countingElection + "/seats"},
		{name: "wall", path: all + countingElection + "/wall"},
		{name: "wall-open", path: all + openElection + "/wall"},
		{name: "turnout", path: all + stationsElection + "/turnout"},
		{name: "stations", path: all + stationsElection + "/stations"},
		{name: "amendments", path: all + countingElection + "/amendments"},
		{name: "log", path: "/log"},
		{name: "help", path: "/help"},
		{name: "help-voters", path: "/help/voters"},
		{name: "nothing-here", path: "/nothing-here"},
		{name: "sign-in", path: "/login"},
		{name: "vote-key", path: "/vote/" + openElection},
		{name: "vote-key-refused", path: "/vote/" + openElection, act: func(b *tab) { b.send("vote-personal-id", "6-0-029", "vote-go-on") }},
		{name: "vote-choices", path: "/vote/" + openElection, act: (*tab).toChoices},
		{name: "vote-confirm", path: "/vote/" + openElection, act: func(b *tab) { b.toChoices(); b.click("choice-1"); b.click("vote-to-confirm"); b.see("vote-cast") }},
		{name: "vote-scheduled", path: "/vote/" + scheduledElection},
		{name: "api-docs", path: "/api/v1/docs"},
	}
	for _, of := range []struct {
		role  string
		pages [][2]string
	}{
		{"official", [][2]string{
			{"official-home", "/official"},
			{"official-upload", "/official/elections/" + countingElection},
			{"official-upload-late", "/official/elections/" + stationsElection},
			{"official-uploads", "/official/uploads"},
			{"account", "/account"},
			{"account-password", "/account/password"},
			{"account-second-factor", "/account/second-factor"},
		}},
		{"observer", [][2]string{
			{"observer-home", "/observer"},
			{"observer-log", "/admin/audit"},
			{"observer-batches", "/admin/batches"},
			{"observer-certification", admin + countingElection + "/certification"},
		}},
		{"administrator", [][2]string{
			{"admin-home", "/admin"},
			{"admin-elections", "/admin/elections"},
			{"admin-participants", "/admin/participants"},
			{"admin-participant-new", "/admin/participants/new?kind=party"},
			{"admin-participant", "/admin/participants/1"},
			{"admin-participant-list", "/admin/participants/list"},
			{"admin-users", "/admin/users"},
			{"admin-user-new", "/admin/users/new"},
			{"admin-user", "/admin/users/1"},
			{"admin-batches", "/admin/batches"},
			{"admin-batch", "/batches/1"},
			{"admin-log", "/admin/audit"},
			{"admin-approvals", "/admin/approvals"},
			{"admin-clock", "/admin/clock"},
			{"admin-backups", "/admin/backups"},
			{"admin-witnesses", "/admin/witnesses"},
			{"election-new", "/admin/elections/new"},
			{"election-overview", admin + countingElection},
			{"election-draft", admin + draftElection},
			{"election-rules", admin + countingElection + "/rules"},
			{"election-constituencies", admin + countingElection + "/constituencies"},
			{"election-map", admin + countingElection + "/map"},
			{"election-candidacies", admin + countingElection + "/candidacies"},
			{"election-incoming", admin + countingElection + "/incoming"},
			{"election-ties", admin + countingElection + "/ties"},
			{"election-documents", admin + countingElection + "/documents"},
			{"election-documents-certified", admin + certifiedElection + "/documents"},
			{"election-history", admin + countingElection + "/history"},
			{"election-officials", admin + countingElection + "/officials"},
			{"election-certification", admin + countingElection + "/certification"},
			{"election-certified", admin + certifiedElection + "/certification"},
			{"election-keys", admin + openElection + "/keys"},
			{"election-information", admin + openElection + "/information"},
			{"election-declared", admin + countingElection + "/declared"},
			{"election-stations", admin + stationsElection + "/stations"},
			{"election-publication", admin + draftElection + "/publication"},
			{"election-withdrawal", admin + scheduledElection + "/withdrawal"},
			{"step-name", admin + draftElection + "/edit/name"},
			{"step-rules", admin + draftElection + "/edit/rules"},
			{"step-constituencies", admin + draftElection + "/edit/constituencies"},
			{"step-candidacies", admin + draftElection + "/edit/candidacies"},
			{"step-dates", admin + draftElection + "/edit/dates"},
			{"election-list", admin + scheduledElection + "/list"},
		}},
	} {
		for _, page := range of.pages {
			list = append(list, state{name: page[0], as: of.role, path: page[1]})
		}
	}
	return append(list,
		state{name: "official-bad-lines", as: "official", path: "/official/elections/" + openElection, act: (*tab).sendBadLines},
		state{name: "step-name-refused", as: "administrator", path: "/admin/elections/new", act: func(b *tab) { b.asked = true; b.click("election-continue"); b.see("form-error") }},
	)
}

// follow clicks the first link that the selector finds.
func (b *tab) follow(selector string) {
	b.t.Helper()
	before := run(b, "read the address", chromedp.Location())
	run(b, "follow a link", chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector(%q).click(); true", selector)))
	b.until("String(location.href !== "+strconv.Quote(before)+")", "true", "another address")
}

// send fills a field and sends its form.
func (b *tab) send(field, text, submit string) {
	b.t.Helper()
	b.asked = true
	b.fill(field, text)
	b.click(submit)
	b.see("form-error")
}

// toChoices opens the ballot paper with a key of the kept data that was not used.
func (b *tab) toChoices() {
	b.t.Helper()
	b.fill("vote-personal-id", "6-0-029")
	b.fill("vote-guid", "b4e1817f-c192-41fe-a5cd-6248941480d0")
	b.click("vote-go-on")
	b.see("vote-choices")
}

// sendBadLines uploads a file with a word in place of a poll number.
func (b *tab) sendBadLines() {
	b.t.Helper()
	name := filepath.Join(b.t.TempDir(), "station 7.csv")
	if err := os.WriteFile(name, []byte("00000000-0000-4000-8000-000000000001,1\n00000000-0000-4000-8000-000000000002,two\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.asked = true
	b.until("document.readyState", "complete", "the form's page, its script with it")
	run(b, "choose the last constituency", chromedp.Evaluate[bool](`(list => { list.selectedIndex = list.options.length - 1; return true })(document.querySelector("main select"))`))
	b.attach("upload-file", name)
	b.click("upload-submit")
	b.see("bad-line")
}

// A scene is a server with elections in every state, and a tab for each role.
type scene struct {
	t    *testing.T
	base string
	tabs map[string]*tab
}

// newScene serves a copy of the kept data, to which it adds a draft and an election whose polling stations are awaited.
func newScene(t *testing.T, flags ...string) *scene {
	t.Helper()
	binary, data := program.Build(t), t.TempDir()
	unpack := exec.CommandContext(t.Context(), "tar", "-xzf", "../releases/testdata/0.1.0/data.tar.gz", "-C", data)
	if output, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("unpack: %v %s", err, output)
	}
	furnish(t, data)
	for _, u := range sceneUsers() {
		program.AddUser(t, binary, data, u)
	}
	return &scene{t: t, base: program.Serve(t, binary, data, flags...).URL, tabs: map[string]*tab{}}
}

// sceneUsers are the readers: the kept data have accounts of the other addresses.
func sceneUsers() map[string]program.User {
	reader, uploader := administrator, official
	reader.Email, uploader.Email = "reader@example.org", "uploader@example.org"
	return map[string]program.User{"administrator": reader, "official": uploader, "observer": observer}
}

// furnish adds two elections to a data folder that no server has open.
func furnish(t *testing.T, data string) {
	t.Helper()
	folder := apptest.Open(t, data, &clock.Clock{}, func(o *app.Options) { o.Parts = 0 })
	parties, err := folder.Participants.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var candidacies []elections.CandidacyDraft
	for _, p := range parties {
		if p.Kind == participants.Party && len(candidacies) < 3 {
			candidacies = append(candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		}
	}
	for _, d := range []elections.Draft{
		{
			Title: "Regional assembly", StartsAt: time.Now().Add(-14 * time.Hour), EndsAt: time.Now().Add(-2 * time.Hour), OpenNow: true,
			Constituencies: []elections.ConstituencyDraft{
				{Name: "Coast", Seats: 7, RegisteredVoters: 4000, Candidacies: candidacies, Stations: []elections.StationDraft{
					{Number: "1", Name: "School by the harbour", Place: "Harbour street 4", RegisteredVoters: 2100}, {Number: "2", Name: "Town hall", RegisteredVoters: 1900},
				}},
				{Name: "Hills", Seats: 5, RegisteredVoters: 3000, Candidacies: candidacies, Stations: []elections.StationDraft{
					{Number: "3", Name: "Fire station", RegisteredVoters: 3000},
				}},
			},
		},
		{
			Title: "Council of the harbour", StartsAt: time.Now().Add(300 * time.Hour), EndsAt: time.Now().Add(312 * time.Hour), AsDraft: true,
			Constituencies: []elections.ConstituencyDraft{{Name: "Harbour", Seats: 9, Candidacies: candidacies}},
		},
	} {
		d.Kind, d.Rules = elections.Parliamentary, elections.Rules{Method: "dhondt", ThresholdPercent: "3"}
		d.TurnoutReportsAt = []string{d.StartsAt.Add(3 * time.Hour).Format(time.RFC3339), d.StartsAt.Add(8 * time.Hour).Format(time.RFC3339)}
		e, err := folder.Elections.Create(t.Context(), audit.System(), d)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Constituencies) > 1 {
			draw(t, folder, e)
		}
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
}

// draw gives an election of two constituencies a map.
func draw(t *testing.T, folder *apptest.Env, e *elections.Election) {
	t.Helper()
	const feature = `{"type":"Feature","properties":{"n":%d},"geometry":{"type":"Polygon","coordinates":[[[%[1]d,1],[%[2]d,1.2],[%[2]d,2],[%[1]d,1.8],[%[1]d,1]]]}}`
	file := `{"type":"FeatureCollection","features":[` + fmt.Sprintf(feature, 1, 2) + "," + fmt.Sprintf(feature, 2, 3) + `]}`
	d, err := outlines.Read([]byte(file), e.Places(), "")
	if err == nil {
		err = folder.Elections.ChangeMap(t.Context(), audit.System(), e.ID, elections.Map{Map: d.Map, Source: "Survey office"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tab returns the tab of a role, which is signed in.
func (s *scene) tab(role string) *tab {
	s.t.Helper()
	if s.tabs[role] == nil {
		b := openTab(s.t, s.base)
		b.refusal, b.asked = "the server responded with a status of 4", true // of pages that do not exist, and of refused forms
		s.tabs[role] = b
		if role != "" {
			b.signIn(sceneUsers()[role])
		}
	}
	return s.tabs[role]
}

// show brings the tab of a state's reader into the state, in a language. A page that is not there fails the test.
func (s *scene) show(at state, language string) *tab {
	s.t.Helper()
	b := s.tab(at.as)
	address := at.path
	if language != "" {
		mark := "?"
		if strings.Contains(address, "?") {
			mark = "&"
		}
		address += mark + "lang=" + language
	}
	b.open(address)
	if at.act != nil {
		at.act(b)
	}
	b.until("document.readyState", "complete", "the page of "+at.name)
	return b
}

// size makes the tab's window so wide, in a colour scheme.
func (b *tab) size(width int64, scheme string) {
	b.t.Helper()
	run(b, "size the window", command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1}))
	b.media("prefers-color-scheme", scheme)
}

// media sets what the reader's machine prefers.
func (b *tab) media(feature, value string) {
	b.t.Helper()
	features := []*emulation.MediaFeature{{Name: feature, Value: value}}
	run(b, "set "+feature, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}))
}
