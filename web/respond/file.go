package respond

import (
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
)

// slowest is the rate in bytes a second below which a download is aborted.
const slowest = 16 << 10

// File hands out a file under a name, with ranges for those whose line breaks. It is not compressed.
func File(c *gin.Context, path, name, contentType string) {
	file, err := os.Open(path)
	if err != nil {
		Error(c, err)
		return
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		Error(c, err)
		return
	}
	if c.GetBool(sharedKey) {
		tag, err := tagOf(file, info)
		if err != nil {
			Error(c, err)
			return
		}
		c.Header("ETag", tag)
	}
	Content(c, file, info.Size(), name, contentType)
}

// Content is File for a file that is open, of so many bytes.
func Content(c *gin.Context, file io.ReadSeeker, size int64, name, contentType string) {
	// A large file takes longer than a page may.
	patience := time.Minute + time.Duration(size/slowest)*time.Second
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(patience)) //nolint:forbidigo // deadlines go by the kernel's clock
	c.Header("Content-Type", contentType)
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(c.Writer, c.Request, name, time.Time{}, file)
}
