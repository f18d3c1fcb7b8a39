package checkpoint_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"urna/internal/audit/checkpoint"
)

func logSigner() checkpoint.LogSigner {
	return checkpoint.NewLogSigner(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
}

func witness(tb testing.TB, name string) checkpoint.WitnessSigner {
	tb.Helper()
	s, err := checkpoint.GenerateWitness(name)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// hashOf returns the hash of an invented event, in hex.
func hashOf(event int) string {
	sum := sha256.Sum256(fmt.Append(nil, event))
	return hex.EncodeToString(sum[:])
}

// stored is a tree as package tlog stores it.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = s[index]
	}
	return found, nil
}

func treeOf(tb testing.TB, events int) (tree stored) {
	tb.Helper()
	for i := range events {
		leaf, err := checkpoint.Leaf(hashOf(i + 1))
		if err != nil {
			tb.Fatal(err)
		}
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), leaf, tree)
		if err != nil {
			tb.Fatal(err)
		}
		tree = append(tree, hashes...)
	}
	return tree
}

func TestRange_HasTheRootsOfTheTree(t *testing.T) {
	const events = 300
	tree := treeOf(t, events)
	var r checkpoint.Range
	for size := range events + 1 {
		want, err := tlog.TreeHash(int64(size), tree)
		if err != nil || r.Root() != want || r.Size() != int64(size) {
			t.Fatalf("size %d: want the root %v, got %v, %v", size, want, r.Root(), err)
		}
		leaf, err := checkpoint.Leaf(hashOf(size + 1))
		if err != nil {
			t.Fatal(err)
		}
		r.Append(leaf)
	}
}

// TestLog_IsASignedNoteOfC2SP opens a checkpoint of a log with the reader of package note, which knows nothing of this
// package.
func TestLog_IsASignedNoteOfC2SP(t *testing.T) {
	s := logSigner()
	c := checkpoint.Checkpoint{Origin: s.Name(), Size: 17, Root: tlog.RecordHash([]byte("x"))}
	signed, err := s.SignCheckpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(s.String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%s\n17\n%s\n", s.Name(), c.Root); n.Text != want {
		t.Errorf("want the text %q, got %q", want, n.Text)
	}
	if key, err := checkpoint.ParseLogKey(s.String()); err != nil || key.Name() != s.Name() {
		t.Errorf("want the key back, got %v, %v", key, err)
	}
}

// TestCountersignature_IsThatOfC2SP computes key id and signature by the words of c2sp.org/tlog-cosignature.
func TestCountersignature_IsThatOfC2SP(t *testing.T) {
	s, w := logSigner(), witness(t, "witness.example.org/w1")
	signed, err := s.SignCheckpoint(checkpoint.Checkpoint{Origin: s.Name(), Size: 3, Root: tlog.RecordHash(nil)})
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := checkpoint.Open(signed, s)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1679315147, 0)
	both, err := w.Countersign(n, at)
	if err != nil {
		t.Fatal(err)
	}
	_, last, _ := strings.Cut(string(both), "— witness.example.org/w1 ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(last, "\n"))
	if err != nil || len(raw) != 4+8+64 {
		t.Fatalf("want 76 bytes of a signature, got %d, %v", len(raw), err)
	}
	_, encoded, _ := strings.Cut(w.String(), "+")
	_, encoded, _ = strings.Cut(encoded, "+")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) != 33 || key[0] != 0x04 {
		t.Fatalf("want a key of the type 0x04, got %x, %v", key, err)
	}
	id := sha256.Sum256(append([]byte("witness.example.org/w1\n"), key...))
	if !bytes.Equal(raw[:4], id[:4]) || binary.BigEndian.Uint64(raw[4:]) != 1679315147 {
		t.Errorf("want key id %x and time 1679315147, got %x", id[:4], raw[:12])
	}
	message := "cosignature/v1\ntime 1679315147\n" + n.Text
	if !ed25519.Verify(key[1:], []byte(message), raw[12:]) {
		t.Error("want a signature over the header, the time and the checkpoint")
	}
	_, opened, err := checkpoint.Open(both, s, w.WitnessKey)
	if err != nil || len(opened.Sigs) != 2 {
		t.Fatalf("want both signatures, got %v, %v", opened, err)
	}
	signature, _ := checkpoint.Signed(opened, w.WitnessKey)
	if got, err := checkpoint.Time(signature); err != nil || !got.Equal(at) {
		t.Errorf("want the time %v, got %v, %v", at, got, err)
	}
}

