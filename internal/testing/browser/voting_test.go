package browser

import (
	"encoding/csv"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"urna/internal/testing/program"
)

// roll is what the administrator sends: with a header, another separator and a name to be printed.
const roll = "personal_id;name\nvoter-1;Ana Ilić\nvoter-2;Boris Jović\nvoter-3;\n"

func TestBrowser_FromARollToVotes(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	program.AddUser(t, binary, data, administrator)
	server := program.Serve(t, binary, data)
	ada := openTab(t, server.URL)
	ada.signIn(administrator)
	ada.registerParticipants()
	election := ada.openElection("Trees of this year")
	keys := ada.issueKeys(election, nil)

	t.Run("scanned from the letter", func(t *testing.T) {
		b := openTab(t, server.URL)
		b.open("/elections/" + election)
		link := url.Values{"id": {"voter-1"}, "key": {keys["voter-1"]}}
		b.open("/vote/" + election + "#" + link.Encode())
		b.until("location.href", b.base+"/vote/"+election, "the address")
		entries := b.history()
		b.hearStatus()
		b.click("vote-go-on")
		b.see("vote-choices")
		b.until("window.heard.join()", "One moment …", "the text read aloud while the server has not answered")
		b.click("choice-2")
		b.click("vote-to-confirm")
		b.until("document.querySelector('[data-testid=vote-chosen] strong')?.textContent ?? ''", "Birch", "the choice")
		b.until("document.activeElement.textContent", "Is this your vote?", "the focus")
		b.click("vote-cast")
		b.until("document.querySelector('h1').textContent", "Your vote was counted", "the heading")
		if got := b.history(); len(got) != len(entries) {
			t.Errorf("want no screen in the history, got %q after %q", got, entries)
		}
		b.leavesNothing("voter-1", keys["voter-1"], "Birch")
		b.open("/")
		run(b, "back", chromedp.NavigateBack())
		b.see("vote-go-on")
		b.leavesNothing("voter-1", keys["voter-1"], "Birch")
	})
	t.Run("typed, with the keyboard alone", func(t *testing.T) {
		b := openTab(t, server.URL)
		b.open("/vote/" + election)
		b.fill("vote-personal-id", " voter-2")
		b.fill("vote-guid", strings.ToUpper(keys["voter-2"])+"\r")
		b.see("vote-choices")
		b.press("\t", " ", "\r")
		b.see("vote-confirm")
		b.press("\t", "\t", "\r") // on to the second button: choose differently
		b.see("vote-choices")
		b.until("String(document.querySelector('[data-testid=choice-1]').checked)", "true", "the choice")
		b.press("\t", "\r")
		b.see("vote-confirm")
		b.press("\t", "\r")
		b.see("vote-counted")
	})
	t.Run("without JavaScript", func(t *testing.T) {
		b := openTab(t, server.URL)
		b.withoutScripts()
		b.open("/vote/" + election)
		b.fill("vote-personal-id", "voter-3")
		b.fill("vote-guid", keys["voter-3"])
		b.click("vote-go-on")
		b.click("choice-3")
		b.click("vote-to-confirm")
		b.see("vote-confirm")
		b.click("vote-cast")
		b.see("vote-counted")
		for _, entry := range b.history() {
			if entry != "about:blank" && strings.TrimSuffix(entry, "?lang=en") != b.base+"/vote/"+election {
				t.Errorf("want nothing but the page's address and language in the history, got %s", entry)
			}
		}
		b.leavesNothing("voter-3", keys["voter-3"], "Cedar")
	})
	program.Verify(t, binary, data)
}

// openElection creates an election that is open now and returns its number.
func (b *tab) openElection(title string) string {
	b.t.Helper()
	const form = "2006-01-02T15:04"
	b.open("/admin/elections")
	b.click("election-new")
	b.fill("field-title", title)
	for _, name := range []string{"rules", "constituencies", "candidacies"} {
		b.nextStep(name)
	}
	b.click("action-add-all:0")
	b.waitForNumber("candidacy", len(lists))
	b.nextStep("dates")
	b.choose("field-starts_at", time.Now().Add(-26*time.Hour).Format(form))
	b.choose("field-ends_at", time.Now().Add(26*time.Hour).Format(form))
	run(b, "take votes online", chromedp.Evaluate[bool](`(box => { box.scrollIntoView({block: "center"}); box.click(); return box.checked; })(document.getElementById("field-channels-online"))`))
	b.publishAtOnce()
	b.wait("election-state", "Open")
	address := run(b, "read the address", chromedp.Location())
	path, _, _ := strings.Cut(strings.TrimPrefix(address, b.base+"/admin/elections/"), "?")
	return path
}

