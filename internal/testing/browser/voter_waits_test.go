package browser

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// TestBrowser_WaitsAreCountedDown guesses at a key until the waits grow.
func TestBrowser_WaitsAreCountedDown(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 2, nil)
	server := program.Serve(t, binary, data, "--vote-group=1")
	path := fmt.Sprintf("/vote/%d", poll.ElectionID)
	const left = "document.querySelector('[data-vote=left]')?.textContent ?? 'over'"

	v := openTab(t, server.URL)
	v.refusal = "Failed to load resource"
	v.open(path)
	v.fill("vote-personal-id", poll.Keys[0].PersonalID)
	v.fill("vote-guid", poll.Keys[1].GUID)
	v.guessUntilWait(6)
	run(v, "note what the page counts", chromedp.Evaluate[bool](`(() => {
		const left = document.querySelector("[data-vote=left]");
		window.counted = [];
		new MutationObserver(() => window.counted.push(left.textContent)).observe(left, {childList: true});
		return true;
	})()`))
	v.until(left, "over", "the wait")
	v.until(`String(window.counted.some(text => /^[1-5] seconds?$/.test(text)))`, "true", "whether the page counted down")
	v.until(wait, "You can try again now.", "the text after the wait")
	v.until("document.querySelector('[data-testid=vote-guid]').value.replace(/\\s/g, '')", strings.ReplaceAll(poll.Keys[1].GUID, "-", ""), "what was typed")

	v.guessUntilWait(10)
	v.pictures("vote-429")
	run(v, "correct the key", chromedp.Evaluate[string](fmt.Sprintf("document.querySelector('[data-testid=vote-guid]').value = %q", poll.Keys[0].GUID)))
	v.click("vote-go-on")
	v.see("vote-choices") // the right key waits for nothing
	v.until(left, "over", "the wait")
	v.until(wait, "", "the text on the ballot paper")

	plain := openTab(t, server.URL)
	plain.refusal = v.refusal
	plain.withoutScripts()
	plain.open(path)
	plain.fill("vote-personal-id", poll.Keys[1].PersonalID)
	plain.fill("vote-guid", poll.Keys[0].GUID)
	plain.guessUntilWait(2)
	plain.pictures("vote-429-plain")
}

// guessUntilWait sends the form again and again until the page names a wait of so many seconds or more.
func (b *tab) guessUntilWait(seconds int) {
	b.t.Helper()
	const named = "document.querySelector('[data-testid=vote-wait]')?.dataset.seconds ?? '0'"
	for range 10_000 {
		run(b, "mark the screen", chromedp.Evaluate[string]("document.querySelector('[data-vote-screen]').id = 'before'"))
		b.click("vote-go-on")
		b.until("String(document.querySelector('[data-vote-screen]:not(#before)') !== null)", "true", "another screen")
		if got, err := strconv.Atoi(run(b, "read the wait", chromedp.Evaluate[string](named))); err == nil && got >= seconds {
			return
		}
	}
	b.t.Fatalf("want a wait of %d seconds or more", seconds)
}
