package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"urna/auth"
	"urna/internal/audit"
	"urna/web/api"
)

func TestSession_NewTokenAtSignInGoneAtSignOut(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	if answer := v.send(t, http.MethodGet, "/", ""); len(answer.Cookies()) != 0 {
		t.Errorf("want no cookie for a visitor, got %v", answer.Cookies())
	}
	planted := &http.Cookie{Name: "urna", Value: "planted-by-somebody-else-00000000000000000"}
	home, _ := url.Parse(s.url)
	v.client.Jar.SetCookies(home, []*http.Cookie{planted})
	answer := v.signIn(t, s.users["administrator"].Email, password)
	cookies := answer.Cookies()
	if answer.StatusCode != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("want a redirect with a cookie, got %s, %v", answer.Status, cookies)
	}
	if c := cookies[0]; c.Value == planted.Value || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("want a fresh, HttpOnly, SameSite cookie, got %v", c)
	}
	if answer := v.send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want the administrator's page, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodPost, "/logout", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want to be signed out, got %s", answer.Status)
	}
	v.client.Jar.SetCookies(home, cookies) // the cookie was kept
	if answer := v.send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the old cookie to be worth nothing, got %s", answer.Status)
	}
}

func TestSession_EndsWithTheAccount(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	disabled := true
	if _, err := s.Auth.ChangeUser(t.Context(), audit.System(), s.users["official"].ID, auth.UserChange{Disabled: &disabled}); err != nil {
		t.Fatal(err)
	}
	if answer := v.send(t, http.MethodGet, "/official", ""); answer.StatusCode != http.StatusSeeOther {
		t.Errorf("want the disabled account sent to sign in, got %s", answer.Status)
	}
	if answer := v.send(t, http.MethodGet, "/api/v1/me", ""); answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("want its token refused, got %s", answer.Status)
	}
}

func TestSignIn_RefusedKeepsTheEmail(t *testing.T) {
	s := newSite(t)
	answer := s.visitor(t).signIn(t, "nobody@example.org", "wrong password here")
	page := text(answer)
	if answer.StatusCode != http.StatusUnauthorized && answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("want a refusal, got %s", answer.Status)
	}
	if !strings.Contains(page, "nobody@example.org") || strings.Contains(page, "wrong password here") {
		t.Error("want the e-mail kept and the password not")
	}
}

func TestSignIn_GoesOnToLocalPagesOnly(t *testing.T) {
	s := newSite(t)
	for next, want := range map[string]string{
		"/admin/users":         "/admin/users",
		"//evil.example":       "/admin",
		"https://evil.example": "/admin",
		`/\evil.example`:       "/admin",
		"":                     "/admin",
	} {
		form := url.Values{"email": {s.users["administrator"].Email}, "password": {password}, "next": {next}}
		answer := s.visitor(t).send(t, http.MethodPost, "/login", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		if got := answer.Header.Get("Location"); got != want {
			t.Errorf("next %q: want %q, got %q", next, want, got)
		}
	}
}

func TestHeaders_OnEveryAnswer(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	for _, route := range []string{
		"GET /", "GET /login", "GET /nowhere", "GET /admin", "GET /api/v1/elections", "GET /api/v1/nowhere", "GET /healthz",
		"GET /vote/1", "GET /vote", "POST /vote",
	} {
		method, path, _ := strings.Cut(route, " ")
		answer := v.send(t, method, path, "")
		csp := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") ||
			answer.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: want the browser's defences, got %v", route, answer.Header)
		}
		for _, name := range []string{
			"X-Frame-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy",
		} {
			if document := path != "/vote"; (answer.Header.Get(name) != "") != document {
				t.Errorf("%s: want what only documents need there and nowhere else, got %s: %q", route, name, answer.Header.Get(name))
			}
		}
		if page := text(answer); strings.Contains(page, "<script>") || strings.Contains(page, " style=") || strings.Contains(page, " onclick=") {
			t.Errorf("%s: want nothing inline", path)
		}
	}
}

