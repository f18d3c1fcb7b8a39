package scan_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"urna/ballots/protocol/scan"
)

// pictures are small files of each type.
func pictures(t *testing.T) map[string][]byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 2, 2))
	var asPNG, asJPEG bytes.Buffer
	if err := errors.Join(png.Encode(&asPNG, picture), jpeg.Encode(&asJPEG, picture, nil)); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"image/png": asPNG.Bytes(), "image/jpeg": asJPEG.Bytes(), "application/pdf": []byte("%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"),
	}
}

func open(t *testing.T) scan.Store {
	t.Helper()
	s := scan.Store{Folder: filepath.Join(t.TempDir(), "scans")}
	if err := s.Open(); err != nil {
		t.Fatal(err)
	}
	return s
}

// wantFiles compares what the folder has.
func wantFiles(t *testing.T, s scan.Store, want int) {
	t.Helper()
	all, err := os.ReadDir(s.Folder)
	if err != nil || len(all) != want {
		t.Errorf("want %d files, got %v, %v", want, all, err)
	}
}

func TestReceive_KeepsEachTypeOnceByItsHash(t *testing.T) {
	s := open(t)
	for mediaType, content := range pictures(t) {
		for range 2 {
			f, err := s.Receive(t.Context(), bytes.NewReader(content))
			if err != nil || f.MediaType != mediaType || f.Bytes != int64(len(content)) {
				t.Fatalf("%s: got %+v, %v", mediaType, f, err)
			}
			file, size, err := s.Content(t.Context(), f.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			stored, err := io.ReadAll(file)
			if err = errors.Join(err, file.Close()); err != nil || !bytes.Equal(stored, content) || size != f.Bytes {
				t.Errorf("%s: want the same bytes, got %q, %d, %v", mediaType, stored, size, err)
			}
		}
	}
	wantFiles(t, s, 3)
}

func TestReceive_RefusesByContentAndSize(t *testing.T) {
	s := open(t)
	whole := pictures(t)
	for name, c := range map[string]struct {
		body io.Reader
		want error
	}{
		"a page":             {strings.NewReader("<!DOCTYPE html><script>alert(1)</script>"), scan.ErrType},
		"an empty file":      {strings.NewReader(""), scan.ErrType},
		"a cut PDF":          {strings.NewReader("%PDF-1.7\n1 0 obj"), scan.ErrType},
		"the head of a PNG":  {bytes.NewReader(whole["image/png"][:12]), scan.ErrType},
		"the head of a JPEG": {bytes.NewReader(whole["image/jpeg"][:6]), scan.ErrType},
		"too large": {
			io.MultiReader(bytes.NewReader(whole["image/png"]), io.LimitReader(zeros{}, scan.MaxBytes)), scan.ErrTooLarge,
		},
		"a broken connection": {io.MultiReader(bytes.NewReader(whole["image/png"]), iotest.ErrReader(io.ErrUnexpectedEOF)), io.ErrUnexpectedEOF},
	} {
		if _, err := s.Receive(t.Context(), c.body); !errors.Is(err, c.want) {
			t.Errorf("%s: want %v, got %v", name, c.want, err)
		}
	}
	wantFiles(t, s, 0)
}

func TestReceive_LeavesTheReserveOfTheDisk(t *testing.T) {
	s := open(t)
	full := errors.New("no space")
	left := int64(1 << 20)
	s.Space = func(n int64) error {
		if left -= n; left < 0 {
			return full
		}
		return nil
	}
	body := io.MultiReader(bytes.NewReader(pictures(t)["image/png"]), io.LimitReader(zeros{}, 2<<20))
	if _, err := s.Receive(t.Context(), body); !errors.Is(err, full) {
		t.Errorf("want it refused, got %v", err)
	}
	wantFiles(t, s, 0)
}

func TestContent_ComparesTheBytes(t *testing.T) {
	s := open(t)
	f, err := s.Receive(t.Context(), bytes.NewReader(pictures(t)["image/png"]))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Folder, hex.EncodeToString(f.SHA256[:]))
	if err := os.WriteFile(path, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Content(t.Context(), f.SHA256); !errors.Is(err, scan.ErrMissing) {
		t.Errorf("want a changed file refused, got %v", err)
	}
	if _, _, err := s.Content(t.Context(), [32]byte{1}); !errors.Is(err, scan.ErrMissing) {
		t.Errorf("want a missing file refused, got %v", err)
	}
}

func TestRemoveParts_LeavesWholeFiles(t *testing.T) {
	s := open(t)
	if _, err := s.Receive(t.Context(), bytes.NewReader(pictures(t)["application/pdf"])); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Folder, "X.part"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Open(); err != nil { // as by a command beside a server that receives the part
		t.Fatal(err)
	}
	wantFiles(t, s, 2)
	if err := s.RemoveParts(); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, s, 1)
}

// zeros reads as zeros for ever.
type zeros struct{}

// Read reads zeros.
func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
