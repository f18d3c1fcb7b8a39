package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"urna/internal/testing/program"
)

// TestBrowser_ADraftIsPublishedAndWithdrawn follows an election that is not held, from the form to the public record.
func TestBrowser_ADraftIsPublishedAndWithdrawn(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	program.AddUser(t, binary, data, administrator)
	server := program.Serve(t, binary, data)
	b, anyone := openTab(t, server.URL), openTab(t, server.URL)
	b.signIn(administrator)
	b.registerParticipants()
	b.open("/admin/elections")
	b.click("election-new")
	b.fill("field-title", "Council of the harbour")
	for _, name := range []string{"rules", "constituencies", "candidacies"} {
		b.nextStep(name)
		b.pictures("draft-step-" + name)
	}
	b.click("action-add-all:0")
	b.waitForNumber("candidacy", len(lists))
	b.nextStep("dates")
	b.click("election-back")
	b.waitForNumber("candidacy", len(lists))
	b.nextStep("dates")
	b.choose("field-starts_at", "2030-06-21T07:00")
	b.choose("field-ends_at", "2030-06-21T20:00")
	b.pictures("draft-step-dates")
	b.click("election-submit")
	b.see("is-draft")
	b.pictures("draft")
	address := run(b, "read the address", chromedp.Location())
	public := strings.TrimPrefix(strings.TrimPrefix(address, b.base), "/admin")
	anyone.open("/")
	anyone.waitForNumber("election-card", 0)

	b.click("draft-publish")
	b.see("publication-rules")
	b.pictures("publication")
	b.click("publication-submit")
	b.wait("election-state", "Scheduled")
	anyone.open(public)
	anyone.wait("election-state", "Scheduled")

	b.click("election-withdraw")
	b.pictures("withdrawal")
	b.fill("field-reason", "The court has postponed the election.")
	b.click("withdrawal-submit")
	b.see("withdrawn")
	b.pictures("withdrawn-manage")
	anyone.open(public)
	anyone.see("withdrawn")
	anyone.until("document.querySelector('h1 s')?.textContent ?? ''", "Council of the harbour", "the title, struck through")
	anyone.pictures("withdrawn")
	anyone.open("/")
	anyone.pictures("withdrawn-home")
	program.Verify(t, binary, data)
}
