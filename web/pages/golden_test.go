package pages

import (
	"bytes"
	"context"
	"flag"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/view"
	"urna/web/view/kit"
)

var update = flag.Bool("update", false, "rewrite the golden pages")

// hashes in the addresses of assets change with every edit of a style; the pages do not.
var hashes = regexp.MustCompile(`(/assets/[\w.-]+)\.[0-9a-f]{12}\.`)

func request(u *auth.User) *gin.Context {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	if u != nil {
		principal.Set(c, *u)
	}
	return c
}

// goldenPages draws one page of each sort from plain values.
func goldenPages(t *testing.T) map[string]templ.Component {
	t.Helper()
	p := New(Services{Auth: &auth.Service{}, Elections: &elections.Service{}, Audit: fixedLog{}, Version: "1.0", Now: func() time.Time { return moment }, MaxUpload: 4 << 30})
	ada := &auth.User{ID: 1, Forename: "Ada", Surname: "Byron", Role: auth.Administrator}
	election := func(live view.Live) templ.Component {
		page := p.page(request(nil), view.SectionElections, messages.Verbatim("Council"))
		page.Scripts, page.Refresh = liveScripts(), 5
		hash, events, _ := fixedLog{}.Head(t.Context())
		live.Audit = auditHead(hash, events)
		return view.Election(view.ElectionPage{Page: page, ID: 4, Title: "Council", LiveURL: "/elections/4/live", Live: live})
	}
	parties := []participants.Participant{{ID: 1, Name: "Alder", Kind: participants.Party}, {ID: 2, Name: "Birch", Kind: participants.Party}, {ID: 3, Name: "Cedar", Kind: participants.Party}}
	form := readElectionForm(minimal("title", `<script>alert("x")</script>`))
	formPage := newElectionPage()
	formPage.Page = p.page(request(ada), view.SectionManage, messages.Verbatim("New election"))
	formPage.Problems, _, _ = formProblems(&problem.Error{Kind: problem.Invalid, Message: messages.Verbatim("Please check the marked fields."), Fields: []problem.Field{
		{Name: "title", Message: messages.Verbatim("Use plain text.")},
		{Name: "constituencies[0].participants[0].weight", Message: messages.Verbatim("Enter the weight as a fraction.")},
		{Name: "constituencies[0].participants", Message: messages.Verbatim("Choose the participants.")},
	}})
	upload := view.UploadPage{
		Page: p.page(request(nil), view.SectionOfficial, messages.Verbatim("Upload a file")), Title: "Council", Action: "/official/elections/4/batches",
		PlaceID: "7", MaxBytes: "1000", MaxSize: messages.Verbatim("1.0 kB"), Sample: sampleLines(council()),
	}
	malformed := &problem.Error{
		Kind: problem.Invalid, Code: batch.ErrMalformedFile.Code, Message: messages.Verbatim("The file was refused because of 1234 problems, of which these are the first 20."),
		Fields: []problem.Field{{Name: "line 3", Message: messages.Verbatim("The GUID is not one.")}},
	}
	addRefusals(t.Context(), &upload, answers{checkedIn: 1, refused: []refusedFile{{"<box>.csv", malformed}}}, malformed)
	counted := batch.Batch{
		ID: 12, ElectionID: 4, ConstituencyID: 7, OfficialID: 2, OfficialName: "Grace Hopper <grace@example.org>", FileName: "station 7.csv",
		SHA256: strings.Repeat("ab", 32), Bytes: 41_200_000, State: batch.Processing, Lines: 1000, Processed: 400, Valid: 380, Invalid: 15, Duplicates: 5, AcceptedAt: moment,
	}
	golden := accountPages(t, p, *ada)
	maps.Copy(golden, correctionPages(t, p))
	maps.Copy(golden, map[string]templ.Component{
		"election-coming":         election(comingLive(council())),
		"election-turnout":        election(turnoutLive(councilTurnout())),
		"election-parliamentary":  election(resultsLive(councilResults())),
		"election-constituencies": election(tabled(provinces())),
		"election-presidential":   election(resultsLive(presidential())),
		"error-not-found":         p.ErrorPage(request(nil), 404, elections.ErrUnknownElection),
		"error-forbidden":         p.ErrorPage(request(ada), 403, auth.ErrForbidden),
		"sign-in-refused": view.SignIn(view.SignInPage{
			Page: p.page(request(nil), view.SectionSignIn, messages.Verbatim("Sign in")), Email: `a"b@example.org`, Next: "/admin",
			Problems: kit.Problems{Summary: messages.Verbatim(auth.ErrCredentials.Message.String())},
		}),
		"turnout":        p.turnoutPage(nil, reportedCouncil(), nil, nil),
		"election-form":  view.ElectionForm(form.formView(formPage, parties)),
		"upload-refused": view.Upload(upload),
		"uploads":        view.Uploads(view.UploadsPage{Page: p.page(request(nil), view.SectionOfficial, messages.UploadConfirmHeadingSeveral()), Heading: messages.UploadConfirmHeadingSeveral(), List: waitingFiles()}),
		"batch":          view.Batch(p.batchPage(request(ada), counted, council())),
	})
	return golden
}

