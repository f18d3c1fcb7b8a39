package browser

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

var (
	gallery = flag.String("pictures", "", "take a picture of every state for the folder, and list what differs from the accepted ones there")
	accept  = flag.Bool("accept", false, "accept the pictures of this run: later runs are compared with them")
	only    = flag.String("only", "", "of the states, take pictures of these, with commas between them")
)

// steady hides what differs between two runs: times, hashes and durations.
const steady = `(() => {
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const node = walk.currentNode;
		if (node.parentElement.closest("time, script, style")) { if (node.parentElement.closest("time")) node.data = "–"; continue; }
		node.data = node.data.replace(/[0-9a-f]{8,}…?/g, "0123abcd").replace(/\b\d?\d:\d\d(:\d\d)?\b/g, "00:00").replace(/127\.0\.0\.1(:\d+)?/g, "127.0.0.1");
	}
	for (const field of document.querySelectorAll("input[type=datetime-local], input[type=date]")) field.style.visibility = "hidden";
	return true;
})()`

// TestBrowser_Pictures takes a picture of each state in each width, scheme and language with -pictures; "pseudo" is English with
// sentences of twice the length.
//
// The folder has the pictures of the last run in "now" and the accepted ones in "accepted".
func TestBrowser_Pictures(t *testing.T) {
	if *gallery == "" {
		t.Skip("pictures are taken with -pictures FOLDER")
	}
	now, accepted := filepath.Join(*gallery, "now"), filepath.Join(*gallery, "accepted")
	for _, folder := range []string{now, accepted} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	plain, pseudo := newScene(t), newScene(t, "--stretched")
	var differ []string
	for _, at := range states() {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), at.name) {
			continue
		}
		for _, language := range []string{"en", "sr-Cyrl", "ka", "pseudo"} {
			s, asked := plain, language
			if language == "pseudo" {
				s, asked = pseudo, ""
			}
			for name, picture := range s.taken(at, asked) {
				name = at.name + "-" + name + "-" + language + ".png"
				if err := os.WriteFile(filepath.Join(now, name), picture, 0o644); err != nil {
					t.Fatal(err)
				}
				if what := difference(filepath.Join(accepted, name), picture); what != "" {
					differ = append(differ, name+": "+what)
				}
				if *accept {
					if err := os.WriteFile(filepath.Join(accepted, name), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	slices.Sort(differ)
	for _, what := range differ {
		fmt.Fprintln(t.Output(), what)
	}
	fmt.Fprintf(t.Output(), "%d pictures differ from the accepted ones in %s.\n", len(differ), accepted)
}

// taken returns the pictures of a state by width and scheme.
func (s *scene) taken(at state, language string) map[string][]byte {
	s.t.Helper()
	all := map[string][]byte{}
	b := s.tab(at.as)
	b.size(1280, "light")
	s.show(at, language)
	run(b, "hide times", chromedp.Evaluate[bool](steady))
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 768, 1280} {
			b.size(width, scheme)
			all[fmt.Sprintf("%d-%s", width, scheme)] = b.picture(width)
		}
	}
	return all
}

// tallest is how many pixels of a page's height a picture has at most; Chromium takes none of a much taller page.
const tallest = 16_000

// picture takes a picture of the whole page, or of as much of it from the top as there can be.
func (b *tab) picture(width int64) []byte {
	b.t.Helper()
	height := run(b, "measure the page", chromedp.Evaluate[float64]("document.documentElement.scrollHeight"))
	return run(b, "take a picture", chromedp.Action[[]byte](func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		beyond := true
		taken, err := cdp.Call(ctx, target, page.CaptureScreenshot, page.CaptureScreenshotParams{
			CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: float64(width), Height: min(height, tallest), Scale: 1},
		})
		if err != nil {
			return nil, err
		}
		return taken.Data, nil
	}))
}

// difference says how a picture differs from an accepted one, "" for not at all.
func difference(accepted string, picture []byte) string {
	before, err := os.ReadFile(accepted)
	if err != nil {
		return "new"
	}
	if bytes.Equal(before, picture) {
		return ""
	}
	a, errBefore := png.Decode(bytes.NewReader(before))
	b, errNow := png.Decode(bytes.NewReader(picture))
	if errBefore != nil || errNow != nil {
		return "cannot be read"
	}
	if a.Bounds() != b.Bounds() {
		return fmt.Sprintf("%v pixels, accepted %v", b.Bounds().Size(), a.Bounds().Size())
	}
	if n := pixels(a, b); n > 0 {
		return fmt.Sprintf("%d of %d pixels", n, a.Bounds().Dx()*a.Bounds().Dy())
	}
	return ""
}

// pixels counts the points in which two pictures differ.
func pixels(a, b image.Image) (n int) {
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				n++
			}
		}
	}
	return n
}
