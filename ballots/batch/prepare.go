package batch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"urna/ballots"
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
		guid, pollNumber, m := lines.form.parse(line)
		if m != noMistake {
			return fmt.Errorf("batch: the spool file of batch %d has changed: line %d: %s", row.ID, lines.number, m.message(lines.form))
		}
		if err := sorter.Add(ballots.Line{Number: lines.number, GUID: guid, PollNumber: pollNumber}); err != nil {
			return err
		}
		if sorter.Lines()%lookAround == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if sorter.Lines() != row.Lines {
		return fmt.Errorf("batch: the spool file of batch %d holds %d ballots, and %d were accepted", row.ID, sorter.Lines(), row.Lines)
	}
	return nil
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
		found = ballots.Slate{
			ElectionID: e.ID, ConstituencyID: c.ID, Candidacies: len(c.Candidacies), BlankBallots: e.Rules.BlankBallots,
		}
		return nil
	})
	return found, err
}