// TestCountersignature_NoByteCanChange changes each byte of a countersigned checkpoint.
func TestCountersignature_NoByteCanChange(t *testing.T) {
	s, w := logSigner(), witness(t, "w")
	signed, err := s.SignCheckpoint(checkpoint.Checkpoint{Origin: s.Name(), Size: 3, Root: tlog.RecordHash(nil)})
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := checkpoint.Open(signed, s)
	if err != nil {
		t.Fatal(err)
	}
	both, err := w.Countersign(n, time.Unix(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range both {
		for _, bit := range []byte{1, 0x20} {
			other := bytes.Clone(both)
			other[i] ^= bit
			_, n, err := checkpoint.Open(other, s, w.WitnessKey)
			if err == nil && len(n.Sigs) == 2 {
				t.Errorf("byte %d: want no checkpoint with two signatures, got %q", i, other)
			}
		}
	}
}

func TestKeys_AreReadInOneSpelling(t *testing.T) {
	w := witness(t, "witness.example.org")
	back, err := checkpoint.ParseWitnessSigner(w.Secret() + "\n")
	if err != nil || back.String() != w.String() || back.Secret() != w.Secret() {
		t.Fatalf("want the key back, got %v", err)
	}
	other := witness(t, "witness.example.org")
	name, rest, _ := strings.Cut(other.String(), "+")
	_, data, _ := strings.Cut(rest, "+")
	for _, wrong := range []string{
		"", "x", w.Secret(), w.String() + " ", " " + w.String(), strings.ToUpper(w.String()), logSigner().String(), strings.Replace(w.String(), "witness", "witnes\u0455", 1),
		fmt.Sprintf("%s+%08x+%s", name, w.KeyHash(), data), // the hash of another key
	} {
		if _, err := checkpoint.ParseWitnessKey(wrong); err == nil {
			t.Errorf("want %q refused", wrong)
		}
	}
	for _, wrong := range []string{"", w.String(), strings.Replace(w.Secret(), "witness", "witnes5", 1)} {
		if _, err := checkpoint.ParseWitnessSigner(wrong); err == nil {
			t.Errorf("want the secret key %q refused", wrong)
		}
	}
	for _, name := range []string{"", "a b", "a+b", "a\nb", "a\u2028b", strings.Repeat("x", 201)} {
		if _, err := checkpoint.GenerateWitness(name); err == nil {
			t.Errorf("want the name %q refused", name)
		}
	}
	if _, err := checkpoint.ParseLogKey(w.String()); err == nil {
		t.Error("want the key of a witness refused as that of a log")
	}
	foreign, err := note.NewEd25519VerifierKey("log.urna/0123", ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := checkpoint.ParseLogKey(foreign); err == nil {
		t.Error("want a key refused whose name does not follow from it")
	}
}

func TestCheckpoint_IsReadInOneSpelling(t *testing.T) {
	good := checkpoint.Checkpoint{Origin: "log.urna/1", Size: 5, Root: tlog.RecordHash(nil)}.Text()
	if _, err := checkpoint.Parse(good); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{
		"", good + "extension\n", strings.Replace(good, "\n5\n", "\n05\n", 1), strings.Replace(good, "\n5\n", "\n-5\n", 1), strings.Replace(good, "\n5\n", "\n+5\n", 1),
		strings.TrimSuffix(good, "\n"), strings.Replace(good, "log.urna/1", "", 1), strings.Replace(good, "=\n", "\n", 1),
	} {
		if c, err := checkpoint.Parse(wrong); err == nil {
			t.Errorf("want %q refused, got %v", wrong, c)
		}
	}
}

// TestConsistency_HoldsForPrefixesAlone proves each pair of sizes and refuses proofs of another history.
func TestConsistency_HoldsForPrefixesAlone(t *testing.T) {
	const events = 40
	tree := treeOf(t, events)
	head := func(size int64) checkpoint.Checkpoint {
		root, err := tlog.TreeHash(size, tree)
		if err != nil {
			t.Fatal(err)
		}
		return checkpoint.Checkpoint{Origin: "log.urna/1", Size: size, Root: root}
	}
	for later := int64(1); later <= events; later++ {
		for earlier := int64(1); earlier <= later; earlier++ {
			proof, err := tlog.ProveTree(later, earlier, tree)
			if err != nil {
				t.Fatal(err)
			}
			sent := checkpoint.Consistency{Old: earlier, Proof: proof, Signed: []byte("text\n\n— x y\n")}
			got, err := checkpoint.ParseConsistency(sent.Encode())
			if err != nil || got.Old != earlier || string(got.Signed) != string(sent.Signed) {
				t.Fatalf("want the proof back, got %v, %v", got, err)
			}
			if err := got.Check(head(earlier), head(later)); err != nil {
				t.Errorf("%d in %d: want the proof to hold, got %v", earlier, later, err)
			}
			rewritten := head(earlier)
			rewritten.Root[0] ^= 1
			if got.Check(rewritten, head(later)) == nil {
				t.Errorf("%d in %d: want another history refused", earlier, later)
			}
		}
	}
}

func TestEvidence_ProvesTheEventAndWhoSawIt(t *testing.T) {
	s, w := logSigner(), witness(t, "w")
	e := evidence(t, s, w, 9, 20)
	head, seen, err := e.Check(9, hashOf(9))
	if err != nil || head.Size != 9 || len(seen) != 1 || seen[0].Size != 20 || !seen[0].Witness.Equal(w.WitnessKey) {
		t.Fatalf("want the head and one witness of 20 events, got %v, %v, %v", head, seen, err)
	}
	for name, change := range map[string]func(*checkpoint.Evidence){
		"another event":          func(e *checkpoint.Evidence) { e.Event = 8 },
		"another log":            func(e *checkpoint.Evidence) { e.Log = evidence(t, otherLog(), w, 9, 20).Log },
		"another log's proofs":   func(e *checkpoint.Evidence) { e.Proofs = evidence(t, otherLog(), w, 9, 20).Proofs },
		"another witness":        func(e *checkpoint.Evidence) { e.Witnesses[0] = witness(t, "w").String() },
		"a witness too many":     func(e *checkpoint.Evidence) { e.Witnesses = append(e.Witnesses, w.String()) },
		"no proof":               func(e *checkpoint.Evidence) { e.Proofs, e.Witnesses = nil, nil },
		"a later own checkpoint": func(e *checkpoint.Evidence) { e.Proofs[0] = e.Proofs[1] },
		"another format":         func(e *checkpoint.Evidence) { e.Format = "urna-witnesses-2" },
		"another index":          func(e *checkpoint.Evidence) { e.Proofs[1] = strings.Replace(e.Proofs[1], "index 8\n", "index 7\n", 1) },
		"no signature of the log": func(e *checkpoint.Evidence) {
			first := strings.Index(e.Proofs[1], "— "+s.Name())
			e.Proofs[1] = e.Proofs[1][:first] + e.Proofs[1][strings.LastIndex(e.Proofs[1], "—"):]
		},
		"no countersignature": func(e *checkpoint.Evidence) { e.Proofs[1] = e.Proofs[1][:strings.LastIndex(e.Proofs[1], "—")] },
	} {
		t.Run(name, func(t *testing.T) {
			e := evidence(t, s, w, 9, 20)
			change(&e)
			if _, seen, err := e.Check(9, hashOf(9)); err == nil {
				t.Errorf("want it refused, got %v", seen)
			}
		})
	}
	if _, _, err := e.Check(9, hashOf(10)); err == nil {
		t.Error("want another event's hash refused")
	}
}

func otherLog() checkpoint.LogSigner {
	return checkpoint.NewLogSigner(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)))
}

// evidence makes the evidence of an event whose log a witness countersigned at a size.
func evidence(t *testing.T, s checkpoint.LogSigner, w checkpoint.WitnessSigner, event, size int64) checkpoint.Evidence {
	t.Helper()
	tree := treeOf(t, 30)
	e := checkpoint.Evidence{Format: checkpoint.EvidenceFormat, Log: s.String(), Event: event, Witnesses: []string{w.String()}}
	for _, size := range []int64{event, size} {
		root, err := tlog.TreeHash(size, tree)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := s.SignCheckpoint(checkpoint.Checkpoint{Origin: s.Name(), Size: size, Root: root})
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Proofs) == 1 {
			_, n, err := checkpoint.Open(signed, s)
			if err != nil {
				t.Fatal(err)
			}
			if signed, err = w.Countersign(n, time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
		}
		proof, err := tlog.ProveRecord(size, event-1, tree)
		if err != nil {
			t.Fatal(err)
		}
		e.Proofs = append(e.Proofs, string(checkpoint.Inclusion{Event: event, Proof: proof, Signed: signed}.Encode()))
	}
	return e
}
