package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/internal/audit"
	"urna/web/api"
)

// unsafe reports whether requests of a method may change something.
func unsafe(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// TestQuery_IsTakenAsItIsMeantOrNotAtAll walks the router: a route of the API that may change something, and is new,
// is asked too.
func TestQuery_IsTakenAsItIsMeantOrNotAtAll(t *testing.T) {
	s := newSite(t)
	administrator, official := s.signedIn(t, "administrator"), s.signedIn(t, "official")
	events := s.events(t)
	asked := 0
	for _, route := range s.server.Routes() {
		if !strings.HasPrefix(route.Path, api.Base) || !unsafe(route.Method) {
			continue
		}
		v := administrator
		if !strings.Contains(access[route.Method+" "+route.Path], "administrator") {
			v = official
		}
		asked++
		for query, field := range map[string]string{
			"nonsense=1": "nonsense", "nonsense": "nonsense", "dryrun=true": "dryrun", "Dry_run=true": "Dry_run", "dry-run=true": "dry-run",
			"a=1&a=2": "a", "=1": "", "%zz=1": "query", "a;b=1": "query", "dry_run=true;again=true": "query", "again=%": "query",
			"dry_run%20=true": "dry_run ", "limit=5&debug": "debug",
		} {
			answer := v.send(t, route.Method, s.address(route.Path)+"?"+query, "{}", "Content-Type", "application/json")
			got := text(answer)
			if answer.StatusCode != http.StatusUnprocessableEntity || answer.Header.Get("Content-Type") != "application/problem+json" ||
				!strings.Contains(got, fmt.Sprintf(`"field":%q`, field)) {
				t.Errorf("%s %s?%s: want 422 that names %q, got %s: %s", route.Method, route.Path, query, field, answer.Status, got)
			}
		}
	}
	if asked < 20 {
		t.Errorf("want every writing route asked, found %d", asked)
	}
	if got := s.events(t); got != events {
		t.Errorf("want nothing changed, got %d events more", got-events)
	}
}

// TestQuery_OfAnUploadStoresNothing sends a good file each time: only the ambiguous query keeps it out.
func TestQuery_OfAnUploadStoresNothing(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	e := s.open(t)
	path := api.Base + "/elections/" + id(e)
	before := len(s.batches(t))
	n := 100
	line := func() string { n++; return ballot(n, 1) + "\n" }
	for _, query := range []string{
		"dry_run", "dry_run=", "dry_run=TRUE", "dry_run=1", "dry_run=True", "dry_run=yes", "dryrun=true", "dry_run=true&dry_run=true",
		"dry_run=true&dry_run=false", "dry_run=false&dry_run=true", "again", "again=1", "again=true&again=true", "Again=true",
		"constituency_id=", "constituency_id=1&constituency_id=1", "constituency=1", "file_name=", "file_name=a.csv&file_name=b.csv",
		"dry_run=true;again=true", "dry_run=%74rue%", "dry_run=true&x",
	} {
		if answer := v.send(t, http.MethodPost, path+"/batches?"+query, line(), "Content-Type", "text/csv"); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("?%s: want 422, got %s: %s", query, answer.Status, text(answer))
		}
		body, kind := uploadForm(t, line())
		if answer := v.send(t, http.MethodPost, path+"/batches?"+query, body, "Content-Type", kind); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("?%s with a form: want 422, got %s: %s", query, answer.Status, text(answer))
		}
	}
	if got := len(s.batches(t)); got != before {
		t.Errorf("want nothing stored, got %d batches more", got-before)
	}
	// Percent-encoded letters are the same letters.
	for query, status := range map[string]int{"dry_run=true": 200, "dry%5Frun=%74rue": 200, "dry_run=false&again=true&file_name=x.csv": 202} {
		if answer := v.send(t, http.MethodPost, path+"/batches?"+query, line(), "Content-Type", "text/csv"); answer.StatusCode != status {
			t.Errorf("?%s: want %d, got %s: %s", query, status, answer.Status, text(answer))
		}
	}
	if got := len(s.batches(t)); got != before+1 {
		t.Errorf("want one batch more, got %d", got-before)
	}
}

// uploadForm is a multipart form with one file.
func uploadForm(t *testing.T, content string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "a.csv")
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), form.FormDataContentType()
}

// open makes an election that takes batches now.
func (s *site) open(t *testing.T) int64 {
	t.Helper()
	d := s.election.Draft()
	d.Title, d.EndsAt, d.OpenNow = "Open", time.Now().Add(time.Hour), true
	e, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	return e.ID
}

func TestQuery_OfAVoteCountsNothing(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 1, nil)
	v := s.visitor(t)
	for _, query := range []string{"dry_run", "dry_run=true", "test=1", "x;y", "%zz", "guid=a&guid=b"} {
		answer := v.send(t, http.MethodPost, "/vote?"+query, p.body(0, "1"), "Content-Type", "application/json")
		if got := text(answer); answer.StatusCode != http.StatusBadRequest || !strings.Contains(got, "/malformed-vote") || !strings.Contains(got, "question mark") {
			t.Errorf("?%s: want 400 that says why, got %s: %s", query, answer.Status, got)
		}
	}
	if answer := v.send(t, http.MethodPost, "/vote?", p.body(0, "1")); answer.StatusCode != http.StatusOK {
		t.Errorf("want the key unused until then, got %s: %s", answer.Status, text(answer))
	}
}

