package batch_test

import (
	"errors"
	"fmt"
	"testing"

	"urna/ballots/batch"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// errUndo ends a transaction that was only to be tried.
var errUndo = errors.New("undone")

// TestBatches_TheDatabaseKeepsTheSums tries to store batches of which lines = valid + invalid + duplicates does
// not hold, or whose state does not fit.
func TestBatches_TheDatabaseKeepsTheSums(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	h.await(t, h.receive(t, fmt.Sprintf("%[1]s,1\n%[1]s,1\n%[2]s,9\n%[3]s,2\n", guid(1), guid(2), guid(3))).ID)
	for statement, good := range map[string]bool{
		`UPDATE batches SET valid = valid + 1`:                                                          false,
		`UPDATE batches SET valid = valid - 1, invalid = invalid + 1, duplicates = duplicates`:          true, // for verify to find
		`UPDATE batches SET duplicates = 0`:                                                             false,
		`UPDATE batches SET invalid = -1, valid = valid + 2`:                                            false,
		`UPDATE batches SET processed = processed - 1, valid = valid - 1`:                               false, // counted, and not all of it
		`UPDATE batches SET processed = processed + 1, valid = valid + 1`:                               false, // more than its lines
		`UPDATE batches SET lines = lines + 1`:                                                          false,
		`UPDATE batches SET state = 'retracted'`:                                                        false, // with lines in the count
		`UPDATE batches SET state = 'lost'`:                                                             false,
		`UPDATE batches SET sha256 = unhex('00')`:                                                       false,
		`UPDATE batches SET state = 'retracted', processed = 0, valid = 0, invalid = 0, duplicates = 0`: true,
		`UPDATE batch_tallies SET votes = -1`:                                                           false,
		`UPDATE constituency_tallies SET votes = -1`:                                                    false,
		`UPDATE constituency_totals SET duplicates = -1`:                                                false,
		`UPDATE invalid_lines SET reason = 'lost'`:                                                      false,
		`UPDATE invalid_lines SET line = 0`:                                                             false,
	} {
		err := h.db.Write(t.Context(), func(tx *database.Tx) error {
			if _, err := tx.SQL().ExecContext(t.Context(), statement); err != nil {
				return err
			}
			return errUndo
		})
		if refused := databasetest.Violates(err); refused == good || good && err == nil {
			t.Errorf("%s: want it refused %v, got %v", statement, !good, err)
		}
	}
}
