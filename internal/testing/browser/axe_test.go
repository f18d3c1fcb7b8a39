package browser

import (
	"compress/gzip"
	"flag"
	"io"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

var allStates = flag.Bool("all", false, "look at every state of the pages, where the usual run has a sample")

// sampled are the states that the usual run looks at.
var sampled = []string{
	"home", "counting", "stations-missing", "constituency", "wall", "vote-choices", "sign-in", "official-home", "official-bad-lines", "observer-home",
	"admin-home", "election-documents", "election-certification", "step-constituencies", "step-name-refused",
}

// looked returns the states that this run looks at.
func looked(t *testing.T) []state {
	t.Helper()
	list := states()
	if *allStates {
		return list
	}
	list = slices.DeleteFunc(list, func(s state) bool { return !slices.Contains(sampled, s.name) })
	if len(list) != len(sampled) {
		t.Fatalf("want every state of the sample, got %d of %d", len(list), len(sampled))
	}
	return list
}

// axeSource is axe-core, which finds faults that keep people with disabilities from using a page.
var axeSource = sync.OnceValues(func() (string, error) {
	file, err := os.Open("testdata/axe.min.js.gz")
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return "", err
	}
	source, err := io.ReadAll(unpacked)
	return string(source), err
})

// faults runs axe with the rules of WCAG 2.2 A and AA, target size among them, and its best practices.
const faults = `axe.run(document, {
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}, rules: {"target-size": {enabled: true}},
}).then(found => found.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 200) + " – " + (n.any[0] ?? n.all[0] ?? n.none[0])?.message)))`

// accessible reports what axe finds on the page.
func (b *tab) accessible(where string) {
	b.t.Helper()
	source, err := axeSource()
	if err != nil {
		b.t.Fatal(err)
	}
	run(b, "load axe", chromedp.Evaluate[bool](source+"; true"))
	// The bar at the lower edge covers parts that a reader scrolls to.
	run(b, "let the bar go with the page", chromedp.Evaluate[bool](`document.querySelectorAll(".save-bar").forEach(bar => { bar.style.position = "static" }); true`))
	for _, fault := range run(b, "run axe", chromedp.Evaluate[[]string](faults, chromedp.EvalAwaitPromise)) {
		b.t.Errorf("%s: %s", where, fault)
	}
}

// TestBrowser_AxeFindsNothing looks at the states on a phone and on a desk, in light and in dark, and with -all in each
// language.
func TestBrowser_AxeFindsNothing(t *testing.T) {
	s := newScene(t)
	for _, at := range looked(t) {
		languages := []string{"en"}
		if *allStates {
			languages = append(languages, "sr-Latn", "sr-Cyrl", "ka")
		}
		for _, language := range languages {
			b := s.tab(at.as)
			b.size(1280, "light")
			s.show(at, language)
			b.accessible(at.name + ", " + language + ", 1280 px, light")
			b.size(360, "dark")
			b.accessible(at.name + ", " + language + ", 360 px, dark")
		}
	}
}
