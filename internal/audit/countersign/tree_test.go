package countersign

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"urna/internal/audit/checkpoint"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// hashOf returns the hash of an invented event.
func hashOf(event int) string {
	sum := sha256.Sum256(fmt.Append(nil, event))
	return hex.EncodeToString(sum[:])
}

// fill stores invented events, the numbers of which are from and later, up to the number of all.
func fill(tb testing.TB, db *database.DB, from, all int) {
	tb.Helper()
	err := db.Write(tb.Context(), func(tx *database.Tx) error {
		for i := from; i <= all; i++ {
			_, err := tx.SQL().ExecContext(tb.Context(), `INSERT INTO audit_events (id, at, actor_id, actor_name, actor_from, action, subject, detail, hash)
				VALUES ($1, 0, 0, '', '', 'x', '', '{}', $2)`, i, hashOf(i))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// TestTree_EqualsTheStoredTree compares roots and proofs with those of a tree that is stored as a whole, with sizes on
// both sides of complete tiles.
func TestTree_EqualsTheStoredTree(t *testing.T) {
	db := databasetest.Open(t)
	const events = 3*tileSize + 40
	fill(t, db, 1, events)
	var whole storedTree
	for i := range events {
		leaf, err := checkpoint.Leaf(hashOf(i + 1))
		if err != nil {
			t.Fatal(err)
		}
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), leaf, whole)
		if err != nil {
			t.Fatal(err)
		}
		whole = append(whole, hashes...)
	}
	kept := &tree{}
	if err := kept.extend(t.Context(), db.Pool()); err != nil {
		t.Fatal(err)
	}
	sizes := []int64{1, 2, 3, 100, tileSize - 1, tileSize, tileSize + 1, 2*tileSize - 1, 2 * tileSize, 2*tileSize + 77, 3 * tileSize, 3*tileSize + 1, events}
	for i, size := range sizes {
		want, err := tlog.TreeHash(size, whole)
		got, gotErr := kept.root(t.Context(), db.Pool(), size)
		if err != nil || gotErr != nil || got != want {
			t.Errorf("size %d: want the root %v, got %v, %v", size, want, got, gotErr)
		}
		for _, earlier := range sizes[:i+1] {
			want, err := tlog.ProveTree(size, earlier, whole)
			got, gotErr := tlog.ProveTree(size, earlier, kept.reader(t.Context(), db.Pool()))
			if err != nil || gotErr != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%d in %d: want the proof %v, got %v, %v", earlier, size, want, got, gotErr)
			}
		}
	}
	if len(kept.upper[0]) != 3 || len(kept.tail) != 40 {
		t.Errorf("want 3 hashes of tiles and 40 leaves in memory, got %d and %d", len(kept.upper[0]), len(kept.tail))
	}
}

type storedTree []tlog.Hash

func (s storedTree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = s[index]
	}
	return found, nil
}

// TestTree_NamesAnAlteration alters events after the tree was made: the last one, which is compared with each extension,
// and one that a proof reads.
func TestTree_NamesAnAlteration(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		after     func(ctx context.Context, tr *tree, db *database.DB) error
	}{
		"the last event": {`UPDATE audit_events SET hash = replace(hash, substr(hash, 1, 4), 'abcd') WHERE id = 300`, func(ctx context.Context, tr *tree, db *database.DB) error {
			return tr.extend(ctx, db.Pool())
		}},
		"the last event is gone": {`DELETE FROM audit_events WHERE id = 300`, func(ctx context.Context, tr *tree, db *database.DB) error {
			return tr.extend(ctx, db.Pool())
		}},
		"an event in a tile": {`UPDATE audit_events SET hash = replace(hash, substr(hash, 1, 4), 'abcd') WHERE id = 7`, func(ctx context.Context, tr *tree, db *database.DB) error {
			_, err := tr.root(ctx, db.Pool(), 100)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			db := databasetest.Open(t)
			fill(t, db, 1, 300)
			kept := &tree{}
			if err := kept.extend(t.Context(), db.Pool()); err != nil {
				t.Fatal(err)
			}
			err := db.Write(t.Context(), func(tx *database.Tx) error {
				for _, trigger := range []string{"audit_events_are_not_changed", "audit_events_are_not_deleted"} {
					if _, err := tx.SQL().ExecContext(t.Context(), databasetest.DropTrigger(trigger)); err != nil {
						return err
					}
				}
				_, err := tx.SQL().ExecContext(t.Context(), c.statement)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.after(t.Context(), kept, db); !errors.Is(err, errAltered) {
				t.Errorf("want errAltered, got %v", err)
			}
		})
	}
}
