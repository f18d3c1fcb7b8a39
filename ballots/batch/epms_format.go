package batch

import (
	"bytes"
	"errors"
	"io"

	"urna/ballots"
	"urna/internal/messages"
	"urna/internal/problem"
)

// ErrEPMSFormat is returned for a file that was delivered as strict and is refused whole. Its message is
// the first problem, in the words of the EPMS contract, with lines counted from 0.
var ErrEPMSFormat = problem.New(problem.Malformed, "strict-form", messages.Message{})

// checkEPMSFormat reads a file in which every line must be a GUID, a comma and a poll number above 0, as the
// EPMS contract asks: no header, no blank lines, no other separators. A file without lines is good. Good lines
// are handed to take; at the first bad one spoil is called.
func checkEPMSFormat(source io.Reader, take func(ballots.Line), spoil func()) (lines int64, err error) {
	reader := newLineReader(source)
	var refusal error
	for ; ; lines++ {
		line, err := reader.next()
		if errors.Is(err, io.EOF) {
			return lines, refusal
		}
		if err != nil {
			return 0, err
		}
		if refusal == nil { // else the rest is read and discarded, so that the client gets the answer
			guid, pollNumber, problem := parseEPMSLine(line)
			if problem != "" {
				spoil()
				refusal = ErrEPMSFormat.With(messages.RefusalStrictFormLine(problem, lines))
				continue
			}
			take(ballots.Line{Number: lines + 1, GUID: guid, PollNumber: pollNumber})
		}
	}
}

// CheckEPMSFormat reads a file to its end as a strict delivery is read, and stores nothing: nil,
// ErrEPMSFormat, or the error of reading.
func CheckEPMSFormat(source io.Reader) error {
	_, err := checkEPMSFormat(source, func(ballots.Line) {}, func() {})
	return err
}

// parseEPMSLine reads a line; the problem is "" for a good one.
func parseEPMSLine(line []byte) (g ballots.GUID, pollNumber int32, problem string) {
	values := bytes.Split(line[:min(len(line), maxLine+1)], []byte{','})
	if len(values) != 2 {
		return g, 0, "Incorrect number of values"
	}
	pollNumber, ok := parsePollNumber(bytes.TrimSpace(values[1]))
	if !ok || pollNumber == 0 {
		return g, 0, "Incorrect poll number"
	}
	if _, ok := ballots.ParseGUID(bytes.TrimSpace(values[0])); !ok {
		return g, 0, "Incorrect GUID"
	}
	// What the workers would read, who must find no fault with it.
	g, pollNumber, m := anyForm().parse(line)
	if m != noMistake {
		return g, 0, "Incorrect number of values"
	}
	return g, pollNumber, ""
}
