package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/app"
	"urna/results/bundle"
)

// observed is a data folder whose log a witness follows, by commands alone.
type observed struct {
	folder, key, vkey, state string
}

func newObserved(t *testing.T) *observed {
	t.Helper()
	w := &observed{folder: countedFolder(t), key: filepath.Join(t.TempDir(), "witness.key"), state: filepath.Join(t.TempDir(), "state")}
	code, out := do("witness", "key", "--name", "witness.example.org/party-a", "--out", w.key)
	if code != 0 {
		t.Fatalf("want a key, got %d: %s", code, out)
	}
	w.vkey = strings.TrimSpace(out)
	if code, out = do("witnesses", "add", "--data", w.folder, w.vkey, "--operator", "Party A"); code != 0 || !strings.Contains(out, "witness 1 registered") {
		t.Fatalf("want the witness registered, got %d: %s", code, out)
	}
	return w
}

// once serves a folder, has the witness look once, and returns its exit code.
func (w *observed) once(t *testing.T, folder string) (code int, out string) {
	t.Helper()
	s, err := startServer(t.Context(), serverOn(folder))
	if err != nil {
		t.Fatal(err)
	}
	code, out = do("witness", s.URL, "--key", w.key, "--state", w.state, "--once")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return code, out
}

// TestWitness_ByCommandsBothAttacksAreNoticed makes a key, registers it, follows a server, and puts yesterday's folder back.
func TestWitness_ByCommandsBothAttacksAreNoticed(t *testing.T) {
	w := newObserved(t)
	if code, out := w.once(t, w.folder); code != 0 || !strings.Contains(out, "countersigned log.urna/") {
		t.Fatalf("want the head countersigned, got %d: %s", code, out)
	}
	yesterday := filepath.Join(t.TempDir(), "yesterday")
	if err := os.CopyFS(yesterday, os.DirFS(w.folder)); err != nil {
		t.Fatal(err)
	}
	if code, out := do("users", "list", "--data", w.folder); code != 0 {
		t.Fatal(out)
	}
	if code, out := do("witnesses", "remove", "--data", w.folder, "1"); code != 0 || !strings.Contains(out, "witness 1 removed") { // events of today
		t.Fatalf("want it removed, got %s", out)
	}
	if code, out := do("witnesses", "add", "--data", w.folder, w.vkey, "--operator", "Party A"); code != 0 {
		t.Fatal(out)
	}
	if code, out := w.once(t, w.folder); code != 0 {
		t.Fatalf("want the head of today countersigned, got %d: %s", code, out)
	}
	code, out := do("witnesses", "--data", w.folder)
	if says(t, out, "key of the log: log.urna/", "Party A", "events at"); code != 0 {
		t.Errorf("want the list, got %d", code)
	}
	verify := func(folder string, flags ...string) (int, string) {
		return do(append([]string{"verify", "--data", folder}, flags...)...)
	}
	if code, out := verify(w.folder, "--witness", w.vkey, "--checkpoint", w.state); code != 0 || !strings.Contains(out, "witness.example.org/party-a countersigned the log up to event") {
		t.Errorf("want nothing to differ in the folder of today, got %d: %s", code, out)
	}
	if code, out := verify(yesterday, "--witness", w.vkey); code != 0 {
		t.Errorf("want nothing to differ in yesterday's folder by itself, got %d: %s", code, out)
	}
	if code, out := verify(yesterday, "--witness", w.vkey, "--checkpoint", w.state); code != 1 || !strings.Contains(out, "an older folder was put back") {
		t.Errorf("want yesterday's folder named, got %d: %s", code, out)
	}
	if code, out := verify(w.folder, "--witness", strings.Replace(w.vkey, "+B", "+C", 1)); code != 1 || !strings.Contains(out, "--witness") {
		t.Errorf("want a key refused that is none, got %d: %s", code, out)
	}
	if code, out := w.once(t, yesterday); code != conflictCode || !strings.Contains(out, "CONFLICT") || !strings.Contains(out, "shortened") {
		t.Errorf("want the exit code %d, got %d: %s", conflictCode, code, out)
	}
	code, out = do("witnesses", "--data", yesterday)
	if says(t, out, "CONFLICT"); code != 0 {
		t.Errorf("want the conflict listed, got %d", code)
	}
	if code, out := verify(yesterday); code != 1 || !strings.Contains(out, "countersigned another history of this log") {
		t.Errorf("want the recorded conflict named, got %d: %s", code, out)
	}
}

// TestWitness_TheBundleHasItsCountersignature certifies, has the witness countersign, and checks the bundle with its key.
func TestWitness_TheBundleHasItsCountersignature(t *testing.T) {
	w := newObserved(t)
	public, _ := bundlesOf(t, w.folder)
	if out, code := verifyBundle(t, VerifyCommand{Bundle: public, Witness: []string{w.vkey}}); code != 1 || !strings.Contains(out, "no countersignature of the witness") {
		t.Errorf("want a bundle without countersignature refused, got %d: %s", code, out)
	}
	if code, out := w.once(t, w.folder); code != 0 {
		t.Fatalf("want the head countersigned, got %d: %s", code, out)
	}
	f, err := openFolder(t.Context(), w.folder, app.Options{Parts: app.Bundles})
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		path, err := f.Bundles.Bundle(t.Context(), 1, form)
		if err != nil {
			t.Fatal(err)
		}
		out, code := verifyBundle(t, VerifyCommand{Bundle: path, Witness: []string{w.vkey}})
		if says(t, out, "The witness witness.example.org/party-a countersigned the audit log"); code != 0 {
			t.Errorf("%s: want it proved, got %d: %s", form, code, out)
		}
		out, code = verifyBundle(t, VerifyCommand{Bundle: path})
		if says(t, out, "give it with --witness", w.vkey); code != 0 {
			t.Errorf("%s: want the unknown key named, got %d: %s", form, code, out)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestWitnessKey_OverwritesNothing makes a key twice.
func TestWitnessKey_OverwritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if code, out := do("witness", "key", "--name", "w", "--out", path); code != 0 {
		t.Fatal(out)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if code, out := do("witness", "key", "--name", "w", "--out", path); code != 1 || !strings.Contains(out, "exists") {
		t.Errorf("want the file kept, got %d: %s", code, out)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Error("want the key unchanged")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("want the key for its owner alone, got %v", info.Mode())
	}
	if code, _ := do("witness", "key", "--name", "two words", "--out", path+"2"); code != 1 {
		t.Error("want a name with a blank refused")
	}
	for _, flags := range [][]string{{"ftp://x"}, {"https://x", "--every", "0s"}, {"https://x", "--log", "x"}} {
		if code, out := do(append([]string{"witness", "--key", path, "--once"}, flags...)...); code != 1 {
			t.Errorf("%q: want it refused, got %d: %s", flags, code, out)
		}
	}
}
