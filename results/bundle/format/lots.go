package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
)

// SeedCommitment returns the hash by which the seed phrase of a reproducible lot is committed: its SHA-256 in hex, as
// printf %s 'phrase' | sha256sum prints it.
func SeedCommitment(phrase string) string {
	sum := sha256.Sum256([]byte(phrase))
	return hex.EncodeToString(sum[:])
}

// LotFormula is the formula of lots that are drawn from the values of several people or from a public value: DrawLine
// with LotPhrase for its phrase. Seeded lots without a formula are of version 0.1.0: DrawLine with one person's phrase.
const LotFormula = 2

// LeastPhrases is how many people's phrases a lot needs if no public value is among its values.
const LeastPhrases = 2

// LotPhrase returns the phrase that follows from values: "urna-lot-2|" and the SHA-256, in hex, of all values in the
// order of the figures, each followed by a line end.
func LotPhrase(values []string) string {
	hash := sha256.New()
	for _, v := range values {
		hash.Write([]byte(v + "\n"))
	}
	return "urna-lot-2|" + hex.EncodeToString(hash.Sum(nil))
}

// Draw is a candidacy that takes part in a lot.
type Draw struct {
	PollNumber    int
	ParticipantID int64
	Name          string
}

// DrawLine is the line whose SHA-256 gives a candidacy its place in a reproducible lot: the phrase, the constituency's
// name, the poll number and the name, joined by |.
func DrawLine(phrase, constituency string, pollNumber int, name string) string {
	return phrase + "|" + constituency + "|" + strconv.Itoa(pollNumber) + "|" + name
}

// SeededOrder returns the participants of some candidacies of a constituency in the order of the SHA-256 of their
// DrawLine, the smallest first.
func SeededOrder(phrase, constituency string, draws []Draw) []int64 {
	type hashed struct {
		participant int64
		hash        [sha256.Size]byte
	}
	all := make([]hashed, 0, len(draws))
	for _, d := range draws {
		all = append(all, hashed{d.ParticipantID, sha256.Sum256([]byte(DrawLine(phrase, constituency, d.PollNumber, d.Name)))})
	}
	slices.SortFunc(all, func(a, b hashed) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	order := make([]int64, 0, len(all))
	for _, d := range all {
		order = append(order, d.participant)
	}
	return order
}
