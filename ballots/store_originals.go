package ballots

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"urna/internal/database"
)

// packRows is how many rows are read at a time: a call for each row would cost more than the comparison.
const packRows = 10_000

func packedBallots(d database.Dialect) string {
	return `SELECT count(*), ` + d.JoinBytes("guid") + `, ` + d.JoinNumbers("batch_id") + `, ` + d.JoinNumbers("claim") + `
		FROM (SELECT guid, batch_id, claim FROM ballots WHERE election_id = $1 AND guid > $2 ORDER BY guid LIMIT $3) AS page`
}

func packedInvalidLines(d database.Dialect) string {
	return `SELECT count(*), ` + d.JoinBytes("guid") + `, ` + d.JoinNumbers("line") + `, ` + d.JoinNumbers("poll_number") + `, ` + d.JoinNumbers("duplicate") + `
		FROM (SELECT guid, line, poll_number, CASE reason WHEN 'duplicate-ballot' THEN 1 ELSE 0 END AS duplicate
			FROM invalid_lines WHERE batch_id = $1 AND line > $2 ORDER BY line LIMIT $3) AS page`
}

// errGUIDs is returned for rows whose GUIDs do not have 16 bytes.
var errGUIDs = errors.New("a GUID does not have 16 bytes")

// Compare compares the originals with the ledger and with the lines that do not count, and reports each difference.
// Afterwards SecondCount returns the count of the files. It reads everything once, in the order of GUIDs.
func (o *Originals) Compare(ctx context.Context, tx *database.Tx, report func(Difference)) error {
	c := &comparison{Originals: o, report: report, told: map[string]int{}}
	kept := NewSorter(o.folder, o.runLines)
	defer func() { _ = kept.Close() }() // temporary files
	for _, b := range o.batches {
		if err := c.readKept(ctx, tx, b, kept); err != nil {
			return fmt.Errorf("ballots: read the lines of batch %d that do not count: %w", b.ID, err)
		}
	}
	files, err := o.sorter.Sort()
	if err != nil {
		return err
	}
	uncounted, err := kept.Sort()
	if err != nil {
		return err
	}
	ledger := newLedgerReader(ctx, tx, o.electionID)
	defer ledger.stop()
	if err := c.walk(&cursor{sorted: files}, &cursor{sorted: uncounted}, ledger); err != nil {
		return fmt.Errorf("ballots: compare the ledger of election %d with the files: %w", o.electionID, err)
	}
	return nil
}

// readKept reads a batch's lines that do not count.
func (c *comparison) readKept(ctx context.Context, tx *database.Tx, b *original, kept *Sorter) error {
	query, after := packedInvalidLines(tx.Dialect()), int64(0)
	for {
		var rows int
		var guids []byte
		var columns [3]database.JoinedNumbers
		err := tx.SQL().QueryRowContext(ctx, query, b.ID, after, packRows).Scan(&rows, &guids, &columns[0], &columns[1], &columns[2])
		if err != nil || rows == 0 {
			return err
		}
		if len(guids) != 16*rows {
			return errGUIDs
		}
		for ; len(guids) > 0; guids = guids[16:] {
			row, err := nextOf(&columns)
			if err != nil {
				return err
			}
			after = row[0]
			if b.base+after > b.last {
				c.differs("invalid_lines", b.ID, after, "this line is listed as one that does not count, and no counted file has it")
				continue
			}
			line := Line{Number: b.base + after, GUID: GUID(guids[:16]), PollNumber: int32(row[1] | row[2]*duplicateMark)}
			if err := kept.Add(line); err != nil {
				return err
			}
		}
	}
}

// nextOf returns the next number of each column.
func nextOf(columns *[3]database.JoinedNumbers) (row [3]int64, err error) {
	for i := range columns {
		if row[i], err = columns[i].Next(); err != nil {
			return row, err
		}
	}
	return row, nil
}

// cursor is a sorted stream with its next entry.
type cursor struct {
	sorted *Sorted
	entry  entry
	more   bool
}

func (c *cursor) advance() (err error) {
	c.entry, _, c.more, err = c.sorted.next()
	return err
}

