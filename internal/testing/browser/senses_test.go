package browser

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// wide names what makes the page wider than its window; "" for nothing. What scrolls by itself, such as a table, may be wider.
const wide = `(() => {
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= width) return "";
	const scrolls = e => e && e !== document.body && (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
	const found = [...document.querySelectorAll("body *")].filter(e => {
		const text = document.createRange();
		text.selectNodeContents(e);
		return e.checkVisibility() && Math.max(e.getBoundingClientRect().right, text.getBoundingClientRect().right) > width + 1 && !scrolls(e.parentElement);
	});
	return document.documentElement.scrollWidth + " px: " + (found.at(-1) ?? document.body).outerHTML.slice(0, 200);
})()`

// cramped names a text that is broken letter by letter, and what scrolls sideways without a focus of its own and a name; "" for
// nothing.
const cramped = `(() => {
	const words = e => [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE && n.data.trim().length >= 8), broken = n => {
		const text = document.createRange(), em = parseFloat(getComputedStyle(n.parentElement).fontSize);
		text.selectNodeContents(n);
		const box = text.getBoundingClientRect();
		return box.width > 2 && box.width < 3 * em && box.height > 6 * em;
	};
	const scrolls = e => /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth && !e.matches("input, select, textarea");
	const clipped = e => e && (getComputedStyle(e).clipPath === "inset(50%)" || clipped(e.parentElement));
	return [...document.querySelectorAll("body *")].find(e => e.checkVisibility() && !clipped(e) &&
		(words(e).some(broken) || scrolls(e) && !(e.tabIndex >= 0 && e.ariaLabel)))?.outerHTML.slice(0, 200) ?? "";
})()`

// inLanguages calls look for each state that this run looks at, in English, and with -all in Serbian (Cyrillic) and Georgian too.
func inLanguages(t *testing.T, look func(at state, language string)) {
	t.Helper()
	languages := []string{"en"}
	if *allStates {
		languages = append(languages, "sr-Cyrl", "ka")
	}
	for _, at := range looked(t) {
		for _, language := range languages {
			look(at, language)
		}
	}
}

// TestBrowser_TwiceTheTextFitsASmallScreen: WCAG 1.4.4 and 1.4.10. The pages of voters, officials and the public do not
// scroll sideways with text of 200 % in a window of 320 pixels, nor are words broken letter by letter. What scrolls by itself, as wide tables do, can be
// scrolled with the keyboard. With -all pages of administrators are looked at, too. The wall is for a projector.
func TestBrowser_TwiceTheTextFitsASmallScreen(t *testing.T) {
	s := newScene(t)
	inLanguages(t, func(at state, language string) {
		if strings.HasPrefix(at.name, "wall") || at.as == "administrator" && !*allStates {
			return
		}
		b := s.tab(at.as)
		b.size(320, "light")
		s.show(at, language)
		run(b, "enlarge the text", chromedp.Evaluate[string](`document.documentElement.style.fontSize = "200%"`))
		if what := run(b, "measure", chromedp.Evaluate[string](wide)); what != "" {
			t.Errorf("%s, %s: want nothing to scroll sideways, the page has %s", at.name, language, what)
		}
		if what := run(b, "measure words", chromedp.Evaluate[string](cramped)); what != "" {
			t.Errorf("%s, %s: want whole words, and the keyboard in what scrolls, got %s", at.name, language, what)
		}
	})
}

// TestBrowser_NothingMovesForThoseWhoAskForThat: no element of a page has an animation or a transition if the reader's machine
// prefers reduced motion, not even the heading, to which the test gives one. Children of a shape that is used have no style.
func TestBrowser_NothingMovesForThoseWhoAskForThat(t *testing.T) {
	s := newScene(t)
	const moves = `(() => {
		document.querySelector("h1").style.transition = "width 1s";
		return [...document.querySelectorAll("*")].flatMap(e => ["", "::before", "::after"].map(p => [e, getComputedStyle(e, p || null)]))
			.filter(([, style]) => !["none", ""].includes(style.animationName) || /[1-9]/.test(style.transitionDuration)).map(([e]) => e.outerHTML.slice(0, 120));
	})()`
	for _, at := range looked(t) {
		if !*allStates && at.as != "" {
			continue // one style sheet serves all
		}
		b := s.tab(at.as)
		b.media("prefers-reduced-motion", "no-preference")
		s.show(at, "en")
		if moving := run(b, "look for motion", chromedp.Evaluate[[]string](moves)); len(moving) == 0 {
			t.Errorf("%s: want the heading to move for others", at.name)
		}
		b.media("prefers-reduced-motion", "reduce")
		if still := run(b, "look for motion", chromedp.Evaluate[[]string](moves)); len(still) != 0 {
			t.Errorf("%s: want nothing that moves, got %q", at.name, still[0])
		}
	}
}

