package ballots

import (
	"fmt"
	"path/filepath"
	"testing"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// TestUnpack_WalksThroughEveryRecord counts the records of parameters around the thousands, and wants them
// in their order.
func TestUnpack_WalksThroughEveryRecord(t *testing.T) {
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(t.TempDir(), "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const size = 3
	query := fmt.Sprintf(unpack, size) + ` SELECT count(*), coalesce(sum(before + ?3 = i OR before IS NULL AND i = 1), 0), length(?1)
		FROM (SELECT i, lag(i) OVER () AS before FROM r)`
	for _, records := range []int{0, 1, 2, 999, 1_000, 1_001, 1_999, 2_000, 2_001, 200_000, MaxChunkLines - 1, MaxChunkLines} {
		var found, inOrder, length int
		packed := make([]byte, size*records)
		if err := db.Pool().QueryRowContext(t.Context(), query, packed, len(packed), size).Scan(&found, &inOrder, &length); err != nil {
			t.Fatal(err)
		}
		if found != records || inOrder != records || length != len(packed) {
			t.Errorf("want %d records of %d bytes in order, got %d, %d of them in order, of %d", records, len(packed), found, inOrder, length)
		}
	}
}
