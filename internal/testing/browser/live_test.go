package browser

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"urna/elections"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// together is how many people vote at once: several steps of the public count.
const together = 80

func TestBrowser_ElectionPageMovesWhileVotesComeIn(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 4*together, func(d *elections.Draft) { d.Constituencies[0].RegisteredVoters = together })
	// All voters of the test have one address.
	server := program.Serve(t, binary, data, "--rate-limit=off")
	path := fmt.Sprintf("/elections/%d", poll.ElectionID)

	b := openTab(t, server.URL)
	b.open(path)
	b.wait("live-line", "This page updates automatically.")
	b.waitForVotes(0)
	run(b, "mark the page", chromedp.Evaluate[bool]("window.sameVisit = true"))
	wantMoved := func(votes int) {
		t.Helper()
		b.waitForVotes(votes)
		b.until("String(window.sameVisit)", "true", "the page's mark, which a reload would lose")
		b.see("result-row")
		b.see("seat-bar")
	}
	castVotes(t, server.URL, poll, 0)
	wantMoved(together)
	castVotes(t, server.URL, poll, 1)
	wantMoved(2 * together)

	b.refusal = "net::ERR_" // the browser says that the server is away
	address := strings.TrimPrefix(server.URL, "http://")
	server.Stop(t)
	b.until("String(document.querySelector('[data-testid=live-line]').classList.contains('lost'))", "true", "the line about the connection")
	run(b, "note what comes, and what first", chromedp.Evaluate[bool](`(() => {
		window.order = [];
		window.said = [];
		const spoken = document.getElementById("live-spoken");
		document.body.addEventListener("htmx:sseOpen", () => { window.order = [] });
		document.body.addEventListener("htmx:sseMessage", () => window.order.push("picture"), {capture: true});
		new MutationObserver(() => {
			window.order.push("words");
			window.said.push(spoken.textContent); // a minute later other words stand there
		}).observe(spoken, {childList: true});
		return true;
	})()`))
	program.Serve(t, binary, data, "--rate-limit=off", "--addr", address)
	castVotes(t, b.base, poll, 2)
	wantMoved(3 * together)
	b.wait("live-line", "This page updates automatically.")
	b.until(`String(/^The page updates again\. Open\. Ballots cast: \d+\. Turnout: \d+\.\d\d %, more ballots than registered voters; [a-z ]+\.$/.test(
		window.said[0]))`, "true", "the text read aloud after the connection broke")
	b.until(`window.order.slice(0, 2).join()`, "picture,words", "figures read aloud once they are the present ones")

	for n := range 7 { // more pages than a browser opens connections to one server
		b.open(fmt.Sprintf("%s?visit=%d", path, n))
		b.wait("live-line", "This page updates automatically.")
	}

	plain := openTab(t, b.base)
	plain.withoutScripts()
	plain.open(path)
	plain.waitForVotes(3 * together)
	castVotes(t, b.base, poll, 3)
	plain.waitForVotes(4 * together) // the page looks again after half a minute, and no other reader loads it
}

func TestBrowser_OpenElectionShowsItsTurnoutOnly(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 2*together, func(d *elections.Draft) { d.PublicView = elections.TurnoutOnly })
	server := program.Serve(t, binary, data, "--rate-limit=off")
	b := openTab(t, server.URL)
	castVotes(t, server.URL, poll, 0)
	b.open(fmt.Sprintf("/elections/%d", poll.ElectionID))
	b.wait("live-line", "This page updates automatically.")
	for round := 1; round <= 2; round++ {
		b.waitForVotes(round * together)
		for _, testID := range []string{"result-row", "result-votes", "bar-chart", "seat-bar"} {
			b.waitForNumber(testID, 0)
		}
		if round == 1 {
			castVotes(t, server.URL, poll, 1)
		}
	}
}

// TestBrowser_TheEndOfVotingIsReadAloudAtOnce has voting end while the page is open: the words come with the picture,
// and not when the next minute is over.
func TestBrowser_TheEndOfVotingIsReadAloudAtOnce(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 1, nil)
	b := openTab(t, program.Serve(t, binary, data).URL)
	b.open(fmt.Sprintf("/elections/%d", poll.ElectionID))
	b.wait("election-state", "Open")
	b.wait("live-line", "This page updates automatically.")
	run(b, "note when it is shown and when it is said", chromedp.Evaluate[bool](`(() => {
		const spoken = document.getElementById("live-spoken");
		document.body.addEventListener("htmx:sseMessage", () => {
			const state = document.querySelector("[data-testid=election-state]").textContent.trim();
			window.shown ??= state === "Counting" ? performance.now() : undefined;
		});
		new MutationObserver(() => {
			window.said ??= spoken.textContent.startsWith("Counting.") ? performance.now() : undefined;
		}).observe(spoken, {childList: true});
		return true;
	})()`))
	poll.End(t, data)
	b.until("String(window.shown >= 0 && window.said >= 0)", "true", "whether the end was shown and said")
	if after := run(b, "compare", chromedp.Evaluate[float64]("window.said - window.shown")); after > 15_000 {
		t.Errorf("want the end said when it is shown, got it %v ms later", after)
	}
}

// castVotes has the next people vote, each over POST /vote, for the lists in turns.
func castVotes(t *testing.T, url string, poll *apptest.Poll, round int) {
	t.Helper()
	var voters sync.WaitGroup
	for key := round * together; key < (round+1)*together; key++ {
		voters.Go(func() {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/vote",
				strings.NewReader(poll.Body(key, 1+key%apptest.Candidates)))
			if err != nil {
				t.Error(err)
				return
			}
			request.Header.Set("Content-Type", "application/json")
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			_ = answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("want vote %d accepted, got %s", key, answer.Status)
			}
		})
	}
	voters.Wait()
}

// waitForVotes waits until the page shows so many votes, or at most nine fewer: the public count before the
// close moves by ten votes or more.
func (b *tab) waitForVotes(votes int) {
	b.t.Helper()
	script := fmt.Sprintf("(n => String(n > %d && n <= %d))(Number(document.querySelector('[data-testid=ballots-cast]')?.textContent))", votes-10, votes)
	b.until(script, "true", fmt.Sprintf("%d votes cast", votes))
}
