package api_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

func TestUpload_DryRun(t *testing.T) {
	s := newEnv(t)
	path, parts := s.counting(5, 3)
	file := lines(0, 10, 1)
	first := s.csv(s.first, path, "?constituency_id="+parts[0], file).want(http.StatusAccepted).str("id")
	s.counted(first)
	mixed := lines(8, 12, 1) + lines(11, 13, 2) + lines(20, 21, 7)
	for name, r := range map[string]*reply{
		"csv":  s.csv(s.second, path, "?dry_run=true&constituency_id="+parts[0], mixed),
		"form": s.send(s.second, "POST", path+"/batches?dry_run=true&constituency_id="+parts[0], "text/csv", bytes.NewReader(zipped(t, mixed))),
	} {
		t.Run(name, func(t *testing.T) {
			r.want(http.StatusOK)
			for field, want := range map[string]string{
				"lines": "7", "valid": "3", "invalid": "1", "duplicates": "3", "repeated": "1", "batches_waiting": "0", "same_as": "<nil>",
			} {
				r.is(want, field)
			}
			r.is(first, "samples", "duplicates", 0, "held_by")
			r.is("5", "samples", "duplicates", 2, "line")
			r.is(guid(20), "samples", "invalid", 0, "guid")
			r.is("7", "samples", "invalid", 0, "poll_number")
			r.is("3", "samples", "valid", 0, "line")
		})
	}
	s.csv(s.second, path, "?dry_run=true&constituency_id="+parts[0], file).want(http.StatusOK).is(first, "same_as")
	s.csv(s.second, path, "?dry_run=true", file).refused(http.StatusUnprocessableEntity, "constituency-needed")
	if got := s.get(s.administrator, path+"/batches").at("items").([]any); len(got) != 1 {
		t.Errorf("want nothing stored by dry runs, got %d batches", len(got))
	}
}

// zipped compresses a text with gzip.
func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, text)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

// TestUpload_Compressed sends the same ballots in every compressed form; all of them are one file.
func TestUpload_Compressed(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	file := lines(0, 500, 1)
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(file)))
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "box.csv")
	must(t, err)
	_, err = io.WriteString(part, file)
	must(t, err)
	must(t, w.Close())
	address := path + "/batches?again=true"
	encoded := func(kind, encoding string, body []byte) *reply {
		return s.sendWith(s.first, "POST", address, kind, bytes.NewReader(body), "Content-Encoding", encoding)
	}
	for name, r := range map[string]*reply{
		"a body":              s.send(s.first, "POST", address, "text/csv", bytes.NewReader(zipped(t, file))),
		"a body of gzip":      s.send(s.first, "POST", address, "application/gzip", bytes.NewReader(zipped(t, file))),
		"an encoded body":     encoded("text/csv", "gzip", zipped(t, file)),
		"a file in a form":    s.upload(s.first, path, field{"file", string(zipped(t, lines(0, 500, 1))), "box.csv.gz"}),
		"an encoded form":     encoded(w.FormDataContentType(), "gzip", zipped(t, form.String())),
		"not compressed":      s.send(s.first, "POST", address, "text/csv", strings.NewReader(file)),
		"a misleading header": encoded("text/csv", "gzip", []byte(file)),
	} {
		t.Run(name, func(t *testing.T) {
			if r.status == http.StatusConflict { // the form has no again, and came after another
				r.refused(http.StatusConflict, "same-file")
				return
			}
			r.want(http.StatusAccepted).is(sum, "sha256")
		})
	}
	bomb := zipped(t, strings.Repeat("\n", maxUpload/2)+strings.Repeat("x", maxUpload))
	for name, r := range map[string]*reply{
		"a body":          s.send(s.first, "POST", address, "text/csv", bytes.NewReader(bomb)),
		"an encoded form": encoded(w.FormDataContentType(), "gzip", zipped(t, strings.Replace(form.String(), file, lines(0, maxUpload/30, 1), 1))),
	} {
		t.Run("too large unpacked, "+name, func(t *testing.T) { r.refused(http.StatusRequestEntityTooLarge, "too-large") })
	}
	encoded("text/csv", "br", []byte(file)).refused(http.StatusBadRequest, "unknown-encoding")
	s.send(s.first, "POST", address, "text/csv", bytes.NewReader(zipped(t, file)[:200])).refused(http.StatusUnprocessableEntity, "bad-compression")
}

// TestUpload_AsSpreadsheetsSaveIt sends what a spreadsheet saved: its separator line is read, and an invisible
// character is named with its place. The EPMS contract takes neither.
func TestUpload_AsSpreadsheetsSaveIt(t *testing.T) {
	s := newEnv(t)
	path, parts := s.counting(5, 3)
	in := "?constituency_id=" + parts[0]
	saved := "\ufeffsep=;\r\n\"GUID\";\"Poll number\"\r\n\"" + guid(1) + "\";\"1\"\r\n" + guid(2) + ";2\r\n"
	s.csv(s.first, path, "?dry_run=true&constituency_id="+parts[0], saved).want(http.StatusOK).is("2", "valid")
	s.counted(s.csv(s.first, path, in, saved).want(http.StatusAccepted).str("id"))
	for file, want := range map[string][2]string{
		guid(3) + ",1\n" + guid(4) + ",\u200b1\n": {"line 2", "U+200B (zero width space) before the poll number, at column 38."},
		"sep=;\n" + guid(3) + ",1\n":              {"line 2", "separated by a semicolon"},
		"sep=|\n" + guid(3) + "|1\n":              {"line 1", "names a separator that is not read"},
	} {
		r := s.csv(s.first, path, in, file).refused(http.StatusUnprocessableEntity, "malformed-file")
		r.is(want[0], "errors", 0, "field")
		if got := r.str("errors", 0, "message"); !strings.Contains(got, want[1]) {
			t.Errorf("%q: want %q, got %q", file, want[1], got)
		}
	}
}
