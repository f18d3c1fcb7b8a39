package browser

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"urna/elections"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

// booths is a server with voters, behind a proxy.
type booths struct {
	poll  *apptest.Poll
	proxy *proxy
	page  string // the path of the voting page
}

// letter returns what a letter's picture adds to the page's address.
func (b *booths) letter(key int) string {
	return "#" + url.Values{"id": {b.poll.Keys[key].PersonalID}, "key": {b.poll.Keys[key].GUID}}.Encode()
}

const (
	filledID = "document.querySelector('[data-testid=vote-personal-id]').value"
	focus    = "document.activeElement.getAttribute('data-testid') ?? document.activeElement.textContent"
	said     = "(e => e.hidden ? '' : e.textContent)(document.querySelector('[data-vote=problem]'))"
	wait     = "document.querySelector('[data-vote=status]').textContent"
)

// TestBrowser_VotersScript holds the voting page's script to what it promises beyond a vote that goes well, which
// TestBrowser_FromARollToVotes follows.
func TestBrowser_VotersScript(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 12, nil)
	server := program.Serve(t, binary, data, "--vote-group=1", "--rate-limit=off")
	b := &booths{poll: poll, proxy: newProxy(t, server.URL), page: fmt.Sprintf("/vote/%d", poll.ElectionID)}
	for _, c := range []struct {
		name string
		want func(*testing.T, *booths, *tab)
	}{
		{"a key in the address", wantKeyTaken},
		{"an address without a key", wantNoKeyTaken},
		{"a second letter in the tab", wantSecondLetter},
		{"nothing but the form is sent", wantBareRequests},
		{"the connection breaks", wantAnotherTry},
		{"a strange answer", wantStrangeAnswersTold},
		{"pressed twice", wantOneRequest},
		{"a wrong key", wantRefusalShown},
		{"the page is left", wantNothingLeft},
		{"an old browser", wantFormsSentAsTheyAre},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.proxy.do(nil)
			v := openTab(t, b.proxy.URL)
			v.refusal = "Failed to load resource" // the browser's word for every refusal and broken connection
			c.want(t, b, v)
		})
	}
	t.Run("a letter before the opening", func(t *testing.T) { wantLetterKeptBack(t, binary) })
	program.Verify(t, binary, data)
}

func wantKeyTaken(_ *testing.T, b *booths, v *tab) {
	v.open(b.page + b.letter(0))
	v.until("location.href", v.base+b.page, "the address")
	v.until(filledID, b.poll.Keys[0].PersonalID, "the personal id")
	v.until("String(document.querySelector('[data-vote=filled]').hidden)", "false", "whether the note is hidden")
	v.until(focus, "vote-go-on", "the focus")
}

// wantNoKeyTaken opens addresses whose fragment is half a key, or leads to a place on the page.
func wantNoKeyTaken(_ *testing.T, b *booths, v *tab) {
	for n, fragment := range []string{"#id=1-0000001", "#key=5f0c7c9e", "#x=y"} {
		v.open(fmt.Sprintf("%s?n=%d%s", b.page, n, fragment))
		v.until("location.href", v.base+b.page, "the address, without what looks like a key")
		v.until(filledID+" + document.querySelector('[data-testid=vote-guid]').value", "", "both fields")
		v.until("String(document.querySelector('[data-vote=filled]').hidden)", "true", "whether the note is hidden")
	}
	v.open(b.page + "?n=9#main")
	v.see("vote-go-on")
	v.until("location.hash", "#main", "the fragment of a place on the page")
}

// wantSecondLetter scans a second letter while the page of the first is open, and a third when the ballot paper is.
func wantSecondLetter(t *testing.T, b *booths, v *tab) {
	t.Helper()
	v.open(b.page + b.letter(1))
	v.until(filledID, b.poll.Keys[1].PersonalID, "the personal id")
	scan := func(key int) {
		t.Helper()
		run(v, "scan another letter", chromedp.Evaluate[string](fmt.Sprintf("location.hash = %q", b.letter(key))))
		v.until("location.href", v.base+b.page, "the address")
	}
	scan(2)
	v.until(filledID, b.poll.Keys[2].PersonalID, "the personal id")
	v.click("vote-go-on")
	v.see("vote-choices")
	scan(3)
	v.until("document.querySelector('[name=personal_id]').value", b.poll.Keys[2].PersonalID, "the personal id on the ballot paper")
	v.leavesNothingInHistory(b.poll.Keys[2].GUID, b.poll.Keys[3].GUID)
}

