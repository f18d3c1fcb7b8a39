package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/letters"
)

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// cityLetters are letters about an election of a city.
func cityLetters(t *testing.T) *letters.Letters {
	t.Helper()
	e := &elections.Election{
		ID: 7, Title: "Council of the City of Novi Sad and its communities", TimeZone: "Europe/Belgrade",
		StartsAt: time.Date(2026, 5, 3, 5, 0, 0, 0, time.UTC), EndsAt: time.Date(2026, 5, 3, 18, 0, 0, 0, time.UTC),
		Constituencies: []elections.Constituency{{ID: 1, Name: "North"}, {ID: 2, Name: "South"}},
	}
	written, err := letters.New(e, "https://vote.example.org")
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// printed opens a letter in the tab, prints it, and returns its number of pages.
func printed(t *testing.T, b *tab, written *letters.Letters, key online.Key, name string) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "letter.html")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := written.Write(t.Context(), file, func(yield func(online.Key, error) bool) { yield(key, nil) }); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	b.open("file://" + path)
	paper := run(b, "print", call(page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true), PrintBackground: new(true)}))
	if folder := os.Getenv("URNA_SCREENSHOTS"); folder != "" {
		_ = os.WriteFile(filepath.Join(folder, name+".pdf"), paper.Data, 0o600)
	}
	return len(pdfPage.FindAll(paper.Data, -1))
}

// TestBrowser_LettersArePrintedWhole prints letters on both papers and in each language. A usual letter is one page. One whose
// names are as long as they can be goes on on further pages: it is not cut.
func TestBrowser_LettersArePrintedWhole(t *testing.T) {
	b := openTab(t, "")
	usual := online.Key{PersonalID: "1234567890123", GUID: "0123abcd-4567-49ef-8a1b-2c3d4e5f6071", ConstituencyID: 1, Name: "Ana Ilić-Petrović"}
	usual.Address = online.Postal{Lines: [4]string{"Bulevar kralja Aleksandra 73", "stan 12"}, Postcode: "11120", Town: "Beograd", Country: "Srbija"}
	long := usual
	long.Name = strings.Repeat("Maximiliana von Hohenstein ", 60)
	for _, us := range []bool{false, true} {
		for _, l := range messages.Offered() {
			written := cityLetters(t)
			language, _ := messages.In(l.Tag)
			written.Whole, written.USLetter, written.Languages = true, us, []*messages.Localizer{language}
			written.Contact, written.Sender = "City Election Office, 555 0100", "City Election Office · Main Street 1 · 21000 Novi Sad"
			name := "letters-a4-" + l.Tag
			if us {
				name = "letters-us-" + l.Tag
			}
			if n := printed(t, b, written, long, name); n < 2 {
				t.Errorf("%s: want a letter with long names to go on on a second page, got %d", name, n)
			}
			if n := printed(t, b, written, usual, name); n != 1 {
				t.Errorf("%s: want a usual letter on one page, got %d", name, n)
			}
		}
	}
}

// lost names what of a printed letter cannot be read: text beyond the page's edges, text that a box cuts off, and parts that lie
// over each other or over the logo. "" for nothing.
const lost = `(() => {
	const width = document.documentElement.clientWidth, faults = [];
	const name = e => e.outerHTML.slice(0, 80);
	for (const letter of document.querySelectorAll(".letter")) {
		const parts = [...letter.children].filter(e => e.getBoundingClientRect().height > 0);
		const text = e => { const range = document.createRange(); range.selectNodeContents(e); return range.getBoundingClientRect(); };
		parts.forEach((part, i) => {
			const logo = part.matches(".logo"), box = logo ? part.getBoundingClientRect() : text(part);
			if (box.left < -1 || box.right > width + 1) faults.push("beyond the edge: " + name(part));
			for (const other of parts.slice(i + 1)) {
				const beside = text(other);
				if (box.bottom > beside.top + 1 && box.top < beside.bottom - 1 && box.right > beside.left + 1 && box.left < beside.right - 1) faults.push("under another part: " + name(part) + " and " + name(other));
			}
		});
		for (const e of letter.querySelectorAll("*")) {
			const style = getComputedStyle(e);
			if (style.overflow !== "visible" && !e.closest("svg") && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)) faults.push("cut off: " + name(e));
		}
	}
	return faults.join("\n");
})()`

