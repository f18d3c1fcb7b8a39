package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"urna/internal/app/server"
	"urna/web/view/kit"
)

// TestStyleguide_OnlyForThoseWhoChangeTheProgram asks servers with and without --dev.
func TestStyleguide_OnlyForThoseWhoChangeTheProgram(t *testing.T) {
	if answer := newSite(t).visitor(t).send(t, http.MethodGet, "/styleguide", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("without --dev: want 404, got %s", answer.Status)
	}
	v := newSiteWith(t, server.Options{Dev: true}).visitor(t)
	answer := v.send(t, http.MethodGet, "/styleguide", "")
	page := text(answer)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("with --dev: want the page, got %s", answer.Status)
	}
	for _, part := range []string{
		"title-band", "kit.Icon", "kit.Summary", "kit.Input", "kit.Select", "kit.Radios", "kit.Check", "kit.TextArea", "kit.FileInput", "kit.Notice",
		"kit.TableOf", "kit.Figures", "kit.ProgressOf", "kit.Steps", "kit.Tasks", "kit.Empty", "kit.Confirm", "kit.ChartOf", `data-testid="seat-bar"`, `id="pattern-1"`,
	} {
		if !strings.Contains(page, part) {
			t.Errorf("want %s among the parts", part)
		}
	}
	for _, icon := range kit.IconNames() {
		if !regexp.MustCompile(`<(?:path|circle|rect|line)[^<]*/>\s*</svg>\s*<code>` + icon + `</code>`).MatchString(page) {
			t.Errorf("want a drawing of %s beside its name", icon)
		}
	}
}