// wantBareRequests votes in a browser that has a cookie, and looks at what was sent.
func wantBareRequests(t *testing.T, b *booths, v *tab) {
	t.Helper()
	v.open("/")
	run(v, "plant a cookie", chromedp.Evaluate[string]("document.cookie = 'urna=planted; path=/'"))
	before := len(b.proxy.requests(http.MethodPost))
	v.open(b.page + b.letter(4))
	v.click("vote-go-on")
	v.click("choice-1")
	v.click("vote-to-confirm")
	v.click("vote-cast")
	v.see("vote-counted")
	sent := b.proxy.requests(http.MethodPost)[before:]
	if len(sent) != 3 {
		t.Errorf("want a request a screen, got %v", sent)
	}
	for _, r := range sent {
		if r.header.Get("Cookie") != "" || r.header.Get("Cache-Control") != "no-cache" || r.address != b.page+"?lang=en" {
			t.Errorf("want no cookie sent, nothing kept, and no more than the language in the address, got %s with %v", r.address, r.header)
		}
	}
	for _, r := range append(sent, b.proxy.requests(http.MethodGet)...) {
		for _, key := range b.poll.Keys {
			if strings.Contains(r.address+fmt.Sprint(r.header), key.GUID) || strings.Contains(r.address+fmt.Sprint(r.header), key.PersonalID) {
				t.Errorf("want no key in an address or a header, got %s with %v", r.address, r.header)
			}
		}
	}
}

// castInVain casts a vote with the key of a letter while the connection breaks off at each request.
func (v *tab) castInVain(b *booths, letter int, choice string) {
	v.open(b.page + b.letter(letter))
	v.click("vote-go-on")
	v.click(choice)
	v.click("vote-to-confirm")
	v.see("vote-confirm")
	b.proxy.do(breakOff)
	v.click("vote-cast")
	v.until(said+".slice(0, 20)", "The connection broke", "the problem")
}

func wantAnotherTry(_ *testing.T, b *booths, v *tab) {
	v.castInVain(b, 5, "choice-2")
	v.until("String(document.activeElement === document.querySelector('[data-vote=problem]'))", "true", "whether the problem has the focus")
	v.until(wait, "", "the status")
	b.proxy.do(nil)
	v.click("vote-cast")
	v.see("vote-counted")
}

func wantStrangeAnswersTold(t *testing.T, b *booths, v *tab) {
	t.Helper()
	before := len(b.proxy.requests(http.MethodGet))
	for name, act := range map[string]http.HandlerFunc{
		"another page": badGateway,
		"a redirect":   func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusSeeOther) },
	} {
		b.proxy.do(nil)
		v.open(b.page + "?n=" + url.QueryEscape(name) + b.letter(6))
		v.click("vote-go-on")
		v.see("vote-choices")
		b.proxy.do(act)
		v.click("choice-2")
		v.click("vote-to-confirm")
		want := "This page does not u"
		if name == "a redirect" {
			want = "The connection broke"
		}
		v.until(said+".slice(0, 20)", want, "the problem after "+name)
		v.until("String(document.querySelector('[data-testid=choice-2]').checked)", "true", "the choice, kept")
	}
	for _, r := range b.proxy.requests(http.MethodGet)[before:] {
		if strings.Contains(r.address, "elsewhere") {
			t.Error("want no redirect followed with a key in hand")
		}
	}
}

// wantOneRequest presses the button again while the answer is awaited: at once, before the browser draws the page
// again, as a key that repeats does, and afterwards. A browser moves the focus away from an inert form only when it
// draws, so the second press still reaches the button.
func wantOneRequest(t *testing.T, b *booths, v *tab) {
	t.Helper()
	v.castInVain(b, 7, "choice-3")
	// Counted in the page: a browser sends again by itself what got no answer on a connection that it had kept.
	run(v, "count the requests", chromedp.Evaluate[bool](`(() => {
		const fetch = window.fetch;
		window.sent = 0;
		window.fetch = (...all) => (window.sent++, fetch(...all));
		return true;
	})()`))
	held := make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	defer release()
	b.proxy.do(func(w http.ResponseWriter, r *http.Request) {
		<-held
		badGateway(w, r)
	})
	run(v, "press the button three times", chromedp.Evaluate[bool](`(() => {
		const button = document.querySelector('[data-testid=vote-cast]');
		button.click(), button.click(), button.click();
		return true;
	})()`))
	v.until(wait+".slice(0, 26)", "Your vote is being stored.", "the status")
	v.until(said, "", "the problem of before")
	if sent := run(v, "read what was sent", chromedp.Evaluate[int]("window.sent")); sent != 1 {
		t.Errorf("want one request of three presses before the page is drawn, got %d", sent)
	}
	v.press("\r", " ")
	at := run(v, "find the button", chromedp.Evaluate[[]float64](
		"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector('[data-testid=vote-cast]').getBoundingClientRect())"))
	run(v, "press it again", chromedp.MouseClickXY(at[0], at[1]))
	release()
	v.until(said+".slice(0, 20)", "This page does not u", "the problem")
	v.until("String(window.sent)", "1", "the requests, however often the button is pressed")
}

