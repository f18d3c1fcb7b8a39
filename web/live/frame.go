package live

import (
	"bytes"
	"compress/flate"
	"strconv"
	"strings"
	"time"
)

// frame is one message of the feed, encoded once for all watchers.
type frame struct {
	id         string
	plain      []byte // a server-sent event
	compressed []byte // the same as a piece of a gzip stream
}

// newFrame encodes a rendered snapshot. The frame's id is the time of drawing in microseconds: ids differ between two runs
// of the program too, and two frames can be drawn within one millisecond.
func newFrame(drawn time.Time, content []byte) (*frame, error) {
	f := &frame{id: strconv.FormatInt(drawn.UnixMicro(), 10)}
	f.plain = event(f.id, string(content))
	var err error
	f.compressed, err = compress(f.plain)
	return f, err
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

// gzipHeader begins a gzip stream: deflate, no name, no time, any system. The stream ends with the connection,
// so the checksum at its end is never sent.
func gzipHeader() []byte { return []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff} }

// compress compresses a piece of a stream on its own. The piece refers to nothing before it and ends on a byte
// boundary, so the same bytes fit into every watcher's stream.
func compress(plain []byte) ([]byte, error) {
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