// take appends the entries with a GUID, which are next if there are any.
func (c *cursor) take(to []entry, high, low uint64) ([]entry, error) {
	for c.more && c.entry.high == high && c.entry.low == low {
		to = append(to, c.entry)
		if err := c.advance(); err != nil {
			return to, err
		}
	}
	return to, nil
}

// walk goes through files, lines that do not count and ledger, GUID by GUID.
func (c *comparison) walk(files, uncounted *cursor, ledger *ledgerReader) error {
	for _, advance := range []func() error{files.advance, uncounted.advance, ledger.advance} {
		if err := advance(); err != nil {
			return err
		}
	}
	var g claimGroup
	for files.more || uncounted.more || ledger.more {
		high, low := leastOf(files, uncounted, ledger)
		var err error
		if g.lines, err = files.take(g.lines[:0], high, low); err != nil {
			return err
		}
		if g.kept, err = uncounted.take(g.kept[:0], high, low); err != nil {
			return err
		}
		g.held = ledger.more && ledger.high == high && ledger.low == low
		if g.held {
			g.batchID, g.claim = ledger.batchID, ledger.claim
			if err := ledger.advance(); err != nil {
				return err
			}
		}
		c.group(&g)
	}
	return nil
}

// leastOf returns the least GUID that is next in any of the three, of which at least one has more.
func leastOf(files, uncounted *cursor, ledger *ledgerReader) (high, low uint64) {
	found := false
	least := func(more bool, h, l uint64) {
		if more && (!found || h < high || h == high && l < low) {
			high, low, found = h, l, true
		}
	}
	least(files.more, files.entry.high, files.entry.low)
	least(uncounted.more, uncounted.entry.high, uncounted.entry.low)
	least(ledger.more, ledger.high, ledger.low)
	return high, low
}

// ledgerReader reads an election's ballots in the order of GUIDs, one page ahead in a goroutine of its own. The
// transaction must not be used meanwhile.
type ledgerReader struct {
	pages  chan *ledgerPage
	cancel context.CancelFunc
	page   *ledgerPage

	// The next row, if more.
	more           bool
	high, low      uint64
	batchID, claim int64
}

type ledgerPage struct {
	rows            int
	guids           []byte
	batches, claims database.JoinedNumbers
	err             error
}

func newLedgerReader(ctx context.Context, tx *database.Tx, electionID int64) *ledgerReader {
	ctx, cancel := context.WithCancel(ctx)
	l := &ledgerReader{pages: make(chan *ledgerPage, 1), cancel: cancel, page: &ledgerPage{}}
	go func() {
		defer close(l.pages)
		query, after := packedBallots(tx.Dialect()), []byte{}
		for {
			p := &ledgerPage{}
			p.err = tx.SQL().QueryRowContext(ctx, query, electionID, after, packRows).Scan(&p.rows, &p.guids, &p.batches, &p.claims)
			if p.err == nil && len(p.guids) != 16*p.rows {
				p.err = errGUIDs
			}
			select {
			case l.pages <- p:
			case <-ctx.Done():
				return
			}
			if p.err != nil || p.rows == 0 {
				return
			}
			after = p.guids[len(p.guids)-16:]
		}
	}()
	return l
}

// stop ends the reading and returns when the transaction is free.
func (l *ledgerReader) stop() {
	l.cancel()
	for range l.pages { // until it is closed
	}
}

func (l *ledgerReader) advance() error {
	if len(l.page.guids) == 0 {
		next, ok := <-l.pages
		if l.more = ok && next.rows > 0; !l.more {
			if ok {
				return next.err
			}
			return nil
		}
		if next.err != nil {
			return next.err
		}
		l.page = &ledgerPage{rows: next.rows, guids: next.guids, batches: next.batches, claims: next.claims}
	}
	p := l.page
	l.high, l.low = binary.BigEndian.Uint64(p.guids), binary.BigEndian.Uint64(p.guids[8:])
	p.guids = p.guids[16:]
	var err error
	if l.batchID, err = p.batches.Next(); err != nil {
		return err
	}
	l.claim, err = p.claims.Next()
	return err
}
