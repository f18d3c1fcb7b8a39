package batch

import (
	"bytes"
	"errors"
	"io"

	"urna/ballots"
	"urna/internal/messages"
	"urna/internal/problem"
)

// maxProblems is how many problems of a file are named one by one.
const maxProblems = 20

// otherFormats are the first bytes of files that are not CSV, with what to do about each.
//
//nolint:gochecknoglobals // a table, never written
var otherFormats = []struct {
	begins  []byte
	problem string
}{
	{[]byte("%PDF-"), "This is a PDF document, not a CSV file. Export the ballots as CSV."},
	{[]byte("PK\x03\x04"), "This is a ZIP archive or a spreadsheet (XLSX, ODS), not a CSV file. Save it as CSV."},
	{[]byte("\xd0\xcf\x11\xe0"), "This is an old Excel or Word file, not a CSV file. Save it as CSV."},
	{[]byte("\x1f\x8b"), "This file is compressed more than once. Unpack it and upload the CSV file."},
	{[]byte("\xff\xfe"), "This file is encoded as UTF-16. Save it as CSV in UTF-8."},
	{[]byte("\xfe\xff"), "This file is encoded as UTF-16. Save it as CSV in UTF-8."},
	{[]byte("SQLite format 3"), "This is a database, not a CSV file."},
}

// checkForm reads a file to its end, hands its good lines to take, and returns the number of its ballots. A
// file that breaks the form is ErrMalformedFile with its problems; other errors are those of reading. At the
// first problem it calls spoil.
func checkForm(source io.Reader, take func(ballots.Line), spoil func()) (lines int64, err error) {
	start := make([]byte, 16)
	n, err := io.ReadFull(source, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	start = start[:n]
	if reason := notCSV(start); reason != "" {
		spoil()
		// The rest is read and discarded: a browser shows the answer only after it has sent the whole body.
		if _, err := io.Copy(io.Discard, source); err != nil {
			return 0, err
		}
		return 0, malformed([]problem.Field{{Name: "file", Message: messages.Literal(reason)}}, 1)
	}
	return checkLines(newFileLines(io.MultiReader(bytes.NewReader(start), source)), take, spoil)
}

func notCSV(start []byte) string {
	for _, f := range otherFormats {
		if bytes.HasPrefix(start, f.begins) {
			return f.problem
		}
	}
	if len(start) >= 4 && (start[0] == 0 && start[2] == 0 || start[1] == 0 && start[3] == 0) {
		return "This is not a text file, or it is encoded as UTF-16. Save it as CSV in UTF-8."
	}
	return ""
}

func checkLines(f *fileLines, take func(ballots.Line), spoil func()) (lines int64, err error) {
	var problems []problem.Field
	var total int64
	add := func(line int64, reason string) {
		spoil()
		if total++; total <= maxProblems {
			problems = append(problems, problem.Field{Name: lineField(line), Message: messages.Literal(reason)})
		}
	}
	for {
		line, blankBefore, err := f.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if blankBefore > 0 {
			add(blankBefore, problemBlank)
		}
		guid, pollNumber, problem := f.form.parse(line)
		if problem == "" {
			take(ballots.Line{Number: f.number, GUID: guid, PollNumber: pollNumber})
		} else {
			if total < maxProblems { // the others are only counted
				problem = f.explain(line, problem)
			}
			add(f.number, problem)
		}
		lines++
	}
	switch {
	case total > 0:
		return 0, malformed(problems, total)
	case lines == 0:
		return 0, malformed([]problem.Field{{Name: "file", Message: messages.FieldFileWithoutBallots()}}, 1)
	default:
		return lines, nil
	}
}

// malformed returns ErrMalformedFile with the problems named and the number of all.
func malformed(problems []problem.Field, total int64) error {
	e := ErrMalformedFile.WithExtra("problems", total)
	e.Fields = problems
	switch {
	case total > maxProblems:
		e.Message = messages.ProblemMalformedFileFirst(total, maxProblems)
	default:
		e.Message = messages.ProblemMalformedFileProblems(total)
	}
	return e
}
