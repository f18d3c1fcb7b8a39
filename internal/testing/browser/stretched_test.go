package browser

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"urna/internal/testing/program"
)

// overflow names the first part that does not fit the page: the first element that reaches beyond the window's edge,
// or a button, mark or label whose text is cut off; "" for none. An element that scrolls may be wider.
const overflow = `(() => {
	const width = document.documentElement.clientWidth;
	const scrolls = e => e && e !== document.body && (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
	for (const e of document.querySelectorAll("body *")) {
		if (!e.checkVisibility() || e.closest("svg, .hidden-visually, option, datalist")) continue;
		const box = e.getBoundingClientRect();
		if (box.width > 0 && box.right > width + 1 && !scrolls(e.parentElement)) return "beyond the edge: " + e.outerHTML.slice(0, 300);
		if (e.matches("button, .button, label, legend, .mark") && !e.querySelector(".hidden-visually")) {
			const text = document.createRange();
			text.selectNodeContents(e);
			const clips = e.closest(".segments") ?? e;
			if (text.getBoundingClientRect().right > clips.getBoundingClientRect().right + 1) return "cut off: " + e.outerHTML.slice(0, 300);
		}
	}
	if (document.documentElement.scrollWidth <= width) return "";
	const last = [...document.querySelectorAll("body *")].filter(e => {
		const text = document.createRange();
		text.selectNodeContents(e);
		return text.getBoundingClientRect().right > width + 1;
	}).at(-1);
	return "the page is " + document.documentElement.scrollWidth + " px wide: " + last?.outerHTML.slice(0, 300);
})()`

// TestBrowser_LongLanguagesFitAPhone walks the pages of elections in every state with each sentence twice as long, as a
// voter, an official and an administrator read them on a phone.
func TestBrowser_LongLanguagesFitAPhone(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	// The data that release 0.1.0 left has an election in each state, with batches, keys, lots and a certificate.
	unpack := exec.CommandContext(t.Context(), "tar", "-xzf", "../releases/testdata/0.1.0/data.tar.gz", "-C", data)
	if output, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("unpack: %v %s", err, output)
	}
	reader, uploader := administrator, official
	reader.Email, uploader.Email = "reader@example.org", "uploader@example.org" // the others have accounts there
	program.AddUser(t, binary, data, reader)
	program.AddUser(t, binary, data, uploader)
	base := program.Serve(t, binary, data, "--stretched").URL
	public := []string{
		"/", "/login", "/elections/1", "/elections/2", "/elections/3", "/elections/4", "/elections/5", "/elections/6", "/vote/6", "/nothing-here",
		"/elections/2/constituencies", "/elections/2/wall", "/elections/6/wall",
	}
	walk(t, base, nil, public...)
	walk(t, base, &uploader, "/official", "/official/uploads", "/official/elections/2", "/official/elections/6", "/account", "/account/password", "/account/second-factor")
	walk(t, base, &reader,
		"/admin", "/admin/participants", "/admin/participants/new", "/admin/participants/1", "/admin/users", "/admin/users/new", "/admin/users/1",
		"/admin/batches", "/batches/1", "/admin/audit", "/admin/elections", "/admin/elections/new", "/admin/elections/1", "/admin/elections/1/edit",
		"/admin/elections/1/list", "/admin/elections/2", "/admin/elections/2/rules", "/admin/elections/2/constituencies", "/admin/elections/2/candidacies",
		"/admin/elections/2/incoming", "/admin/elections/2/ties", "/admin/elections/2/documents", "/admin/elections/2/history", "/admin/elections/1/edit/dates",
		"/admin/elections/2/declared", "/admin/elections/2/certification",
		"/admin/elections/3/certification", "/admin/elections/4/certification", "/admin/elections/6", "/admin/elections/6/keys")
}

// walk opens pages on a phone, as the person or as anyone, and looks whether everything fits.
func walk(t *testing.T, base string, as *program.User, paths ...string) {
	t.Helper()
	b := openTab(t, base)
	b.refusal = "the server responded with a status of 4" // of pages that do not exist, or not in this state
	size := emulation.SetDeviceMetricsOverrideParams{Width: 360, Height: 800, DeviceScaleFactor: 1}
	run(b, "size the window", command(emulation.SetDeviceMetricsOverride, size))
	if as != nil {
		b.signIn(*as)
	}
	for _, path := range paths {
		b.open(path)
		if shown := run(b, "read the page", chromedp.Evaluate[string]("document.body.innerText")); strings.Count(shown, "⟦") < 3 {
			t.Errorf("%s: want stretched sentences, got %s", path, shown)
		}
		if what := run(b, "look for overflow", chromedp.Evaluate[string](overflow)); what != "" {
			t.Errorf("%s: %s", path, what)
		}
		b.pictures("stretched" + strings.ReplaceAll(path, "/", "-"))
	}
}
