package batch

import (
	"errors"
	"strings"
	"unicode/utf8"

	"urna/internal/messages"
	"urna/internal/problem"
)

const (
	// maxBadLines is how many bad lines of a file are kept for its sender.
	maxBadLines = 200
	// maxBadText is how much of a bad line is kept, in bytes.
	maxBadText = 200
)

// BadLine is a line of a refused file with its problem. Only the person who sent the file gets it: it can have a vote.
type BadLine struct {
	Number  int64            // from 1
	Message messages.Message // the problem
	// Before, Wrong and After are the line, cut around the wrong value. Wrong is empty if a value is missing, and the
	// whole line if no single value is wrong.
	Before, Wrong, After string
	Cut                  bool // the line is longer
}

// Text is the line as the file has it, up to maxBadText bytes.
func (l BadLine) Text() string { return l.Before + l.Wrong + l.After }

// malformedFileError is ErrMalformedFile with lines for the sender. Answers to programs and logs have the refusal alone.
type malformedFileError struct {
	refusal *problem.Error
	lines   []BadLine
}

// Error returns the refusal's text, without a line.
func (m *malformedFileError) Error() string { return m.refusal.Error() }

// Unwrap returns the refusal.
func (m *malformedFileError) Unwrap() error { return m.refusal }

// BadLines returns the first bad lines of a file that was refused with ErrMalformedFile.
func BadLines(err error) []BadLine {
	if m, ok := errors.AsType[*malformedFileError](err); ok {
		return m.lines
	}
	return nil
}

// badLines collects the bad lines of a file.
type badLines struct {
	lines []BadLine // the first ones
	total int64
}

func (b *badLines) add(line BadLine) {
	if b.total++; b.total <= maxBadLines {
		b.lines = append(b.lines, line)
	}
}

// refusal refuses the file; its fields name the first problems.
func (b *badLines) refusal() error {
	problems := make([]problem.Field, 0, maxProblems)
	for _, line := range b.lines[:min(len(b.lines), maxProblems)] {
		problems = append(problems, problem.Field{Name: lineField(line.Number), Message: line.Message})
	}
	return &malformedFileError{refusal: malformed(problems, b.total), lines: b.lines}
}

// badLine returns a line with its mistake. elsewhere says that the polling station is wrong and nothing else.
func (f form) badLine(number int64, line []byte, m mistake, elsewhere bool, message messages.Message) BadLine {
	from, to := f.wrongValue(line, m, elsewhere)
	bad := BadLine{Number: number, Message: message}
	if len(line) > maxBadText {
		line, bad.Cut = line[:maxBadText], true
	}
	from, to = min(from, len(line)), min(to, len(line))
	bad.Before, bad.Wrong, bad.After = shown(line[:from]), shown(line[from:to]), shown(line[to:])
	return bad
}

// shown is text for people and for a CSV file: bytes that are no text are replaced.
func shown(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (r < ' ' || r == 0x7f) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(string(b), string(utf8.RuneError)))
}

// wrongValue returns where the wrong value of a line begins and ends; the whole line if no single value is wrong.
func (f form) wrongValue(line []byte, m mistake, elsewhere bool) (from, to int) {
	wanted := 2
	if f.station != 0 {
		wanted = 3
	}
	values := make([][]byte, wanted)
	if f.splitInto(values, line) != noMistake {
		return 0, len(line)
	}
	place := f.placeOf(m, elsewhere)
	if place < 0 {
		return 0, len(line)
	}
	value := values[place]
	if len(value) == 0 { // the end of what comes before is the place of an empty value
		if place == wanted-1 {
			return len(line), len(line)
		}
		return 0, len(line)
	}
	from = cap(line) - cap(value) // it is a part of the line, and both end where their array does
	return from, from + len(value)
}

// placeOf returns the column of the value that a mistake is about, from 0; -1 for a mistake of the line as a whole.
func (f form) placeOf(m mistake, elsewhere bool) int {
	column := -1 // of a line without the station's
	switch {
	case elsewhere:
		return f.station - 1
	case m == notAGUID:
		column = 0
	case m == notAPollNumber:
		column = 1
	}
	if column >= 0 && f.station != 0 && column >= f.station-1 {
		column++
	}
	return column
}