// TestBrowser_ForcedColoursKeepShapesAndBars: with the colours of the reader's machine, buttons and marks have a border, and
// the parts of charts differ from the page and from each other.
func TestBrowser_ForcedColoursKeepShapesAndBars(t *testing.T) {
	s := newScene(t)
	const borderless = `[...document.querySelectorAll("main :is(button, .button, .mark, .notice):not(.hidden-visually)")].filter(e => e.checkVisibility() &&
		(getComputedStyle(e).borderTopStyle === "none" || parseFloat(getComputedStyle(e).borderTopWidth) < 1)).map(e => e.outerHTML.slice(0, 120))`
	const segments = `[...new Set([...document.querySelectorAll("main :is(.segment, .bar, .dot)")].map(e => {
		const style = getComputedStyle(e);
		return style.fill + style.backgroundColor;
	}))]`
	inLanguages(t, func(at state, language string) {
		b := s.tab(at.as)
		b.media("forced-colors", "active")
		s.show(at, language)
		if forced := run(b, "ask for forced colours", chromedp.Evaluate[bool](`matchMedia("(forced-colors: active)").matches`)); !forced {
			t.Fatal("the browser does not force colours")
		}
		if bare := run(b, "look for borders", chromedp.Evaluate[[]string](borderless)); len(bare) != 0 {
			t.Errorf("%s, %s: want a border around each button and mark, got %q", at.name, language, bare[0])
		}
		if at.name == "counting" {
			if got := run(b, "read the colours of bars", chromedp.Evaluate[[]string](segments)); len(got) < 2 {
				t.Errorf("want bars in colours of their own, got %q", got)
			}
		}
		b.media("forced-colors", "none")
	})
}

// TestBrowser_TheKeyboardAloneReachesTheMenu presses Tab from the top of an election's page: the focus comes to every entry of
// both menus, is seen there, and Enter opens the page. On a phone, too.
func TestBrowser_TheKeyboardAloneReachesTheMenu(t *testing.T) {
	s := newScene(t)
	b := s.tab("administrator")
	const focused = `(e => {
		const style = getComputedStyle(e), box = e.getBoundingClientRect();
		const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.height > 0;
		return (seen ? "" : "unseen ") + (e.dataset?.testid ?? e.tagName);
	})(document.activeElement)`
	const entries = `[...document.querySelectorAll(".top nav a, .menu a")].filter(e => e.checkVisibility()).map(e => e.dataset.testid)`
	tabTo := func(testID string) bool {
		t.Helper()
		for range 40 {
			b.press("\t")
			if run(b, "read the focus", chromedp.Evaluate[string](focused)) == testID {
				return true
			}
		}
		return false
	}
	for _, width := range []int64{1280, 360} {
		b.size(width, "light")
		b.open("/admin/elections/" + countingElection)
		if width == 360 { // the menu of the election is folded
			if !tabTo("menu-fold") {
				t.Fatal("want the focus on the fold of the menu")
			}
			b.press(" ")
		}
		want := run(b, "read the menus", chromedp.Evaluate[[]string](entries))
		if len(want) < 12 {
			t.Errorf("%d px: want the entries of both menus, got %q", width, want)
		}
		run(b, "begin at the top", chromedp.Evaluate[bool]("document.querySelector('.skip').focus(); true"))
		var got []string
		for range 40 {
			b.press("\t")
			got = append(got, run(b, "read the focus", chromedp.Evaluate[string](focused)))
		}
		for _, entry := range want {
			if !slices.Contains(got, entry) {
				t.Errorf("%d px: want the focus seen on %s, got %q", width, entry, got)
			}
		}
		run(b, "begin at the top", chromedp.Evaluate[bool]("document.querySelector('.skip').focus(); true"))
		if !tabTo("menu-history") {
			t.Fatal("want the focus on the history")
		}
		b.press("\r")
		b.until("location.pathname", "/admin/elections/"+countingElection+"/history", "the address")
	}
}

// scriptOnly are buttons that only a script answers, and forms without a button that sends them.
const scriptOnly = `[...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && (e.matches("button[type=button], [role=button]:not(a, button)") ||
	e.matches("form") && ![...e.elements].some(b => b.matches("button, input[type=submit]") && b.type === "submit" && !b.disabled && b.checkVisibility()))).map(e => e.outerHTML.slice(0, 160))`

// TestBrowser_PagesAreWholeWithoutScripts compares the headings and the buttons that are seen with and without scripts. Without
// them each form can be sent, and nothing is shown that needs them.
func TestBrowser_PagesAreWholeWithoutScripts(t *testing.T) {
	s := newScene(t)
	const parts = `[...document.querySelectorAll("main :is(h1, h2, h3, button, .button, summary, table)")].filter(e => e.checkVisibility())
		.map(e => e.tagName === "TABLE" ? "table of " + e.rows.length : e.textContent.trim())`
	inLanguages(t, func(at state, language string) {
		if at.act != nil { // what people do without scripts, the other tests try
			return
		}
		b := s.tab(at.as)
		s.show(at, language)
		with := run(b, "read the page", chromedp.Evaluate[[]string](parts))
		b.scripts(false)
		s.show(at, language)
		without := run(b, "read the page", chromedp.Evaluate[[]string](parts))
		dead := run(b, "look for what needs scripts", chromedp.Evaluate[[]string](scriptOnly))
		b.scripts(true)
		if len(dead) != 0 {
			t.Errorf("%s, %s: want nothing that needs scripts, got %q", at.name, language, dead)
		}
		for _, part := range with {
			if !slices.Contains(without, part) {
				t.Errorf("%s, %s: want %q without scripts, too", at.name, language, part)
			}
		}
	})
}
