package online

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strconv"
	"time"

	"urna/ballots"
	"urna/internal/database"
)

// readSum returns the running sum of a constituency, nil for none.
func readSum(ctx context.Context, tx *database.Tx, constituencyID int64) (*sumRow, error) {
	var used, nonce, sum []byte
	err := tx.SQL().QueryRowContext(ctx, `SELECT used, nonce, sum FROM online_sums WHERE constituency_id = $1`, constituencyID).Scan(&used, &nonce, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // no row
	}
	if err != nil {
		return nil, fmt.Errorf("online: read running sum: %w", err)
	}
	return newSumRow(used, nonce, sum), nil
}

func newSumRow(used, nonce, sum []byte) *sumRow {
	row := &sumRow{}
	if len(used) != len(row.used) || len(nonce) != len(row.nonce) || len(sum) != len(row.sum) {
		return row // written around the program: a row of zeros contradicts all ballots
	}
	copy(row.used[:], used)
	copy(row.nonce[:], nonce)
	copy(row.sum[:], sum)
	return row
}

// writeSum stores the running sum of a constituency.
func (s *summer) writeSum(ctx context.Context, tx *database.Tx, constituencyID int64, used uint64, sum total) error {
	statement := s.sumStatement(constituencyID, used, sum)
	if _, err := tx.SQL().ExecContext(ctx, statement.SQL, statement.Args...); err != nil {
		return fmt.Errorf("online: store running sum: %w", err)
	}
	return nil
}

// sumStatement returns the statement that stores a running sum, under a fresh nonce. A row is replaced where it is; a constituency
// that was added after the first keys has none yet.
func (s *summer) sumStatement(constituencyID int64, used uint64, sum total) database.Statement {
	row := s.hide(constituencyID, used, sum)
	return database.NewStatement(`INSERT INTO online_sums (constituency_id, used, nonce, sum) VALUES ($1, $2, $3, $4)
		ON CONFLICT (constituency_id) DO UPDATE SET used = excluded.used, nonce = excluded.nonce, sum = excluded.sum`,
		constituencyID, row.used[:], row.nonce[:], row.sum[:])
}

// constituencyBallots are the ballots of a constituency as a walk found them.
type constituencyBallots struct {
	votes  uint64
	sum    total     // if the walk has a summer
	digest hash.Hash // SHA-256 of a line for each ballot, in the order of GUIDs: "guid,poll number\n"
}

const packedBallots = ` FROM online_ballots WHERE guid >= $1 AND guid < $2 AND election_id = $3 AND length(guid) = 16`

