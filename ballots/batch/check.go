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
	begins []byte
	say    func() messages.Message
}{
	{[]byte("%PDF-"), messages.BallotFilePdf},
	{[]byte("PK\x03\x04"), messages.BallotFileZip},
	{[]byte("\xd0\xcf\x11\xe0"), messages.BallotFileOldOffice},
	{[]byte("\x1f\x8b"), messages.BallotFileCompressedTwice},
	{[]byte("\xff\xfe"), messages.BallotFileUtf16},
	{[]byte("\xfe\xff"), messages.BallotFileUtf16},
	{[]byte("SQLite format 3"), messages.BallotFileDatabase},
}

// checkForm reads a file to its end, hands its good lines to take, and returns the number of its ballots. A column may
// name polling stations, which parts knows. A file that breaks the form is ErrMalformedFile with its problems; other
// errors are those of reading, and refusals of parts. At the first problem it calls spoil.
func checkForm(source io.Reader, parts *partFinder, take func(ballots.Line), spoil func()) (lines int64, err error) {
	start := make([]byte, 16)
	n, err := io.ReadFull(source, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	start = start[:n]
	if reason := notCSV(start); !reason.IsZero() {
		spoil()
		// The rest is read and discarded: a browser shows the answer only after it has sent the whole body.
		if _, err := io.Copy(io.Discard, source); err != nil {
			return 0, err
		}
		return 0, malformed([]problem.Field{{Name: "file", Message: reason}}, 1)
	}
	return checkLines(newFileLines(io.MultiReader(bytes.NewReader(start), source)), parts, take, spoil)
}

func notCSV(start []byte) messages.Message {
	for _, f := range otherFormats {
		if bytes.HasPrefix(start, f.begins) {
			return f.say()
		}
	}
	if len(start) >= 4 && (start[0] == 0 && start[2] == 0 || start[1] == 0 && start[3] == 0) {
		return messages.BallotFileMaybeUtf16()
	}
	return messages.Message{}
}

func checkLines(f *fileLines, parts *partFinder, take func(ballots.Line), spoil func()) (lines int64, err error) {
	var found badLines
	add := func(line BadLine) {
		spoil()
		found.add(line)
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
			add(BadLine{Number: blankBefore, Message: messages.BallotFileBlank()})
		}
		if lines == 0 {
			if err := parts.begin(f); err != nil {
				spoil()
				_, drained := io.Copy(io.Discard, f.reader.source)
				return 0, errors.Join(err, drained)
			}
		}
		guid, pollNumber, station, m := f.form.parseLine(line)
		elsewhere := messages.Message{}
		if m == noMistake {
			elsewhere = parts.add(f, station)
		}
		switch {
		case m == noMistake && elsewhere.IsZero():
			take(ballots.Line{Number: f.number, GUID: guid, PollNumber: pollNumber})
		case found.total >= maxBadLines: // the others are only counted
			add(BadLine{})
		case elsewhere.IsZero():
			add(f.form.badLine(f.number, line, m, false, f.explain(line, m)))
		default:
			add(f.form.badLine(f.number, line, m, true, elsewhere))
		}
		lines++
	}
	switch {
	case found.total > 0:
		return 0, found.refusal()
	case lines == 0:
		return 0, malformed([]problem.Field{{Name: "file", Message: messages.FieldFileWithoutBallots()}}, 1)
	default:
		parts.end(f)
		return lines, nil
	}
}

// malformed returns ErrMalformedFile with the problems named and the number of all.
func malformed(problems []problem.Field, total int64) *problem.Error {
	e := ErrMalformedFile.WithExtra("problems", total)
	e.Fields = problems
	switch {
	case total > maxProblems:
		e.Message = messages.RefusalMalformedFileFirst(total, maxProblems)
	default:
		e.Message = messages.RefusalMalformedFileProblems(total)
	}
	return e
}