// TestBrowser_LettersWithEverythingAreWhole prints letters with a logo, the longest texts and addresses, and in two languages: no
// part is cut off, lies over another one, or leaves the page. With texts of usual length each language is one page of A4.
func TestBrowser_LettersWithEverythingAreWhole(t *testing.T) {
	b := openTab(t, "")
	key := online.Key{PersonalID: "1234567890123", GUID: "0123abcd-4567-49ef-8a1b-2c3d4e5f6071", ConstituencyID: 1, Name: "Ana Ilić-Petrović"}
	key.Address = online.Postal{Lines: [4]string{"Bulevar kralja Aleksandra 73", "stan 12"}, Postcode: "11120", Town: "Beograd", Country: "Srbija"}
	longest := key
	longest.Name = strings.Repeat("Maximiliana von Hohenstein ", 7)
	for i := range longest.Address.Lines {
		longest.Address.Lines[i] = strings.Repeat("Donaudampfschifffahrtsgesellschaft", 2+i)
	}
	longest.Address.Town = strings.Repeat("Llanfairpwllgwyngyll", 6)
	texts := func(times int) map[string]elections.LetterText {
		all := map[string]elections.LetterText{}
		for _, l := range messages.Offered() {
			all[l.Tag] = elections.LetterText{
				Greeting: strings.Repeat("Dear voter, ", min(times, 16)), Instructions: strings.Repeat("Ask before the last evening.\n", min(3*times-2, 60)),
				Closing: strings.Repeat("გისურვებთწარმატებასარჩევნებში", min(times, 10)),
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		key    online.Key
		sender string
		logo   [2]int
		texts  int
		pages  int // of two languages on A4; 0 for any number
	}{
		"a wide logo":   {key, "City Election Office", [2]int{900, 60}, 1, 2},
		"a tall logo":   {key, "City Election Office", [2]int{60, 900}, 1, 2},
		"long texts":    {key, "City Election Office", [2]int{300, 200}, 20, 0},
		"long address":  {longest, strings.Repeat("W", 60), [2]int{300, 200}, 1, 0},
		"long together": {longest, strings.Repeat("W", 60), [2]int{300, 200}, 20, 0},
	} {
		for _, us := range []bool{false, true} {
			logo, mistake := elections.ReadLogo(fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"><rect width="100%%" height="100%%" fill="#246"/></svg>`, c.logo[0], c.logo[1]))
			if !mistake.IsZero() {
				t.Fatal(mistake)
			}
			written := cityLetters(t)
			written.Whole, written.USLetter = true, us
			written.UseInformation(elections.VoterInformation{
				Contact: "City Election Office, 555 0100", Sender: c.sender, Languages: []string{"sr-Cyrl", "ka"}, Texts: texts(c.texts), Logo: logo,
			})
			where := name + map[bool]string{false: ", A4", true: ", US letter"}[us]
			if n := printed(t, b, written, c.key, strings.ReplaceAll(where, " ", "-")); !us && c.pages > 0 && n != c.pages {
				t.Errorf("%s: want %d pages, got %d", where, c.pages, n)
			}
			width := int64(624) // the page without its margins
			if us {
				width = 646
			}
			run(b, "size the paper", command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 1000, DeviceScaleFactor: 1}))
			run(b, "lay the letter out for paper", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
			if faults := run(b, "look for losses", chromedp.Evaluate[string](lost)); faults != "" {
				t.Errorf("%s: %s", where, faults)
			}
			run(b, "go back to the screen", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}))
		}
	}
}