// walkBallots reads the online ballots of an election in the order of their GUIDs and returns them by constituency. The
// program stores none whose GUID has another length than 16 bytes: those are left out, and their constituencies are
// returned as strays. A nil summer makes no sums.
func walkBallots(ctx context.Context, tx *database.Tx, electionID int64, s *summer) (found map[int64]*constituencyBallots, strays []int64, err error) {
	found = map[int64]*constituencyBallots{}
	var stray int64
	err = each(ctx, tx, `SELECT DISTINCT constituency_id FROM online_ballots WHERE election_id = $1 AND length(guid) <> 16 ORDER BY 1`,
		[]any{&stray}, func() { strays = append(strays, stray) }, electionID)
	if err != nil {
		return nil, nil, fmt.Errorf("online: read ballots: %w", err)
	}
	d := tx.Dialect()
	query := `SELECT count(*), ` + d.JoinBytes("guid") + `, ` + d.JoinNumbers("constituency_id") + `, ` + d.JoinNumbers("poll_number") + packedBallots
	var rows uint64
	if err := tx.SQL().QueryRowContext(ctx, `SELECT count(*) FROM online_ballots WHERE election_id = $1`, electionID).Scan(&rows); err != nil {
		return nil, nil, fmt.Errorf("online: read ballots: %w", err)
	}
	var pack []ballotRow
	err = packs(rows, func(from, to []byte) error {
		p, err := readPack(ctx, tx, query, 2, from, to, electionID)
		if err != nil {
			return err
		}
		pack = pack[:0]
		err = p.each(func(guid []byte, numbers []int64) {
			pack = append(pack, ballotRow{guid: [16]byte(guid), constituencyID: numbers[0], pollNumber: numbers[1]})
		})
		slices.SortFunc(pack, func(a, b ballotRow) int { return slices.Compare(a.guid[:], b.guid[:]) }) // which they are in, mostly
		for i := range pack {
			of(found, pack[i].constituencyID).add(s, electionID, &pack[i])
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("online: read ballots: %w", err)
	}
	return found, strays, nil
}

// of returns the ballots of a constituency.
func of(found map[int64]*constituencyBallots, constituencyID int64) *constituencyBallots {
	c := found[constituencyID]
	if c == nil {
		c = &constituencyBallots{digest: sha256.New()}
		found[constituencyID] = c
	}
	return c
}

func (c *constituencyBallots) add(s *summer, electionID int64, b *ballotRow) {
	c.votes++
	if s != nil {
		c.sum = c.sum.plus(s.ballot(electionID, b))
	}
	line := make([]byte, 0, 64)
	line = append(ballots.GUID(b.guid).Append(line), ',')
	line = strconv.AppendInt(line, b.pollNumber, 10)
	c.digest.Write(append(line, '\n'))
}

// sumStart says since when an election has running sums.
type sumStart struct {
	begunAt time.Time
	found   bool // ballots were there before
}

// readSumStarts returns the elections that have running sums.
func readSumStarts(ctx context.Context, tx *database.Tx) (map[int64]sumStart, error) {
	starts := map[int64]sumStart{}
	var id, at int64
	var found bool
	err := each(ctx, tx, `SELECT election_id, begun_at, found FROM online_sum_starts`, []any{&id, &at, &found}, func() {
		starts[id] = sumStart{begunAt: time.UnixMilli(at), found: found}
	})
	if err != nil {
		return nil, fmt.Errorf("online: read running sums: %w", err)
	}
	return starts, nil
}

// startSums makes rows for all constituencies of an election whose voters have keys, and begins its running sums if it
// has none. Ballots that are there are taken as they are. The caller appends an event, which carries the new row of
// online_sum_starts.
func (s *summer) startSums(ctx context.Context, tx *database.Tx, electionID int64, now time.Time) error {
	starts, err := readSumStarts(ctx, tx)
	if err != nil {
		return err
	}
	keyed, err := KeyedConstituencies(ctx, tx, electionID)
	if err != nil {
		return err
	}
	present := map[int64]*constituencyBallots{}
	if _, ok := starts[electionID]; !ok {
		if present, _, err = walkBallots(ctx, tx, electionID, s); err != nil {
			return err
		}
		const start = `INSERT INTO online_sum_starts (election_id, begun_at, found) VALUES ($1, $2, $3)`
		if _, err := tx.SQL().ExecContext(ctx, start, electionID, now.UnixMilli(), len(present) > 0); err != nil {
			return fmt.Errorf("online: begin running sums: %w", err)
		}
	}
	var added []int64
	for _, id := range slices.Sorted(maps.Keys(keyed)) {
		row, err := readSum(ctx, tx, id)
		if err == nil && row == nil {
			added = append(added, id)
			err = s.writeSum(ctx, tx, id, 0, total{})
		}
		if err != nil {
			return err
		}
	}
	for _, id := range added { // after all rows are there: rows that are added move others, and leave bytes of them behind
		if c := of(present, id); c.votes > 0 {
			if err := s.writeSum(ctx, tx, id, c.votes, c.sum); err != nil {
				return err
			}
		}
	}
	return nil
}

// ForgetSums removes all running sums, within the transaction that replaces the secret that they were keyed with. The
// next start begins those of elections that are not closed again.
func ForgetSums(ctx context.Context, tx *database.Tx) error {
	for _, statement := range []string{`DELETE FROM online_sums`, `DELETE FROM online_sum_starts`} {
		if _, err := tx.SQL().ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("online: forget running sums: %w", err)
		}
	}
	return nil
}

// electionsWithoutSums returns the elections whose voters have keys and that have no running sums: those whose ballots
// keep their GUIDs for now, and those with ballots that a close has renumbered.
func electionsWithoutSums(ctx context.Context, tx *database.Tx) (open, closed []int64, err error) {
	var id int64
	var renumbered bool
	const query = `SELECT e.id, EXISTS (SELECT 1 FROM online_closings o WHERE o.election_id = e.id AND o.step <> 'closed') FROM elections e
		WHERE NOT EXISTS (SELECT 1 FROM online_sum_starts s WHERE s.election_id = e.id)
			AND (EXISTS (SELECT 1 FROM online_ballots b WHERE b.election_id = e.id) OR EXISTS (SELECT 1 FROM voter_key_totals t
				JOIN constituencies c ON c.id = t.constituency_id WHERE c.election_id = e.id)) ORDER BY e.id`
	err = each(ctx, tx, query, []any{&id, &renumbered}, func() {
		if renumbered {
			closed = append(closed, id)
		} else {
			open = append(open, id)
		}
	})
	if err != nil {
		return nil, nil, fmt.Errorf("online: find elections without running sums: %w", err)
	}
	return open, closed, nil
}
