package respond

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"urna/web/negotiate"
)

// sharedKey marks requests whose answer is the same for everybody who is not signed in.
const sharedKey = "urna.shared"

// leastPacked is the size in bytes from which compression is worth its header.
const leastPacked = 1024

// Shared marks a request whose answer is the same for everybody: it carries an ETag, is answered with 304 to a client
// that has it, and is compressed for a client that takes gzip. Caches may keep it and must ask before they use it.
// Refusals get none of the three. It must not be called for an answer that holds a secret of its reader beside
// something that an address or a form can put into it: its compressed length would tell the secret
// (docs/decisions/0030-what-is-shared-and-what-is-compressed.md).
func Shared(c *gin.Context) {
	c.Set(sharedKey, true)
	c.Header("Cache-Control", "no-cache")
}

// share writes an answer that is everybody's.
func share(c *gin.Context, contentType string, body []byte) {
	packed := len(body) >= leastPacked && negotiate.Gzip(c.Request.Header)
	tag := Tag(body, packed)
	c.Writer.Header().Add("Vary", "Accept-Encoding")
	c.Header("ETag", tag)
	if negotiate.Has(c.Request.Header, tag) {
		c.Writer.Header().Del("Content-Disposition")
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	if packed {
		c.Header("Content-Encoding", "gzip")
		body = pack(body)
	}
	whole(c, http.StatusOK, contentType, body)
}

// Tag returns the entity tag of an answer: a hash of its bytes, and another one in the compressed form.
func Tag(body []byte, packed bool) string {
	sum := sha256.Sum256(body)
	return tag(sum[:], packed)
}

func tag(sum []byte, packed bool) string {
	digits := hex.EncodeToString(sum[:16])
	if packed {
		return `"` + digits + `-gzip"`
	}
	return `"` + digits + `"`
}

// fileState tells one state of a file from another.
type fileState struct {
	name     string
	size     int64
	modified time.Time
}

// fileTags are the entity tags of files, by their fileState: a bundle of ten million ballots is not read whole for
// every request. There are as many as bundles were asked for since the start.
var fileTags sync.Map //nolint:gochecknoglobals // a cache

// tagOf returns the entity tag of a file, which is at its beginning again afterwards.
func tagOf(file *os.File, info os.FileInfo) (string, error) {
	state := fileState{name: file.Name(), size: info.Size(), modified: info.ModTime()}
	if known, ok := fileTags.Load(state); ok {
		return known.(string), nil
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	found := tag(hash.Sum(nil), false)
	fileTags.Store(state, found)
	_, err := file.Seek(0, io.SeekStart)
	return found, err
}

//nolint:gochecknoglobals // a writer holds some 800 KB, too much to allocate for each answer
var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// pack compresses an answer.
func pack(body []byte) []byte {
	var b bytes.Buffer
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(&b)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
