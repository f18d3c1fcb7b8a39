package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// longPaper makes an election whose ballot paper has 20 lines, 17 of them before those of apptest.
func longPaper(t *testing.T, data string) *apptest.Poll {
	t.Helper()
	a, err := app.Open(t.Context(), data, app.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	var candidacies []elections.CandidacyDraft
	for i := range 20 - apptest.Candidates {
		name := fmt.Sprintf("Citizens of ward %d", i+1)
		if i == 11 {
			name = "Šumadija Forest Party"
		}
		made, err := a.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: name, Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		candidacies = append(candidacies, elections.CandidacyDraft{ParticipantID: made.ID})
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return apptest.NewPoll(t, data, 4, func(d *elections.Draft) { d.Constituencies[0].Candidacies = candidacies })
}

// TestBrowser_ALongBallotPaper pastes a key, searches a paper of 20 lines, goes one step back from each screen with the page's own
// button, and votes. Nothing of it is in the history, and the browser's own Back shows an empty first step.
func TestBrowser_ALongBallotPaper(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := longPaper(t, data)
	server := program.Serve(t, binary, data, "--vote-group=1", "--contact=City Election Office, 555 0100")
	v := openTab(t, server.URL)
	page, key := fmt.Sprintf("/vote/%d", poll.ElectionID), poll.Keys[0]
	paste := func(text string) {
		t.Helper()
		run(v, "paste", chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
			const field = document.querySelector('[data-testid=vote-guid]'), data = new DataTransfer();
			data.setData('text', %q);
			field.focus();
			if (field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))) {
				document.execCommand('insertText', false, %q);
			}
			return true;
		})()`, text, text)))
	}
	const typed = "document.querySelector('[data-testid=vote-guid]').value.replace(/[0-9a-f]/g, 'x')"
	const groups = "xxxx xxxx xxxx xxxx\nxxxx xxxx xxxx xxxx"
	v.open("/")
	v.open(page)
	entries := len(v.history())
	paste(key.GUID)
	v.until(typed, groups, "the pasted key in the groups of the letter")
	run(v, "empty the field", chromedp.Evaluate[string]("document.querySelector('[data-testid=vote-guid]').value = ''"))
	paste("https://vote.example.org" + page + "#id=" + key.PersonalID + "&key=" + key.GUID)
	v.until(filledID, key.PersonalID, "the personal id of a pasted address")
	v.until(typed, groups, "its key")
	v.pictures("vote-key")
	v.click("vote-go-on")
	v.see("vote-choices")
	v.pictures("vote-paper")

	const lines = "String(Array.from(document.querySelectorAll('.ballot-line')).filter(e => e.offsetParent).length)"
	v.until(lines, "20", "the lines of the paper")
	v.fill("vote-search", "sumad\r")
	v.until(lines, "1", "the lines that a search without accents finds")
	v.pictures("vote-search")
	v.click("choice-12")
	v.fill("vote-search", " 3")
	v.until(lines, "1", "the chosen line, which stays")

	v.click("vote-back")
	v.see("vote-go-on")
	v.until(filledID, key.PersonalID, "the personal id one step back")
	v.until(typed, groups, "the key one step back")
	v.click("vote-go-on")
	v.see("vote-choices")
	run(v, "press at the edge of a line", chromedp.Evaluate[bool]("(e => { const r = e.getBoundingClientRect(); document.elementFromPoint(r.right - 4, r.top + 4).click(); return true; })(document.querySelectorAll('.ballot-line')[1])"))
	v.until("String(document.querySelector('[data-testid=choice-2]').checked)", "true", "the line whose edge was pressed")
	v.click("vote-to-confirm")
	v.see("vote-confirm")
	v.pictures("vote-confirm")
	v.click("vote-change")
	v.until("String(document.querySelector('[data-testid=choice-2]')?.checked)", "true", "the choice one step back")
	v.click("vote-to-confirm")
	v.see("vote-confirm")
	if got := v.text("vote-contact"); got != "Questions? Ask: City Election Office, 555 0100" {
		t.Errorf("want the contact on the screen, got %q", got)
	}
	v.click("vote-cast")
	v.see("vote-counted")
	v.pictures("vote-counted")
	if n := len(v.history()); n != entries {
		t.Errorf("want no step in the history, got %d entries after %d", n, entries)
	}
	v.open("/help/trouble")
	v.see("help-contact")
	run(v, "the browser's own Back", chromedp.NavigateBack())
	v.see("vote-go-on")
	v.until(filledID, "", "an empty first step")
	v.leavesNothing(key.PersonalID, key.GUID, "Citizens of ward 2")
	v.open(page + "?lang=ka")
	v.pictures("vote-key-ka")
	program.Verify(t, binary, data)
}
