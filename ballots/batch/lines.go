package batch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"runtime"
)

// blockSize is how much of a stream is read at a time.
const blockSize = 256 << 10

// lineReader cuts a stream into lines, whatever their length, in bounded memory.
type lineReader struct{ source *bufio.Reader }

func newLineReader(source io.Reader) *lineReader {
	return &lineReader{source: bufio.NewReaderSize(courteous{source}, blockSize)}
}

// courteous lets others go before each block: ten files at once would otherwise have the processors for ten
// milliseconds each in turn, and whoever reads the results would wait for all of them several times.
type courteous struct{ source io.Reader }

// Read reads the next block.
func (c courteous) Read(p []byte) (int, error) {
	runtime.Gosched()
	return c.source.Read(p)
}

// next returns the next line without its line end (LF or CRLF). Of a line longer than blockSize only
// the beginning is returned. At the end the error is io.EOF. The line is valid until the next call.
func (r *lineReader) next() (line []byte, err error) {
	line, err = r.source.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line[:2*maxLine])
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.source.ReadSlice('\n')
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)) {
		return nil, err
	}
	return withoutLast(withoutLast(line, '\n'), '\r'), nil
}

// withoutLast takes the last byte off a line if it is this one.
func withoutLast(line []byte, last byte) []byte {
	if n := len(line); n > 0 && line[n-1] == last {
		return line[:n-1]
	}
	return line
}

// byteOrderMark is what some programs write before UTF-8 text.
const byteOrderMark = "\xef\xbb\xbf"

// fileLines walks the ballots of a file: past a byte order mark, a header line, and blank lines at its
// end.
type fileLines struct {
	reader *lineReader
	number int64 // of the line just read, from 1
	blank  int64 // the first of the blank lines just passed, 0 where there are none
}

func newFileLines(source io.Reader) *fileLines { return &fileLines{reader: newLineReader(source)} }

// next returns the next line that should hold a ballot, io.EOF at the end. Blank lines are passed over;
// blankBefore is the number of the first of them where one stood before this line.
func (f *fileLines) next() (line []byte, blankBefore int64, err error) {
	for {
		line, err := f.reader.next()
		if err != nil {
			return nil, 0, err
		}
		f.number++
		if f.number == 1 {
			line = bytes.TrimPrefix(line, []byte(byteOrderMark))
			if isHeader(line) {
				continue
			}
		}
		if isBlank(line) {
			if f.blank == 0 {
				f.blank = f.number
			}
			continue
		}
		blankBefore, f.blank = f.blank, 0
		return line, blankBefore, nil
	}
}