// issueKeys sends the roll, follows the issue, looks at the letters, and returns the keys as they stand in
// groups on them.
func (b *tab) issueKeys(election string, approver *tab) map[string]string {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "roll.csv")
	if err := os.WriteFile(file, []byte(roll), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.click("menu-keys")
	b.see("roll-submit")
	b.onAPhone(`document.querySelector(".top").offsetHeight`, 125)
	b.onAPhone(`[...document.querySelectorAll(".top :is(a, button):not(.skip)")].filter(e => {
		const box = e.getBoundingClientRect();
		return box.left < 0 || box.right > 360 || box.height < 24;
	}).length`, 0)
	b.refuseRoll()
	run(b, "sign out behind the page's back", chromedp.Evaluate[bool](`fetch("/logout", {method: "POST", redirect: "manual"}).then(() => true)`, chromedp.EvalAwaitPromise))
	keysPage := "/admin/elections/" + election + "/keys"
	b.attach("roll-file", file)
	b.click("roll-submit")
	b.until("location.pathname + location.search", "/login?next="+url.QueryEscape(keysPage), "the address")
	b.fill("login-email", administrator.Email)
	b.fill("login-password", administrator.Password)
	b.click("login-submit")
	b.until("location.pathname", keysPage, "the address")
	b.attach("roll-file", file)
	b.click("roll-submit")
	if approver != nil {
		b.approved(approver)
		b.attach("roll-file", file)
		b.click("roll-submit")
	}
	b.see("keys-issued")
	at := run(b, "read the address", chromedp.Location())
	letters := url.Values{"address": {b.base}, "loopback": {"true"}, "first": {"1"}, "most": {"10"}}
	b.open(strings.TrimPrefix(at, b.base) + "/letters?" + letters.Encode())
	b.waitForNumber("letter", 3)
	b.onAPhone(`[...document.querySelectorAll(".key-box *")].filter(e => {
		return e.getBoundingClientRect().right > e.closest(".key-box").getBoundingClientRect().right
	}).length`, 0)
	keys := map[string]string{}
	ids := b.texts("letter-personal-id")
	for i, key := range b.texts("letter-key") {
		keys[ids[i]] = key
	}
	if len(keys) != 3 || keys["voter-2"] == "" {
		b.t.Fatalf("want three letters, got %q", keys)
	}
	return keys
}

// approved has another administrator approve the act that the page says is waiting, and goes on to send it again.
func (b *tab) approved(approver *tab) {
	b.t.Helper()
	b.see("approval-withdraw")
	b.pictures("approval-waits")
	page := strings.TrimPrefix(run(b, "read the address", chromedp.Location()), b.base)
	approver.open(page)
	approver.pictures("approval-decision")
	approver.click("approval-approve")
	approver.until(`String(document.querySelector("[data-testid=approval-approve]") === null)`, "true", "the decision")
	b.open(page)
	b.click("approval-send-again")
	b.see("roll-submit")
}

// onAPhone measures the page as a narrow phone shows it.
func (b *tab) onAPhone(script string, most float64) {
	b.t.Helper()
	b.until("document.readyState", "complete", "the page, its styles with it")
	run(b, "a phone's width", chromedp.EmulateViewport(360, 740))
	if got := run(b, "measure", chromedp.Evaluate[float64](script)); got > most {
		b.t.Errorf("want at most %v on a phone, got %v of %s", most, got, script)
	}
	run(b, "a desk's width", chromedp.EmulateViewport(1280, 900))
}

// hearStatus notes what the page's status says where a screen reader can hear it: not within inert elements.
func (b *tab) hearStatus() {
	b.t.Helper()
	run(b, "listen to the status", chromedp.Evaluate[bool](`(() => {
		window.heard = [];
		const status = document.querySelector("[data-testid=vote-status]");
		new MutationObserver(() => {
			if (!status.closest("[inert]")) { window.heard.push(status.textContent) }
		}).observe(status, {childList: true});
		return true;
	})()`))
}

// refuseRoll sends a roll that is wrong: the page shows how far it was sent, and names the mistake, without being
// loaded again.
func (b *tab) refuseRoll() {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "wrong.csv")
	if err := os.WriteFile(file, []byte("personal_id\nvoter-1\nvoter-1\n"), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.attach("roll-file", file)
	run(b, "watch the bar", chromedp.Evaluate[bool](`(() => {
		const bar = document.querySelector("[data-testid=roll-sending]");
		new MutationObserver(() => { window.sending = window.sending || !bar.hidden && !bar.closest("[inert]") }).observe(bar, {attributes: true});
		return true;
	})()`))
	b.refusal = "status of 422"
	run(b, "press the button twice before the page is drawn", chromedp.Evaluate[bool](`(() => {
		const send = XMLHttpRequest.prototype.send, button = document.querySelector("[data-testid=roll-submit]");
		window.sent = 0;
		XMLHttpRequest.prototype.send = function (body) { window.sent++; send.call(this, body); };
		button.click(), button.click();
		return true;
	})()`))
	b.see("roll-problem")
	b.until("String(window.sent)", "1", "the requests of two presses")
	if got := b.text("roll-problem"); !strings.Contains(got, "Line 3:") {
		b.t.Errorf("want line 3 named, got %q", got)
	}
	b.until("String(window.sending)", "true", "the bar on the page that sent the roll")
}

