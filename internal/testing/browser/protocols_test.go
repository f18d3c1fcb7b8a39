package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"urna/internal/testing/program"
)

var secondOfficial = program.User{
	Email: "olga@example.org", Forename: "Olga", Surname: "Second", Role: "official", Password: "correct horse battery staple",
}

// anAssembly is an election that is over, with a polling station that sent no ballots.
const anAssembly = `{"format": "urna-election-1", "title": "Assembly", "kind": "parliamentary", "channels": ["batches"], "confirmations": 1,
	"starts_at": "2026-05-01T07:00:00Z", "ends_at": "2026-05-01T20:00:00Z", "time_zone": "Europe/Belgrade",
	"rules": {}, "participants": [{"name": "Party of Trees"}, {"name": "Party of Rivers"}, {"name": "Party of Hills"}],
	"protocol_form": "rs",
	"constituencies": [{"name": "North", "seats": 7, "candidacies": [{"participant": 1}, {"participant": 2}, {"participant": 3}],
		"stations": [{"number": "12", "name": "Primary school", "registered_voters": 1200}, {"number": "13", "name": "Town hall"}]}]}`

// openAssembly serves the election, and returns a tab for the administrator.
func openAssembly(t *testing.T) *tab {
	t.Helper()
	binary, data := program.Build(t), t.TempDir()
	for _, u := range []program.User{administrator, official, secondOfficial} {
		program.AddUser(t, binary, data, u)
	}
	file := filepath.Join(t.TempDir(), "assembly.json")
	if err := os.WriteFile(file, []byte(anAssembly), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), binary, "elections", "import", file, "--data", data, "--open-now").CombinedOutput(); err != nil {
		t.Fatalf("import the election: %v\n%s", err, out)
	}
	ada := openTab(t, program.Serve(t, binary, data).URL)
	ada.signIn(administrator)
	return ada
}

