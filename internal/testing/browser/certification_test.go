package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"urna/internal/testing/program"
)

var secondAdministrator = program.User{
	Email: "bea@example.org", Role: "administrator", Forename: "Bea", Surname: "Potter", Password: "a tale of lakes and hills",
}

// TestBrowser_FromATieToTheCertificate has ten seats fall to three lists with equal votes: the tenth is settled by
// lot, and two administrators certify.
func TestBrowser_FromATieToTheCertificate(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	for _, u := range []program.User{administrator, secondAdministrator, official} {
		program.AddUser(t, binary, data, u)
	}
	server := program.Serve(t, binary, data)
	ada := openTab(t, server.URL)
	ada.signIn(administrator)
	ada.registerParticipants()
	ada.createElection("Trees of the year")
	ada.click("menu-certification")
	ada.see("obstacles")
	if got := ada.text("obstacles"); !strings.Contains(got, "Not one ballot was counted") {
		t.Errorf("want it said that nothing was counted, got %q", got)
	}
	page := strings.TrimPrefix(run(ada, "read the address", chromedp.Location()), server.URL)

	grace := openTab(t, server.URL)
	grace.signIn(official)
	grace.open("/official")
	grace.click("official-upload-link")
	grace.attach("upload-file", equalVotes(t, 40))
	grace.click("upload-submit")
	grace.click("upload-confirm")
	grace.wait("batch-state", "counted")

	ada.open(page)
	ada.see("obstacles")
	ada.waitForNumber("confirm-figures", 0)
	ada.pictures("certification-tie")
	ada.open(strings.TrimSuffix(strings.TrimPrefix(page, "/admin"), "/certification") + "/seats")
	ada.see("tie")
	ada.open(page)
	ada.click("to-the-act")
	ada.see("record-lot")
	for i, l := range []int{3, 1, 2} {
		script := fmt.Sprintf("(list => { list.value = Array.from(list.options).find(o => o.text === %q).value; return list.value })(document.querySelector('[data-testid=\"field-drawn_%d\"]'))", lists[l-1].name, i+1)
		run(ada, "say who was drawn", chromedp.Evaluate[string](script))
	}
	ada.fill("field-place", "Town hall, today")
	ada.fill("field-witnesses", "Two neighbours")
	ada.click("record-lot")
	ada.wait("notice", "The lot is recorded.")
	ada.waitForNumber("tie-form", 0)
	if got := ada.text("lot"); !strings.Contains(got, "holds") || !strings.Contains(got, "Town hall, today") {
		t.Errorf("want the lot on the page, got %q", got)
	}
	ada.click("menu-certification")
	hash := ada.text("figures-hash")
	ada.fill("field-password", administrator.Password)
	ada.click("confirm-figures")
	ada.see("confirm-waits")
	ada.waitForNumber("confirm-figures", 0) // one person is not two
	ada.pictures("certification-first")

	bea := openTab(t, server.URL)
	bea.signIn(secondAdministrator)
	bea.open(page)
	if got := bea.text("figures-hash"); got != hash {
		t.Errorf("want the figures that were confirmed, %s, got %s", hash, got)
	}
	bea.fill("field-password", secondAdministrator.Password)
	bea.click("confirm-figures")
	bea.see("certified")
	bea.wait("election-state", "Certified")
	if got := bea.text("certified-hash"); got != hash {
		t.Errorf("want the confirmed figures certified, %s, got %s", hash, got)
	}
	bea.pictures("certification-certified")

	anyone := openTab(t, server.URL)
	anyone.open(strings.TrimSuffix(strings.TrimPrefix(page, "/admin"), "/certification"))
	anyone.see("certified")
	if got := anyone.texts("result-seats"); strings.Join(got, " ") != "3 3 4" {
		t.Errorf("want the tenth seat with the list that was drawn first, got %q", got)
	}
	program.Verify(t, binary, data)
}

// equalVotes writes a file with so many ballots for each list.
func equalVotes(t *testing.T, each int) string {
	t.Helper()
	var file strings.Builder
	for n := range each * len(lists) {
		fmt.Fprintf(&file, "00000000-0000-4000-8000-%012x,%d\n", n+1, 1+n%len(lists))
	}
	path := filepath.Join(t.TempDir(), "ballots.csv")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
