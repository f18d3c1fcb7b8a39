package web_test

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestOfficial_BadLinesAreShownAndDownloaded sends a file with four kinds of bad lines: each is on the page with its wrong value
// marked, and all are in the download.
func TestOfficial_BadLinesAreShownAndDownloaded(t *testing.T) {
	s := newSite(t)
	v := s.signedIn(t, "official")
	good := strings.TrimSuffix(ballot(1, 1), ",1\n")
	content := good + ",1\n" + good + ",one\n" + "0000-1,1\n" + good + "\n" + good + ", 1O \n"
	page := text(v.sendFiles(t, file{"bad.csv", content}))
	wants(t, page, good+`,<mark class="wrong">one</mark>`, `<mark class="wrong">0000-1</mark>,1`, `<mark class="wrong">`+good+`</mark>`, good+`, <mark class="wrong">1O</mark> `)
	link := regexp.MustCompile(`href="data:text/csv;charset=utf-8;base64,([^"]*)" download="urna-bad-lines.csv"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("want the bad lines to download, got %s", page)
	}
	table, err := base64.StdEncoding.DecodeString(html.UnescapeString(link[1]))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	if len(lines) != 5 || lines[0] != "line,content,problem" || !strings.HasPrefix(lines[1], `2,"`+good+`,one",`) || !strings.HasPrefix(lines[4], "5,") {
		t.Errorf("want lines 2 to 5, got %q", lines)
	}
	if page := text(v.sendFiles(t, file{"many.csv", strings.Repeat("x\n", 250)})); !strings.Contains(page, "Download the first 200 bad lines") || strings.Count(page, `data-testid="bad-line"`) != 20 {
		t.Errorf("want 20 of 250 lines shown and 200 to download, got %d", strings.Count(page, `data-testid="bad-line"`))
	}
}

// TestOfficial_TheProtocolIsComparedWithTheFile types the numbers of a protocol that differs in two, and of one that agrees.
func TestOfficial_TheProtocolIsComparedWithTheFile(t *testing.T) {
	s := newSite(t)
	v, other := s.signedIn(t, "official"), s.signedIn(t, "other official")
	v.sendFiles(t, file{"one.csv", ballot(1, 1) + ballot(2, 1) + ballot(3, 1) + ballot(3, 1) + ballot(4, 9)})
	page := v.look(t)
	address := regexp.MustCompile(`href="(/official/uploads/\d+/comparison)"`).FindStringSubmatch(page)
	if address == nil {
		t.Fatalf("want a link to the comparison, got %s", page)
	}
	if form := text(v.send(t, http.MethodGet, address[1], "")); strings.Contains(form, "lines in the file") || !strings.Contains(form, `name="votes-1"`) {
		t.Error("want the file's numbers only after those of the paper")
	}
	page = text(v.post(t, address[1], url.Values{"votes-1": {"5"}, "sum": {"4"}}))
	wants(t, page, "2 numbers differ", "4 lines in the file", "The file has 1 fewer than the protocol.", "The file has 1 more than the protocol.")
	if n := strings.Count(page, "comparison-differs"); n != 2 {
		t.Errorf("want two rows that differ, got %d", n)
	}
	wants(t, text(v.post(t, address[1], url.Values{"votes-1": {"4"}, "sum": {"5"}})), "agree in all 2 numbers")
	for name, form := range map[string]url.Values{"no number": {"votes-1": {"two"}}, "nothing": {}} {
		if answer := v.post(t, address[1], form); answer.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: want it refused, got %s", name, answer.Status)
		}
	}
	table := text(v.send(t, http.MethodGet, strings.TrimSuffix(address[1], "comparison")+"not-counted.csv", ""))
	want := fmt.Sprintf("line,guid,poll_number,reason,counted_in_batch\n4,%s,duplicate-ballot,\n5,%s,unknown-poll-number,\n", strings.TrimSpace(ballot(3, 1)), strings.TrimSpace(ballot(4, 9)))
	if table != want {
		t.Errorf("want %q, got %q", want, table)
	}
	for _, path := range []string{address[1], strings.TrimSuffix(address[1], "comparison") + "not-counted.csv"} {
		if answer := other.send(t, http.MethodGet, path, ""); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: want another official's file unknown, got %s", path, answer.Status)
		}
	}
}

// TestOfficial_SeesWhatIsExpected counts the polling stations that sent something, names the others, and begins a file from the
// template.
func TestOfficial_SeesWhatIsExpected(t *testing.T) {
	s := newSite(t)
	e := s.stationed(t)
	v := s.signedIn(t, "official")
	wants(t, text(v.send(t, http.MethodGet, "/official", "")), "0 of 3 polling stations received")
	template := text(v.send(t, http.MethodGet, fmt.Sprintf("/official/elections/%d/template.csv", e.ID), ""))
	if template != "guid,poll_number,station\n" {
		t.Fatalf("want the columns, got %q", template)
	}
	answer := v.sendTo(t, e, e.Constituencies[0].ID, "", template+strings.TrimSpace(ballot(1, 1))+",13\n")
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("want the filled template taken, got %s: %s", answer.Status, text(answer))
	}
	v.post(t, "/official/uploads/confirm", choices(v.look(t)))
	page := text(v.send(t, http.MethodGet, "/official", ""))
	wants(t, page, "1 of 3 polling stations received")
	if got := values(page, "awaited-station"); !slices.Equal(got, []string{"12 Harbour School", "14 Town Hall"}) {
		t.Errorf("want the two awaited stations, got %q", got)
	}
}
