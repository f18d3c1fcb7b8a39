package batch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/database/filestore"
)

// Files are the accepted files of a data folder, from which everything can be counted again.
type Files struct {
	Folder  string              // the spool folder
	Stored  *filestore.Database // as in Options
	Scratch string              // for temporary files, 24 bytes a line
}

// spool returns the spool, as a transaction sees it if tx is not nil.
func (f Files) spool(tx *database.Tx) spool {
	if f.Stored != nil && tx != nil {
		return newSpool(f.Folder, f.Stored.Within(tx), 0)
	}
	return newSpool(f.Folder, f.Stored, 0)
}

// FilesCount is the number of files and lines that were read.
type FilesCount struct {
	Files, Lines int64
	// Skipped are elections whose ledger was not compared, because the lines of a file could not be read.
	Skipped []int64
}

// Compare reads the files of all batches of the elections and compares their SHA-256 and length with those of the
// acceptance. The lines of those that count are read by the rules of an upload. They and the order of acceptance decide
// who holds each GUID, which is compared line by line with the ledger, the lines that do not count and the tallies.
// Batches of other elections are reported too. shows reports whether an election's counts by participant may be
// shown.
func (f Files) Compare(ctx context.Context, tx *database.Tx, all []*elections.Election, shows func(*elections.Election) bool,
	report func(ballots.Difference),
) (n FilesCount, err error) {
	rows, err := allBatches(tx)
	if err != nil {
		return n, err
	}
	byElection := map[int64][]batchRow{}
	for _, row := range rows {
		byElection[row.ElectionID] = append(byElection[row.ElectionID], row)
	}
	for _, e := range all {
		_, one, err := f.compare(ctx, tx, e, byElection[e.ID], shows(e), report)
		if err != nil {
			return n, err
		}
		n.Files, n.Lines, n.Skipped = n.Files+one.Files, n.Lines+one.Lines, append(n.Skipped, one.Skipped...)
		delete(byElection, e.ID)
	}
	for _, row := range rows {
		if _, stray := byElection[row.ElectionID]; stray {
			report(row.differs("belongs to no election that there is"))
		}
	}
	return n, nil
}

// CountAgain counts an election's batches from their files and compares everything with the database, as Compare does.
func (f Files) CountAgain(ctx context.Context, tx *database.Tx, e *elections.Election) (*ballots.SecondCount, error) {
	rows, err := batchesOf(tx, e.ID)
	if err != nil {
		return nil, err
	}
	var differences []string
	count, _, err := f.compare(ctx, tx, e, rows, true, func(d ballots.Difference) { differences = append(differences, d.Sentence+".") })
	if err != nil {
		return nil, err
	}
	count.Differences = differences
	return count, nil
}

// compare compares one election, whose batches are rows.
func (f Files) compare(ctx context.Context, tx *database.Tx, e *elections.Election, rows []batchRow, shows bool,
	report func(ballots.Difference),
) (count *ballots.SecondCount, n FilesCount, err error) {
	originals := ballots.NewOriginals(e.ID, shows, f.Scratch, 0)
	defer func() { err = errors.Join(err, originals.Close()) }()
	files := f.spool(tx)
	whole := true
	for _, row := range rows {
		n.Files++
		good, err := files.read(ctx, e, row, originals, report)
		if err != nil {
			return nil, n, err
		}
		whole = whole && good
		n.Lines += originals.Lines()
	}
	if err := files.compareParts(ctx, rows, report); err != nil {
		return nil, n, err
	}
	sums, err := ballots.BatchSums(ctx, tx, e.ID)
	if err != nil {
		return nil, n, err
	}
	if !whole {
		n.Skipped = append(n.Skipped, e.ID)
		return originals.SecondCount(sums), n, nil
	}
	if err := originals.Compare(ctx, tx, report); err != nil {
		return nil, n, err
	}
	return originals.SecondCount(sums), n, nil
}

// differs describes a batch that differs.
func (r *batchRow) differs(format string, args ...any) ballots.Difference {
	row := subject(r.ID)
	return ballots.Difference{
		Table: "batches", Row: row, Place: ballots.Place(r.ElectionID, r.ConstituencyID),
		Sentence: row + ": " + fmt.Sprintf(format, args...),
	}
}

// read reads a batch's file, and gives its lines to the originals if any of them is in the count. It reports
// differences from the batch's row, and whether the originals are complete.
func (s spool) read(ctx context.Context, e *elections.Election, row batchRow, originals *ballots.Originals,
	report func(ballots.Difference),
) (whole bool, err error) {
	constituency := e.Constituency(row.ConstituencyID)
	if constituency == nil {
		report(row.differs("its constituency does not belong to its election"))
		constituency = &elections.Constituency{ID: row.ConstituencyID}
	}
	originals.Begin(ballots.OriginalBatch{
		ID: row.ID, State: row.State, Processed: row.Processed, FirstLine: row.FirstLine, Slate: slateOf(e, constituency, idOf(row.StationID)),
	})
	file, err := s.openBatch(ctx, &row)
	if err != nil {
		report(row.differs("its file cannot be read: %v", err))
		return false, nil
	}
	defer func() { _ = file.Close() }() // only read
	sum := sha256.New()
	source := &hashedReader{source: file.bytes, hash: sum}
	whole = true
	if State(row.State) == Counted || State(row.State) != Retracted && row.Processed > 0 {
		if whole, err = readLines(ctx, file.lines(source), row, originals, report); err != nil {
			return false, err
		}
	}
	if _, err := io.Copy(io.Discard, source); err != nil {
		report(row.differs("its file cannot be read: %v", err))
		return false, nil
	}
	if got := sum.Sum(nil); source.bytes != row.Bytes || !bytes.Equal(got, row.SHA256) {
		report(row.differs("its file has %d bytes and the SHA-256 %s, and %d bytes with %s were accepted",
			source.bytes, hex.EncodeToString(got), row.Bytes, hex.EncodeToString(row.SHA256)))
	}
	return whole, nil
}

// readLines gives the lines of a file to the originals.
func readLines(ctx context.Context, lines *fileLines, row batchRow, originals *ballots.Originals,
	report func(ballots.Difference),
) (whole bool, err error) {
	err = eachLine(ctx, lines, func(lines *fileLines, line ballots.Line, m mistake) error {
		if m != noMistake {
			report(row.differs("line %d of its file is no ballot: %s", lines.number, m.message(lines.form)))
			return errNoBallot
		}
		return originals.Add(line)
	})
	if errors.Is(err, errNoBallot) {
		return false, nil
	}
	if err == nil && originals.Lines() != row.Lines {
		report(row.differs("its file has %d lines with a ballot, and %d were accepted", originals.Lines(), row.Lines))
	}
	return err == nil, err
}

// errNoBallot ends the reading of a file at a line that is no ballot.
var errNoBallot = errors.New("batch: a line is no ballot")

// hashedReader hashes and counts the bytes that are read through it.
type hashedReader struct {
	source io.Reader
	hash   hash.Hash
	bytes  int64
}

// Read reads and hashes.
func (h *hashedReader) Read(p []byte) (int, error) {
	n, err := h.source.Read(p)
	_, _ = h.hash.Write(p[:n]) // never fails
	h.bytes += int64(n)
	return n, err
}
