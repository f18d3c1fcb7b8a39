package browsertest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"urna/elections"
	"urna/internal/urnatest"
	"urna/internal/votetest"
)

// together is how many people vote at once: several steps of the public count.
const together = 80

func TestBrowser_ElectionPageMovesWhileVotesComeIn(t *testing.T) {
	binary, data := urnatest.Build(t), t.TempDir()
	poll := votetest.New(t, data, 4*together, func(d *elections.Draft) { d.Constituencies[0].RegisteredVoters = together })
	// All voters of the test have one address.
	server := urnatest.Serve(t, binary, data, "--rate-limit=off")
	path := fmt.Sprintf("/elections/%d", poll.ElectionID)

	b := openTab(t, server.URL)
	b.open(path)
	b.wait("live-line", "This page moves by itself.")
	b.waitForVotes(0)
	run(b, "mark the page", chromedp.Evaluate[bool]("window.sameVisit = true"))
	wantMoved := func(votes int) {
		t.Helper()
		b.waitForVotes(votes)
		b.until("String(window.sameVisit)", "true", "the page's mark, which a reload would lose")
		b.see("bar-chart")
		b.see("hemicycle")
	}
	castVotes(t, server.URL, poll, 0)
	wantMoved(together)
	castVotes(t, server.URL, poll, 1)
	wantMoved(2 * together)

	b.refusal = "net::ERR_" // the browser says that the server is away
	address := strings.TrimPrefix(server.URL, "http://")
	server.Stop(t)
	b.until("String(document.querySelector('[data-testid=live-line]').classList.contains('lost'))", "true", "the line about the connection")
	run(b, "note what comes first", chromedp.Evaluate[bool](`(() => {
		window.order = [];
		document.body.addEventListener("htmx:sseOpen", () => { window.order = [] });
		document.body.addEventListener("htmx:sseMessage", () => window.order.push("picture"), {capture: true});
		new MutationObserver(() => window.order.push("words")).observe(document.getElementById("live-spoken"), {childList: true});
		return true;
	})()`))
	urnatest.Serve(t, binary, data, "--rate-limit=off", "--addr", address)
	castVotes(t, b.base, poll, 2)
	wantMoved(3 * together)
	b.wait("live-line", "This page moves by itself.")
	b.until(`String(/^The page moves again\. Open\. \d+ ballots cast, turnout \d+\.\d\d %, more ballots than registered voters; [a-z ]+\.$/.test(
		document.getElementById("live-spoken").textContent))`, "true", "what is read aloud after the connection broke")
	b.until(`window.order.slice(0, 2).join()`, "picture,words", "figures read aloud once they are the present ones")

	for n := range 7 { // more pages than a browser opens connections to one server
		b.open(fmt.Sprintf("%s?visit=%d", path, n))
		b.wait("live-line", "This page moves by itself.")
	}

	plain := openTab(t, b.base)
	plain.withoutScripts()
	plain.open(path)
	plain.waitForVotes(3 * together)
	castVotes(t, b.base, poll, 3)
	time.Sleep(patience / 2)         // the page looks again after half a minute, which is as long as one step may take
	plain.waitForVotes(4 * together) // and nobody loads the page again
}

func TestBrowser_OpenElectionShowsItsTurnoutOnly(t *testing.T) {
	binary, data := urnatest.Build(t), t.TempDir()
	poll := votetest.New(t, data, 2*together, func(d *elections.Draft) { d.PublicView = elections.TurnoutOnly })
	server := urnatest.Serve(t, binary, data, "--rate-limit=off")
	b := openTab(t, server.URL)
	castVotes(t, server.URL, poll, 0)
	b.open(fmt.Sprintf("/elections/%d", poll.ElectionID))
	b.wait("live-line", "This page moves by itself.")
	for round := 1; round <= 2; round++ {
		b.waitForVotes(round * together)
		for _, testID := range []string{"result-row", "result-votes", "bar-chart", "hemicycle"} {
			b.waitForNumber(testID, 0)
		}
		if round == 1 {
			castVotes(t, server.URL, poll, 1)
		}
	}
}

func TestBrowser_TheEndOfVotingIsReadAloudAtOnce(t *testing.T) {
	binary, data := urnatest.Build(t), t.TempDir()
	end := time.Now().Add(12 * time.Second)
	poll := votetest.New(t, data, 1, func(d *elections.Draft) { d.EndsAt = end })
	b := openTab(t, urnatest.Serve(t, binary, data).URL)
	b.open(fmt.Sprintf("/elections/%d", poll.ElectionID))
	b.wait("election-state", "Open")
	b.until(`document.getElementById("live-spoken").textContent.split(".")[0]`, "Counting", "what is read aloud")
}

// castVotes has the next people vote, each over POST /vote, for the lists in turns.
func castVotes(t *testing.T, url string, poll *votetest.Poll, round int) {
	t.Helper()
	var voters sync.WaitGroup
	for key := round * together; key < (round+1)*together; key++ {
		voters.Go(func() {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/vote",
				strings.NewReader(poll.Body(key, 1+key%votetest.Candidates)))
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

// waitForVotes waits until the page shows so many votes, or at most nine fewer: what is shown before the
// close moves by ten votes or more.
func (b *tab) waitForVotes(votes int) {
	b.t.Helper()
	script := fmt.Sprintf("(n => String(n > %d && n <= %d))(Number(document.querySelector('[data-testid=ballots-cast]')?.textContent))", votes-10, votes)
	b.until(script, "true", fmt.Sprintf("%d votes cast", votes))
}
