package countersign

import (
	"context"
	"errors"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/tlog"

	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/database"
)

// The tree keeps the hashes of complete subtrees with tileSize leaves and more. Smaller ones are computed from the
// events when a proof needs them.
const (
	tileLevel = 8
	tileSize  = 1 << tileLevel
)

// errAltered is returned if events that the tree has are not those of the database any more.
var errAltered = errors.New("countersign: the audit log was altered while the tree over it was kept")

// tree is the tree over a log. It is used by one goroutine at a time.
type tree struct {
	size  int64
	head  string // the hash of the last event
	tail  []tlog.Hash
	upper [][]tlog.Hash // by level from tileLevel on: the complete subtrees, from the left
}

// append adds the next event.
func (t *tree) append(hash string) error {
	leaf, err := checkpoint.Leaf(hash)
	if err != nil {
		return err
	}
	t.tail = append(t.tail, leaf)
	t.size, t.head = t.size+1, hash
	if len(t.tail) < tileSize {
		return nil
	}
	node := rootOf(t.tail)
	t.tail = t.tail[:0]
	for level := 0; ; level++ {
		if level == len(t.upper) {
			t.upper = append(t.upper, nil)
		}
		t.upper[level] = append(t.upper[level], node)
		n := len(t.upper[level])
		if n%2 == 1 {
			return nil
		}
		node = tlog.NodeHash(t.upper[level][n-2], t.upper[level][n-1])
	}
}

// rootOf returns the root of a complete subtree.
func rootOf(leaves []tlog.Hash) tlog.Hash {
	var r checkpoint.Range
	for _, leaf := range leaves {
		r.Append(leaf)
	}
	return r.Root()
}

// extend adds the events that the log has got since, and compares the last one that the tree has.
func (t *tree) extend(ctx context.Context, db database.Querier) error {
	from := max(t.size, 1)
	last := t.size
	err := audit.EachHash(ctx, db, from, math.MaxInt64, func(id int64, hash string) error {
		if id == last {
			if hash != t.head {
				return errAltered
			}
			last = 0 // it was compared
			return nil
		}
		if id != t.size+1 {
			return errAltered
		}
		return t.append(hash)
	})
	if err == nil && last != 0 {
		return errAltered
	}
	return err
}

// reader returns the hashes of the tree to package tlog. Events are read from the database.
func (t *tree) reader(ctx context.Context, db database.Querier) tlog.HashReader {
	tiles := map[int64][]tlog.Hash{}
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			level, n := tlog.SplitStoredHashIndex(index)
			if level >= tileLevel {
				hashes[i] = t.upper[level-tileLevel][n]
				continue
			}
			tile, err := t.tile(ctx, db, tiles, n<<level>>tileLevel)
			if err != nil {
				return nil, err
			}
			first := n << level & (tileSize - 1)
			hashes[i] = rootOf(tile[first : first+1<<level])
		}
		return hashes, nil
	})
}

// tile returns the leaves of the n-th subtree with tileSize leaves.
func (t *tree) tile(ctx context.Context, db database.Querier, tiles map[int64][]tlog.Hash, n int64) ([]tlog.Hash, error) {
	if n == t.size>>tileLevel {
		return t.tail, nil
	}
	if known := tiles[n]; known != nil {
		return known, nil
	}
	leaves := make([]tlog.Hash, 0, tileSize)
	err := audit.EachHash(ctx, db, n<<tileLevel+1, (n+1)<<tileLevel, func(_ int64, hash string) error {
		leaf, err := checkpoint.Leaf(hash)
		leaves = append(leaves, leaf)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(leaves) != tileSize || rootOf(leaves) != t.upper[0][n] {
		return nil, errAltered
	}
	tiles[n] = leaves
	return leaves, nil
}

// root returns the root of the tree over the first events.
func (t *tree) root(ctx context.Context, db database.Querier, size int64) (tlog.Hash, error) {
	root, err := tlog.TreeHash(size, t.reader(ctx, db))
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("countersign: compute a root: %w", err)
	}
	return root, nil
}
