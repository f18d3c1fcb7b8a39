package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"urna/internal/app"
	"urna/internal/app/server"
)

// TestVoterPage_StepsBackAndContact goes through voting without JavaScript: each screen says which of three steps it is and whom to
// ask, the button goes one step back with what was typed, and a key on two lines is the same key.
func TestVoterPage_StepsBackAndContact(t *testing.T) {
	const contact = "City Election Office, <555> 0100"
	s := newSiteWith(t, server.Options{}, func(o *app.Options) { o.Contact = contact })
	p := s.newPoll(t, 1, nil)
	b := p.booth(t)
	step := func(screen, now string) {
		t.Helper()
		b.on(screen, http.StatusOK, `data-testid="vote-contact"`, "City Election Office, &lt;555&gt; 0100", `href="/help/voters"`)
		_, after, _ := strings.Cut(b.html, `aria-current="step"`)
		if name, _, _ := strings.Cut(after, "</li>"); !strings.Contains(name, now) || strings.Count(b.html, `class="step-number"`) != 3 {
			t.Errorf("%s: want step %q of three, got %q", screen, now, name)
		}
	}
	step("key", "Key")
	key := p.key(0)
	bare := strings.ReplaceAll(key.Get("guid"), "-", "")
	lines := url.Values{"personal_id": key["personal_id"], "guid": {bare[:16] + "\r\n" + bare[16:]}}
	b.send("choices", lines)
	step("choices", "Choice")
	b.send("key", nil)
	step("key", "Key")
	for _, want := range []string{key.Get("personal_id"), bare[:16] + " " + bare[16:]} {
		if !strings.Contains(b.html, want) {
			t.Errorf("want %q still typed one step back", want)
		}
	}
	b.send("choices", lines)
	b.send("confirm", url.Values{"choice": {"2"}})
	step("confirm", "Cast")
	b.send("choices", nil).on("choices", http.StatusOK, `value="2" checked`)
	b.send("confirm", url.Values{"choice": {"2"}})
	b.send("cast", nil).on("counted", http.StatusOK, `data-testid="vote-contact"`)
	wants(t, text(s.visitor(t).send(t, http.MethodGet, "/help/trouble", "")), `data-testid="help-contact"`)
}