// TestBrowser_AProtocolIsTypedByKeyboardAlone types a station's protocol twice, with a mistake that does not add up and one
// that only the second entry finds, and settles it, without a mouse.
func TestBrowser_AProtocolIsTypedByKeyboardAlone(t *testing.T) {
	ada := openAssembly(t)

	grace := openTab(t, ada.base)
	grace.open("/login")
	grace.focused("login-email")
	grace.signIn(official)
	grace.open("/protocols/1")
	grace.see("protocol-row")
	grace.pictures("protocols-list")
	grace.openStation("12")
	grace.until("document.querySelector('[data-protocol=script]').hidden ? 'no script' : ''", "", "the script")
	grace.pictures("protocol-empty")
	// registered, received, unused, signed, in the box, invalid, valid, and the three lists; the box has two wrong digits.
	grace.typeNumbers("1200", "1200", "195", "1005", "1014", "5", "1000", "400", "388", "212")
	grace.until("document.querySelector('[data-protocol=votes]').textContent", "1000", "the sum of votes")
	grace.until("document.querySelector('[data-protocol=difference]').textContent", "9 too few", "the difference to the box")
	grace.until("String(document.querySelector('[data-protocol=exchanged]').hidden)", "false", "the hint at exchanged digits")
	grace.until("document.querySelector('[data-testid=protocol-status]').textContent.split(' ')[0]", "Saved", "the status")
	grace.pictures("protocol-typed")
	grace.asked = true // the browser takes an answer with errors for a refusal
	grace.focused("protocol-enter")
	grace.press(kb.Enter)
	grace.see("form-error")
	if got := grace.text("field-error-fields.found_in_box"); !strings.Contains(got, "E6") {
		t.Errorf("want the error beside its field, got %q", got)
	}
	grace.pictures("protocol-errors")
	grace.tabTo("fields.found_in_box")
	grace.press("1005")
	run(grace, "press Ctrl and Enter", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	grace.until("location.search", "?done=1", "the address after the first entry")
	grace.see("protocol-values")
	grace.waitForNumber("protocol-closed", 0) // the notice says it
	grace.pictures("protocol-first-entry")

	olga := openTab(t, ada.base)
	olga.signIn(secondOfficial)
	olga.open("/protocols/1")
	olga.openStation("12")
	olga.typeNumbers("1200", "1200", "195", "1005", "1005", "5", "1000", "400", "288", "312")
	olga.focused("protocol-enter") // also there, Ctrl and Enter enter it
	run(olga, "press Ctrl and Enter", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	olga.until("location.search", "?done=2-different", "the address after the second entry")
	olga.until("document.querySelector('[data-testid=notice]').className", "notice warning", "the notice")
	if got := olga.text("differences"); !strings.Contains(got, "Party of Rivers") || strings.Contains(got, "388") {
		t.Errorf("want the names of what differs, without the other's numbers, got %q", got)
	}

	ada.open("/protocols/1?waits=different")
	ada.waitForNumber("protocol-row", 1)
	ada.pictures("protocols-different")
	ada.openStation("12")
	ada.see("settle-form")
	ada.tabTo("votes.2-first", "votes.2-second", "votes.2-third")
	ada.press(" ")
	ada.tabTo("votes.3-first", "votes.3-second", "votes.3-third")
	ada.press(" ")
	ada.pictures("protocol-settle")
	ada.tabTo("settle-submit")
	ada.press(kb.Enter)
	ada.until("location.search", "?done=settled-definitive", "the address after the settlement")
	ada.pictures("protocol-definitive")
}

// TestBrowser_AProtocolOutlivesALostConnection types while the server cannot be reached. The fields are saved once it can
// be, also if the page was closed meanwhile.
func TestBrowser_AProtocolOutlivesALostConnection(t *testing.T) {
	ada := openAssembly(t)
	ada.refusal = "ERR_INTERNET_DISCONNECTED"
	ada.open("/protocols/1")
	ada.openStation("13")
	ada.until("document.querySelector('[data-protocol=script]').hidden ? 'no script' : ''", "", "the script")
	ada.offline(true)
	ada.typeNumbers("900", "900")
	ada.until("document.querySelector('[data-testid=protocol-status]').textContent.split(':')[0]", "Not saved", "the status")
	ada.pictures("protocol-offline")
	run(ada, "leave the page", chromedp.Navigate("about:blank"))
	ada.offline(false)
	ada.open("/stations/2/protocol")
	ada.until("document.querySelector('[data-testid=protocol-status]').textContent.split(' ')[0]", "Saved", "the status")
	ada.until("document.querySelector('[data-testid=\"fields.received\"]').value", "900", "the field that was kept")

	plain := ada.beside()
	plain.withoutScripts()
	plain.open("/stations/2/protocol")
	plain.fill("fields.unused", "100")
	run(plain, "mark the page", chromedp.Evaluate[string]("document.body.dataset.page = 'before'"))
	plain.click("protocol-save")
	plain.until("document.body?.dataset.page ?? ''", "", "whether the page is the one before")
	plain.see("protocol-form")
	plain.pictures("protocol-without-scripts")
	ada.front()
	ada.open("/stations/2/protocol")
	ada.until("document.querySelector('[data-testid=\"fields.unused\"]').value", "100", "the field that was saved without scripts")
}

// openStation types the number of a station into the focused field.
func (b *tab) openStation(number string) {
	b.t.Helper()
	b.focused("station-number")
	b.press(number, kb.Enter)
	b.until("location.pathname.split('/')[1]", "stations", "the address")
}

// offline cuts the tab off from the network, or connects it again.
func (b *tab) offline(off bool) {
	b.t.Helper()
	run(b, "watch the network", command(network.Enable, network.EnableParams{}))
	run(b, "change the network", chromedp.Action[cdp.Empty](func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		_, err := cdp.Call(ctx, t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}},
		})
		return cdp.Empty{}, err
	}))
}

// typeNumbers types numbers, with Enter after each but the last.
func (b *tab) typeNumbers(numbers ...string) {
	b.t.Helper()
	b.until("document.activeElement?.hasAttribute('data-number') ? 'a number' : ''", "a number", "the focus")
	for i, n := range numbers {
		b.press(n)
		// The browser's protocol for tests sends Enter to the button, too, which the last one moves to; a keyboard does not.
		if i < len(numbers)-1 {
			b.press(kb.Enter)
		} else {
			b.press(kb.Tab)
		}
	}
}

// focused waits until an element has the focus.
func (b *tab) focused(testID string) {
	b.t.Helper()
	b.until("document.activeElement?.dataset?.testid ?? ''", testID, "the focus")
}

// tabTo presses Tab until one of the elements has the focus.
func (b *tab) tabTo(testIDs ...string) {
	b.t.Helper()
	for range 80 {
		b.press(kb.Tab)
		focus := run(b, "ask for the focus", chromedp.Evaluate[string]("document.activeElement?.dataset?.testid ?? ''"))
		if slices.Contains(testIDs, focus) {
			return
		}
	}
	b.t.Fatalf("want the focus on %q after some Tabs", testIDs)
}
