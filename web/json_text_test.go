package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"urna/internal/audit"
	"urna/web"
	"urna/web/api"
)

// notText are JSON strings that cannot be kept as what they say. encoding/json alone takes them all and puts U+FFFD
// where it cannot read on, so that different passwords become one.
var notText = map[string]string{
	"Latin-1":           "\"Jos\xe9\"",
	"Windows-1250":      "\"\x8ae\x9air\"",
	"cut UTF-8":         "\"Jos\xc3\"",
	"a surrogate alone": `"Jos\ud800"`,
	"the second half":   `"\udc00Jos"`,
	"NUL":               `"Jos\u0000"`,
	"a raw NUL":         "\"Jos\x00\"",
	"deep nesting":      strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
}

// takesJSON reports whether a route of the API reads a JSON body.
func takesJSON(method, path string) bool {
	return strings.HasPrefix(path, api.Base) && (method == http.MethodPost || method == http.MethodPatch || method == http.MethodPut) &&
		!strings.HasSuffix(path, "/batches") && !strings.HasSuffix(path, "/voter-keys") &&
		!strings.HasSuffix(path, "/protocols") && !strings.HasSuffix(path, "/scans") && !strings.HasSuffix(path, "/map")
}

// TestJSON_ThatIsNotTextIsRefusedByEveryRoute walks the router, so that a new route is asked too.
func TestJSON_ThatIsNotTextIsRefusedByEveryRoute(t *testing.T) {
	s := newSite(t)
	v, official := s.signedIn(t, "administrator"), s.signedIn(t, "official")
	events := s.events(t)
	asked := 0
	for _, route := range s.server.Routes() {
		if !takesJSON(route.Method, route.Path) {
			continue
		}
		asked++
		v := v
		if access[route.Method+" "+route.Path] == "official" {
			v = official
		}
		for name, value := range notText {
			for _, body := range []string{`{"name":` + value + `}`, `{"name":"x","deep":{"er":[` + value + `]}}`} {
				answer := v.send(t, route.Method, s.address(route.Path), body, "Content-Type", "application/json")
				if got := text(answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(got, `"/problems/malformed-json"`) || !strings.Contains(got, "line 1, column") {
					t.Errorf("%s %s with %s: want 400 that names the place, got %s: %s", route.Method, route.Path, name, answer.Status, got)
				}
			}
		}
		answer := v.send(t, route.Method, s.address(route.Path), "\xef\xbb\xbf{}", "Content-Type", "application/json")
		if got := text(answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(got, "byte order mark") {
			t.Errorf("%s %s: want a byte order mark named, got %s: %s", route.Method, route.Path, answer.Status, got)
		}
	}
	for _, body := range []string{
		"{\"email\":\"jo@example.org\",\"forename\":\"Jos\xe9\",\"surname\":\"B\",\"role\":\"official\",\"password\":\"four unrelated words\"}",
		"{\"email\":\"jo@example.org\",\"forename\":\"Jo\",\"surname\":\"B\",\"role\":\"official\",\"password\":\"\xe1\xe9\xed\xf3\xfa unrelated words\"}",
		`{"email":"jo@example.org","forename":"Jo","surname":"B","role":"official","password":"\ud800 unrelated words"}`,
	} {
		if answer := v.send(t, http.MethodPost, api.Base+"/users", body); answer.StatusCode != http.StatusBadRequest {
			t.Errorf("want no account made of %q, got %s", body, answer.Status)
		}
	}
	if asked < 15 {
		t.Errorf("want all routes with JSON bodies asked, found %d", asked)
	}
	if got := s.events(t); got != events {
		t.Errorf("want nothing changed, got %d events more", got-events)
	}
}

// events returns how many events the audit log has.
func (s *site) events(t *testing.T) int {
	t.Helper()
	all, err := s.Audit.Events(t.Context(), audit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	// The end of an election closes it by itself, whenever that is.
	return len(slices.DeleteFunc(all, func(e audit.Event) bool { return e.Action == "election-closed" }))
}

func TestJSON_ThatIsNotTextIsNoVote(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 1, nil)
	v := s.visitor(t)
	for name, value := range notText {
		for _, body := range []string{
			p.body(0, value), strings.Replace(p.body(0, "1"), `"`+p.keys[0].GUID+`"`, value, 1),
			strings.Replace(p.body(0, "1"), `"`+p.keys[0].PersonalID+`"`, value, 1), strings.Replace(p.body(0, "1"), "{", `{"note": `+strings.TrimLeft(value, "[")+`, `, 1), // of the nesting the rest alone, which is no JSON
		} {
			answer := v.send(t, http.MethodPost, "/vote", body, "Content-Type", "application/json")
			if got := text(answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(got, "/malformed-vote") {
				t.Errorf("%s: want 400, got %s: %s", name, answer.Status, got)
			}
		}
	}
	if answer := v.send(t, http.MethodPost, "/vote", p.body(0, `"\u0160e\u0161ir"`)); answer.StatusCode != http.StatusOK {
		t.Errorf("want escapes of whole characters taken, got %s: %s", answer.Status, text(answer))
	}
}

// TestJSON_ThatIsNotTextIsNoFieldOfEPMS: by its contract a body that is no JSON has no fields, and a field that is no
// text is an invalid one.
func TestJSON_ThatIsNotTextIsNoFieldOfEPMS(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	events := s.events(t)
	for name, value := range notText {
		for path, body := range map[string]string{
			"/register":          `{"jmbg":"0101990710008","forename":"A","surname":"B","email":"jo@example.org","password":` + value + `}`,
			"/register?forename": `{"jmbg":"0101990710008","forename":` + value + `,"surname":"B","email":"jo@example.org","password":"Abcdefg1"}`,
			"/createParticipant": `{"name":` + value + `,"individual":false}`,
			"/login":             `{"email":"administrator@example.org","password":` + value + `}`,
		} {
			answer := v.send(t, http.MethodPost, web.EPMSBase+path, body, "Content-Type", "application/json")
			if got := text(answer); answer.StatusCode != http.StatusBadRequest || !strings.HasPrefix(got, `{"message":"`) {
				t.Errorf("%s with %s: want 400 and a message, got %s: %s", path, name, answer.Status, got)
			}
		}
	}
	if got := s.events(t); got != events {
		t.Errorf("want nothing changed, got %d events more", got-events)
	}
}

// TestLists_ThatMustNotBeEmpty: an absent list is the default; an empty one is a mistake.
func TestLists_ThatMustNotBeEmpty(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	before := len(s.titles(t))
	const head = `{"title":"T","kind":"parliamentary","starts_at":"2099-05-01T07:00:00Z","ends_at":"2099-05-01T20:00:00Z",`
	for field, body := range map[string]string{
		"channels":                       head + `"channels":[],"constituencies":[{"participants":[1]}]}`,
		"constituencies":                 head + `"constituencies":[]}`,
		"constituencies[0].participants": head + `"constituencies":[{"participants":[]}]}`,
		"title":                          head + `"title":"U","constituencies":[{"participants":[1]}]}`,
		"Channels":                       head + `"Channels":["batches"],"constituencies":[{"participants":[1]}]}`,
		"constituencies[0].Seats":        head + `"constituencies":[{"Seats":3,"participants":[1]}]}`,
	} {
		answer := v.send(t, http.MethodPost, api.Base+"/elections", body, "Content-Type", "application/json")
		if got := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got, `"field":"`+field+`"`) {
			t.Errorf("POST with %s: want 422 that names it, got %s: %s", field, answer.Status, got)
		}
	}
	e := s.scheduled(t, nil)
	before++
	for field, body := range map[string]string{
		"channels": `{"channels":[]}`, "constituencies": `{"constituencies":[]}`, "constituencies[0].participants": `{"constituencies":[{"seats":3,"participants":[]}]}`,
	} {
		answer := v.send(t, http.MethodPatch, api.Base+"/elections/"+id(e.ID), body, "Content-Type", "application/json")
		if got := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got, `"field":"`+field+`"`) {
			t.Errorf("PATCH with %s: want 422 that names it, got %s: %s", field, answer.Status, got)
		}
	}
	for field, take := range map[string]func(url.Values){
		"channels":       func(f url.Values) { f.Del("channels") },
		"constituencies": func(f url.Values) { f.Del("constituencies[0].name") },
		"constituencies[0].participants": func(f url.Values) {
			f.Del("constituencies[0].participants[0].id")
			f.Del("constituencies[0].participants[0].position")
		},
	} {
		form := typedElection()
		take(form)
		for _, page := range []string{"/admin/elections/new", "/admin/elections/" + id(e.ID) + "/edit/name"} {
			if page == "/admin/elections/new" && strings.HasSuffix(field, ".participants") {
				continue // a new election is a draft, and candidacies are asked for in a later step
			}
			answer := v.post(t, page, form)
			if got := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(got, "at least one") {
				t.Errorf("%s without %s: want 422 that says so, got %s: %s", page, field, answer.Status, got)
			}
		}
	}
	if got := len(s.titles(t)); got != before {
		t.Errorf("want no election made, got %d", got-before)
	}
	if now, err := s.Elections.Election(t.Context(), e.ID); err != nil || now.Version() != e.Version() {
		t.Errorf("want the election unchanged, got %+v, %v", now, err)
	}
	answer := v.send(t, http.MethodPost, api.Base+"/elections", head+`"constituencies":[{"participants":[1]}]}`, "Content-Type", "application/json")
	if got := text(answer); answer.StatusCode != http.StatusCreated || !strings.Contains(got, `"channels":["batches","online"]`) {
		t.Errorf("want both channels where none is named, got %s: %s", answer.Status, got)
	}
}
