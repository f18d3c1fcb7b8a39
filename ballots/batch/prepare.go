package batch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"urna/ballots"
	"urna/internal/sqlite"
)

// prepare parses a batch's file from the last committed chunk on and sends its chunks, sorted and
// packed, to the writer. It ends early when the writer takes no more.
func (s *Service) prepare(j *job) {
	defer close(j.chunks)
	// A copy from before the first chunk: afterwards the row is the writer's.
	if err := s.parse(j, j.row); err != nil {
		j.send(prepared{err: err})
	}
}

// send hands a chunk to the writer; false where it takes no more.
func (j *job) send(p prepared) bool {
	select {
	case j.chunks <- p:
		return true
	case <-j.ctx.Done():
		return false
	}
}

func (s *Service) parse(j *job, row batchRow) error {
	electorate, err := s.electorate(j.ctx, row)
	if err != nil {
		return err
	}
	file, err := s.spool.open(row.SpoolFile)
	if err != nil {
		return fmt.Errorf("batch: open spool file: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	if _, err := file.Seek(row.NextByte, io.SeekStart); err != nil {
		return fmt.Errorf("batch: seek in spool file: %w", err)
	}
	lines := newFileLines(file, row.NextByte, row.NextLine-1)
	left := row.Lines - row.Processed
	builder := ballots.NewBuilder(electorate, int(min(left, int64(s.options.ChunkLines))))
	for left > 0 {
		firstByte := lines.offset
		if err := s.fill(builder, lines, row.ID); err != nil {
			return err
		}
		left -= int64(builder.Len())
		if builder.Len() == 0 || left < 0 {
			return fmt.Errorf("batch: the spool file of batch %d does not hold the %d ballots that were accepted", row.ID, row.Lines)
		}
		if !j.send(prepared{chunk: builder.Chunk(), firstByte: firstByte, nextByte: lines.offset, nextLine: lines.number + 1}) {
			return nil
		}
	}
	return nil
}

// fill reads lines into the builder until it holds a chunk or the file ends.
func (s *Service) fill(b *ballots.Builder, lines *fileLines, batchID int64) error {
	b.Reset(0)
	for b.Len() < s.options.ChunkLines {
		line, _, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("batch: read spool file: %w", err)
		}
		if b.Len() == 0 {
			b.Reset(lines.number)
		}
		guid, pollNumber, problem := parseLine(line)
		if problem != "" { // it was checked at acceptance
			return fmt.Errorf("batch: the spool file of batch %d has changed: line %d: %s", batchID, lines.number, problem)
		}
		b.Add(guid, pollNumber)
	}
	return nil
}

// electorate tells which poll numbers are known in a batch's constituency.
func (s *Service) electorate(ctx context.Context, row batchRow) (ballots.Electorate, error) {
	var found ballots.Electorate
	err := s.db.Read(ctx, func(tx *sqlite.Tx) error {
		e, err := s.elections.Within(tx, row.ElectionID)
		if err != nil {
			return err
		}
		c := e.Constituency(row.ConstituencyID)
		if c == nil {
			return fmt.Errorf("batch: constituency %d of batch %d is gone", row.ConstituencyID, row.ID)
		}
		found = ballots.Electorate{
			ElectionID: e.ID, ConstituencyID: c.ID, Candidacies: len(c.Candidacies), BlankBallots: e.Rules.BlankBallots,
		}
		return nil
	})
	return found, err
}
