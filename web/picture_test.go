package web_test

import (
	"fmt"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"urna/elections"
)

var pictureTag = regexp.MustCompile(`property="og:image" content="https://vote\.example\.org(/[^"]*)"`)

// TestPreview_OfEachPublicPage opens the pages of an election in two languages. Each has a description, a title and the
// address of a picture, which is drawn for its language.
func TestPreview_OfEachPublicPage(t *testing.T) {
	s := newMultilingualSite(t)
	e := s.spain(t)
	v := s.visitor(t)
	own := "/elections/" + id(e.ID)
	place := "/constituencies/" + id(e.Constituencies[0].ID)
	for _, path := range []string{"", "/wall", "/constituencies", place, "/seats?constituency=" + id(e.Constituencies[0].ID), "/stations", "/turnout", "/amendments", "/corrections"} {
		page := text(v.send(t, http.MethodGet, own+path, "", "Accept-Language", "ka"))
		found := pictureTag.FindStringSubmatch(page)
		if found == nil {
			t.Errorf("%s: want the address of a picture, got %s", path, betweenOf(page, "<head>", "</head>"))
			continue
		}
		want := own + "/picture.png?lang=ka"
		if path == place {
			want = own + place + "/picture.png?lang=ka"
		}
		if found[1] != want {
			t.Errorf("%s: want the picture %s, got %s", path, want, found[1])
		}
		for _, tag := range []string{`<meta name="description" content="`, `property="og:title" content="`, `property="og:description" content="`, `property="og:url" content="https://vote.example.org` + own} {
			if _, rest, ok := strings.Cut(page, tag); !ok || strings.HasPrefix(rest, `"`) && !strings.Contains(tag, "og:url") {
				t.Errorf("%s: want %s with a text", path, tag)
			}
		}
	}
	drawn := map[string]bool{}
	for _, path := range []string{own + "/picture.png?lang=en", own + "/picture.png?lang=ka", own + place + "/picture.png?lang=en"} {
		body := text(v.send(t, http.MethodGet, path, ""))
		shown, err := png.DecodeConfig(strings.NewReader(body))
		if err != nil || shown.Width != 1200 || shown.Height != 630 || len(body) > 100_000 {
			t.Errorf("%s: want a picture of 1200 × 630 in at most 100 kB, got %d bytes, %v", path, len(body), err)
		}
		drawn[body] = true
	}
	if len(drawn) != 3 {
		t.Errorf("want a picture for each language and page, got %d", len(drawn))
	}
	for _, path := range []string{"/elections/999999/picture.png", own + "/constituencies/999999/picture.png"} {
		if answer := v.send(t, http.MethodGet, path, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: want no picture, got %s", path, answer.Status)
		}
	}
}

// TestPicture_IsTheSameForOppositeVotesUnderTheEmbargo: as long as counts may not be shown, two elections that differ in
// who has the votes have the same picture; afterwards they have two.
func TestPicture_IsTheSameForOppositeVotesUnderTheEmbargo(t *testing.T) {
	s := newSite(t)
	v := s.visitor(t)
	// above is a picture without its foot, which has the address.
	above := func(e *elections.Election) string {
		shown, err := png.Decode(strings.NewReader(text(v.send(t, http.MethodGet, "/elections/"+id(e.ID)+"/picture.png", ""))))
		if err != nil {
			t.Fatal(err)
		}
		var pixels strings.Builder
		for y := range 570 {
			for x := range 1200 {
				r, g, b, _ := shown.At(x, y).RGBA()
				fmt.Fprint(&pixels, r>>8, g>>8, b>>8, " ")
			}
		}
		return pixels.String()
	}
	for view, same := range map[elections.PublicView]bool{elections.TurnoutOnly: true, elections.RunningCount: false} {
		pictures := map[string]bool{}
		for _, number := range []string{"1", "2"} {
			p := s.newPoll(t, 0, func(d *elections.Draft) { d.Title, d.PublicView, d.Channels = "The same", view, nil })
			var file strings.Builder
			for line := range 60 {
				fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,%s\n", p.election.ID, line, number)
			}
			s.counted(t, p.election.ID, file.String())
			pictures[above(p.election)] = true
		}
		if (len(pictures) == 1) != same {
			t.Errorf("%s: want the same picture of opposite votes: %t, got %d pictures", view, same, len(pictures))
		}
	}
}
