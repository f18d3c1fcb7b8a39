package checkpoint

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzParse reads whatever comes as a checkpoint: one that is read has one way to be written.
func FuzzParse(f *testing.F) {
	f.Add("urna.example.org/1\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
	f.Add("o\n-1\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err == nil && c.Text() != text {
			t.Errorf("want one way to write it, got %q from %q", c.Text(), text)
		}
		if _, err := Read([]byte(text + "\n— name sign\n")); err == nil {
			t.Error("want a note without a signature refused")
		}
	})
}

// FuzzProofs reads whatever comes as a proof. One that is read is written and read again as the same, and proves nothing
// about another tree.
func FuzzProofs(f *testing.F) {
	f.Add([]byte("old 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\no\n7\n"))
	f.Add([]byte(proofLine + "\nindex 3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\no\n7\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := ParseConsistency(text); err == nil {
			again, err := ParseConsistency(c.Encode())
			if err != nil || !bytes.Equal(again.Encode(), c.Encode()) {
				t.Errorf("want the same proof again, got %v", err)
			}
			if c.Old > 0 && c.Check(Checkpoint{Size: c.Old, Root: Checkpoint{}.Root}, Checkpoint{Size: c.Old + 1}) == nil {
				t.Error("want no proof between trees without content")
			}
		}
		if i, err := ParseInclusion(text); err == nil {
			again, err := ParseInclusion(i.Encode())
			if err != nil || !bytes.Equal(again.Encode(), i.Encode()) {
				t.Errorf("want the same proof again, got %v", err)
			}
			if i.Check(Checkpoint{Size: max(i.Event, 1)}, strings.Repeat("ab", 32)) == nil {
				t.Error("want no proof for a tree without content")
			}
		}
	})
}