// TestQuery_AFilterIsNeverPassedOver reads lists with filters that make no sense. Unknown parameters are
// left alone: they ask for nothing.
func TestQuery_AFilterIsNeverPassedOver(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	for _, list := range []string{
		"/elections", "/users", "/participants", "/audit-events", "/elections/" + id(s.election.ID) + "/batches",
		"/batches/" + id(s.batch.ID) + "/invalid", "/elections/" + id(s.election.ID) + "/lots",
	} {
		for query, status := range map[string]int{
			"limit=": 422, "limit=x": 422, "limit=0": 422, "limit=-1": 422, "limit=1e3": 422, "limit=1001": 422, "limit=5&limit=6": 422,
			"limit": 422, "cursor=x": 422, "cursor=-3": 422, "limit=5;cursor=2": 422, "limit=%zz": 422,
			"cursor=": 200, "limit=5": 200, "colour=red": 200, "": 200,
		} {
			answer := v.send(t, http.MethodGet, api.Base+list+"?"+query, "")
			if answer.StatusCode != status {
				t.Errorf("%s?%s: want %d, got %s: %s", list, query, status, answer.Status, text(answer))
			}
		}
	}
	if answer := v.send(t, http.MethodGet, api.Base+"/audit-events?action=x&action=y", ""); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a doubled filter refused, got %s", answer.Status)
	}
}

func TestEncoding_NobodyUnpacksWhatIsNoUpload(t *testing.T) {
	s := newSite(t)
	v, official := s.signedIn(t, "administrator"), s.signedIn(t, "official")
	p := s.newPoll(t, 1, nil)
	events := s.events(t)
	officials := map[string]bool{}
	routes := map[string]string{"POST /vote": p.body(0, "1"), "POST " + api.Base + "/elections/" + id(p.election.ID) + "/voter-keys": "4711\n"}
	for _, route := range s.server.Routes() {
		if takesJSON(route.Method, route.Path) {
			routes[route.Method+" "+s.address(route.Path)] = `{"name":"X","kind":"party"}`
			officials[route.Method+" "+s.address(route.Path)] = access[route.Method+" "+route.Path] == "official"
		}
	}
	for route, body := range routes {
		method, path, _ := strings.Cut(route, " ")
		v := v
		if officials[route] {
			v = official
		}
		kind := "application/json"
		if strings.HasSuffix(path, "/voter-keys") {
			kind = "text/csv"
		}
		for _, encoding := range []string{"gzip", "GZIP", "br", "deflate", "zstd", "identity, gzip"} {
			for _, content := range []string{string(packed(t, body)), body} {
				answer := v.send(t, method, path, content, "Content-Type", kind, "Content-Encoding", encoding)
				got := text(answer)
				if answer.StatusCode != http.StatusUnsupportedMediaType || answer.Header.Get("Content-Type") != "application/problem+json" ||
					!strings.Contains(got, `"/problems/unsupported-encoding"`) || answer.Header.Get("Accept-Encoding") != "identity" {
					t.Errorf("%s as %s: want 415, got %s: %s", route, encoding, answer.Status, got)
				}
			}
		}
	}
	if got := s.events(t); got != events {
		t.Errorf("want nothing changed, got %d events more", got-events)
	}
	for _, encoding := range []string{"identity", "Identity", ""} {
		answer := v.send(t, http.MethodPost, "/vote", strings.Replace(p.body(0, "1"), p.keys[0].GUID, "none", 1), "Content-Encoding", encoding)
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("%q: want the vote read, got %s: %s", encoding, answer.Status, text(answer))
		}
	}
	if answer := v.send(t, http.MethodPost, "/vote", p.body(0, "1"), "Content-Type", "application/json"); answer.StatusCode != http.StatusOK {
		t.Errorf("want the key unused until then, got %s", answer.Status)
	}
}

// refusalForm is the form in which a refusal of a path is written: "problem", "epms" or "page".
func refusalForm(t *testing.T, answer *http.Response) string {
	t.Helper()
	kind, body := answer.Header.Get("Content-Type"), text(answer)
	if strings.HasPrefix(kind, "text/html") && strings.Contains(body, "<!doctype html>") {
		return "page"
	}
	var said map[string]any
	if err := json.Unmarshal([]byte(body), &said); err != nil {
		return kind + ": " + body
	}
	kindOf, _ := said["type"].(string)
	switch {
	case kind == "application/problem+json" && strings.HasPrefix(kindOf, "/problems/") && said["status"] == float64(answer.StatusCode) && said["detail"] != "":
		return "problem"
	case strings.HasPrefix(kind, "application/json") && len(said) == 1 && (said["message"] != nil || said["msg"] != nil):
		return "epms"
	default:
		return kind + ": " + body
	}
}

