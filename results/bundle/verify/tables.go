package verify

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"urna/results/bundle/format"
)

// table reads a CSV entry as bundles have it: a known first line, no quotes, "\n" at each end.
type table struct {
	name   string
	closer io.Closer
	lines  *bufio.Reader
	fields [5][]byte
	number int
	ended  bool
}

func (c *check) table(name, header string) (*table, error) {
	r, err := c.files[name].Open()
	if err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", name, err)
	}
	t := &table{name: name, closer: r, lines: bufio.NewReaderSize(r, 256<<10)}
	first, err := t.lines.ReadSlice('\n')
	if err != nil || string(first) != header+"\n" {
		return nil, errors.Join(contradiction("%s does not begin with %s", name, header), r.Close())
	}
	t.number = 1
	return t, nil
}

// next reads the next line into fields, of which there must be want; ended is set after the last one.
func (t *table) next(want int) error {
	line, err := t.lines.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) == 0 {
		t.ended = true
		return nil
	}
	t.number++
	if errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF) {
		return contradiction("%s, line %d: it does not end where a line does", t.name, t.number)
	}
	if err != nil {
		return fmt.Errorf("bundle: %s: %w", t.name, err)
	}
	line = line[:len(line)-1]
	for i := range want {
		at := bytes.IndexByte(line, ',')
		if last := i == want-1; last != (at < 0) {
			return contradiction("%s, line %d: it has not %d fields", t.name, t.number, want)
		}
		if at < 0 {
			at = len(line)
		}
		t.fields[i] = line[:at]
		line = line[min(at+1, len(line)):]
	}
	return nil
}

// int returns a field that holds a number of 0 or more, in its only spelling.
func (t *table) int(i int) (int64, error) {
	n, err := strconv.ParseInt(string(t.fields[i]), 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != string(t.fields[i]) {
		return 0, contradiction("%s, line %d: %q is no count", t.name, t.number, t.fields[i])
	}
	return n, nil
}

func (t *table) ints(from, to int) ([]int64, error) {
	var numbers []int64
	for i := from; i < to; i++ {
		n, err := t.int(i)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// guid returns a field that holds a GUID.
func (t *table) guid(i int) (format.GUID, error) {
	g, ok := format.ParseGUID(t.fields[i])
	if !ok {
		return g, contradiction("%s, line %d: %q is no GUID", t.name, t.number, t.fields[i])
	}
	return g, nil
}
