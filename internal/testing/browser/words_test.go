package browser

import (
	"context"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"urna/internal/messages"
)

// A person uses pages as they offer themselves: links, buttons and fields are found by their words, in a language.
type person struct {
	*tab

	words    *messages.Localizer
	scripted bool // the pages run their scripts, which may change a page in place
}

// newPerson opens the first page in a language that the person chooses there, and signs in if an account is given.
func newPerson(t *testing.T, base, language string) *person {
	t.Helper()
	words, ok := messages.In(language)
	if !ok {
		t.Fatalf("no language %s", language)
	}
	p := &person{tab: openTab(t, base), words: words, scripted: true}
	p.asked = true
	p.open("/")
	for _, l := range messages.Known() {
		if l.Tag == language {
			p.pressText(l.Name)
		}
	}
	p.until("document.documentElement.lang", language, "the language")
	return p
}

// A sentence is a message of the catalogue, also one with elements in it.
type sentence interface {
	Render(ctx context.Context, w io.Writer) error
}

var tags = regexp.MustCompile(`<[^>]*>`)

// text returns a sentence as a reader has it.
func (p *person) text(s sentence) string {
	p.t.Helper()
	var b strings.Builder
	if err := s.Render(messages.With(p.t.Context(), p.words), &b); err != nil {
		p.t.Fatal(err)
	}
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(b.String(), ""))), " ")
}

// press clicks the link, button or summary that has these words, in the content rather than around it.
func (p *person) press(s sentence) {
	p.t.Helper()
	p.pressText(p.text(s))
}

// mark finds a part of the page by its words and marks it; it waits until the page has it.
const mark = `((selector, words, nth, control) => {
	document.querySelectorAll("[data-found]").forEach(e => e.removeAttribute("data-found"));
	const plain = e => (e.getAttribute("aria-label") ?? e.textContent).replace(/\s+/g, " ").trim();
	const all = [...document.querySelectorAll("main :is(" + selector + ")"), ...document.querySelectorAll("body :is(" + selector + ")")].filter(e => e.checkVisibility());
	const same = all.filter(e => plain(e) === words || e.textContent.replace(/\s+/g, " ").trim() === words);
	const found = (same.length ? same : all.filter(e => plain(e).startsWith(words)))[nth];
	const part = control ? found?.control : found;
	part?.setAttribute("data-found", "");
	return part ? part.tagName : "";
})(%q, %q, %d, %v)`

// found marks the part and returns the name of its element.
func (p *person) found(selector, words string, nth int, control bool) string {
	p.t.Helper()
	script := fmt.Sprintf(mark, selector, words, nth, control)
	p.until("String(document.readyState === 'complete' && "+script+" !== '')", "true", fmt.Sprintf("a part with the words %q", words))
	return run(p.tab, "find "+words, chromedp.Evaluate[string](script))
}

const marked = chromedp.CSS("[data-found]")

func (p *person) pressText(words string) {
	p.t.Helper()
	kind := p.found("a, button, summary", words, 0, false)
	run(p.tab, "mark the page", chromedp.Evaluate[bool](`document.documentElement.setAttribute("data-left", ""); true`))
	p.point(words, func() { p.found("a, button, summary", words, 0, false) })
	switch {
	case kind == "SUMMARY":
	case kind == "BUTTON" && p.scripted:
		p.leave(2 * time.Second) // unless a script changes the page in place
	default:
		p.leave(patience)
	}
}

// leave waits until another page is there, or for so long.
func (p *person) leave(most time.Duration) {
	p.t.Helper()
	for deadline := time.Now().Add(most); time.Now().Before(deadline); {
		asking, cancel := context.WithTimeout(p.ctx, patience/20)
		left, err := chromedp.Run(asking, chromedp.Evaluate[bool](`document.readyState === "complete" && !document.documentElement.hasAttribute("data-left")`))
		cancel()
		if err == nil && left {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// point clicks with the mouse on what was found.
func (p *person) point(words string, again func()) {
	p.t.Helper()
	place := func() []float64 {
		return run(p.tab, "find the place of "+words, chromedp.Evaluate[[]float64](`(e => {
			if (!e) return [];
			e.scrollIntoView({block: "center", behavior: "instant"});
			const box = e.getClientRects()[0];
			return [box.left + box.width / 2, box.top + box.height / 2];
		})(document.querySelector("[data-found]"))`))
	}
	at := place()
	for range 10 { // a page that updates itself has replaced the part
		if len(at) > 0 {
			break
		}
		again()
		at = place()
	}
	if len(at) == 0 {
		p.t.Fatalf("want %s at a place", words)
	}
	run(p.tab, "press "+words, chromedp.MouseClickXY(at[0], at[1]))
}

// write fills in the field with this label.
func (p *person) write(label messages.Message, text string) {
	p.t.Helper()
	p.found("label", p.words.Text(label), 0, true)
	run(p.tab, "write "+text, chromedp.Evaluate[bool](fmt.Sprintf(`(field => {
		field.focus();
		field.value = %q;
		for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, {bubbles: true}));
		return true;
	})(document.querySelector("[data-found]"))`, text)))
}

// tick ticks the box, or chooses the line, with this label.
func (p *person) tick(label messages.Message) {
	p.t.Helper()
	find := func() { p.found("label", p.words.Text(label), 0, false) }
	find()
	p.point("the box", find)
}

// pick chooses from a list by the words of the choice.
func (p *person) pick(label messages.Message, choice string) {
	p.t.Helper()
	p.found("label", p.words.Text(label), 0, true)
	script := fmt.Sprintf(`(list => { list.value = [...list.options].find(o => o.text.trim() === %q)?.value; list.dispatchEvent(new Event("change", {bubbles: true})); return list.value })(document.querySelector("[data-found]"))`, choice)
	if got := run(p.tab, "pick "+choice, chromedp.Evaluate[string](script)); got == "" {
		p.t.Fatalf("want the choice %q", choice)
	}
}

// give puts a file into the field with this label.
func (p *person) give(label messages.Message, path string) {
	p.t.Helper()
	p.found("label", p.words.Text(label), 0, true)
	run(p.tab, "give "+path, chromedp.SetUploadFiles(marked, []string{path}))
}

// reads waits until the page has these words.
func (p *person) reads(words string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`String(document.body.innerText.replace(/\s+/g, " ").includes(%q))`, words), "true", fmt.Sprintf("the words %q", words))
}

// says is reads for a sentence of the catalogue.
func (p *person) says(s sentence) {
	p.t.Helper()
	p.reads(p.text(s))
}
