package browser

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowser_UploadsOfANight uploads several files at once, of which one is refused, with and without
// JavaScript, and drops files on the form.
func TestBrowser_UploadsOfANight(t *testing.T) {
	ada := openTown(t)

	grace := openTab(t, ada.base)
	grace.signIn(official)
	grace.open("/official")
	grace.click("official-upload-link")
	grace.pictures("upload-form")
	grace.see("upload-submit")
	grace.until("document.readyState", "complete", "the form's page, its script with it")
	grace.drop("left.csv", "right.csv")
	grace.until("document.querySelector('[data-testid=upload-files]').innerText.match(/left.csv|right.csv/g).join()", "left.csv,right.csv", "the dropped files")
	grace.attach("upload-file", aStation(t, "station 1.csv", 1), aStation(t, "station 2.csv.gz", 2), aStation(t, "station 3.pdf", 3))
	grace.pictures("upload-chosen")
	grace.refusal = "status of 422"
	grace.click("upload-submit")
	grace.see("upload-onward")
	if got := grace.text("file-problems"); !strings.Contains(got, "PDF document") {
		t.Errorf("want the refused file's reason on the page, got %q", got)
	}
	grace.pictures("upload-refused")
	grace.click("upload-onward")
	grace.confirmTwo("with-scripts")

	plain := openTab(t, ada.base)
	plain.withoutScripts()
	plain.signIn(official)
	plain.open("/official")
	plain.click("official-upload-link")
	plain.attach("upload-file", aStation(t, "station 4.csv", 4), aStation(t, "station 5.csv.gz", 5), aStation(t, "station 6.pdf", 6))
	plain.refusal = "status of 422"
	plain.click("upload-submit")
	plain.see("checked-in")
	if got := plain.text("file-problems"); !strings.Contains(got, "station 6.pdf") || !strings.Contains(got, "PDF document") {
		t.Errorf("want the refused file and its reason on the page, got %q", got)
	}
	plain.pictures("plain-refused")
	plain.clickLinkIn("checked-in")
	plain.confirmTwo("without-scripts")

	ada.open("/admin/batches")
	ada.waitForNumber("batch-row", 4)
	ada.pictures("admin-batches")
}

// confirmTwo looks at the two files that wait, confirms both with one click, and waits until they count.
func (b *tab) confirmTwo(name string) {
	b.t.Helper()
	b.waitForNumber("dry-valid", 2)
	if got := b.texts("dry-valid"); !slices.Equal(got, []string{"3", "3"}) {
		b.t.Errorf("want three ballots of each file, got %q", got)
	}
	b.pictures(name + "-confirmation")
	b.click("upload-confirm-all")
	b.until("location.pathname", "/official", "the address after the confirmation")
	// The list moves by itself, without JavaScript too.
	states := "Array.from(document.querySelectorAll('[data-testid=batch-row] .mark'), e => e.textContent.trim()).slice(0, 2).join()"
	b.until(states, "counted,counted", "the newest batches")
	b.pictures(name + "-own-batches")
}

// drop drops files on the upload form, as from a folder's window.
func (b *tab) drop(names ...string) {
	b.t.Helper()
	var add strings.Builder
	for _, name := range names {
		fmt.Fprintf(&add, "files.items.add(new File(['x'], %q));", name)
	}
	run(b, "drop files", chromedp.Evaluate[bool](`(() => {
		const files = new DataTransfer(), form = document.querySelector('[data-upload-form]');`+add.String()+`
		for (const name of ['dragenter', 'dragover', 'drop']) {
			form.dispatchEvent(new DragEvent(name, {dataTransfer: files, bubbles: true, cancelable: true}));
		}
		return true;
	})()`))
}

// aStation writes three ballots of a polling station's own, compressed where the name says so, or something
// that only begins like a document.
func aStation(t *testing.T, name string, station int) string {
	t.Helper()
	var content strings.Builder
	if strings.HasSuffix(name, ".pdf") {
		content.WriteString("%PDF-1.7\n")
	}
	for n := range 3 {
		fmt.Fprintf(&content, "00000000-0000-4000-8000-%08x%04x,%d\n", station, n, n+1)
	}
	data := []byte(content.String())
	if strings.HasSuffix(name, ".gz") {
		var packed strings.Builder
		writer := gzip.NewWriter(&packed)
		if _, err := writer.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		data = []byte(packed.String())
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
