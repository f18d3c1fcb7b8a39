package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	return must[[]byte](t)(os.ReadFile(path))
}

// check verifies bytes as a file.
func check(t *testing.T, file []byte) (*verify.Report, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return verify.File(path)
}

func TestBundle_BothFormsAreProved(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	full := must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full))
	public := must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public))
	for path, says := range map[string][]string{
		full:   {"27 ballots were counted one by one", "5 lines did not count", "the audit log's chain", "1 lots were drawn from phrases or public values", "Ada Lovelace <ada@example.org> and Bob"},
		public: {"25 valid ballots add up", "confirmed by Ada Lovelace and Bob,"},
	} {
		report, err := verify.File(path)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.ToLower(strings.Join(report.Proved, "\n"))
		for _, want := range says {
			if !strings.Contains(all, strings.ToLower(want)) {
				t.Errorf("want %q proved, got\n%s", want, all)
			}
		}
		if report.Fingerprint != h.bundles.Fingerprint() || report.Title != "Council" || len(report.Cannot) < 3 {
			t.Errorf("want the key, the election and what cannot be proved, got %+v", report)
		}
	}
	if err := verify.Committed(full, public); err != nil {
		t.Errorf("want the public one bound to the full one, got %v", err)
	}
	other := newApp(t)
	other.now.Move(24 * time.Hour)
	elsewhere := must[string](t)(other.bundles.Bundle(t.Context(), other.certified(t).ID, bundle.Full))
	if err := verify.Committed(elsewhere, public); !errors.Is(err, verify.ErrContradiction) {
		t.Errorf("want another full one refused, got %v", err)
	}
	inFull, inPublic := content(t, read(t, full)), content(t, read(t, public))
	inPublic = strings.ReplaceAll(inPublic, "c2sp.org/tlog-proof@v1", "") // the name of a format
	for _, secretive := range []string{"@", "00000000-0000-4000-8000-000000000001", "127.0.0.1", "00112233-4455"} {
		if !strings.Contains(inFull, secretive) || strings.Contains(inPublic, secretive) {
			t.Errorf("want %q in the full form and not in the public one", secretive)
		}
	}
}

// content returns the names and the content of a bundle's entries: the checksums between them may contain any byte.
func content(t *testing.T, file []byte) string {
	t.Helper()
	var all strings.Builder
	r := must[*zip.Reader](t)(zip.NewReader(bytes.NewReader(file), int64(len(file))))
	for _, f := range r.File {
		in := must[io.ReadCloser](t)(f.Open())
		all.WriteString(f.Name + "\n")
		all.Write(must[[]byte](t)(io.ReadAll(in)))
	}
	return all.String()
}

func TestBundle_OnlyOnceCertified(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	second := e.Draft()
	second.StartsAt, second.EndsAt, second.OpenNow = h.now.Now(), h.now.Now().Add(time.Minute), true
	h.now.Move(time.Hour)
	open, err := h.elections.Create(t.Context(), ada, second)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		if _, err := h.bundles.Bundle(t.Context(), open.ID, form); !errors.Is(err, bundle.ErrNotCertified) {
			t.Errorf("want ErrNotCertified, got %v", err)
		}
	}
}

// TestBundle_SameBytesForEver writes the bundles again after time went by and more happened.
func TestBundle_SameBytesForEver(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	again, err := bundle.New(h.db, h.log, h.results, h.countersign, h.key(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	first := map[bundle.Form][]byte{}
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		first[form] = read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form)))
	}
	h.now.Move(365 * 24 * time.Hour)
	d := e.Draft()
	d.StartsAt, d.EndsAt = h.now.Now().AddDate(0, 0, 1), h.now.Now().AddDate(0, 0, 2)
	if _, err := h.elections.Create(t.Context(), bob, d); err != nil {
		t.Fatal(err)
	}
	h.do(t, `UPDATE participants SET color = '#123456'`)
	for form, want := range first {
		if got := read(t, must[string](t)(again.Bundle(t.Context(), e.ID, form))); !bytes.Equal(got, want) {
			t.Errorf("%s: want the same bytes", form)
		}
	}
}

// TestVerify_EveryAlteredByteIsRefused flips each byte of both forms, headers and all, and cuts and grows
// the file.
func TestVerify_EveryAlteredByteIsRefused(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		file := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form)))
		for i := range file {
			bits := []byte{0x01, 0x20, 0xff}[i%3] // 0x20 makes small letters capital ones
			file[i] ^= bits
			if _, err := verify.Bundle(bytes.NewReader(file), int64(len(file))); !errors.Is(err, format.ErrNotGenuine) {
				t.Errorf("%s: byte %d of %d with %#x flipped: want it refused, got %v", form, i, len(file), bits, err)
			}
			file[i] ^= bits
		}
		for name, altered := range map[string][]byte{
			"one byte more": append(bytes.Clone(file), '\n'), "one byte less": file[:len(file)-1], "one in front": append([]byte{0}, file...),
			"nothing": nil, "half": file[:len(file)/2], "the comment alone": file[len(file)-300:], "twice": append(bytes.Clone(file), file...),
		} {
			if _, err := check(t, altered); err == nil {
				t.Errorf("%s, %s: want it refused", form, name)
			}
		}
		if _, err := check(t, file); err != nil {
			t.Errorf("want the unaltered bundle proved, got %v", err)
		}
	}
}

// forge changes the entries of a bundle and signs the outcome again, which is possible with any key.
func forge(t *testing.T, file []byte, change func(name, content string) (string, string), extra ...string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(name, content string, method uint16) {
		e, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(e, content); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range r.File {
		in := must[io.ReadCloser](t)(f.Open())
		content := must[[]byte](t)(io.ReadAll(in))
		name, changed := change(f.Name, string(content))
		if name != "" {
			add(name, changed, f.Method)
		}
	}
	for _, name := range extra {
		add(name, strings.Repeat("0", 1000), zip.Deflate)
	}
	return sign(t, w, &b)
}

func sign(t *testing.T, w *zip.Writer, b *bytes.Buffer) []byte {
	t.Helper()
	const length = 22 + 64 + 1 + 128
	if err := errors.Join(w.SetComment(strings.Repeat(" ", length)), w.Close()); err != nil {
		t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	prefix := b.Bytes()[:b.Len()-length]
	digest := sha256.Sum256(prefix)
	signature := ed25519.Sign(private, []byte("urna-bundle-1 sha256 "+hex.EncodeToString(digest[:])+"\n"))
	return append(prefix, "urna-bundle-1 ed25519 "+hex.EncodeToString(public)+" "+hex.EncodeToString(signature)...)
}
