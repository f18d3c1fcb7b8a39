package web_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	formInput  = regexp.MustCompile(`(?s)<input[^>]*>|<select[^>]*>.*?</select>|<textarea[^>]*>.*?</textarea>`)
	formOption = regexp.MustCompile(`<option[^>]*>`)
)

// attribute returns an attribute of a tag, and whether it is there.
func attribute(tag, name string) (string, bool) {
	found := regexp.MustCompile(`\s` + name + `(?:="([^"]*)")?[\s/>]`).FindStringSubmatch(tag)
	if found == nil {
		return "", false
	}
	return html.UnescapeString(found[1]), true
}

// filled returns what a browser without scripts would send of a page's form with the action, as it is shown.
func filled(t *testing.T, page, action string) url.Values {
	t.Helper()
	start := regexp.MustCompile(`<form[^>]*action="` + regexp.QuoteMeta(action) + `"[^>]*>`).FindStringIndex(page)
	if start == nil {
		t.Fatalf("want a form to %s, got %s", action, page)
	}
	form, _, _ := strings.Cut(page[start[1]:], "</form>")
	sent := url.Values{}
	for _, tag := range formInput.FindAllString(form, -1) {
		head, _, _ := strings.Cut(tag, ">")
		head += ">"
		name, named := attribute(head, "name")
		kind, _ := attribute(head, "type")
		value, _ := attribute(head, "value")
		_, checked := attribute(head, "checked")
		switch {
		case !named || (kind == "checkbox" || kind == "radio") && !checked:
			continue
		case strings.HasPrefix(tag, "<select"):
			for i, option := range formOption.FindAllString(tag, -1) {
				if _, chosen := attribute(option, "selected"); chosen || i == 0 {
					value, _ = attribute(option, "value")
				}
			}
		case strings.HasPrefix(tag, "<textarea"):
			value = html.UnescapeString(strings.TrimSuffix(tag[len(head):], "</textarea>"))
		}
		sent.Add(name, value)
	}
	return sent
}
