package batch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"runtime"

	"urna/internal/messages"
	"urna/internal/text/csvtext"
)

// blockSize is how much of a stream is read at a time.
const blockSize = 256 << 10

// lineReader cuts a stream into lines, whatever their length, in bounded memory.
type lineReader struct {
	source *bufio.Reader
	read   int64 // bytes of the lines that were returned, with their ends
}

func newLineReader(source io.Reader) *lineReader {
	return &lineReader{source: bufio.NewReaderSize(yieldingReader{source}, blockSize)}
}

// yieldingReader yields the processor before each block. Without it ten simultaneous uploads would each use a
// processor for ten milliseconds at a time, and a request for results would wait for all of them several times.
type yieldingReader struct{ source io.Reader }

// Read reads the next block.
func (c yieldingReader) Read(p []byte) (int, error) {
	runtime.Gosched()
	return c.source.Read(p)
}

// next returns the next line without its line end (LF or CRLF). Of a line longer than blockSize only
// the beginning is returned. At the end the error is io.EOF. The line is valid until the next call.
func (r *lineReader) next() (line []byte, err error) {
	line, err = r.source.ReadSlice('\n')
	r.read += int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line[:2*maxLine])
		for errors.Is(err, bufio.ErrBufferFull) {
			var more []byte
			more, err = r.source.ReadSlice('\n')
			r.read += int64(len(more))
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

// fileLines walks the ballots of a file: past a byte order mark, a line that names the separator, a header line,
// and blank lines at its end.
type fileLines struct {
	reader *lineReader
	form   form
	number int64 // of the line just read, from 1
	header int64 // the number of the line that may be the header
	begins int64 // where the line just read begins in the file, in bytes
	blank  int64 // the first of the blank lines just passed, or 0 if there are none
}

func newFileLines(source io.Reader) *fileLines {
	return &fileLines{reader: newLineReader(source), form: anyForm(), header: 1}
}

// next returns the next line that should hold a ballot, io.EOF at the end. Blank lines are passed over;
// blankBefore is the number of the first of them where one stood before this line.
func (f *fileLines) next() (line []byte, blankBefore int64, err error) {
	for {
		f.begins = f.reader.read
		line, err := f.reader.next()
		if err != nil {
			return nil, 0, err
		}
		f.number++
		if f.number <= f.header {
			var passed bool
			if line, passed = f.start(line); passed {
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

// start looks at one of the first lines, takes a byte order mark off, and reports whether the line is passed over.
func (f *fileLines) start(line []byte) (rest []byte, passed bool) {
	if f.number == 1 {
		line = bytes.TrimPrefix(line, []byte(csvtext.ByteOrderMark))
		if separator, declared := csvtext.DeclaredSeparator(line); declared && separator != 0 {
			f.form, f.header = declaredForm(separator), 2
			return nil, true
		}
	}
	if column, found := f.form.stationColumn(line); found {
		f.form.station = column
		return line, true
	}
	return line, f.form.isHeader(line)
}

// explain returns the problem of the line just read, in the words that help most.
func (f *fileLines) explain(line []byte, m mistake) messages.Message {
	if f.number == 1 {
		if _, declared := csvtext.DeclaredSeparator(line); declared {
			return messages.CsvSeparator()
		}
	}
	return f.form.explain(line, m)
}
