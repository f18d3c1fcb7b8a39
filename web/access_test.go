package web_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/web"
	"urna/web/api"
	"urna/web/help"
)

// access says who gets past a route's line, beside what the route itself may still refuse. Everybody
// may where it is empty; "refresh token" is for every holder of one, of any role. The same table
// is in docs/access.md. HEAD, and OPTIONS where other
// origins may ask, are for those who may GET.
var access = both(protocolAccess, map[string]string{
	"GET /assets/:file": "", "GET /healthz": "", "GET /readyz": "",
	"GET /": "", "GET /elections/:election": "", "GET /elections/:election/live": "",
	"GET /elections/:election/constituencies": "", "GET /elections/:election/constituencies/:constituency": "", "GET /elections/:election/constituencies/:constituency/live": "", "GET /elections/:election/wall": "",
	"GET /elections/:election/seats": "", "GET /elections/:election/turnout": "",
	"GET /elections/:election/stations":          "",
	"GET /elections/:election/stations/:station": "",
	"GET /help": "", "GET /help/:chapter": "",
	"GET /elections/:election/protocol.pdf": "",
	"GET /elections/:election/picture.png":  "",

	"GET /elections/:election/constituencies/:constituency/picture.png": "",
	"GET /elections/:election/results.cdf.json":                         "", "GET /elections/:election/datapackage.json": "", "GET /elections/:election/feed.atom": "",
	"GET /elections/:election/results.csv": "", "GET /elections/:election/constituencies.csv": "", "GET /elections/:election/stations.csv": "",
	"GET /elections/:election/turnout.csv": "",
	"GET /log":                             "", "GET /log/key": "", "GET /log/checkpoint": "", "GET /log/consistency": "", "POST /log/countersignatures": "",
	"GET /login": "", "POST /login": "", "GET /login/code": "", "POST /login/code": "", "POST /login/passkey": "",
	"GET /setup/:secret": "", "POST /setup/:secret": "",
	"POST /logout": "administrator official observer", "POST /vote": "", "GET /vote/:election": "", "POST /vote/:election": "",
	"GET /account":                                   "administrator official observer",
	"POST /account/sessions/:session/end":            "administrator official observer",
	"POST /account/sessions/end-others":              "administrator official observer",
	"GET /account/password":                          "administrator official observer",
	"POST /account/password":                         "administrator official observer",
	"GET /account/second-factor":                     "administrator official observer",
	"POST /account/second-factor":                    "administrator official observer",
	"POST /account/second-factor/confirm":            "administrator official observer",
	"POST /account/second-factor/codes":              "administrator official observer",
	"POST /account/second-factor/remove":             "administrator official observer",
	"POST /account/passkey":                          "administrator official observer",
	"POST /account/second-factor/passkeys":           "administrator official observer",
	"POST /account/second-factor/passkeys/challenge": "administrator official observer",
	"POST /account/second-factor/passkeys/remove":    "administrator official observer",

	"GET /elections/:election/amendments":                         "",
	"GET /elections/:election/corrections":                        "",
	"GET /admin/elections/:election/corrections":                  "administrator",
	"POST /admin/elections/:election/corrections":                 "administrator",
	"POST /admin/elections/:election/corrections/:number/end":     "administrator",
	"GET /api/v1/elections/:id/corrections":                       "",
	"POST /api/v1/elections/:id/corrections":                      "administrator",
	"POST /api/v1/elections/:id/corrections/:number/end":          "administrator",
	"GET /admin/elections/:election/stations":                     "administrator",
	"POST /admin/elections/:election/stations":                    "administrator",
	"GET /admin/elections/:election/stations/new":                 "administrator",
	"GET /admin/elections/:election/stations/list":                "administrator",
	"POST /admin/elections/:election/stations/list":               "administrator",
	"GET /admin/elections/:election/stations/:station":            "administrator",
	"POST /admin/elections/:election/stations/:station":           "administrator",
	"POST /admin/elections/:election/stations/:station/removal":   "administrator",
	"POST /admin/elections/:election/stations/:station/closure":   "administrator",
	"POST /admin/elections/:election/stations/:station/annulment": "administrator",
	"POST /admin/elections/:election/stations/:station/reopening": "administrator",
	"GET /api/v1/elections/:id/amendments":                        "",
	"GET /api/v1/elections/:id/stations/:station":                 "administrator",
	"POST /api/v1/elections/:id/stations/:station/closure":        "administrator",
	"POST /api/v1/elections/:id/stations/:station/annulment":      "administrator",
	"POST /api/v1/elections/:id/stations/:station/reopening":      "administrator",
	"GET /admin/elections/:election/registered":                   "administrator",
	"POST /admin/elections/:election/registered":                  "administrator",

	"GET /admin":                                     "administrator",
	"GET /admin/participants":                        "administrator",
	"POST /admin/participants":                       "administrator",
	"GET /admin/participants/new":                    "administrator",
	"GET /admin/participants/list":                   "administrator",
	"POST /admin/participants/list":                  "administrator",
	"GET /admin/participants/:participant":           "administrator",
	"POST /admin/participants/:participant":          "administrator",
	"POST /admin/participants/:participant/deletion": "administrator",
	"GET /admin/elections/:election/publication":     "administrator",
	"POST /admin/elections/:election/publication":    "administrator",
	"GET /admin/elections/:election/withdrawal":      "administrator",
	"POST /admin/elections/:election/withdrawal":     "administrator",
	"POST /admin/elections/:election/deletion":       "administrator",
	"DELETE /api/v1/elections/:id":                   "administrator",
	"POST /api/v1/elections/:id/publication":         "administrator",
	"POST /api/v1/elections/:id/withdrawal":          "administrator",
	"DELETE /api/v1/participants/:id":                "administrator",
	"GET /admin/elections":                           "administrator",
	"GET /admin/elections/new":                       "administrator",
	"GET /admin/elections/:election":                 "administrator",
	"GET /admin/elections/:election/rules":           "administrator",
	"GET /admin/elections/:election/constituencies":  "administrator",
	"GET /admin/elections/:election/candidacies":     "administrator",
	"GET /admin/elections/:election/map":             "administrator",
	"POST /admin/elections/:election/map":            "administrator",
	"POST /admin/elections/:election/map/removal":    "administrator",
	"GET /admin/elections/:election/incoming":        "administrator",
	"GET /admin/elections/:election/ties":            "administrator",
	"GET /admin/elections/:election/documents":       "administrator",
	"GET /admin/elections/:election/history":         "administrator",
	"GET /admin/elections/:election/edit":            "administrator",
	"GET /admin/elections/:election/edit/:step":      "administrator",
	"GET /admin/elections/:election/list":            "administrator",
	"POST /admin/elections/:election/list":           "administrator",
	"GET /admin/elections/:election/declared":        "administrator",
	"POST /admin/elections/:election/declared":       "administrator",
	"POST /admin/elections/:election/end":            "administrator",
	"GET /admin/users":                               "administrator",
	"POST /admin/users":                              "administrator",
	"GET /admin/users/new":                           "administrator",
	"GET /admin/users/:user":                         "administrator",
	"POST /admin/users/:user":                        "administrator",
	"POST /admin/users/waiting":                      "administrator",
	"GET /admin/users/:user/places":                  "administrator",
	"POST /admin/users/:user/places":                 "administrator",
	"POST /admin/users/:user/places/everywhere":      "administrator",
	"GET /admin/elections/:election/officials":       "administrator",
	"POST /admin/users/:user/password":               "administrator",
	"POST /admin/users/:user/second-factor/remove":   "administrator",
	"POST /admin/users/:user/delete":                 "administrator",
	"POST /admin/users/:user/disable":                "administrator",
	"POST /admin/users/:user/enable":                 "administrator",
	"GET /admin/clock":                               "administrator",
	"POST /admin/clock":                              "administrator",
	"GET /admin/backups":                             "administrator",
	"POST /admin/backups":                            "administrator",
	"GET /admin/witnesses":                           "administrator",
	"POST /admin/witnesses":                          "administrator",
	"POST /admin/witnesses/:witness/removal":         "administrator",
	"GET /admin/batches":                             "administrator observer",
	"POST /admin/batches/:batch/retraction":          "administrator",
	"POST /admin/batches/:batch/restoration":         "administrator",
	"GET /admin/approvals":                           "administrator",
	"GET /admin/approvals/:approval":                 "administrator",
	"POST /admin/approvals/:approval":                "administrator",
	"GET /admin/audit":                               "administrator observer",
	"GET /admin/audit.csv":                           "administrator observer",
	"GET /admin/audit.jsonl":                         "administrator observer",

	"GET /admin/elections/:election/keys":                            "administrator",
	"POST /admin/elections/:election/keys":                           "administrator",
	"POST /admin/elections/:election/keys/revocations":               "administrator",
	"POST /admin/elections/:election/keys/sealing":                   "administrator",
	"POST /admin/elections/:election/keys/rolls/:roll/withdrawal":    "administrator",
	"GET /admin/elections/:election/keys/issues/:issue":              "administrator",
	"GET /admin/elections/:election/keys/issues/:issue/progress":     "administrator",
	"GET /admin/elections/:election/keys/issues/:issue/keys.csv":     "administrator",
	"GET /admin/elections/:election/keys/issues/:issue/keys.csv.age": "administrator",
	"GET /admin/elections/:election/keys/issues/:issue/letters.zip":  "administrator",
	"GET /admin/elections/:election/information":                     "administrator",
	"POST /admin/elections/:election/information":                    "administrator",
	"GET /admin/elections/:election/information/letter":              "administrator",
	"GET /admin/elections/:election/information/letters.json":        "administrator",
	"POST /admin/elections/new":                                      "administrator",
	"POST /admin/elections/:election/edit/:step":                     "administrator",
	"GET /admin/elections/:election/keys/issues/:issue/letters":      "administrator",
	"POST /admin/elections/:election/keys/issues/:issue/drop":        "administrator",

	"GET /observer":                              "observer",
	"GET /official":                              "official",
	"GET /official/elections/:election":          "official",
	"POST /official/elections/:election/batches": "official",
	"GET /official/batches":                      "official",

	"GET /official/elections/:election/turnout":         "official",
	"GET /official/elections/:election/turnout/:place":  "official",
	"POST /official/elections/:election/turnout/:place": "official",

	"GET /official/watch":                            "official",
	"GET /official/uploads":                          "official",
	"GET /official/uploads/progress":                 "official",
	"GET /official/uploads/watch":                    "official",
	"POST /official/uploads/confirm":                 "official",
	"POST /official/uploads/:upload/discard":         "official",
	"GET /official/uploads/:upload/not-counted.csv":  "official",
	"GET /official/uploads/:upload/comparison":       "official",
	"POST /official/uploads/:upload/comparison":      "official",
	"GET /official/elections/:election/template.csv": "official",

	"GET /batches/:batch":             "administrator official observer",
	"GET /batches/:batch/progress":    "administrator official observer",
	"GET /batches/:batch/watch":       "administrator official observer",
	"GET /batches/:batch/invalid.csv": "administrator official observer",

	"GET /api/v1/openapi.json":              "",
	"GET /api/v1/docs":                      "",
	"POST /api/v1/tokens":                   "",
	"POST /api/v1/tokens/refresh":           "",
	"DELETE /api/v1/tokens":                 "administrator official observer",
	"GET /api/v1/me":                        "administrator official observer",
	"GET /api/v1/users":                     "administrator",
	"POST /api/v1/users":                    "administrator",
	"GET /api/v1/users/:id":                 "administrator",
	"PATCH /api/v1/users/:id":               "administrator",
	"DELETE /api/v1/users/:id":              "administrator",
	"GET /api/v1/approvals":                 "administrator",
	"GET /api/v1/approvals/:id":             "administrator",
	"POST /api/v1/approvals/:id":            "administrator",
	"GET /api/v1/participants":              "administrator",
	"POST /api/v1/participants":             "administrator",
	"GET /api/v1/participants/:id":          "administrator",
	"PATCH /api/v1/participants/:id":        "administrator",
	"GET /api/v1/elections":                 "",
	"POST /api/v1/elections":                "administrator",
	"GET /api/v1/elections/:id":             "",
	"PATCH /api/v1/elections/:id":           "administrator",
	"GET /api/v1/elections/:id/results":     "",
	"GET /api/v1/elections/:id/results.csv": "",
	"GET /api/v1/elections/:id/turnout":     "",
	"GET /api/v1/elections/:id/turnout.csv": "",
	"GET /api/v1/elections/:id/batches":     "administrator official observer",

	"POST /api/v1/elections/:id/stations/:station/turnout":            "official",
	"POST /api/v1/elections/:id/constituencies/:constituency/turnout": "official",

	"POST /api/v1/elections/:id/batches":                "official",
	"GET /api/v1/elections/:id/map":                     "",
	"PUT /api/v1/elections/:id/map":                     "administrator",
	"DELETE /api/v1/elections/:id/map":                  "administrator",
	"GET /api/v1/elections/:id/voter-information":       "administrator",
	"PUT /api/v1/elections/:id/voter-information":       "administrator",
	"GET /api/v1/elections/:id/voter-keys":              "administrator",
	"POST /api/v1/elections/:id/voter-keys":             "administrator",
	"POST /api/v1/elections/:id/voter-keys/revocations": "administrator",
	"POST /api/v1/elections/:id/voter-keys/withdrawals": "administrator",
	"GET /api/v1/batches/:id":                           "administrator official observer",
	"GET /api/v1/batches/:id/invalid":                   "administrator official observer",
	"POST /api/v1/batches/:id/retraction":               "administrator",
	"POST /api/v1/batches/:id/restoration":              "administrator",
	"GET /api/v1/audit-events":                          "administrator observer",
	"GET /api/v1/log":                                   "",
	"GET /api/v1/backups":                               "administrator",
	"POST /api/v1/backups":                              "administrator",
	"POST /api/v1/witnesses":                            "administrator",
	"DELETE /api/v1/witnesses/:id":                      "administrator",

	"GET /elections/:election/bundle.zip":                           "",
	"GET /admin/elections/:election/bundle.zip":                     "administrator",
	"GET /admin/elections/:election/certification":                  "administrator observer",
	"POST /admin/elections/:election/certification":                 "administrator",
	"POST /admin/elections/:election/certification/lots":            "administrator",
	"POST /admin/elections/:election/certification/reasons":         "administrator",
	"POST /admin/elections/:election/certification/seed":            "administrator",
	"POST /admin/elections/:election/certification/seed/revelation": "administrator",
	"POST /admin/elections/:election/certification/second-round":    "administrator",
	"GET /api/v1/elections/:id/constituencies.csv":                  "",
	"GET /api/v1/elections/:id/stations":                            "",
	"GET /api/v1/elections/:id/stations.csv":                        "",
	"GET /api/v1/elections/:id/bundle.zip":                          "",
	"GET /api/v1/elections/:id/bundle-full.zip":                     "administrator",
	"GET /api/v1/elections/:id/lots":                                "",
	"POST /api/v1/elections/:id/lots":                               "administrator",
	"GET /api/v1/elections/:id/lot-seed":                            "",
	"POST /api/v1/elections/:id/lot-seed":                           "administrator",
	"POST /api/v1/elections/:id/lot-seed/revelation":                "administrator",
	"GET /api/v1/elections/:id/certification":                       "administrator observer",
	"POST /api/v1/elections/:id/certification":                      "administrator",
	"POST /api/v1/elections/:id/second-round":                       "administrator",

	"POST /epms/register":          "administrator",
	"POST /epms/login":             "",
	"POST /epms/refresh":           "refresh token",
	"POST /epms/delete":            "administrator",
	"POST /epms/createParticipant": "administrator",
	"GET /epms/getParticipants":    "administrator",
	"POST /epms/createElection":    "administrator",
	"GET /epms/getElections":       "administrator",
	"GET /epms/getResults":         "administrator",
	"POST /epms/vote":              "official",
})

