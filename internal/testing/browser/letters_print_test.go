package browser

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/letters"
)

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

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
			e := &elections.Election{
				ID: 7, Title: "Council of the City of Novi Sad and its communities", TimeZone: "Europe/Belgrade",
				StartsAt: time.Date(2026, 5, 3, 5, 0, 0, 0, time.UTC), EndsAt: time.Date(2026, 5, 3, 18, 0, 0, 0, time.UTC),
				Constituencies: []elections.Constituency{{ID: 1, Name: "North"}, {ID: 2, Name: "South"}},
			}
			written, err := letters.New(e, "https://vote.example.org")
			if err != nil {
				t.Fatal(err)
			}
			language, _ := messages.In(l.Tag)
			written.Whole, written.USLetter, written.Languages = true, us, []*messages.Localizer{language}
			written.Contact, written.Sender = "City Election Office, 555 0100", "City Election Office · Main Street 1 · 21000 Novi Sad"
			name := "letters-a4-" + l.Tag
			if us {
				name = "letters-us-" + l.Tag
			}
			pages := func(key online.Key) int {
				t.Helper()
				path := filepath.Join(t.TempDir(), name+".html")
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
				printed := run(b, "print", call(page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true), PrintBackground: new(true)}))
				if folder := os.Getenv("URNA_SCREENSHOTS"); folder != "" {
					_ = os.WriteFile(filepath.Join(folder, name+".pdf"), printed.Data, 0o600)
				}
				return len(pdfPage.FindAll(printed.Data, -1))
			}
			if n := pages(long); n < 2 {
				t.Errorf("%s: want a letter with long names to go on on a second page, got %d", name, n)
			}
			if n := pages(usual); n != 1 {
				t.Errorf("%s: want a usual letter on one page, got %d", name, n)
			}
		}
	}
}
