package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds each step; a slow machine under the race detector stays far below it.
const patience = 2 * time.Minute

// A tab is a page in a profile of its own, with its own cookies, so that two of them are two people.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string

	// refusal is part of the one complaint that a test provokes, "" for none.
	refusal string
	// asked is that a form was answered with a question, which the browser takes for a refusal.
	asked bool
}

// closeBrowsers end what the tests have started.
var closeBrowsers []func()

func TestMain(m *testing.M) {
	m.Run()
	for _, end := range closeBrowsers {
		end()
	}
}

// One browser for all tests, because a start takes longer than many of them: Debian's Chromium without windows, which takes half
// of the processor's time, or a whole one, which knows of tabs that hide others. No test uses the tab of their contexts.
var (
	light = sync.OnceValues(func() (context.Context, error) {
		path, err := exec.LookPath("chromium-headless-shell")
		if err != nil {
			return whole()
		}
		return startBrowser(chromedp.ExecPath(path))
	})
	whole = sync.OnceValues(func() (context.Context, error) { return startBrowser() })
)

func startBrowser(further ...chromedp.ExecAllocatorOption) (context.Context, error) {
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		// Tests often run as root in a container, where Chromium's sandbox cannot.
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.WindowSize(1280, 900),
		chromedp.WSURLReadTimeout(patience),
	)
	allocator, closeAllocator := chromedp.NewExecAllocator(context.Background(), append(options, further...)...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	closeBrowsers = append(closeBrowsers, closeBrowser, closeAllocator)
	return ctx, chromedp.Listen(ctx, func(any) {})
}

// openTab opens a tab with a new profile for the pages below base, which ends with the test. A test that fails leaves
// a picture of the page in the folder that URNA_SCREENSHOTS names, if it names one.
func openTab(t *testing.T, base string) *tab {
	t.Helper()
	return openTabOf(t, light, base)
}

// openTabOf is openTab in one of the browsers.
func openTabOf(t *testing.T, start func() (context.Context, error), base string) *tab {
	t.Helper()
	browser, err := start()
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the browser test needs Chromium: `apt-get install chromium` on Debian, or Chrome elsewhere (%v)", err)
	}
	if err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	ctx, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	b := &tab{t: t, ctx: ctx, base: base}
	if err := b.listen(); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return b
}

// beside opens another tab in the same window, which hides those that are there.
func (b *tab) beside() *tab {
	b.t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithNewWindow(false))
	b.t.Cleanup(closeTab)
	next := &tab{t: b.t, ctx: ctx, base: b.base}
	if err := next.listen(); err != nil {
		b.t.Fatalf("open another tab: %v", err)
	}
	return next
}

// front brings the tab before the others of its window.
func (b *tab) front() {
	b.t.Helper()
	run(b, "bring the tab to the front", command(page.BringToFront, cdp.Empty{}))
}

// listen opens the tab; what the browser complains about until the test's end, but for b.refusal, fails the test.
func (b *tab) listen() error {
	b.t.Helper()
	var mutex sync.Mutex
	var complaints []string
	err := chromedp.Listen(b.ctx, func(event any) {
		if text := complaint(event); text != "" {
			mutex.Lock()
			defer mutex.Unlock()
			complaints = append(complaints, text)
		}
	})
	if err != nil {
		return err
	}
	b.t.Cleanup(func() {
		mutex.Lock()
		defer mutex.Unlock()
		for _, text := range complaints {
			if b.refusal != "" && strings.Contains(text, b.refusal) || b.asked && strings.Contains(text, "status of 422") {
				continue
			}
			b.t.Errorf("want no complaint from the browser, got: %s", text)
		}
		if b.t.Failed() {
			b.describe()
		}
	})
	return nil
}

// complaint returns what the browser finds wrong with a page, "" for any other event.
func complaint(event any) string {
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			return fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		return "script: " + e.ExceptionDetails.Text
	}
	return ""
}

// by selects the first element with the data-testid.
func by(testID string) chromedp.CSS { return chromedp.CSS(fmt.Sprintf("[data-testid=%q]", testID)) }

// often is how often an element is looked for. chromedp's own 5 ms take the processor from the page that is awaited.
var often = chromedp.RetryInterval(25 * time.Millisecond)

// staleNode is what the browser says, in two forms, of an element that it found on a page that has been replaced since. The
// step has done nothing then.
var staleNode = regexp.MustCompile(`(?:Could not find|No) node with given id`)

