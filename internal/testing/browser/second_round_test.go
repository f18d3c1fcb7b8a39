package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"urna/internal/testing/program"
)

// candidates of the first round, by poll number, and their votes: none has more than half.
var candidates = []list{{name: "Ivana Horvat", votes: 45}, {name: "Luka Babić", votes: 20}, {name: "Marko Kovač", votes: 35}}

// TestBrowser_FromAFirstRoundToVotesInTheSecond has a presidential election end without a winner; the administrator
// makes its second round from the page, between the two who lead, and a voter votes in it online.
func TestBrowser_FromAFirstRoundToVotesInTheSecond(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	for _, u := range []program.User{administrator, secondAdministrator, official} {
		program.AddUser(t, binary, data, u)
	}
	server := program.Serve(t, binary, data)
	ada := openTab(t, server.URL)
	ada.signIn(administrator)
	first := ada.firstRound()

	grace := openTab(t, server.URL)
	grace.signIn(official)
	grace.open("/official")
	grace.click("official-upload-link")
	grace.attach("upload-file", noMajority(t))
	grace.click("upload-submit")
	grace.click("upload-confirm")
	grace.wait("batch-state", "counted")

	page := first + "/certification"
	ada.open(page)
	ada.fill("field-password", administrator.Password)
	ada.click("confirm-figures")
	ada.see("confirm-waits")
	bea := openTab(t, server.URL)
	bea.signIn(secondAdministrator)
	bea.open(page)
	bea.fill("field-password", secondAdministrator.Password)
	bea.click("confirm-figures")
	bea.see("certified")
	bea.open(strings.TrimPrefix(first, "/admin"))
	bea.pictures("first-round")

	second := ada.secondRound(page)
	keys := ada.issueKeys(second, bea)

	b := openTab(t, server.URL)
	b.open(strings.TrimPrefix(first, "/admin"))
	b.click("other-round")
	b.see("vote-link")
	b.until("location.pathname", "/elections/"+second, "the address")
	if got := b.text("other-round"); !strings.Contains(got, "first round") {
		t.Errorf("want the way back to the first round, got %q", got)
	}
	b.pictures("second-round-open")
	b.click("vote-link")
	b.fill("vote-personal-id", "voter-1")
	b.fill("vote-guid", keys["voter-1"])
	b.click("vote-go-on")
	b.see("vote-choices")
	b.pictures("second-round-choices")
	b.waitForNumber("choice-3", 0)
	b.click("choice-2")
	b.click("vote-to-confirm")
	b.until("document.querySelector('[data-testid=vote-chosen] strong')?.textContent ?? ''", "Marko Kovač", "the choice")
	b.pictures("second-round-confirm")
	b.click("vote-cast")
	b.see("vote-counted")
	b.pictures("second-round-counted")
	program.Verify(t, binary, data)
}

// firstRound registers the candidates and makes a presidential election between them that is over; it returns its page.
func (b *tab) firstRound() string {
	b.t.Helper()
	b.open("/admin/participants/new?kind=individual")
	for _, c := range candidates {
		b.choose("field-name", c.name)
		b.click("participant-another")
		b.waitUntilEmpty("field-name")
	}
	b.open("/admin/elections/new")
	b.click("kind-presidential")
	b.until("document.querySelector('[data-testid=kind-presidential]').getAttribute('aria-pressed') ?? ''", "true", "the kind")
	b.fill("field-title", "President of the society")
	for _, name := range []string{"rules", "constituencies", "candidacies"} {
		b.nextStep(name)
	}
	b.click("action-add-all:0")
	b.waitForNumber("candidacy", len(candidates))
	b.nextStep("dates")
	b.choose("field-starts_at", "2020-06-21T07:00")
	b.choose("field-ends_at", "2020-06-21T20:00")
	run(b, "take votes online", chromedp.Evaluate[bool](`(box => { box.scrollIntoView({block: "center"}); box.click(); return box.checked; })(document.getElementById("field-channels-online"))`))
	b.pictures("first-round-form")
	b.publishAtOnce()
	b.wait("election-state", "Counting")
	address := run(b, "read the address", chromedp.Location())
	path, _, _ := strings.Cut(strings.TrimPrefix(address, b.base), "?")
	return path
}

// secondRound makes the second round from the first one's certification, open now, and returns its number. The browser
// is then on its page.
func (b *tab) secondRound(page string) string {
	b.t.Helper()
	const form = "2006-01-02T15:04"
	b.open(page)
	b.see("second-round")
	b.choose("field-starts_at", time.Now().Add(-26*time.Hour).Format(form))
	b.choose("field-ends_at", time.Now().Add(26*time.Hour).Format(form))
	b.pictures("second-round-form")
	b.openAtOnce("create-second-round")
	b.click("create-second-round")
	b.wait("election-state", "Open")
	b.pictures("second-round-admin")
	address := run(b, "read the address", chromedp.Location())
	number, _, _ := strings.Cut(strings.TrimPrefix(address, b.base+"/admin/elections/"), "?")
	return number
}

// noMajority writes a file with the candidates' votes.
func noMajority(t *testing.T) string {
	t.Helper()
	var file strings.Builder
	line := 0
	for i, c := range candidates {
		for range c.votes {
			line++
			fmt.Fprintf(&file, "00000000-0000-4000-8000-%012x,%d\n", line, i+1)
		}
	}
	path := filepath.Join(t.TempDir(), "hall.csv")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
