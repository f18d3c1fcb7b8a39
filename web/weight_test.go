package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/assets"
	"urna/elections"
	"urna/internal/app/server"
	"urna/internal/audit"
)

// heaviest is the most bytes that a browser loads for a first visit of a page.
const heaviest = 150_000

// TestWeight_NoPageIsHeavy adds up what a browser with an empty cache loads for each page, compressed: the page, the
// style sheet, its scripts and every face whose letters it has. Nothing may come from another host.
func TestWeight_NoPageIsHeavy(t *testing.T) {
	s := newSiteWith(t, server.Options{Dev: true})
	public, administrator, official := s.visitor(t), s.signedIn(t, "administrator"), s.signedIn(t, "official")
	election := "/admin/elections/" + id(s.election.ID)
	visitors := map[string]*visitor{
		"/": public, "/elections/" + id(s.election.ID): public, "/login": public, "/log": public, "/styleguide": public,
		"/admin": administrator, "/admin/elections": administrator, election: administrator, election + "/certification": administrator,
		"/admin/elections/new": administrator, "/admin/users": administrator, "/admin/batches": administrator, "/admin/audit": administrator,
		"/official": official, "/account": official,
	}
	maps.Copy(visitors, largePages(t, s, public, official, administrator))
	for path, v := range visitors {
		answer := v.send(t, http.MethodGet, path, "", "Accept", "text/html")
		page := text(answer)
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Status)
			continue
		}
		sum := packedSize(t, page)
		parts := []string{fmt.Sprintf("page %d", sum)}
		for _, address := range loaded(t, page) {
			asset, ok := assets.Open(strings.TrimPrefix(address, assets.Prefix))
			if !ok {
				t.Errorf("%s: want its own files alone, got %s", path, address)
				continue
			}
			size := len(asset.Content)
			if content := asset.Packed(); content != nil {
				size = len(content)
			}
			sum += size
			parts = append(parts, fmt.Sprintf("%s %d", asset.Name, size))
		}
		if sum > heaviest {
			t.Errorf("%s: want at most %d bytes on a first visit, got %d (%s)", path, heaviest, sum, strings.Join(parts, ", "))
		}
		t.Logf("%s: %d (%s)", path, sum, strings.Join(parts, ", "))
	}
}

// largePages makes two elections with 52 constituencies, one a draft, and returns the address of each page that they have,
// and who sees it.
func largePages(t *testing.T, s *site, public, official, administrator *visitor) map[string]*visitor {
	t.Helper()
	open := s.spain(t)
	d := open.Draft()
	d.AsDraft = true
	draft, err := s.Elections.Create(t.Context(), audit.System(), d)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*visitor{}
	for _, route := range s.server.Routes() {
		if route.Method != http.MethodGet || !strings.Contains(route.Path, "/elections/:election") || strings.HasSuffix(route.Path, "/live") {
			continue
		}
		v := public
		switch {
		case strings.HasPrefix(route.Path, "/admin/"):
			v = administrator
		case strings.HasPrefix(route.Path, "/official/"):
			v = official
		}
		for _, e := range []*elections.Election{open, draft} {
			for _, step := range []string{"name", "rules", "constituencies", "candidacies", "dates"} {
				path := strings.NewReplacer(":election", id(e.ID), ":step", step).Replace(route.Path)
				if strings.Contains(path, ":") || found[path] != nil {
					continue
				}
				answer := v.send(t, http.MethodGet, path, "", "Accept", "text/html")
				isPage := strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") && strings.Contains(text(answer), "/assets/urna.")
				if answer.StatusCode == http.StatusOK && isPage {
					found[path] = v
				}
			}
		}
	}
	const fewest = 40
	if form := "/admin/elections/" + id(draft.ID) + "/edit/candidacies"; len(found) < fewest || found[form] == nil {
		t.Errorf("want at least %d pages, one of them %s, got %v", fewest, form, slices.Collect(maps.Keys(found)))
	}
	return found
}

// loaded returns the addresses that a browser loads for a page.
func loaded(t *testing.T, page string) []string {
	t.Helper()
	var addresses []string
	for _, found := range regexp.MustCompile(`<(?:link rel="(?:stylesheet|icon|preload)"[^>]* href|script defer src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		addresses = append(addresses, found[1])
	}
	if len(addresses) < 3 {
		t.Errorf("want a style sheet, a face and an icon at least, got %v", addresses)
	}
	for name, letters := range map[string]string{"urna-sans-latin-ext.woff2": "ĀſŒȘ", "urna-sans-cyrillic.woff2": "Ѐя", "noto-sans-georgian.woff2": "აჿ"} {
		of := []rune(letters)
		if strings.ContainsFunc(page, func(r rune) bool { return r >= of[0] && r <= of[1] }) && !slices.Contains(addresses, assets.URL(name)) {
			addresses = append(addresses, assets.URL(name))
		}
	}
	return addresses
}

func packedSize(t *testing.T, page string) int {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, page); err != nil || w.Close() != nil {
		t.Fatal("the page was not compressed")
	}
	return b.Len()
}
