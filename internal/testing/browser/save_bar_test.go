package browser

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"urna/internal/testing/program"
)

// hiddenFocus moves the focus through all elements of the page that take it, forwards, and returns the first that is
// then partly or wholly below the bar with the form's buttons, "" for none.
const hiddenFocus = `(() => {
	const bar = document.querySelector(".save-bar");
	for (const e of document.querySelectorAll("main :is(a, button, input, select, textarea, summary):not([type=hidden])")) {
		if (bar.contains(e) || !e.checkVisibility()) continue;
		window.scrollTo(0, 0);
		e.focus();
		const [shown, edge] = [e.getBoundingClientRect(), bar.getBoundingClientRect()];
		if (shown.bottom > edge.top && shown.top < edge.bottom || shown.top < 0) return e.outerHTML;
	}
	return "";
})()`

// WCAG 2.4.11: what has the focus is not hidden by the bar that stays at the lower edge of the window.
func TestBrowser_BarWithTheButtonsHidesNoFocus(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	program.AddUser(t, binary, data, administrator)
	b := openTab(t, program.Serve(t, binary, data).URL)
	b.signIn(administrator)
	for _, width := range []int64{1280, 360} {
		size := emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 640, DeviceScaleFactor: 1}
		run(b, "size the window", command(emulation.SetDeviceMetricsOverride, size))
		b.open("/admin/elections/new")
		if hidden := run(b, "move the focus", chromedp.Evaluate[string](hiddenFocus)); hidden != "" {
			t.Errorf("%d px wide: want the focus clear of the bar, it hides %s", width, hidden)
		}
	}
	b.fill("field-title", "Council of the harbour")
	for _, name := range []string{"rules", "constituencies", "candidacies", "dates"} {
		b.nextStep(name)
	}
	run(b, "choose online votes", chromedp.Click(chromedp.CSS("#field-channels-online")))
	b.until(`String(document.getElementById("field-channels-online").checked)`, "true", "the box below the bar")
}
