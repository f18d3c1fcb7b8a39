package sqlite_test

import (
	"fmt"
	"testing"

	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// TestRows_WalksThroughEveryRecord counts the records of parameters around the thousands, and wants them
// in their order, with what they hold.
func TestRows_WalksThroughEveryRecord(t *testing.T) {
	db := databasetest.Open(t)
	layout := database.NewLayout(database.Bytes("name", 2), database.Digits("number", 8))
	const query = `SELECT count(*), coalesce(sum(number = position + $1 AND name = 'ab' AND (position = before + 1 OR before IS NULL AND position = 0)), 0)
		FROM (SELECT position, number, CAST(name AS TEXT) AS name, lag(position) OVER () AS before FROM r) AS numbered`
	for _, records := range []int{0, 1, 2, 999, 1_000, 1_001, 1_999, 2_000, 2_001, 20_000} {
		const first = 7
		packed := make([]byte, 0, layout.Width*records)
		for i := range records {
			packed = fmt.Appendf(packed, "ab%08d", first+i)
		}
		rows, err := db.Rows(t.Context(), layout, packed)
		must(t, err)
		var found, good int
		must(t, rows.QueryRow(t.Context(), query, first).Scan(&found, &good))
		if found != records || good != records {
			t.Errorf("want %d records in order, got %d, %d of them good", records, found, good)
		}
	}
	const most = database.MaxRows
	rows, err := db.Rows(t.Context(), database.NewLayout(database.Bytes("byte", 1)), make([]byte, most))
	must(t, err)
	var found, last int
	if must(t, rows.QueryRow(t.Context(), `SELECT count(*), max(position) FROM r`).Scan(&found, &last)); found != most || last != most-1 {
		t.Errorf("want %d records, got %d, the last at %d", most, found, last)
	}
	for name, length := range map[string]int{"a part of a record": layout.Width + 1, "too many records": layout.Width * (database.MaxRows + 1)} {
		if _, err := db.Rows(t.Context(), layout, make([]byte, length)); err == nil {
			t.Errorf("%s: want it refused", name)
		}
	}
}
