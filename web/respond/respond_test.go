package respond

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"
)

func TestPage_LogsNobodyWhoWentAway(t *testing.T) {
	for name, c := range map[string]struct {
		away   bool
		status int
		logged bool
	}{
		"went away while the page was drawn": {away: true, status: http.StatusBadRequest},
		"a page that cannot be drawn":        {status: http.StatusInternalServerError, logged: true},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			before := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			defer slog.SetDefault(before)

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			recorder := httptest.NewRecorder()
			g, _ := gin.CreateTestContext(recorder)
			g.Request = httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
			Page(g, http.StatusOK, templ.ComponentFunc(func(ctx context.Context, _ io.Writer) error {
				if c.away {
					cancel()
					return ctx.Err()
				}
				return errors.New("no such picture")
			}))
			g.Writer.WriteHeaderNow()
			if recorder.Code != c.status || strings.Contains(log.String(), "ERROR") != c.logged {
				t.Errorf("want status %d and an error in the log: %v, got %d and %q", c.status, c.logged, recorder.Code, log.String())
			}
		})
	}
}
