package postgres_test

import (
	"bytes"
	"fmt"
	"testing"

	"urna/internal/database"
	"urna/internal/postgres"
)

// TestExecAll_RunsStatementsInTheirOrder sends two sets of records, each large enough for a table, and then a statement that fails.
func TestExecAll_RunsStatementsInTheirOrder(t *testing.T) {
	url, beside := address(t)
	db, err := postgres.Open(t.Context(), url, database.Main)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	layout := database.NewLayout(database.Bytes("guid", 16), database.Digits("poll_number", 5))
	insert := func(more ...database.Statement) error {
		return db.Write(t.Context(), func(tx *database.Tx) error {
			all := []database.Statement{database.NewStatement(`DELETE FROM online_ballots WHERE election_id = $1`, 1)}
			for election := range 2 {
				var packed []byte
				for i := range 1500 {
					packed = fmt.Appendf(packed, "%d %014d%05d", election, i, election)
				}
				rows, err := tx.Rows(t.Context(), layout, packed)
				if err != nil {
					return err
				}
				all = append(all, rows.Statement(`INSERT INTO online_ballots (election_id, guid, constituency_id, poll_number)
					SELECT $1, r.guid, $2, r.poll_number FROM r`, 1, election))
			}
			return tx.ExecAll(t.Context(), append(all, more...))
		})
	}
	if err := insert(database.NewStatement(`UPDATE online_ballots SET guid = NULL`)); err == nil {
		t.Error("want the error of the statement that fails")
	}
	for range 2 { // the second time replaces the ballots of the first
		if err := insert(); err != nil {
			t.Fatal(err)
		}
	}
	for election := range 2 {
		var n int
		err := beside.QueryRow(t.Context(), `SELECT count(*) FROM urna.online_ballots WHERE constituency_id = $1 AND poll_number = $1
			AND convert_from(guid, 'UTF8') LIKE $2`, election, fmt.Sprintf("%d %%", election)).Scan(&n)
		if err != nil || n != 1500 {
			t.Errorf("want 1500 ballots of constituency %d, got %d, %v", election, n, err)
		}
	}
}

// TestMigrate_FlagsAreStoredAsTheyAre upgrades a database whose flags were compressed.
func TestMigrate_FlagsAreStoredAsTheyAre(t *testing.T) {
	address, beside := baseline(t)
	exec(t, beside, `SET session_replication_role = replica`, `INSERT INTO urna.voter_flags VALUES (1, 1, decode('81' || repeat('00', 3999), 'hex')), (2, 1, '\x40')`)
	atPresent(t, address)
	for page, want := range map[int][]byte{1: append([]byte{0x81}, make([]byte, 3999)...), 2: {0x40}} {
		var flags []byte
		var size int
		err := beside.QueryRow(t.Context(), `SELECT flags, pg_column_size(flags) FROM urna.voter_flags WHERE page = $1`, page).Scan(&flags, &size)
		if err != nil || !bytes.Equal(flags, want) || size < len(want) {
			t.Errorf("row %d: want the flags as they were, in %d bytes or more, got %x in %d, %v", page, len(want), flags[:1], size, err)
		}
	}
}
