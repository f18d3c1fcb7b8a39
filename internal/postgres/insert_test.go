package postgres_test

import (
	"fmt"
	"slices"
	"testing"

	"urna/internal/database"
	"urna/internal/postgres"
	"urna/internal/testing/databasetest"
)

// ledgerRecords is a layout whose key is between other fields.
var ledgerRecords = database.NewLayout(database.Digits("claim", 15), database.Bytes("guid", 16), database.Digits("batch_id", 10))

// packBallots packs ballots with every step-th number of a batch, not in the order of their GUIDs.
func packBallots(from, to, step, batch int) (packed []byte) {
	for n := from; n < to; n += step {
		packed = fmt.Appendf(packed, "%015d%s%015d%010d", n, []byte{byte(n * 7919 % 251)}, n, batch)
	}
	return packed
}

// insertAbsent returns how many records were inserted, and how many of the rest have GUIDs of other batches.
func insertAbsent(t *testing.T, db *database.DB, election int64, packed []byte) (inserted int64, held int) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		records, err := tx.Rows(t.Context(), ledgerRecords, packed)
		if err != nil {
			return err
		}
		into := database.Insertion{Table: "ballots", Within: database.Constant{Column: "election_id", Value: election}, Key: "guid"}
		var rest *database.Rows
		if inserted, rest, err = records.InsertAbsent(t.Context(), into); err != nil {
			return err
		}
		const ofOthers = `SELECT count(*) FROM r CROSS JOIN ballots b WHERE b.election_id = $1 AND b.guid = r.guid AND b.batch_id <> r.batch_id`
		return rest.QueryRow(t.Context(), ofOthers, election).Scan(&held)
	})
	if err != nil {
		t.Fatal(err)
	}
	return inserted, held
}

// TestRows_InsertAbsentSkipsHeldKeys inserts records of which some have keys that the table has, on both engines.
func TestRows_InsertAbsentSkipsHeldKeys(t *testing.T) {
	url, _ := address(t)
	onPostgres, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = onPostgres.Close() })
	for name, db := range map[string]*database.DB{"PostgreSQL": onPostgres, "SQLite": databasetest.OpenSQLite(t, t.TempDir(), database.Main)} {
		for _, c := range []struct {
			what     string
			election int64
			packed   []byte
			inserted int64
			held     int
		}{
			{"none", 1, nil, 0, 0},
			{"many into an empty table", 1, packBallots(0, 5000, 2, 1), 2500, 0},
			{"the same for another election", 2, packBallots(0, 5000, 2, 2), 2500, 0},
			{"every fifth number, half of which is held up to 5000", 1, packBallots(0, 20_000, 5, 3), 3500, 500},
			{"one that is held", 1, packBallots(4, 5, 1, 4), 0, 1},
			{"one that is not", 1, packBallots(1, 2, 1, 5), 1, 0},
			{"one that is held behind a lower one", 1, slices.Concat(packBallots(11, 12, 1, 7), packBallots(4, 5, 1, 7)), 1, 1},
			{"one that is held behind a higher one", 1, slices.Concat(packBallots(7, 8, 1, 8), packBallots(4, 5, 1, 8)), 1, 1},
			{"all of which are held", 2, packBallots(0, 5000, 2, 6), 0, 2500},
		} {
			if inserted, held := insertAbsent(t, db, c.election, c.packed); inserted != c.inserted || held != c.held {
				t.Errorf("%s, %s: want %d records inserted and %d with keys of others, got %d and %d", name, c.what, c.inserted, c.held, inserted, held)
			}
		}
		var rows, good int
		const query = `SELECT count(*), sum(CASE WHEN claim = 0 OR batch_id = 2 AND election_id = 2 OR batch_id IN (1, 3, 5, 7, 8) AND election_id = 1 THEN 1 ELSE 0 END) FROM ballots`
		if err := db.Pool().QueryRowContext(t.Context(), query).Scan(&rows, &good); err != nil || rows != 8503 || good != rows {
			t.Errorf("%s: want 8503 rows of the batches that came first, got %d, %d of them good, %v", name, rows, good, err)
		}
	}
}
