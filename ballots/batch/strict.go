package batch

import (
	"bytes"
	"errors"
	"io"

	"urna/ballots"
	"urna/internal/fault"
)

// ErrStrictForm is returned for a file that was delivered as strict and is refused whole. Its message is
// the first problem, in the words of the EPMS contract, with lines counted from 0.
var ErrStrictForm = fault.New(fault.Malformed, "strict-form", "")

// checkStrict reads a file in which every line must be a GUID, a comma and a poll number above 0, as the
// EPMS contract asks: no header, no blank lines, no other separators. A file without lines is good.
func checkStrict(source io.Reader) (lines int64, err error) {
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
		if refusal == nil { // else the rest is read and let go, so that the client hears the answer
			if problem := strictProblem(line); problem != "" {
				refusal = ErrStrictForm.With("%s on line %d.", problem, lines)
			}
		}
	}
}

// CheckStrict reads a file to its end as a strict delivery is read, and stores nothing: nil,
// ErrStrictForm, or the error of reading.
func CheckStrict(source io.Reader) error {
	_, err := checkStrict(source)
	return err
}

// strictProblem returns what is wrong with a line, "" for a good one.
func strictProblem(line []byte) string {
	values := bytes.Split(line[:min(len(line), maxLine+1)], []byte{','})
	if len(values) != 2 {
		return "Incorrect number of values"
	}
	pollNumber, ok := parsePollNumber(bytes.TrimSpace(values[1]))
	if !ok || pollNumber == 0 {
		return "Incorrect poll number"
	}
	if _, ok := ballots.ParseGUID(bytes.TrimSpace(values[0])); !ok {
		return "Incorrect GUID"
	}
	// Whatever passes here is read once more by the workers, who must find no fault with it.
	if _, _, problem := parseLine(line); problem != "" {
		return "Incorrect number of values"
	}
	return ""
}