// whos are the kinds of visitors; a disabled account and an expired session may do no more than
// an anonymous visitor.
var whos = []string{"anonymous", "administrator", "official", "other official", "observer", "disabled", "expired"}

// role returns as which role a visitor counts, "" for none.
func role(who string) string {
	switch who {
	case "administrator":
		return "administrator"
	case "official", "other official":
		return "official"
	case "observer":
		return "observer"
	default:
		return ""
	}
}

// become returns a visitor of the kind.
func (s *site) become(t *testing.T, who string) *visitor {
	t.Helper()
	switch who {
	case "anonymous":
		return s.visitor(t)
	case "disabled":
		v := s.signedIn(t, "disabled administrator")
		s.disable(t, "disabled administrator", true)
		return v
	case "expired":
		v := s.signedIn(t, "administrator")
		v.bearer = s.staleToken(t)
		s.sessionClock.Move(web.SessionLifetime + time.Minute)
		return v
	default:
		return s.signedIn(t, who)
	}
}

// restore takes back what become changed for all visitors.
func (s *site) restore(t *testing.T, who string) {
	t.Helper()
	if who == "disabled" { // a change of an account costs more than most requests
		s.disable(t, "disabled administrator", false)
	}
	s.sessionClock.Reset()
}

// bodies are the request bodies that routes need to accept a caller.
var bodies = map[string]string{"POST /api/v1/elections/:id/certification": `{"password":"` + password + `"}`}

