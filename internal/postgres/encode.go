package postgres

import (
	"encoding/binary"
	"errors"
	"io"

	"urna/internal/database"
)

// encoder writes records in the binary format of COPY: of each record the columns that all have, and then its fields.
type encoder struct {
	layout  *database.Layout
	packed  []byte
	number  bool   // the first column is the position
	same    []byte // encoded columns that all records have
	columns int    // of a row
	skip    []int  // positions of records that are left out, ascending

	buffer []byte
	ready  []byte // of buffer, not read yet
	next   int    // the position of the next record
	begun  bool
	ended  bool
}

// errDigits is returned for a number that has other characters than digits.
var errDigits = errors.New("postgres: a packed number has other characters than digits")

// Read returns the next bytes.
func (e *encoder) Read(to []byte) (int, error) {
	if len(e.ready) == 0 {
		if e.ended {
			return 0, io.EOF
		}
		if err := e.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(to, e.ready)
	e.ready = e.ready[n:]
	return n, nil
}

// fill encodes some of the next records.
func (e *encoder) fill() (err error) {
	const enough = 60 << 10 // for one message of the protocol
	b := e.buffer[:0]
	if !e.begun {
		e.begun = true
		b = append(b, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...) // no flags, no extension
	}
	for ; len(b) < enough && e.next*e.layout.Width < len(e.packed); e.next++ {
		if len(e.skip) > 0 && e.skip[0] == e.next {
			e.skip = e.skip[1:]
			continue
		}
		if b, err = e.encode(b, e.packed[e.next*e.layout.Width:]); err != nil {
			return err
		}
	}
	if e.next*e.layout.Width == len(e.packed) {
		e.ended = true
		b = append(b, 0xff, 0xff)
	}
	e.buffer, e.ready = b, b
	return nil
}

// encode appends one record, which packed begins with.
func (e *encoder) encode(b, packed []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint16(b, uint16(e.columns))
	if e.number {
		b = appendBigint(b, uint64(e.next))
	}
	b = append(b, e.same...)
	for _, f := range e.layout.Fields {
		field := packed[:f.Width]
		packed = packed[f.Width:]
		if !f.Number {
			b = binary.BigEndian.AppendUint32(b, uint32(f.Width))
			b = append(b, field...)
			continue
		}
		var n uint64
		for _, digit := range field {
			if digit < '0' || digit > '9' {
				return nil, errDigits
			}
			n = 10*n + uint64(digit-'0')
		}
		b = appendBigint(b, n)
	}
	return b, nil
}

// appendBigint appends a column of 8 bytes.
func appendBigint(b []byte, n uint64) []byte {
	const ofBigint = 8
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, ofBigint), n)
}
