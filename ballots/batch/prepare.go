package batch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"urna/ballots"
	"urna/internal/sqlite"
)

// prepare parses and sorts a batch's file and sends its chunks, from the last committed one on, to the
// writer. It ends early when the writer takes no more.
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

// parse sorts the whole batch, passes over what the ledger has already, and sends the rest in chunks.
// The order of a batch's lines depends on its file alone, so that the number of lines that were counted
// says where to go on.
func (s *Service) parse(j *job, row batchRow) (err error) {
	electorate, err := s.electorate(j.ctx, row)
	if err != nil {
		return err
	}
	sorter := ballots.NewSorter(s.spool.folder, s.options.RunLines)
	defer func() { err = errors.Join(err, sorter.Close()) }()
	if err := s.read(j, row, sorter); err != nil {
		return err
	}
	sorted, err := sorter.Sort()
	if err != nil {
		return err
	}
	if err := sorted.Skip(row.done()); err != nil {
		return err
	}
	for before := row.done(); ; {
		chunk, err := sorted.NextChunk(electorate, s.options.ChunkLines)
		if err != nil || chunk == nil || !j.send(prepared{chunk: chunk, before: before}) {
			return err
		}
		before += chunk.Lines()
	}
}

// read gives a batch's lines to the sorter. The file was checked at acceptance; one that has changed
// since is an error.
func (s *Service) read(j *job, row batchRow, sorter *ballots.Sorter) error {
	file, err := s.spool.open(row.SpoolFile)
	if err != nil {
		return fmt.Errorf("batch: open spool file: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	const lookAround = 1 << 16          // lines between two looks at whether the batch is still wanted
	for lines := newFileLines(file); ; {
		line, _, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("batch: read spool file: %w", err)
		}
		guid, pollNumber, problem := parseLine(line)
		if problem != "" {
			return fmt.Errorf("batch: the spool file of batch %d has changed: line %d: %s", row.ID, lines.number, problem)
		}
		if err := sorter.Add(ballots.Line{Number: lines.number, GUID: guid, PollNumber: pollNumber}); err != nil {
			return err
		}
		if sorter.Lines()%lookAround == 0 && j.ctx.Err() != nil {
			return j.ctx.Err()
		}
	}
	if sorter.Lines() != row.Lines {
		return fmt.Errorf("batch: the spool file of batch %d holds %d ballots, and %d were accepted", row.ID, sorter.Lines(), row.Lines)
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