// TestAccess_EveryRouteForEveryRole walks the router's own routes. A route that is not in the table
// fails, and so does a line that no route has.
func TestAccess_EveryRouteForEveryRole(t *testing.T) {
	s := newSite(t)
	routes := map[string]bool{}
	for _, route := range s.server.Routes() {
		name := route.Method + " " + route.Path
		if route.Method == http.MethodHead || route.Method == http.MethodOptions {
			name = http.MethodGet + " " + route.Path
		}
		routes[name] = true
		allowed, known := access[name]
		if !known {
			t.Errorf("the route %s is not in the table", name)
			continue
		}
		if strings.HasSuffix(name, "/live") {
			continue // open to everybody and endless; it has a test of its own
		}
		for _, who := range whos {
			v := s.become(t, who)
			answer := v.send(t, route.Method, s.address(route.Path), bodies[name])
			may := allowed == "" || role(who) != "" && slices.Contains(strings.Fields(allowed), role(who))
			if refused := refuses(route.Path, role(who), answer); refused == may {
				t.Errorf("%s as %s: want allowed %v, got %s to %q", name, who, may, answer.Status, answer.Header.Get("Location"))
			}
			if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
				wantLandmarksApart(t, name+" as "+who, text(answer))
			}
			s.restore(t, who)
		}
	}
	for name := range access {
		if !routes[name] {
			t.Errorf("the table names %s, which is no route", name)
		}
	}
}

