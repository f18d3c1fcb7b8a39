package respond

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestFile_TheTagIsThatOfTheBytesServed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.zip")
	served := func(content string) (tag, body string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		recorder := httptest.NewRecorder()
		c, _ := gin.CreateTestContext(recorder)
		c.Request = httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		Shared(c)
		File(c, path, "bundle.zip", "application/zip")
		return recorder.Header().Get("ETag"), recorder.Body.String()
	}
	for range 2 { // the second time from memory
		for _, content := range []string{"first", "another one"} {
			tag, body := served(content)
			if want := Tag([]byte(content), false); tag != want || body != content {
				t.Errorf("%s: want the tag %s, got %s with %q", content, want, tag, body)
			}
		}
	}
}
