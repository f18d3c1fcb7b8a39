package pages

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
	"github.com/pquerna/otp/totp"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/web/principal"
	"urna/web/respond"
)

const password = "four unrelated words"

// env serves the pages of accounts, the audit log and an election over real services, at a time that a test moves.
type env struct {
	*Pages

	folder *apptest.Env
	clock  *clock.Clock
	url    string
	ada    auth.User // administrator
	grace  auth.User // official
}

func newEnv(t *testing.T) *env {
	t.Helper()
	d := &env{clock: clock.At(time.Now())}
	d.folder = apptest.Open(t, t.TempDir(), d.clock, func(o *app.Options) { o.TimeZone = "Europe/Belgrade" })
	a := d.folder.App
	sessions := scs.New()
	sessions.Store, sessions.HashTokenInStore = a.Sessions, true
	d.Pages = New(Services{
		Auth: a.Auth, Approvals: a.Approvals, Elections: a.Elections, Participants: a.Participants, Batches: a.Batches, Protocols: a.Protocols, Scans: a.Scans, Votes: a.Votes, Results: a.Results, Turnout: a.Turnout, Bundles: a.Bundles, PublicURL: a.PublicURL,
		Sessions: sessions, BrowserSessions: a.Sessions, Audit: a.Audit, MaxUpload: a.Options.MaxUpload, Now: a.Options.Now, Version: "test",
	})
	server := httptest.NewServer(sessions.LoadAndSave(d.routes()))
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// routes are those of the pages in question; package web says, and tests, who may do what.
func (d *env) routes() http.Handler {
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(respond.Pages(d.ErrorPage), func(c *gin.Context) {
		u, err := d.Auth.User(c.Request.Context(), d.Sessions.GetInt64(c.Request.Context(), auth.SessionUser))
		if err == nil && !u.Disabled && u.SessionEpoch == d.Sessions.GetInt64(c.Request.Context(), auth.SessionEpoch) {
			principal.Set(c, u)
		}
	})
	signedIn := func(c *gin.Context) {
		if _, ok := principal.Of(c); !ok {
			c.Abort()
			respond.SeeOther(c, "/login")
		}
	}
	r.POST("/login", d.SignIn)
	r.GET("/login", d.SignInForm)
	r.GET("/login/code", d.SignInCodeForm)
	r.POST("/login/code", d.SignInCode)
	r.GET("/setup/:secret", d.SetupForm)
	r.POST("/setup/:secret", d.Setup)
	r.GET("/elections/:election", d.Election)
	r.Use(signedIn)
	r.GET("/account", d.Account)
	r.POST("/account/sessions/:session/end", d.AccountSessionEnd)
	r.POST("/account/sessions/end-others", d.AccountSessionsEndOthers)
	r.POST("/account/password", d.AccountPassword)
	r.GET("/account/second-factor", d.AccountSecondFactor)
	r.POST("/account/second-factor", d.AccountSecondFactorBegin)
	r.POST("/account/second-factor/confirm", d.AccountSecondFactorConfirm)
	r.POST("/account/second-factor/codes", d.AccountRecoveryCodes)
	r.POST("/account/second-factor/remove", d.AccountSecondFactorRemove)
	r.GET("/batches/:batch", d.BatchPage)
	r.GET("/batches/:batch/invalid.csv", d.BatchInvalidCSV)
	r.GET("/admin/users", d.AdminUsers)
	r.POST("/admin/users", d.AdminUserCreate)
	r.GET("/admin/users/:user", d.AdminUser)
	r.POST("/admin/users/:user", d.AdminUserChange)
	r.POST("/admin/users/waiting", d.AdminUsersWaiting)
	r.GET("/admin/users/:user/places", d.AdminUserPlaces)
	r.POST("/admin/users/:user/places", d.AdminUserPlacesChange)
	r.POST("/admin/users/:user/places/everywhere", d.AdminUserPlacesEverywhere)
	r.GET("/admin/elections/:election/officials", d.AdminElectionOfficials)
	r.GET("/official", d.OfficialHome)
	r.GET("/official/elections/:election", d.OfficialUploadForm)
	r.GET("/official/uploads", d.OfficialUploads)
	r.POST("/official/uploads/confirm", d.OfficialUploadsConfirm)
	r.POST("/official/elections/:election/batches", d.OfficialUpload)
	r.GET("/admin", d.AdminHome)
	r.POST("/admin/users/:user/password", d.AdminUserPassword)
	r.POST("/admin/users/:user/second-factor/remove", d.AdminUserSecondFactorRemove)
	r.POST("/admin/users/:user/delete", d.AdminUserDelete)
	r.POST("/admin/users/:user/disable", d.AdminUserDisable)
	r.GET("/admin/audit", d.AdminAudit)
	r.GET("/admin/audit.csv", d.AdminAuditCSV)
	r.GET("/admin/audit.jsonl", d.AdminAuditJSONL)
	r.GET("/admin/elections/:election", d.AdminElection)
	r.POST("/admin/elections/:election/end", d.AdminElectionExtend)
	return r
}

// furnish adds an administrator and an official.
func (d *env) furnish(t *testing.T) {
	t.Helper()
	add := func(role auth.Role, email, forename, surname string) auth.User {
		u, err := d.Auth.AddUser(t.Context(), audit.System(), auth.NewUser{
			Email: email, Forename: forename, Surname: surname, Role: role, Password: password,
		})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	d.ada = add(auth.Administrator, "ada@example.org", "Ada", "Byron")
	d.grace = add(auth.Official, "grace@example.org", "Grace", "Hopper")
}

// browser is one browser with its cookies.
type browser struct {
	t      *testing.T
	env    *env
	client *http.Client
}

// page is what a browser shows after following where it was sent.
type page struct {
	status int
	path   string
	header http.Header
	body   string
}

func (d *env) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, env: d, client: &http.Client{Jar: jar}}
}

