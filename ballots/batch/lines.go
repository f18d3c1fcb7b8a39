package batch

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// blockSize is how much of a stream is read at a time.
const blockSize = 256 << 10

// lineReader cuts a stream into lines, whatever their length, in bounded memory.
type lineReader struct{ source *bufio.Reader }

func newLineReader(source io.Reader) *lineReader {
	return &lineReader{source: bufio.NewReaderSize(source, blockSize)}
}

// next returns the next line without its line end (LF or CRLF) and the number of bytes that it takes in
// the stream. Of a line longer than blockSize only the beginning is returned. At the end the error is
// io.EOF. The line is valid until the next call.
func (r *lineReader) next() (line []byte, size int64, err error) {
	line, err = r.source.ReadSlice('\n')
	size = int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line[:2*maxLine])
		for errors.Is(err, bufio.ErrBufferFull) {
			var more []byte
			more, err = r.source.ReadSlice('\n')
			size += int64(len(more))
		}
	}
	if err != nil && (size == 0 || !errors.Is(err, io.EOF)) {
		return nil, 0, err
	}
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), size, nil
}

// byteOrderMark is what some programs write before UTF-8 text.
const byteOrderMark = "\xef\xbb\xbf"

// fileLines walks the ballots of a file: past a byte order mark, a header line, and blank lines at its
// end.
type fileLines struct {
	reader *lineReader
	number int64 // of the line just read, from 1
	offset int64 // in bytes, of the line after it
	blank  int64 // the first of the blank lines just passed, 0 where there are none
}

// newFileLines walks on from a place inside a file: the bytes before it and the number of the line
// just before it, both 0 at the beginning.
func newFileLines(source io.Reader, offset, number int64) *fileLines {
	return &fileLines{reader: newLineReader(source), offset: offset, number: number}
}

// next returns the next line that should hold a ballot, io.EOF at the end. Blank lines are passed over;
// blankBefore is the number of the first of them where one stood before this line.
func (f *fileLines) next() (line []byte, blankBefore int64, err error) {
	for {
		line, size, err := f.reader.next()
		if err != nil {
			return nil, 0, err
		}
		first := f.offset == 0
		f.number++
		f.offset += size
		if first {
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
