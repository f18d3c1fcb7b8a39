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
	s := newStand(t)
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
	s := newStand(t)
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
