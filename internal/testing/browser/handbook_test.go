package browser

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"urna/internal/messages"
)

var handbook = flag.Bool("handbook", false, "take the pictures of the handbook again")

// A shot is a picture of the handbook: a part of a page in one of the states.
type shot struct {
	state         string
	width, height int64  // in pixels
	top           string // a selector: the element at the upper edge
}

var shots = []shot{
	{"counting", 720, 560, "html"},
	{"vote-key", 390, 640, "html"},
	{"vote-confirm", 390, 560, "html"},
	{"official-upload", 720, 640, "h1"},
	{"official-bad-lines", 720, 640, "main form"},
	{"step-rules", 720, 640, "h1"},
	{"election-certification", 720, 560, "h1"},
}

const (
	folderOfPictures = "../../../assets/pictures"
	textsOfPictures  = "testdata/handbook.json" // the words of each page, by the name of its picture
)

// TestBrowser_PicturesOfTheHandbookAreNotOld compares the words of each page with those of when its picture was taken. With
// -handbook it takes the pictures. It looks at English and Georgian, at every language with -all.
func TestBrowser_PicturesOfTheHandbookAreNotOld(t *testing.T) {
	s, texts := newScene(t), map[string]string{}
	if content, err := os.ReadFile(textsOfPictures); err == nil {
		if err := json.Unmarshal(content, &texts); err != nil {
			t.Fatal(err)
		}
	} else if !*handbook {
		t.Fatal(err)
	}
	byName := map[string]state{}
	for _, at := range states() {
		byName[at.name] = at
	}
	for _, of := range shots {
		for _, l := range messages.Offered() {
			if l.Tag != "en" && l.Tag != "ka" && !*handbook && !*allStates {
				continue
			}
			name := of.state + "." + l.Tag
			picture, says := s.shoot(byName[of.state], of, l.Tag)
			if *handbook {
				texts[name] = says
				if err := os.WriteFile(filepath.Join(folderOfPictures, name+".webp"), picture, 0o644); err != nil {
					t.Fatal(err)
				}
			} else if texts[name] != says {
				t.Errorf("the picture %s shows a page that now says something else: take it again with go tool task pictures:handbook\nthen %s\nnow  %s", name, texts[name], says)
			}
		}
	}
	if *handbook {
		content, err := json.MarshalIndent(texts, "", "\t")
		if err == nil {
			err = os.WriteFile(textsOfPictures, append(content, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(folderOfPictures, "*.webp"))
	if want := len(shots) * len(messages.Offered()); err != nil || len(files) != want || len(texts) != want {
		t.Errorf("want %d pictures and their texts, found %d and %d, %v", want, len(files), len(texts), err)
	}
}

var dates = regexp.MustCompile(`\d{4}-\d\d-\d\d`)

// shoot takes the picture of a state, and returns the words on its page.
func (s *scene) shoot(at state, of shot, language string) (picture []byte, says string) {
	s.t.Helper()
	b := s.tab(at.as)
	run(b, "size the window", command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: of.width, Height: of.height, DeviceScaleFactor: 1, Mobile: of.width < 500, // without a scroll bar
	}))
	b.media("prefers-color-scheme", "light")
	s.show(at, language)
	run(b, "scroll", chromedp.Evaluate[bool](`document.activeElement?.blur(); document.querySelector(`+strconv.Quote(of.top)+`).scrollIntoView(); scrollBy(0, -16); true`))
	picture = run(b, "take a picture", chromedp.Action[[]byte](func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
		quality := int64(60)
		taken, err := cdp.Call(ctx, target, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "webp", Quality: &quality})
		if err != nil {
			return nil, err
		}
		return taken.Data, nil
	}))
	run(b, "hide times", chromedp.Evaluate[bool](steady))
	says = run(b, "read the page", chromedp.Evaluate[string](`document.querySelector("main").innerText`))
	return picture, strings.Join(strings.Fields(dates.ReplaceAllString(says, "–")), " ")
}
