package checkpoint

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// maxHashes is the most hashes of a proof, for a tree of any size.
const maxHashes = 63

// Consistency is the proof that the tree of a signed checkpoint begins with the tree of an earlier size.
type Consistency struct {
	Old    int64
	Proof  tlog.TreeProof
	Signed []byte // the checkpoint
}

// Encode returns the proof in the form of the request that c2sp.org/tlog-witness calls add-checkpoint.
func (c Consistency) Encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", c.Old)
	writeHashes(&b, c.Proof)
	b.WriteByte('\n')
	b.Write(c.Signed)
	return b.Bytes()
}

// ParseConsistency reads what Encode wrote. The proof is for Check to verify.
func ParseConsistency(text []byte) (c Consistency, err error) {
	head, signed, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if c.Old, err = numberAfter(lines[0], "old "); err != nil || !found {
		return Consistency{}, fmt.Errorf("checkpoint: %w: this is no proof of consistency", ErrMalformed)
	}
	c.Proof, err = readHashes(lines[1:])
	c.Signed = signed
	return c, err
}

// Check reports with an error that the tree of the later checkpoint does not begin with that of the earlier one.
func (c Consistency) Check(earlier, later Checkpoint) error {
	if earlier.Size == 0 {
		return nil
	}
	if err := tlog.CheckTree(c.Proof, later.Size, later.Root, earlier.Size, earlier.Root); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// proofLine is the first line of c2sp.org/tlog-proof.
const proofLine = "c2sp.org/tlog-proof@v1"

// Inclusion is the proof that an event is in the tree of a signed checkpoint.
type Inclusion struct {
	Event  int64 // its number, from 1
	Proof  tlog.RecordProof
	Signed []byte // the checkpoint
}

// Encode returns the proof in the form of c2sp.org/tlog-proof, whose index is the number less one.
func (i Inclusion) Encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nindex %d\n", proofLine, i.Event-1)
	writeHashes(&b, i.Proof)
	b.WriteByte('\n')
	b.Write(i.Signed)
	return b.Bytes()
}

// ParseInclusion reads what Encode wrote. The proof is for Check to verify.
func ParseInclusion(text []byte) (i Inclusion, err error) {
	head, signed, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != proofLine {
		return Inclusion{}, fmt.Errorf("checkpoint: %w: this is no proof of inclusion", ErrMalformed)
	}
	index, err := numberAfter(lines[1], "index ")
	if err != nil {
		return Inclusion{}, err
	}
	i.Event, i.Signed = index+1, signed
	i.Proof, err = readHashes(lines[2:])
	return i, err
}

// Check reports with an error that the event with the hash, in hex, is not in the checkpoint's tree.
func (i Inclusion) Check(c Checkpoint, eventHash string) error {
	leaf, err := Leaf(eventHash)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(i.Proof, c.Size, c.Root, i.Event-1, leaf); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

func writeHashes(b *bytes.Buffer, hashes []tlog.Hash) {
	for _, h := range hashes {
		fmt.Fprintln(b, h)
	}
}

func readHashes(lines []string) ([]tlog.Hash, error) {
	if len(lines) > maxHashes {
		return nil, fmt.Errorf("checkpoint: %w: a proof has too many hashes", ErrMalformed)
	}
	hashes := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		h, err := tlog.ParseHash(line)
		if err != nil || h.String() != line {
			return nil, fmt.Errorf("checkpoint: %w: a line of a proof is no hash", ErrMalformed)
		}
		hashes[i] = h
	}
	return hashes, nil
}

// numberAfter reads a number of 0 or more behind a word, in its one spelling.
func numberAfter(line, word string) (int64, error) {
	digits, found := strings.CutPrefix(line, word)
	n, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || n < 0 || strconv.FormatInt(n, 10) != digits {
		return 0, fmt.Errorf("checkpoint: %w: want %q with a number", ErrMalformed, word)
	}
	return n, nil
}