// TestRefusals_HaveTheFormOfTheirPath refuses in every way that comes before a route's own handler, or around it.
func TestRefusals_HaveTheFormOfTheirPath(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	evil := []string{"Origin", "https://evil.example"}
	for _, c := range []struct {
		method, path, body string
		headers            []string
		status             int
		form               string
	}{
		{"POST", "/vote", `{}`, evil, 403, "problem"},
		{"POST", "/vote", `{}`, []string{"Sec-Fetch-Site", "cross-site"}, 403, "problem"},
		{"POST", "/api/v1/participants", `{}`, evil, 403, "problem"},
		{"DELETE", "/api/v1/tokens", ``, []string{"Sec-Fetch-Site", "same-site"}, 403, "problem"},
		{"PATCH", "/api/v1/elections/1", `{}`, []string{"Origin", "null"}, 403, "problem"},
		{"POST", "/api/v1/nowhere", `{}`, evil, 403, "problem"},
		{"POST", "/api/v2/tokens", `{}`, evil, 403, "problem"},
		{"POST", "/epms/login", `{}`, evil, 403, "epms"},
		{"POST", "/epms/vote", ``, evil, 403, "epms"},
		{"POST", "/admin/participants", "name=x", evil, 403, "page"},
		{"POST", "/login", "", evil, 403, "page"},
		{"POST", "/vote/1", "", evil, 403, "page"},
		{"GET", "/vote", "", nil, 405, "problem"},
		{"PUT", "/vote", "{}", nil, 405, "problem"},
		{"GET", "/api/v1/nowhere", "", nil, 404, "problem"},
		{"GET", "/api/nowhere", "", nil, 404, "problem"},
		{"GET", "/api", "", nil, 404, "problem"},
		{"PUT", "/api/v1/users", "{}", nil, 405, "problem"},
		{"DELETE", "/api/v1/elections/1/results", "", nil, 405, "problem"},
		{"GET", "/epms/nowhere", "", nil, 404, "epms"},
		{"GET", "/epms/login", "", nil, 405, "epms"},
		{"PUT", "/epms/createElection", "{}", nil, 405, "epms"},
		{"GET", "/apis", "", nil, 404, "page"},
		{"GET", "/epmsx", "", nil, 404, "page"},
		{"GET", "/votes", "", nil, 404, "page"},
		{"POST", "/api/v1/participants", `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, nil, 413, "problem"},
		{"POST", "/epms/login", `{"email":"` + strings.Repeat("x", 2<<20) + `"}`, nil, 413, "epms"},
		{"POST", "/vote", `{"guid":"` + strings.Repeat("x", 2<<20) + `"}`, nil, 400, "problem"},
		{"POST", "/api/v1/participants", strings.Repeat(`{"name":`, 50_000), nil, 400, "problem"},
		{"POST", "/vote", strings.Repeat(`{"guid":`, 1_000), nil, 400, "problem"},
		{"POST", "/epms/login", strings.Repeat(`{"email":`, 50_000), nil, 400, "epms"},
		{"POST", "/epms/login", strings.Repeat(`[`, 500_000), nil, 400, "epms"},
		{"POST", "/epms/vote", "x", nil, 401, "epms"},
	} {
		answer := v.send(t, c.method, c.path, c.body, c.headers...)
		if form := refusalForm(t, answer); answer.StatusCode != c.status || form != c.form {
			t.Errorf("%s %s %v: want %d as %s, got %s as %s", c.method, c.path, c.headers, c.status, c.form, answer.Status, form)
		}
	}
	if got := text(v.send(t, http.MethodPost, "/login", "", evil...)); !strings.Contains(got, "Sent from another site") || !strings.Contains(got, "Host header") {
		t.Errorf("want the page to say what to do, got %s", got)
	}
	if got := text(v.send(t, http.MethodPost, "/vote", "{}", evil...)); !strings.Contains(got, `"/problems/cross-origin"`) {
		t.Errorf("want a stable type, got %s", got)
	}
}

// TestRefusals_OfBodiesThatBreakOff closes its side of the connection in the middle of a body.
func TestRefusals_OfBodiesThatBreakOff(t *testing.T) {
	s := newSite(t)
	address := strings.TrimPrefix(s.url, "http://")
	for path, want := range map[string]string{
		"/vote": "application/problem+json", "/api/v1/tokens": "application/problem+json", "/epms/login": "application/json",
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"email\": ", path, address)
		if half, ok := conn.(*net.TCPConn); err == nil && ok {
			err = half.CloseWrite()
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		var answer bytes.Buffer
		_, _ = answer.ReadFrom(conn)
		_ = conn.Close()
		if head := answer.String(); !strings.HasPrefix(head, "HTTP/1.1 400") || !strings.Contains(head, "Content-Type: "+want) {
			t.Errorf("%s: want 400 as %s, got %s", path, want, head)
		}
	}
}
