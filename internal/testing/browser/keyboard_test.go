package browser

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// mostTabs bounds how far the test goes on a page; long pages repeat their rows.
const mostTabs = 80

// numberStops numbers everything that Tab comes to, in the order of the page, and focuses the first, the link to the content.
// Of the options of one question Tab comes to one, and the arrows to the others. Places on a map are in the list beside it.
const numberStops = `(() => {
	const groups = new Set(), first = e => e.type !== "radio" || e.checked ||
		!document.querySelector("input[name='" + e.name + "']:checked") && !groups.has(e.name) && groups.add(e.name);
	const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")].filter(e =>
		(e.tabIndex >= 0 || e.matches("a, button, input, select, textarea, summary") && !e.closest("svg")) && !e.disabled && !e.ariaHidden && e.checkVisibility({visibilityProperty: true}) && !e.closest("[inert]") && first(e));
	window.stops = all;
	document.querySelector(".skip").focus({focusVisible: true});
	return all.map(e => e.outerHTML.slice(0, 120));
})()`

// focusedStop is the number of the element with the focus, after "unseen " if nothing around it shows that.
const focusedStop = `(e => {
	const seen = [e, e.closest("label"), e.nextElementSibling, e.parentElement].some(shown => {
		if (!shown) return false;
		const style = getComputedStyle(shown), box = shown.getBoundingClientRect();
		return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.height > 0;
	});
	const number = window.stops.indexOf(e);
	return (seen ? "" : "unseen ") + (number < 0 ? e.outerHTML.slice(0, 120) : number);
})(document.activeElement)`

// TestBrowser_TheKeyboardAloneReachesEverything presses Tab from the top of each page: the focus comes to each link, button and
// field in the order of the page, is seen there, and goes on.
func TestBrowser_TheKeyboardAloneReachesEverything(t *testing.T) {
	s := newScene(t)
	for _, at := range looked(t) {
		b := s.tab(at.as)
		b.size(1280, "light")
		s.show(at, "en")
		b.press("\t") // a reader with a keyboard, to whom the browser shows the focus
		all := run(b, "read what takes the focus", chromedp.Evaluate[[]string](numberStops))
		if len(all) == 0 { // the wall
			continue
		}
		got := b.stops(min(len(all), mostTabs))
		for i, stop := range got {
			number, unseen := strings.CutPrefix(stop, "unseen ")
			if unseen {
				t.Errorf("%s: want the focus seen on %s", at.name, all[i])
			}
			if number != strconv.Itoa(i) {
				t.Errorf("%s: want the focus on %s, got %s", at.name, all[i], stop)
				break
			}
		}
	}
}

// stops presses Tab until the focus has been at so many places, and returns them. A date has up to eight parts, each of which
// takes a Tab; a place that takes more is a trap.
func (b *tab) stops(number int) []string {
	b.t.Helper()
	const mostParts = 10
	list := []string{run(b, "read the focus", chromedp.Evaluate[string](focusedStop))}
	for same := 0; len(list) < number && same < mostParts; same++ {
		b.press("\t")
		stop := run(b, "read the focus", chromedp.Evaluate[string](focusedStop))
		if strings.TrimPrefix(stop, "unseen ") != strings.TrimPrefix(list[len(list)-1], "unseen ") {
			list, same = append(list, stop), 0
		}
	}
	if len(list) < number {
		b.t.Errorf("want the focus at %d places, it stays at the last of %q", number, list)
	}
	return list
}
