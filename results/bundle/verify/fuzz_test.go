package verify

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzFile replaces some bytes of a genuine bundle: whatever they are, the verifier refuses the file, and never fails in
// another way.
func FuzzFile(f *testing.F) {
	genuine, err := os.ReadFile("../../../internal/testing/releases/testdata/0.1.0/public.zip")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte("PK"))
	f.Add(uint32(100), []byte{0})
	f.Add(uint32(len(genuine)-1), []byte("f"))
	f.Add(uint32(len(genuine)), []byte("\n"))
	f.Add(uint32(len(genuine)-215), []byte("urna-bundle-1 ed25519 "))
	f.Fuzz(func(t *testing.T, at uint32, by []byte) {
		place := int(at) % (len(genuine) + 1)
		altered := append(append(append([]byte{}, genuine[:place]...), by...), genuine[min(len(genuine), place+len(by)):]...)
		path := filepath.Join(t.TempDir(), "bundle.zip")
		if err := os.WriteFile(path, altered, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := File(path); (err == nil) != bytes.Equal(altered, genuine) {
			t.Errorf("want an altered bundle refused and the genuine one accepted, got %v", err)
		}
	})
}
