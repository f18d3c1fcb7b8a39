package checkpoint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxNote is the most bytes that a signed checkpoint may have.
const MaxNote = 64 << 10

// ErrMalformed is returned for text that is not in the form that it should have.
var ErrMalformed = errors.New("not in the expected form")

// Checkpoint is the head of the tree over a log at one moment.
type Checkpoint struct {
	Origin string // the log's identity
	Size   int64  // the number of leaves
	Root   tlog.Hash
}

// Text returns the text that is signed: the lines origin, size and root hash.
func (c Checkpoint) Text() string { return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root) }

// Parse reads the text of a checkpoint. Extension lines are refused, because no log of Urna writes any.
func Parse(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: it has not three lines", ErrMalformed)
	}
	c.Origin = lines[0]
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: its size is no number", ErrMalformed)
	}
	if c.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: its root is no hash", ErrMalformed)
	}
	if c.Text() != text {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: it is written in another way", ErrMalformed)
	}
	return c, nil
}

// Open reads a signed checkpoint. At least one of the verifiers must have signed it, and no signature of one of them may
// be wrong. The verified signatures are in the note's Sigs.
func Open(signed []byte, verifiers ...note.Verifier) (Checkpoint, *note.Note, error) {
	if len(signed) > MaxNote {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w: it is too long", ErrMalformed)
	}
	n, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := Parse(n.Text)
	return c, n, err
}

// Read reads a signed checkpoint without looking at its signatures.
func Read(signed []byte) (Checkpoint, error) {
	_, _, err := Open(signed)
	unverified, ok := errors.AsType[*note.UnverifiedNoteError](err)
	if !ok {
		return Checkpoint{}, err
	}
	return Parse(unverified.Note.Text)
}

// Signed reports whether the key of a verifier signed a note that was opened with it.
func Signed(n *note.Note, by note.Verifier) (note.Signature, bool) {
	for _, s := range n.Sigs {
		if s.Name == by.Name() && s.Hash == by.KeyHash() {
			return s, true
		}
	}
	return note.Signature{}, false
}

// Merge returns a signed checkpoint with further signatures, which are those of the same text.
func Merge(signed []byte, further ...note.Signature) []byte {
	var b strings.Builder
	b.Write(signed)
	for _, s := range further {
		fmt.Fprintf(&b, "— %s %s\n", s.Name, s.Base64)
	}
	return []byte(b.String())
}
