package checkpoint

import (
	"encoding/hex"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Leaf returns the hash of the tree's leaf for an event with the hash, which is written in hex.
func Leaf(hash string) (tlog.Hash, error) {
	raw, err := hex.DecodeString(hash)
	if err != nil || len(raw) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("checkpoint: %q is no hash of an event", hash)
	}
	return tlog.RecordHash(raw), nil
}

// Range computes the roots of the trees over a growing log. It needs memory for the logarithm of its size. The zero
// value has no leaf.
type Range struct {
	size  int64
	nodes []tlog.Hash // of the complete subtrees that the leaves consist of, the largest first
}

// Size returns the number of leaves.
func (r *Range) Size() int64 { return r.size }

// Append adds the next leaf.
func (r *Range) Append(leaf tlog.Hash) {
	r.nodes = append(r.nodes, leaf)
	for range bits.TrailingZeros64(uint64(r.size + 1)) {
		last := len(r.nodes) - 1
		r.nodes = append(r.nodes[:last-1], tlog.NodeHash(r.nodes[last-1], r.nodes[last]))
	}
	r.size++
}

// Root returns the root of the tree over all leaves so far; that of no leaf is the hash of nothing.
func (r *Range) Root() tlog.Hash {
	if r.size == 0 {
		root, _ := tlog.TreeHash(0, nil) // reads nothing
		return root
	}
	root := r.nodes[len(r.nodes)-1]
	for i := len(r.nodes) - 2; i >= 0; i-- {
		root = tlog.NodeHash(r.nodes[i], root)
	}
	return root
}