// refuses reports whether an answer is the refusal of a route's own line.
func refuses(path, role string, answer *http.Response) bool {
	switch {
	case strings.HasPrefix(path, web.EPMSBase):
		return answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusUnprocessableEntity
	case role != "":
		return answer.StatusCode == http.StatusForbidden
	case strings.HasPrefix(path, api.Base):
		return answer.StatusCode == http.StatusUnauthorized
	default:
		to := answer.Header.Get("Location")
		return answer.StatusCode == http.StatusSeeOther &&
			(strings.HasPrefix(to, "/login?next=") || to == "/login" && answer.Request.Method == http.MethodPost)
	}
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

// address fills in things that exist, so that a refusal is about the role.
func (s *site) address(path string) string {
	if strings.Contains(path, "/users/") {
		path = strings.ReplaceAll(path, ":id", ":user")
	}
	return strings.NewReplacer(
		":election", id(s.election.ID), ":constituency", id(s.election.Constituencies[0].ID), ":batch", id(s.batch.ID), ":user", id(s.users["second administrator"].ID),
		":participant", "1", ":upload", "1", ":id", "1", ":file", "urna.css", ":session", "none", ":secret", "none", ":issue", "none", ":roll", "1", ":chapter", help.Voters,
	).Replace(path)
}
