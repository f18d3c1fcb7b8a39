package assets

import (
	"regexp"
	"strings"
	"testing"
)

func TestURL_CarriesAHashOfTheContent(t *testing.T) {
	got := URL("urna.css")
	if !regexp.MustCompile(`^/assets/urna\.[0-9a-f]{12}\.css$`).MatchString(got) {
		t.Errorf("want /assets/urna.<12 digits>.css, got %s", got)
	}
	first, second := shelf{map[string]string{}, map[string]Asset{}}, shelf{map[string]string{}, map[string]Asset{}}
	first.add("a.css", []byte("a{}"))
	second.add("a.css", []byte("a{color:red}"))
	if first.urls["a.css"] == second.urls["a.css"] {
		t.Error("want another address for other content, got the same")
	}
}

// A style sheet or script that asks another host for anything would be stopped by the
// Content-Security-Policy, and would tell that host who reads the page.
func TestOwnFiles_AskNoOtherHost(t *testing.T) {
	for name, url := range shelves.urls {
		content := string(shelves.hashed[strings.TrimPrefix(url, Prefix)].Content)
		own := regexp.MustCompile(`url\("/assets/[a-z-]+\.[0-9a-f]{12}\.woff2"\)`).ReplaceAllString(content, "")
		if strings.HasSuffix(name, ".css") && regexp.MustCompile(`@import|url\(|https?:`).MatchString(own) {
			t.Errorf("%s: want no import and no url() but of our own faces", name)
		}
		if strings.HasPrefix(name, "urna") && strings.Contains(content, "//www.") {
			t.Errorf("%s: want no address of another host", name)
		}
	}
}