func wantRefusalShown(_ *testing.T, b *booths, v *tab) {
	run(v, "take a small phone", chromedp.EmulateViewport(360, 560))
	v.open(b.page)
	v.fill("vote-personal-id", b.poll.Keys[8].PersonalID)
	v.fill("vote-guid", b.poll.Keys[9].GUID)
	run(v, "scroll down", chromedp.Evaluate[bool]("window.scrollTo(0, document.body.scrollHeight), true"))
	v.click("vote-go-on")
	v.until(focus, "form-error", "the focus")
	v.until("String(window.scrollY)", "0", "how far the page is scrolled")
}

// wantNothingLeft leaves the page with a key typed and comes back, through a proxy that lets the browser keep pages.
func wantNothingLeft(t *testing.T, b *booths, v *tab) {
	t.Helper()
	v.open(b.page)
	v.fill("vote-personal-id", b.poll.Keys[10].PersonalID)
	v.fill("vote-guid", b.poll.Keys[10].GUID)
	// What a browser that keeps whole pages would keep of this one.
	kept := run(v, "leave the page", chromedp.Evaluate[string](`(() => {
		const fields = Array.from(document.querySelectorAll("input"));
		window.dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true}));
		return fields.map(f => f.value).join("") + document.querySelector("main").textContent.trim();
	})()`))
	if kept != "" {
		t.Errorf("want an empty page left behind, got %q", kept)
	}
	run(v, "mark the page", chromedp.Evaluate[bool]("window.kept = true"))
	run(v, "come back", chromedp.Evaluate[bool]("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"))
	v.until("String(window.kept) + document.querySelector('[data-testid=vote-go-on]')?.textContent", "undefinedContinue", "a page that was loaded again")
	v.leavesNothing(b.poll.Keys[10].PersonalID, b.poll.Keys[10].GUID)
}

// wantFormsSentAsTheyAre goes on in a browser that does not tell a script which button was pressed.
func wantFormsSentAsTheyAre(_ *testing.T, b *booths, v *tab) {
	v.open(b.page + b.letter(11))
	v.until(filledID, b.poll.Keys[11].PersonalID, "the personal id")
	run(v, "grow old", chromedp.Evaluate[bool](`(() => {
		Object.defineProperty(SubmitEvent.prototype, "submitter", {value: undefined});
		return window.old = true;
	})()`))
	v.click("vote-go-on")
	v.see("vote-choices")
	v.until("String(window.old)", "undefined", "the mark on the page before")
}

// wantLetterKeptBack scans a letter too early: the key leaves the address, though there is no field for it.
func wantLetterKeptBack(t *testing.T, binary string) {
	t.Helper()
	data := t.TempDir()
	poll := apptest.NewPoll(t, data, 1, func(d *elections.Draft) { d.StartsAt = d.EndsAt.Add(-time.Minute) })
	server := program.Serve(t, binary, data)
	b := &booths{poll: poll, page: fmt.Sprintf("/vote/%d", poll.ElectionID)}
	v := openTab(t, server.URL)
	v.open(b.page + b.letter(0))
	v.until("location.href", v.base+b.page, "the address")
	v.see("vote-refusal")
	v.leavesNothing(poll.Keys[0].PersonalID, poll.Keys[0].GUID)
}

// leavesNothingInHistory looks for words in the addresses that the browser would go back to.
func (b *tab) leavesNothingInHistory(words ...string) {
	b.t.Helper()
	addresses := strings.Join(b.history(), " ")
	for _, word := range words {
		if strings.Contains(addresses, word) {
			b.t.Errorf("want no key in the history, got %q", addresses)
		}
	}
}
