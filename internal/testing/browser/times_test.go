package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"urna/elections"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

const ownTimes = `[...document.querySelectorAll("main .own-time")].map(e => e.previousElementSibling.textContent + e.textContent).join("; ")`

// TestBrowser_ReadersElsewhereSeeTheirOwnTime reads an election's times in its own zone, in another one, and without
// JavaScript.
func TestBrowser_ReadersElsewhereSeeTheirOwnTime(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	poll := apptest.NewPoll(t, data, 1, func(d *elections.Draft) { d.TimeZone = "Europe/Belgrade" })
	base := program.Serve(t, binary, data).URL
	path := fmt.Sprintf("/elections/%d", poll.ElectionID)
	for zone, elsewhere := range map[string]bool{"Europe/Belgrade": false, "Europe/Rome": false, "Asia/Tbilisi": true, "America/New_York": true} {
		b := openTab(t, base)
		run(b, "set the zone", command(emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: zone}))
		b.open(path)
		shown := run(b, "read the times", chromedp.Evaluate[string](ownTimes))
		if (shown != "") != elsewhere {
			t.Errorf("%s: want own times beside those of the election: %v; got %q", zone, elsewhere, shown)
		}
		if !elsewhere {
			continue
		}
		want := run(b, "compute the time", chromedp.Evaluate[string](`(() => {
			const at = new Date(document.querySelector("main time").dateTime);
			return at.getHours().toString().padStart(2, "0") + ":" + at.getMinutes().toString().padStart(2, "0");
		})()`))
		first := run(b, "read the first", chromedp.Evaluate[string](`document.querySelector("main time").nextElementSibling.textContent.match(/\d\d:\d\d/)[0]`))
		if first != want {
			t.Errorf("%s: want %s beside the first time, got %s", zone, want, first)
		}
		b.open(fmt.Sprintf("/vote/%d", poll.ElectionID))
		if run(b, "read the times", chromedp.Evaluate[string](ownTimes)) == "" {
			t.Errorf("%s: want voters to see their own time", zone)
		}
	}
}