// signedIn is a browser in which a person without a second factor is signed in.
func (d *env) signedIn(t *testing.T, u auth.User) *browser {
	t.Helper()
	b := d.browser(t)
	b.post("/login", "email", u.Email, "password", password)
	if got := b.get("/account"); got.status != http.StatusOK || got.path != "/account" {
		t.Fatalf("want %s signed in, got %d at %s", u.Email, got.status, got.path)
	}
	return b
}

func (b *browser) do(method, path string, form url.Values) page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.env.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	answer, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return page{answer.StatusCode, answer.Request.URL.Path, answer.Header, string(body)}
}

func (b *browser) get(path string) page {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

// post sends a form of names and values.
func (b *browser) post(path string, fields ...string) page {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return b.do(http.MethodPost, path, form)
}

// token is the session's, "" for none.
func (b *browser) token() string {
	address, err := url.Parse(b.env.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(address) {
		return cookie.Value
	}
	return ""
}

// want checks where a browser is and that the page says something.
func (b *browser) want(got page, status int, path, says string) {
	b.t.Helper()
	if got.status != status || got.path != path || !strings.Contains(got.body, says) {
		b.t.Errorf("want %d at %s saying %q, got %d at %s:\n%s", status, path, says, got.status, got.path, mainOf(got.body))
	}
}

func mainOf(body string) string {
	_, body, _ = strings.Cut(body, "<main")
	body, _, _ = strings.Cut(body, "</main>")
	return body
}

var (
	secretOnPage = regexp.MustCompile(`data-testid="second-factor-secret">([A-Z2-7 ]+)<`)
	codeOnPage   = regexp.MustCompile(`data-testid="recovery-code">([A-Z2-7-]+)<`)
)

// enrol sets a second factor up by its pages and returns the secret and the recovery codes.
func (b *browser) enrol() (secret string, recovery []string) {
	b.t.Helper()
	found := secretOnPage.FindStringSubmatch(b.post("/account/second-factor").body)
	if found == nil {
		b.t.Fatal("want a secret on the page")
	}
	secret = strings.ReplaceAll(found[1], " ", "")
	for _, match := range codeOnPage.FindAllStringSubmatch(b.post("/account/second-factor/confirm", "code", b.env.code(b.t, secret)).body, -1) {
		recovery = append(recovery, match[1])
	}
	if len(recovery) != 10 {
		b.t.Fatalf("want ten recovery codes, got %d", len(recovery))
	}
	return secret, recovery
}

// code is what an authenticator app shows now.
func (d *env) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, d.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}
