package rehearsal

import (
	"crypto/rand"
	"io"
	mathrand "math/rand/v2"
	"strconv"
)

const (
	guidLength = 36
	// chunkSize is the size of one write. It bounds the memory, however long the batch is.
	chunkSize = 256 << 10
)

// tally is the number of ballots with a poll number.
type tally struct {
	pollNumber int
	ballots    int64
}

// ballotFile is one batch as a CSV file that is generated while it is read: one line "GUID,poll number" for each ballot, in
// random order, with new random GUIDs. The same seed generates the same bytes again, so that an upload whose answer was
// lost can be repeated.
type ballotFile struct {
	seed  [32]byte
	votes []tally
}

// newBallotFiles spreads votes evenly over files of about the given number of lines.
func newBallotFiles(votes []tally, lines int64) ([]ballotFile, error) {
	parts := spread(votes, lines)
	files := make([]ballotFile, len(parts))
	for i, part := range parts {
		// rand.Read never fails; crypto/rand ends the program where the system has no randomness.
		if _, err := rand.Read(files[i].seed[:]); err != nil {
			return nil, err
		}
		files[i].votes = part
	}
	return files, nil
}

// spread divides votes evenly into parts of about the given number of ballots.
func spread(votes []tally, ballots int64) [][]tally {
	count := (sum(votes) + ballots - 1) / ballots
	parts := make([][]tally, count)
	for i := range parts {
		at := int64(i)
		for _, t := range votes {
			// The products stay small: ballots fit into 34 bits, parts into 16.
			if part := t.ballots*(at+1)/count - t.ballots*at/count; part > 0 {
				parts[i] = append(parts[i], tally{t.pollNumber, part})
			}
		}
	}
	return parts
}

// sum returns the number of ballots.
func sum(votes []tally) (n int64) {
	for _, t := range votes {
		n += t.ballots
	}
	return n
}

// lines returns the file's number of ballots.
func (f ballotFile) lines() int64 { return sum(f.votes) }

// size returns the file's length in bytes.
func (f ballotFile) size() int64 {
	var n int64
	for _, t := range f.votes {
		n += t.ballots * int64(guidLength+len(",\n")+len(strconv.Itoa(t.pollNumber)))
	}
	return n
}

// open returns a reader of the file from its beginning; always the same bytes.
func (f ballotFile) open() *ballotReader {
	source := mathrand.NewChaCha8(f.seed)
	order := make([]uint16, 0, f.lines())
	endings := make([]string, len(f.votes))
	for i, t := range f.votes {
		endings[i] = "," + strconv.Itoa(t.pollNumber) + "\n"
		for range t.ballots {
			order = append(order, uint16(i))
		}
	}
	//nolint:gosec // the order of made-up ballots is no secret
	mathrand.New(source).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return &ballotReader{source: source, order: order, endings: endings}
}

// ballotReader generates a file's bytes. It holds two bytes a line: the order of the ballots.
type ballotReader struct {
	source  *mathrand.ChaCha8
	order   []uint16 // an index of endings for each line still to be written
	endings []string
	chunk   []byte // generated and not read yet
	buffer  []byte
}

// Read implements io.Reader.
func (r *ballotReader) Read(p []byte) (int, error) {
	if len(r.chunk) == 0 {
		if len(r.order) == 0 {
			return 0, io.EOF
		}
		r.fill()
	}
	n := copy(p, r.chunk)
	r.chunk = r.chunk[n:]
	return n, nil
}

// Close implements io.Closer. There is nothing to close: a file only uses memory.
func (r *ballotReader) Close() error { return nil }

// fill generates the next chunk.
func (r *ballotReader) fill() {
	if r.buffer == nil {
		r.buffer = make([]byte, 0, chunkSize)
	}
	b := r.buffer[:0]
	made := 0
	for _, ending := range r.order {
		tail := r.endings[ending]
		if len(b)+guidLength+len(tail) > cap(b) {
			break
		}
		at := len(b)
		b = b[:at+guidLength]
		writeGUID((*[guidLength]byte)(b[at:]), r.source.Uint64(), r.source.Uint64())
		b = append(b, tail...)
		made++
	}
	r.order, r.chunk = r.order[made:], b
}

// hexPairs holds the two digits of every byte.
//
//nolint:gochecknoglobals // a table, never written
var hexPairs = func() (pairs [256][2]byte) {
	const digits = "0123456789abcdef"
	for i := range pairs {
		pairs[i] = [2]byte{digits[i>>4], digits[i&15]}
	}
	return pairs
}()

// writeGUID writes a version 4 UUID made of 122 of the given random bits.
func writeGUID(b *[guidLength]byte, high, low uint64) {
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	put := func(at int, value uint64) {
		pair := hexPairs[byte(value)]
		b[at], b[at+1] = pair[0], pair[1]
	}
	put(0, high>>56)
	put(2, high>>48)
	put(4, high>>40)
	put(6, high>>32)
	put(9, high>>24)
	put(11, high>>16)
	put(14, high>>8)
	put(16, high)
	put(19, low>>56)
	put(21, low>>48)
	put(24, low>>40)
	put(26, low>>32)
	put(28, low>>24)
	put(30, low>>16)
	put(32, low>>8)
	put(34, low)
}
