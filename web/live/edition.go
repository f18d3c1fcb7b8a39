package live

import (
	"bytes"
	"compress/flate"
	"strconv"
	"strings"
	"time"
)

// edition is one picture as it goes out, made once for all.
type edition struct {
	id     string
	plain  []byte // a server-sent event
	packed []byte // the same as a piece of a gzip stream
}

// newEdition makes an edition. Its id is the time of drawing in microseconds, so that ids differ between
// two runs of the program too; two pictures may well be drawn within one millisecond.
func newEdition(drawn time.Time, content []byte) (*edition, error) {
	e := &edition{id: strconv.FormatInt(drawn.UnixMicro(), 10)}
	e.plain = event(e.id, string(content))
	var err error
	e.packed, err = pack(e.plain)
	return e, err
}

// event writes a server-sent event named "update"; every line of the data gets its own "data:".
func event(id, data string) []byte {
	var b bytes.Buffer
	b.WriteString("event: update\nid: " + id + "\n")
	data = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)
	for line := range strings.SplitSeq(data, "\n") {
		b.WriteString("data: " + line + "\n")
	}
	b.WriteString("\n")
	return b.Bytes()
}

// gzipHead begins a gzip stream: deflate, no name, no time, any system. The stream ends with the
// connection, so the sum at its end is never due.
func gzipHead() []byte { return []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff} }

// pack compresses a piece of a stream on its own: it refers to nothing before it and ends on a byte, so
// that the same bytes fit into everybody's stream, whatever came before.
func pack(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