func TestPages_LookAsTheyDid(t *testing.T) {
	for name, page := range goldenPages(t) {
		t.Run(name, func(t *testing.T) {
			got := hashes.ReplaceAllString(render(t, page), "$1.")
			// One element a line, so that a difference can be read.
			got = strings.ReplaceAll(got, "><", ">\n<") + "\n"
			file := filepath.Join("testdata", name+".golden.html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("want the golden page; if the change is meant, run go test ./web/pages -update (-want +got):\n%s", diff)
			}
		})
	}
}

func render(t *testing.T, page templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := page.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What the Content-Security-Policy would stop must not be on a page in the first place, and what a
// screen reader needs must be.
func TestPages_KeepTheRulesOfEveryPage(t *testing.T) {
	never := map[string]*regexp.Regexp{
		"an inline style":            regexp.MustCompile(`\sstyle=|<style`),
		"an inline script":           regexp.MustCompile(`<script(?:\s[^>]*)?>[^<]`),
		"an event handler":           regexp.MustCompile(`<[^>]+\son[a-z]+=`),
		"an address of another host": regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`),
		"an image without a name":    regexp.MustCompile(`<img`),
		"words run together":         regexp.MustCompile(`[a-z]<time|</time>[a-z]`),
	}
	ids := regexp.MustCompile(`\sid="([^"]*)"`)
	labels := regexp.MustCompile(`<label[^>]*\sfor="([^"]*)"`)
	controls := regexp.MustCompile(`<(?:input|select|textarea)\s[^>]*>`)
	for name, page := range goldenPages(t) {
		t.Run(name, func(t *testing.T) {
			html := render(t, page)
			for what, pattern := range never {
				if found := pattern.FindString(html); found != "" {
					t.Errorf("want no %s, got %q", what, found)
				}
			}
			if n := strings.Count(html, "<h1"); n != 1 {
				t.Errorf("want one main heading, got %d", n)
			}
			seen := map[string]bool{}
			for _, match := range ids.FindAllStringSubmatch(html, -1) {
				if seen[match[1]] {
					t.Errorf("want every id once, got %q twice", match[1])
				}
				seen[match[1]] = true
			}
			labelled := map[string]bool{}
			for _, match := range labels.FindAllStringSubmatch(html, -1) {
				labelled[match[1]] = true
				if !seen[match[1]] {
					t.Errorf("want a control for every label, got none for %q", match[1])
				}
			}
			for _, control := range controls.FindAllString(html, -1) {
				id := ids.FindStringSubmatch(control)
				if strings.Contains(control, `type="hidden"`) || strings.Contains(control, "aria-label=") {
					continue
				}
				if id == nil || !labelled[id[1]] {
					t.Errorf("want a label for every control, got none for %q", control)
				}
			}
			if strings.Count(html, "<table") != strings.Count(html, "<caption") {
				t.Error("want a caption for every table")
			}
		})
	}
}
