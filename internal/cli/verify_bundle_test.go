package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/app"
	"urna/internal/audit"
	"urna/results/bundle"
	"urna/results/bundle/verify"
)

// bundlesOf certifies the election of a counted folder and returns both forms of its bundle.
func bundlesOf(t *testing.T, path string) (public, full string) {
	t.Helper()
	tamper(t, path, `UPDATE elections SET starts_at = 1000, ends_at = 2000, closed_at = 2000`)
	tamper(t, path, `INSERT INTO online_closings VALUES (1, 'finished')`)
	f, err := openFolder(t.Context(), path, app.Options{Parts: app.Bundles})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Results.Certify(t.Context(), audit.System(), 1, ""); err != nil {
		t.Fatal(err)
	}
	for form, name := range map[bundle.Form]*string{bundle.Public: &public, bundle.Full: &full} {
		if *name, err = f.Bundles.Bundle(t.Context(), 1, form); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return public, full
}

func verifyBundle(t *testing.T, c VerifyCommand) (out string, code int) {
	t.Helper()
	var written bytes.Buffer
	err := c.Run(t.Context(), &Streams{Out: &written, Err: &written})
	if exit, ok := errors.AsType[*ExitError](err); ok {
		code = exit.Code
	} else if err != nil {
		t.Fatal(err)
	}
	return written.String(), code
}

func TestVerifyBundle_SaysWhatItProvedAndRefusesTheRest(t *testing.T) {
	public, full := bundlesOf(t, countedFolder(t))
	report, err := verify.File(public)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []VerifyCommand{{Bundle: public}, {Bundle: full}, {Bundle: full, Public: public, Key: report.Fingerprint}} {
		out, code := verifyBundle(t, c)
		if code != 0 || !strings.Contains(out, "proved:\n  + ") || !strings.Contains(out, "not proved by this file:\n  - ") {
			t.Errorf("%+v: want what was proved and what cannot be, got %d\n%s", c, code, out)
		}
	}
	content, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	altered := filepath.Join(t.TempDir(), "altered.zip")
	if err := os.WriteFile(altered, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]VerifyCommand{
		"an altered byte":  {Bundle: altered},
		"another's key":    {Bundle: public, Key: strings.Repeat("0", len(report.Fingerprint))},
		"no public form":   {Bundle: full, Public: altered},
		"no bundle at all": {Bundle: "verify_bundle_test.go"},
	} {
		if out, code := verifyBundle(t, c); code != 1 || !strings.Contains(out, "REFUSED") {
			t.Errorf("%s: want it refused, got %d\n%s", name, code, out)
		}
	}
}
