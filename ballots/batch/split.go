package batch

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/internal/text"
)

// partMark precedes the first line of a part at the end of its name in the spool. No file's own name has it.
const partMark = "@"

// fileOf returns the file in which the spool has a batch.
func fileOf(spoolFile string) string {
	name, _, _ := strings.Cut(spoolFile, partMark)
	return name
}

// rowsOf returns the row of a file, or the rows of its parts in their order.
func rowsOf(file batchRow, parts []part) []*batchRow {
	if len(parts) == 0 {
		return []*batchRow{&file}
	}
	rows := make([]*batchRow, len(parts))
	for i, p := range parts {
		row := file
		row.SpoolFile += partMark + strconv.FormatInt(p.firstLine, 10)
		row.StationID, row.FirstLine, row.FileOffset, row.SentSHA256 = orNil(p.station), p.firstLine, p.offset, file.SHA256
		row.SHA256, row.Bytes, row.Lines = p.sha256, p.bytes, p.lines
		if i > 0 { // an upload is the first of its batches
			row.UploadID = nil
		}
		rows[i] = &row
	}
	return rows
}

func batchesOfRows(rows []*batchRow) []Batch {
	batches := make([]Batch, len(rows))
	for i, row := range rows {
		batches[i] = row.batch()
	}
	return batches
}

// content returns the SHA-256 of the file as it was sent.
func (r *batchRow) content() []byte {
	if r.SentSHA256 != nil {
		return r.SentSHA256
	}
	return r.SHA256
}

// store puts a file's content into the spool, unpacked if it is compressed, under a name with the end.
func (s *Service) store(ctx context.Context, a *arrival, d Delivery, body io.Reader, end string) (spooledFile, error) {
	if d.EPMSFormat {
		return s.spool.receive(ctx, a, body, checkEPMSFormat, end)
	}
	finder := s.finderOf(ctx, d.ElectionID, d.ConstituencyID, d.StationID)
	finder.needed = d.splits
	check := func(source io.Reader, take func(ballots.Line), spoil func()) (int64, error) {
		return checkForm(source, finder, take, spoil)
	}
	f, err := s.spool.receive(ctx, a, &unpacked{source: body, most: s.options.MaxBytes}, check, end)
	if err != nil {
		return f, err
	}
	if f.parts = finder.parts(); f.parts != nil {
		if err := s.spool.hashParts(ctx, f.name, f.parts); err != nil {
			return f, errors.Join(err, s.spool.remove(context.WithoutCancel(ctx), f.name))
		}
	}
	return f, nil
}

// finderOf returns a finder of the parts of a file for a constituency; only is the station that the delivery names.
func (s *Service) finderOf(ctx context.Context, election, constituency, only int64) *partFinder {
	return &partFinder{only: only, load: func() (found map[string]int64, err error) {
		err = s.db.Read(ctx, func(tx *database.Tx) error {
			all, err := s.elections.StationsWithin(tx, election)
			found = make(map[string]int64, len(all[constituency]))
			for _, station := range all[constituency] {
				found[text.Key(station.Number)] = station.ID
			}
			return err
		})
		return found, err
	}}
}

// partsOf finds the parts of an upload's file again; nil if it is one batch. Stations can be others since it was sent.
func (s *Service) partsOf(ctx context.Context, u *uploadRow) (parts []part, err error) {
	if u.StationID != nil {
		return nil, nil
	}
	var e *elections.Election
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		e, err = s.elections.Within(tx, u.ElectionID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if c := e.Constituency(u.ConstituencyID); c == nil || !c.HasStations {
		return nil, nil
	}
	file, err := s.spool.open(ctx, u.SpoolFile)
	if err != nil {
		return nil, fmt.Errorf("batch: open spool file: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	finder := s.finderOf(ctx, u.ElectionID, u.ConstituencyID, idOf(u.StationID))
	if _, err := checkForm(file, finder, func(ballots.Line) {}, func() {}); err != nil {
		return nil, err
	}
	parts = finder.parts()
	if parts == nil {
		return nil, nil
	}
	return parts, s.spool.hashParts(ctx, u.SpoolFile, parts)
}

// hashParts hashes the bytes of each part.
func (s spool) hashParts(ctx context.Context, name string, parts []part) error {
	file, err := s.open(ctx, name)
	if err != nil {
		return fmt.Errorf("batch: hash parts: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	for i := range parts {
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(file, parts[i].offset, parts[i].bytes)); err != nil {
			return fmt.Errorf("batch: hash parts: %w", err)
		}
		parts[i].sha256 = sum.Sum(nil)
	}
	return nil
}

// acceptRows accepts a file that is a batch, or all parts of one that is several. A refusal comes before anything is
// written.
func (s *Service) acceptRows(ctx context.Context, tx *database.Tx, d *Delivery, rows []*batchRow) error {
	if rows[0].FirstLine == 0 {
		return s.accept(ctx, tx, d, rows[0])
	}
	if _, err := s.admit(tx, d); err != nil {
		return err
	}
	if !d.Again {
		same, err := findSame(tx, d.ConstituencyID, rows[0].content())
		if err != nil {
			return err
		}
		if same != 0 {
			return sameFile(same)
		}
	}
	deliveries := make([]Delivery, len(rows))
	for i, row := range rows {
		deliveries[i] = *d
		deliveries[i].StationID, deliveries[i].Again = *row.StationID, true
		if _, err := s.admit(tx, &deliveries[i]); err != nil {
			return err
		}
	}
	tx.AfterCommit(func() { s.spool.presort.discard(fileOf(rows[0].SpoolFile)) })
	for i, row := range rows {
		if err := s.accept(ctx, tx, &deliveries[i], row); err != nil {
			return err
		}
	}
	return nil
}

// ballotsFile is the file of a batch, read from its first ballot on.
type ballotsFile struct {
	filestore.File

	bytes io.Reader // of the batch
	part  bool
	form  form // of a part, which the first line of the file says
	first int64
}

// openBatch opens the bytes of a batch. The caller closes the file.
func (s spool) openBatch(ctx context.Context, row *batchRow) (*ballotsFile, error) {
	file, err := s.open(ctx, fileOf(row.SpoolFile))
	if err != nil {
		return nil, err
	}
	if row.FirstLine == 0 {
		return &ballotsFile{File: file, bytes: file}, nil
	}
	head := newFileLines(io.NewSectionReader(file, 0, row.FileOffset+row.Bytes))
	if _, _, err := head.next(); err != nil {
		return nil, errors.Join(fmt.Errorf("batch: read the first lines of a file: %w", err), file.Close())
	}
	return &ballotsFile{
		File: file, bytes: io.NewSectionReader(file, row.FileOffset, row.Bytes), part: true, form: head.form, first: row.FirstLine,
	}, nil
}

// lines returns the lines of a batch that source reads, which is bytes or reads from them. They have the numbers of the
// file.
func (f *ballotsFile) lines(source io.Reader) *fileLines {
	if !f.part {
		return newFileLines(source)
	}
	return &fileLines{reader: &lineReader{source: bufio.NewReaderSize(yieldingReader{source}, blockSize)}, form: f.form, number: f.first - 1}
}
