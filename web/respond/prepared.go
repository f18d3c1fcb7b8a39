package respond

import (
	"maps"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"urna/web/negotiate"
)

// Prepared is an answer with status 200 for everybody who is not signed in, hashed and compressed once. It is not
// changed after Prepare and may be written by many requests at once.
type Prepared struct {
	contentType, fileName string

	plain, packed form // packed has no body if the answer is too short for compression
}

// form is an answer as it is sent: a body with its headers.
type form struct {
	body   []byte
	header map[string][]string
}

// Prepare returns the answer with a body, which must not be changed afterwards. fileName is the name of a download, ""
// for none.
func Prepare(contentType, fileName string, body []byte) *Prepared {
	p := &Prepared{contentType: contentType, fileName: fileName}
	p.plain = p.form(body, Tag(body, false))
	if len(body) >= leastPacked {
		p.packed = p.form(pack(body), Tag(body, true))
		p.packed.header["Content-Encoding"] = []string{"gzip"}
	}
	return p
}

func (p *Prepared) form(body []byte, tag string) form {
	f := form{body: body, header: map[string][]string{
		"Content-Type": {p.contentType}, "Content-Length": {strconv.Itoa(len(body))}, "Etag": {tag},
	}}
	if p.fileName != "" {
		f.header["Content-Disposition"] = []string{`attachment; filename="` + p.fileName + `"`}
	}
	return f
}

// Is reports whether the answer has the type and the name.
func (p *Prepared) Is(contentType, fileName string) bool {
	return p.contentType == contentType && p.fileName == fileName
}

// Body returns the uncompressed body, which must not be changed.
func (p *Prepared) Body() []byte { return p.plain.body }

// Size returns the memory that the answer holds, in bytes.
func (p *Prepared) Size() int {
	const headers = 2048
	return headers + cap(p.plain.body) + cap(p.packed.body)
}

// Write answers a request that Shared marked: in the form that the client takes, or with 304 if it has that already.
func (p *Prepared) Write(c *gin.Context) {
	f := &p.plain
	if p.packed.body != nil && negotiate.Gzip(c.Request.Header) {
		f = &p.packed
	}
	header := c.Writer.Header()
	header["Vary"] = append(header["Vary"], "Accept-Encoding")
	if tag := f.header["Etag"]; negotiate.Has(c.Request.Header, tag[0]) {
		header["Etag"] = tag
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	maps.Copy(header, f.header)
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(f.body) // a client that went away needs no answer
}

// IsShared reports whether Shared marked the request.
func IsShared(c *gin.Context) bool { return c.GetBool(sharedKey) }
