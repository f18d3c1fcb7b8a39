package bundle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
	"urna/internal/testing/apptest"
	"urna/results/bundle"
	"urna/results/bundle/verify"
)

// register registers a witness.
func (h *app) register(t *testing.T, name string) checkpoint.WitnessSigner {
	t.Helper()
	signer := must[checkpoint.WitnessSigner](t)(checkpoint.GenerateWitness(name))
	must[countersign.Witness](t)(h.countersign.Register(t.Context(), ada, countersign.Draft{Key: signer.String(), Operator: "Party"}))
	return signer
}

// countersigns has a witness countersign the present head.
func (h *app) countersigns(t *testing.T, signer checkpoint.WitnessSigner) {
	t.Helper()
	h.now.Move(time.Hour)
	if err := h.countersign.Accept(t.Context(), apptest.Countersigned(t, h.countersign, signer, h.now.Now())); err != nil {
		t.Fatal(err)
	}
}

// TestBundle_HasTheFirstCountersignatureOfEachWitness asks for bundles before and after witnesses have countersigned.
func TestBundle_HasTheFirstCountersignatureOfEachWitness(t *testing.T) {
	h := newApp(t)
	one, two, removed := h.register(t, "one"), h.register(t, "two"), h.register(t, "removed")
	h.countersigns(t, one) // before the certification: proves nothing about it
	e := h.certified(t)
	bundles := func() (full, public string, content []byte) {
		full = must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full))
		public = must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public))
		return full, public, read(t, public)
	}
	kept := filepath.Join(t.TempDir(), "kept.zip") // a public one without a countersignature
	_, _, content := bundles()
	if err := os.WriteFile(kept, content, 0o600); err != nil {
		t.Fatal(err)
	}
	h.countersigns(t, one)
	h.countersigns(t, removed)
	for _, w := range must[[]countersign.Witness](t)(h.countersign.Witnesses(t.Context())) {
		if w.Name == "removed" {
			must[countersign.Witness](t)(h.countersign.Remove(t.Context(), ada, w.ID))
		}
	}
	full, public, content := bundles()
	for _, path := range []string{full, public} {
		report := must[*verify.Report](t)(verify.File(path))
		if len(report.Seen) != 1 || report.Log != h.countersign.Key() {
			t.Fatalf("want the countersignature of one witness, got %+v", report.Seen)
		}
		if err := report.Witnessed(two.String()); err == nil {
			t.Error("want a witness refused that has not countersigned")
		}
		if err := report.Witnessed(must[checkpoint.WitnessSigner](t)(checkpoint.GenerateWitness("one")).String()); err == nil {
			t.Error("want another key of the same name refused")
		}
		// The public form has the hash of the certification's event and not the event: it cannot prove that they belong together.
		what := map[bundle.Form]string{bundle.Full: "with the certification in it", bundle.Public: "with the event that the certification names in it"}[report.Form]
		if err := report.Witnessed(one.String()); err != nil || !strings.Contains(report.Proved[len(report.Proved)-1], "The witness one countersigned the audit log "+what) {
			t.Errorf("want the witness proved, got %v, %q", err, report.Proved)
		}
		if says := strings.Contains(strings.Join(report.Cannot, "\n"), "is the certification of these figures"); says != (report.Form == bundle.Public) {
			t.Errorf("%s: want it said what only the full form proves, got %q", report.Form, report.Cannot)
		}
	}
	for _, name := range []string{"third", "fourth", "fifth"} { // later countersignatures of the same witness change nothing
		h.register(t, name)
		h.countersigns(t, one)
	}
	if _, _, again := bundles(); !bytes.Equal(again, content) {
		t.Error("want the same bytes until another witness countersigns")
	}
	h.countersigns(t, two)
	full, public, _ = bundles()
	if report := must[*verify.Report](t)(verify.File(public)); len(report.Seen) != 2 {
		t.Errorf("want both witnesses, got %+v", report.Seen)
	}
	for _, path := range []string{kept, public} {
		if err := verify.Committed(full, path); err != nil {
			t.Errorf("want the full one bound to the public one of any time, got %v", err)
		}
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(full))); len(left) != 2 {
		t.Errorf("want former bundles removed, got %v", left)
	}
	if err := h.bundles.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(full))); len(left) != 0 {
		t.Errorf("want all bundles cleared, got %v", left)
	}
}

// TestVerify_ForgedEvidenceIsRefused changes the entry about witnesses and signs the bundle again.
func TestVerify_ForgedEvidenceIsRefused(t *testing.T) {
	h := newApp(t)
	signer := h.register(t, "w")
	e := h.certified(t)
	h.countersigns(t, signer)
	other := newApp(t)
	other.now.Move(24 * time.Hour)
	elsewhere := other.certified(t)
	changed := func(change func(e *checkpoint.Evidence)) func(string) string {
		return func(s string) string {
			var e checkpoint.Evidence
			if err := json.Unmarshal([]byte(s), &e); err != nil {
				t.Fatal(err)
			}
			change(&e)
			return string(must[[]byte](t)(json.Marshal(e)))
		}
	}
	foreign := ""
	path := must[string](t)(other.bundles.Bundle(t.Context(), elsewhere.ID, bundle.Public))
	forge(t, read(t, path), in("witnesses.json", func(s string) string { foreign = s; return s }))
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		good := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form)))
		for name, change := range map[string]func(string) string{
			"no JSON":       func(string) string { return "x" },
			"another log's": func(string) string { return foreign },
			"another key": changed(func(e *checkpoint.Evidence) {
				e.Witnesses[0] = must[checkpoint.WitnessSigner](t)(checkpoint.GenerateWitness("w")).String()
			}),
			"another event":      changed(func(e *checkpoint.Evidence) { e.Event-- }),
			"no proof":           changed(func(e *checkpoint.Evidence) { e.Proofs = nil }),
			"a signature's byte": changed(func(e *checkpoint.Evidence) { e.Proofs[1] = flipped(e.Proofs[1]) }),
		} {
			if _, err := check(t, forge(t, good, in("witnesses.json", change))); !errors.Is(err, verify.ErrContradiction) {
				t.Errorf("%s, %s: want it refused, got %v", form, name, err)
			}
		}
	}
}

// flipped changes a character of the last signature of a proof.
func flipped(proof string) string {
	content := []byte(proof)
	i := len(content) - 20
	if content[i] == 'A' {
		content[i] = 'B'
	} else {
		content[i] = 'A'
	}
	return string(content)
}