// press presses keys, one after another.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		run(b, "press a key", chromedp.KeyEvent(key))
	}
}

// history returns the addresses that the browser would go back to.
func (b *tab) history() []string {
	b.t.Helper()
	var addresses []string
	for _, entry := range run(b, "read the history", chromedp.NavigationEntries()).Entries {
		addresses = append(addresses, entry.URL)
	}
	return addresses
}

// leavesNothing looks for words on the page and in the history.
func (b *tab) leavesNothing(words ...string) {
	b.t.Helper()
	page := run(b, "read the page", chromedp.OuterHTML(chromedp.CSS("html")))
	typed := run(b, "read the fields", chromedp.Evaluate[string]("Array.from(document.querySelectorAll('input, textarea'), i => i.value).join()"))
	bare := strings.NewReplacer(" ", "", "\n", "", "-", "") // a key is shown in groups
	all := page + typed + strings.Join(b.history(), " ")
	for _, word := range words {
		if strings.Contains(all, word) || strings.Contains(bare.Replace(all), bare.Replace(word)) {
			b.t.Errorf("want nothing of the vote left in the browser, found %q", word)
		}
	}
}

// TestKeysCommand_WorksBesideTheServer issues, prints, counts and revokes from the command line while the
// server runs, and votes with what came out.
func TestKeysCommand_WorksBesideTheServer(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	program.AddUser(t, binary, data, administrator)
	server := program.Serve(t, binary, data)
	ada := openTab(t, server.URL)
	ada.signIn(administrator)
	ada.registerParticipants()
	election := ada.openElection("By command")
	folder := t.TempDir()
	out, letters := filepath.Join(folder, "keys.csv"), filepath.Join(folder, "letters.html")
	urna := func(input string, args ...string) (string, error) {
		command := exec.CommandContext(t.Context(), binary, append([]string{"keys"}, append(args, "--data", data, "--election", election)...)...)
		command.Stdin = strings.NewReader(input)
		output, err := command.CombinedOutput()
		return string(output), err
	}
	if output, err := urna("a\nb\na\n", "issue", "--roll", "-", "--out", out); err == nil || !strings.Contains(output, "line 3: This personal id is already on line 1") {
		t.Errorf("want the line named, got %v: %s", err, output)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("want no file of a refused roll")
	}
	if output, err := urna(roll, "issue", "--roll", "-", "--out", out); err != nil || !strings.Contains(output, "3 keys issued") {
		t.Fatalf("want keys, got %v: %s", err, output)
	}
	if output, err := urna(roll, "issue", "--roll", "-", "--out", out); err == nil {
		t.Errorf("want no file overwritten, got %s", output)
	}
	if output, err := urna("", "letters", "--keys", out, "--url", server.URL, "--allow-loopback", "--out", letters); err != nil {
		t.Fatalf("want letters, got %v: %s", err, output)
	}
	if output, err := urna("", "revoke", "--personal-id", "voter-2", "--reissue"); err != nil || !strings.Contains(output, "\nvoter-2,") {
		t.Errorf("want another key, got %v: %s", err, output)
	}
	if output, err := urna("", "revoke", "--personal-id", "voter-3"); err != nil {
		t.Errorf("want the key revoked, got %v: %s", err, output)
	}
	if output, err := urna("", "count"); err != nil || !strings.HasPrefix(output, "2 keys\nroll 1: 3 keys, issued since") {
		t.Errorf("want two keys, got %v: %s", err, output)
	}
	b := openTab(t, "file://")
	b.open(letters)
	b.waitForNumber("letter", 3)
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	if err != nil || len(keys) != 4 || strings.ReplaceAll(keys[1][1], "-", "") != strings.ReplaceAll(b.texts("letter-key")[0], " ", "") {
		t.Fatalf("want the keys of the file in the letters, got %q and %v", keys, err)
	}
	v := openTab(t, server.URL)
	v.open("/vote/" + election)
	v.fill("vote-personal-id", keys[1][0])
	v.fill("vote-guid", keys[1][1])
	v.click("vote-go-on")
	v.click("choice-1")
	v.click("vote-to-confirm")
	v.click("vote-cast")
	v.see("vote-counted")
	if output, err := urna("", "revoke", "--personal-id", keys[1][0], "--reissue"); err == nil || !strings.Contains(output, "has voted already") {
		t.Errorf("want a used key refused, got %v: %s", err, output)
	}
	if output, err := urna("", "withdraw", "--roll", "1"); err != nil {
		t.Errorf("want the roll withdrawn, got %v: %s", err, output)
	}
	if output, _ := urna("", "count"); !strings.HasPrefix(output, "1 keys\n") {
		t.Errorf("want the used key left, got %s", output)
	}
}