// run runs one step within the tab's patience and returns its value.
func run[T any](b *tab, what string, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		value, err := chromedp.Run(ctx, step)
		if err == nil {
			return value
		}
		if !staleNode.MatchString(err.Error()) || ctx.Err() != nil {
			b.t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (b *tab) open(path string) {
	b.t.Helper()
	run(b, "open "+path, chromedp.Navigate(b.base+path))
}

// fill types into an empty field.
func (b *tab) fill(testID, text string) {
	b.t.Helper()
	run(b, "fill "+testID, chromedp.SendKeys(by(testID), text, often))
}

// choose sets a field's value at once, as date and list fields take it.
func (b *tab) choose(testID, value string) {
	b.t.Helper()
	run(b, "choose "+testID, chromedp.SetValue(by(testID), value, often))
}

func (b *tab) click(testID string) {
	b.t.Helper()
	run(b, "click "+testID, chromedp.Click(by(testID), often))
}

// publishAtOnce saves the form of an election whose start is in the past, and publishes the draft.
func (b *tab) publishAtOnce() {
	b.t.Helper()
	b.click("election-publish")
	b.see("publication-rules")
	b.openAtOnce("publication-submit")
	b.click("publication-submit")
}

// openAtOnce sends a form whose start is in the past: the page asks if that is meant, and it is.
func (b *tab) openAtOnce(submit string) {
	b.t.Helper()
	b.asked = true
	b.click(submit)
	b.see("field-open_now")
	b.until("document.activeElement?.dataset?.testid ?? ''", "form-error", "the focus on the mistake")
	b.until("document.title.split(' ')[0]", "Error:", "the title")
	b.click("field-open_now")
}

// clickLinkIn clicks the first link inside the element.
func (b *tab) clickLinkIn(testID string) {
	b.t.Helper()
	run(b, "click the link in "+testID, chromedp.Click(by(testID)+" a", often))
}

// attach puts files into a file field.
func (b *tab) attach(testID string, paths ...string) {
	b.t.Helper()
	run(b, "attach to "+testID, chromedp.SetUploadFiles(by(testID), paths, often))
}

// see waits until the element is visible.
func (b *tab) see(testID string) {
	b.t.Helper()
	run(b, "see "+testID, chromedp.WaitVisible(by(testID), often))
}

// withoutScripts switches the page's scripts off, as a reader or a firewall may.
func (b *tab) withoutScripts() {
	b.t.Helper()
	b.scripts(false)
}

// scripts switches the page's scripts on or off.
func (b *tab) scripts(on bool) {
	b.t.Helper()
	run(b, "switch scripts", command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}))
}

// text returns the element's text.
func (b *tab) text(testID string) string {
	b.t.Helper()
	return plain(run(b, "read "+testID, chromedp.TextContent(by(testID), often)))
}

// texts returns the texts of all elements with the data-testid.
func (b *tab) texts(testID string) []string {
	b.t.Helper()
	script := fmt.Sprintf("Array.from(document.querySelectorAll('[data-testid=%q]'), e => e.textContent)", testID)
	all := run(b, "read all "+testID, chromedp.Evaluate[[]string](script))
	for i := range all {
		all[i] = plain(all[i])
	}
	return all
}

// plain returns a text without the narrow spaces that group digits, and without space around it.
func plain(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\u202f", "")) }

// wait waits until the element's text is the wanted one, over as many pages as it takes.
func (b *tab) wait(testID, want string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector('[data-testid=%q]')?.textContent ?? ''", testID), want, testID)
}

// waitForNumber waits until the page has exactly so many elements with the data-testid.
func (b *tab) waitForNumber(testID string, want int) {
	b.t.Helper()
	script := fmt.Sprintf("String(document.querySelectorAll('[data-testid=%q]').length)", testID)
	b.until(script, strconv.Itoa(want), "the number of "+testID)
}

// waitUntilEmpty waits until the field is there and empty, as on a form for the next one.
func (b *tab) waitUntilEmpty(testID string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector('[data-testid=%q]')?.value ?? 'no field'", testID), "", testID)
}

// until asks the script again and again until it answers with the wanted text.
func (b *tab) until(script, want, what string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		// An error is a page that is being replaced by the next one; a real one lasts until the patience ends. A question
		// to a page that goes away may never be answered: it is asked again.
		asking, cancel := context.WithTimeout(ctx, patience/20)
		got, err := chromedp.Run(asking, chromedp.Evaluate[string](script))
		cancel()
		if err == nil && plain(got) == want {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("want %q in %s, got %q (%v)", want, what, plain(got), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// describe logs where the tab is and what it shows.
func (b *tab) describe() {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	address, _ := chromedp.Run(ctx, chromedp.Location())
	shown, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	b.t.Logf("the browser is at %s and shows:\n%s", address, shown)
	folder := os.Getenv("URNA_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, strings.ReplaceAll(b.t.Name(), "/", "_")+".png"), picture, 0o600)
	}
	if err != nil {
		b.t.Logf("no picture of the page: %v", err)
	}
}

// pictures leaves the page as it looks on a phone and on a desk, in light and in dark, in the folder that
// URNA_SCREENSHOTS names, if it names one.
func (b *tab) pictures(name string) {
	b.t.Helper()
	folder := os.Getenv("URNA_SCREENSHOTS")
	if folder == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		media := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
		run(b, "choose "+scheme, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: media}))
		for _, width := range []int64{360, 1280} {
			run(b, "set the width", chromedp.EmulateViewport(width, 900))
			picture := b.picture(width)
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o600); err != nil {
				b.t.Error(err)
			}
		}
	}
}

// command makes a step of one of the browser's own commands.
func command[P any](method cdp.Command[P, cdp.Empty], p P) chromedp.Action[cdp.Empty] {
	return func(ctx context.Context, t *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, t, method, p)
	}
}
