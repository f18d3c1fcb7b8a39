package browser

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

const (
	moving     = "This page updates automatically."
	connecting = "Connecting; the figures below may be old."

	seen   = "document.visibilityState"
	spoken = "document.getElementById('live-spoken').textContent"
	line   = "document.getElementById('live-line').textContent"
)

// TestBrowser_MoreTabsThanConnections opens more pages of one election in one window than a browser opens
// connections to a server, and comes back to the first.
func TestBrowser_MoreTabsThanConnections(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 2*together, nil)
	server := program.Serve(t, binary, data, "--rate-limit=off")
	path := fmt.Sprintf("/elections/%d", poll.ElectionID)
	first := openTabOf(t, whole, server.URL)
	first.open(path)
	first.wait("live-line", moving)
	first.countPictures()
	last := first
	for range 7 { // the last of them waits for a connection until another tab closes its own
		next := first.beside()
		next.open(path)
		next.wait("live-line", moving)
		last = next
	}
	first.until(seen, "hidden", "whether the first tab is seen")
	first.until(line, connecting, "what a hidden page says")

	pictures := first.pictureCount()
	first.front()
	first.until(line, moving, "the page that came back")
	first.until(fmt.Sprintf("String(window.pictures > %d)", pictures), "true", "a picture after the return")
	first.until(spoken, "", "the text read aloud where nothing moved")

	last.front()
	first.until(line, connecting, "what a hidden page says")
	pictures = first.pictureCount()
	castVotes(t, server.URL, poll, 0)
	last.waitForVotes(together) // the tab that is seen has the votes
	if got := first.pictureCount(); got != pictures {
		t.Errorf("want no picture on a hidden page, got %d", got-pictures)
	}
	first.front()
	first.waitForVotes(together)
	first.until(line, moving, "the page that came back")
	first.until(`String(/^Open\. Ballots cast: \d\d\.$/.test(`+spoken+`))`, "true", "the text read aloud")
}

// TestBrowser_TabsThatNobodyHasSeenHoldNoConnection opens pages behind the one that is seen, as from a list of links.
func TestBrowser_TabsThatNobodyHasSeenHoldNoConnection(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 1, nil)
	server := program.Serve(t, binary, data)
	path := fmt.Sprintf("/elections/%d", poll.ElectionID)
	front := openTabOf(t, whole, server.URL)
	front.open("/")
	var behind *tab
	for range 7 {
		behind = front.behind(path)
		behind.until("document.readyState", "complete", "the page behind")
		behind.until(seen, "hidden", "whether the page behind is seen")
	}
	front.open(path)
	front.wait("live-line", moving)
	behind.until(line, connecting, "what a page says that was never seen")
	behind.front()
	behind.wait("live-line", moving)
}

// behind opens another tab in the same window, which hides this one.
func (b *tab) behind(path string) *tab {
	b.t.Helper()
	opened := run(b, "open a tab behind", chromedp.Action[target.CreateTargetResult](func(ctx context.Context, _ *chromedp.Target) (target.CreateTargetResult, error) {
		background := true
		return cdp.Call(ctx, chromedp.FromContext(ctx).Browser, target.CreateTarget, target.CreateTargetParams{URL: b.base + path, Background: &background})
	}))
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithTargetID(opened.TargetID))
	b.t.Cleanup(closeTab)
	next := &tab{t: b.t, ctx: ctx, base: b.base}
	if err := next.listen(); err != nil {
		b.t.Fatalf("open a tab behind: %v", err)
	}
	return next
}

// countPictures counts what the live feed brings from now on.
func (b *tab) countPictures() {
	b.t.Helper()
	run(b, "count pictures", chromedp.Evaluate[bool](`(() => {
		window.pictures = 0;
		document.body.addEventListener("htmx:sseMessage", () => window.pictures++);
		return true;
	})()`))
}

func (b *tab) pictureCount() int {
	b.t.Helper()
	return run(b, "count pictures", chromedp.Evaluate[int]("window.pictures"))
}