// TestHeaders_WhatIsForOneReaderIsKeptByNobody reads with a token what everybody may read, and what not.
func TestHeaders_WhatIsForOneReaderIsKeptByNobody(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	for _, path := range []string{"/me", "/elections", "/elections/" + id(s.election.ID) + "/voter-keys", "/elections/4711"} {
		if answer := v.send(t, http.MethodGet, api.Base+path, ""); answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: want no-store, got %q", path, answer.Header.Get("Cache-Control"))
		}
	}
}

func TestCrossOrigin_RefusedOnUnsafeRoutes(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "administrator")
	for _, header := range [][2]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		for _, path := range []string{"/admin/participants", "/logout", "/api/v1/participants"} {
			answer := v.send(t, http.MethodPost, path, `{"name":"X","kind":"party"}`, header[0], header[1], "Content-Type", "text/plain")
			if answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %v: want 403, got %s", path, header, answer.Status)
			}
		}
	}
	if answer := v.send(t, http.MethodGet, "/admin", ""); answer.StatusCode != http.StatusOK {
		t.Errorf("want to be signed in still, got %s", answer.Status)
	}
}

func TestErrors_PageForPeopleProblemForPrograms(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	page := v.send(t, http.MethodGet, "/elections/999", "")
	if page.StatusCode != http.StatusNotFound || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Errorf("want a page with 404, got %s, %s", page.Status, page.Header.Get("Content-Type"))
	}
	answer := v.send(t, http.MethodGet, "/api/v1/elections/999", "")
	var problem struct {
		Type   string `json:"type"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
		t.Fatal(err)
	}
	if answer.Header.Get("Content-Type") != "application/problem+json" || problem.Status != 404 ||
		!strings.HasSuffix(problem.Type, "/unknown-election") || problem.Detail == "" {
		t.Errorf("want problem+json, got %s, %+v", answer.Header.Get("Content-Type"), problem)
	}
}

func TestLive_SendsTheCountAndFollowsIt(t *testing.T) {
	s := newSite(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/elections/%d/live", s.url, s.election.ID), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if got := answer.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Fatalf("want an event stream, got %s", got)
	}
	if answer.Header.Get("Set-Cookie") != "" {
		t.Error("want the feed without cookies")
	}
	event := make([]byte, 4096)
	if _, err := io.ReadAtLeast(answer.Body, event, 20); err != nil || !bytes.Contains(event, []byte("event: update")) {
		t.Errorf("want an update at once, got %q, %v", event[:60], err)
	}
}

func TestOfficialUpload_ThroughTheForm(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	upload := func(content string) *http.Response {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		_ = form.WriteField("constituency_id", id(s.election.Constituencies[0].ID))
		part, _ := form.CreateFormFile("file", "night.csv")
		_, _ = io.WriteString(part, content)
		_ = form.Close()
		return v.send(t, http.MethodPost, fmt.Sprintf("/official/elections/%d/batches", s.election.ID), body.String(),
			"Content-Type", form.FormDataContentType())
	}
	line := "6f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11,1\n"
	answer := upload(line)
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/official/uploads" {
		t.Fatalf("want to go on to the confirmation, got %s to %q", answer.Status, answer.Header.Get("Location"))
	}
	answer = v.post(t, "/official/uploads/confirm", choices(v.look(t)))
	if !strings.HasPrefix(answer.Header.Get("Location"), "/batches/") {
		t.Fatalf("want the confirmed batch's page, got %s", answer.Status)
	}
	page := text(v.send(t, http.MethodGet, answer.Header.Get("Location"), ""))
	if !strings.Contains(page, "night.csv") {
		t.Error("want the batch's page")
	}
	answer = upload(line + "wrong,1\n")
	if page := text(answer); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "ine 2") {
		t.Errorf("want the refusal with its line, got %s", answer.Status)
	}
	if answer := upload(strings.Repeat(line, 40_000)); answer.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("want an upload over the limit refused, got %s", answer.Status)
	}
}
