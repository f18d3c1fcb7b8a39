package batch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"urna/ballots"
	"urna/elections"
	"urna/internal/database"
)

// prepare makes a job ready for the writer: its batch sorted, past what the ledger has already. The order of
// a batch's lines depends on its file alone, so that the number of lines that were counted says where to go
// on.
func (s *Service) prepare(ctx context.Context, j *job) {
	defer close(j.ready)
	if j.slate, j.err = s.slate(ctx, j.row); j.err != nil {
		return
	}
	if j.sorter, j.err = s.sort(ctx, j.row); j.err != nil {
		return
	}
	if j.sorted, j.err = j.sorter.Sort(); j.err == nil {
		j.err = j.sorted.Skip(j.row.done())
	}
}

// sort returns a sorter that holds a batch's lines: the one that took them as they arrived, or one that
// reads them from the spool file again.
func (s *Service) sort(ctx context.Context, row batchRow) (*ballots.Sorter, error) {
	if sorter := s.spool.presort.claim(row.SpoolFile); sorter != nil {
		return sorter, nil
	}
	sorter := ballots.NewSorter(s.spool.folder, s.options.RunLines)
	err := s.read(ctx, row, sorter)
	if err == nil && sorter.Lines() >= minPresortedLines {
		err = sorter.Freeze() // it may wait for others
	}
	if err != nil {
		return nil, errors.Join(err, sorter.Close())
	}
	return sorter, nil
}

// read gives a batch's lines to the sorter. The file was checked at acceptance; one that has changed
// since is an error.
func (s *Service) read(ctx context.Context, row batchRow, sorter *ballots.Sorter) error {
	file, err := s.spool.openBatch(ctx, &row)
	if err != nil {
		return fmt.Errorf("batch: open spool file: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	err = eachLine(ctx, file.lines(file.bytes), func(lines *fileLines, line ballots.Line, m mistake) error {
		if m != noMistake {
			return fmt.Errorf("batch: the spool file of batch %d has changed: line %d: %s", row.ID, lines.number, m.message(lines.form))
		}
		return sorter.Add(line)
	})
	if err != nil {
		return err
	}
	if sorter.Lines() != row.Lines {
		return fmt.Errorf("batch: the spool file of batch %d holds %d ballots, and %d were accepted", row.ID, sorter.Lines(), row.Lines)
	}
	return nil
}

// eachLine calls take with each line of a file that was accepted: with a ballot, or with the mistake in the line.
func eachLine(ctx context.Context, lines *fileLines, take func(*fileLines, ballots.Line, mistake) error) error {
	const lookAround = 1 << 16 // lines between two checks whether the file is still wanted
	for read := 1; ; read++ {
		line, _, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("batch: read spool file: %w", err)
		}
		guid, pollNumber, m := lines.form.parse(line)
		if err := take(lines, ballots.Line{Number: lines.number, GUID: guid, PollNumber: pollNumber}, m); err != nil {
			return err
		}
		if read%lookAround == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// slate tells which poll numbers are known in a batch's constituency.
func (s *Service) slate(ctx context.Context, row batchRow) (ballots.Slate, error) {
	var found ballots.Slate
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, row.ElectionID)
		if err != nil {
			return err
		}
		c := e.Constituency(row.ConstituencyID)
		if c == nil {
			return fmt.Errorf("batch: constituency %d of batch %d is gone", row.ConstituencyID, row.ID)
		}
		found = slateOf(e, c, idOf(row.StationID))
		return nil
	})
	return found, err
}

func slateOf(e *elections.Election, c *elections.Constituency, station int64) ballots.Slate {
	return ballots.Slate{
		ElectionID: e.ID, ConstituencyID: c.ID, StationID: station, Candidacies: len(c.Candidacies), BlankBallots: e.Rules.BlankBallots,
	}
}
