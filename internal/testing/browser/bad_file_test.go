package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowser_ABadFileIsRepaired sends a file with a wrong poll number, sees the value marked, sends the corrected file, and
// finds in the comparison with the protocol that a ballot is missing, before anything counts.
func TestBrowser_ABadFileIsRepaired(t *testing.T) {
	ada := openTown(t)
	grace := openTab(t, ada.base)
	grace.signIn(official)
	grace.open("/official")
	grace.pictures("official-home")
	grace.click("official-upload-link")
	grace.see("upload-submit")
	grace.until("document.readyState", "complete", "the form's page, its script with it")
	name := filepath.Join(t.TempDir(), "station 7.csv")
	send := func(numbers ...string) {
		t.Helper()
		var content strings.Builder
		for n, number := range numbers {
			fmt.Fprintf(&content, "00000000-0000-4000-8000-%012x,%s\n", n, number)
		}
		if err := os.WriteFile(name, []byte(content.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		grace.attach("upload-file", name)
		grace.click("upload-submit")
	}
	grace.refusal = "status of 422"
	send("1", "two", "1")
	grace.see("bad-line")
	grace.until("document.querySelector('mark.wrong').textContent", "two", "the wrong value")
	grace.pictures("bad-file")
	grace.until("document.querySelector('[data-testid=bad-lines]').download", "urna-bad-lines.csv", "the download of the bad lines")
	send("1", "2", "1")
	grace.see("upload-compare")
	grace.pictures("repaired-file")
	grace.click("upload-compare")
	grace.fill("comparison-votes-1", "2")
	grace.fill("comparison-votes-2", "2")
	grace.fill("comparison-sum", "4")
	grace.click("comparison-submit")
	grace.see("comparison-outcome")
	if got := grace.texts("comparison-differs"); len(got) != 2 {
		t.Errorf("want two numbers that differ, got %q", got)
	}
	grace.pictures("comparison")
}
