package online

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
)

// total is a number modulo 2^256, its lowest 64 bits first.
type total [4]uint64

// totalOf returns the number with the bytes, the highest first.
func totalOf(b [32]byte) (t total) {
	for i := range t {
		t[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	return t
}

func (t total) bytes() (b [32]byte) {
	for i, word := range t {
		binary.BigEndian.PutUint64(b[24-8*i:], word)
	}
	return b
}

func (t total) plus(u total) total {
	var carry uint64
	for i := range t {
		t[i], carry = bits.Add64(t[i], u[i], carry)
	}
	return t
}

func (t total) minus(u total) total {
	var borrow uint64
	for i := range t {
		t[i], borrow = bits.Sub64(t[i], u[i], borrow)
	}
	return t
}

// ballotRow is an online ballot as it is stored.
type ballotRow struct {
	guid           [16]byte
	constituencyID int64
	pollNumber     int64
}

// summer makes the running sums of constituencies: MSet-Add-Hash of Clarke, Devadas, van Dijk, Gassend and Suh,
// "Incremental Multiset Hash Functions and Their Application to Memory Integrity Checking", Asiacrypt 2003 (LNCS 2894),
// with HMAC-SHA-256 as its pseudorandom function and addition modulo 2^256. Each ballot is a pseudorandom number, and
// the sum is that of all ballots. It is stored with another pseudorandom number added, which follows from a fresh nonce
// and the number of used keys.
//
// A ballot's number cannot be computed without the key. So the attacks on sums of hashes (Wagner, "A Generalized
// Birthday Problem", Crypto 2002) do not apply, and two sets of ballots have the same sum with a probability of
// 2^-256. The nonce hides the sum itself: the difference of two stored sums tells nothing of the ballots between, and
// cannot be used to remove them again. With the key every sum can be computed, of any width. A summer may be used
// concurrently.
type summer struct {
	ballots *hasher
	blinds  *hasher
}

// newSummer derives the keys of sums from the secret of voter keys.
func newSummer(secret []byte) (*summer, error) {
	ballots, err := newHasher(secret, "urna online sums: ballots")
	if err != nil {
		return nil, err
	}
	blinds, err := newHasher(secret, "urna online sums: nonces")
	return &summer{ballots: ballots, blinds: blinds}, err
}

// ballot returns the number of a ballot of an election.
func (s *summer) ballot(electionID int64, b *ballotRow) total {
	var message [40]byte
	binary.BigEndian.PutUint64(message[0:], uint64(electionID))
	binary.BigEndian.PutUint64(message[8:], uint64(b.constituencyID))
	binary.BigEndian.PutUint64(message[16:], uint64(b.pollNumber))
	copy(message[24:], b.guid[:])
	return totalOf(s.ballots.full(message[:]))
}

// blind returns the number that a stored sum has beside its ballots.
func (s *summer) blind(constituencyID int64, used [8]byte, nonce [16]byte) total {
	var message [32]byte
	binary.BigEndian.PutUint64(message[0:], uint64(constituencyID))
	copy(message[8:], used[:])
	copy(message[16:], nonce[:])
	return totalOf(s.blinds.full(message[:]))
}

// sumRow is the row of a constituency as it is stored.
type sumRow struct {
	used  [8]byte
	nonce [16]byte
	sum   [32]byte
}

// hide returns the row of a sum, under a fresh nonce.
func (s *summer) hide(constituencyID int64, used uint64, ballots total) (row sumRow) {
	binary.BigEndian.PutUint64(row.used[:], used)
	_, _ = rand.Read(row.nonce[:]) // never fails
	row.sum = ballots.plus(s.blind(constituencyID, row.used, row.nonce)).bytes()
	return row
}

// reveal returns the number of used keys and the sum of the ballots that a row has.
func (s *summer) reveal(constituencyID int64, row sumRow) (used uint64, ballots total) {
	return binary.BigEndian.Uint64(row.used[:]), totalOf(row.sum).minus(s.blind(constituencyID, row.used, row.nonce))
}
