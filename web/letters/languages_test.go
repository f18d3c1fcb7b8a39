package letters_test

import (
	"fmt"
	"strings"
	"testing"

	"urna/ballots/online"
	"urna/internal/messages"
	"urna/web/letters"
	"urna/web/view"
)

// TestWrite_InTwoLanguages writes letters with a page in Georgian and one in English: each has the whole key, names in its
// language, and the address of the voting page in it.
func TestWrite_InTwoLanguages(t *testing.T) {
	e := election()
	e.Names, e.Constituencies[0].Names = `{"ka":"ხეები"}`, `{"ka":"ჩრდილოეთი"}`
	l, err := letters.New(e, "https://vote.example.org")
	if err != nil {
		t.Fatal(err)
	}
	georgian, _ := messages.In("ka")
	l.Whole, l.Languages = true, []*messages.Localizer{georgian, messages.English()}
	var b strings.Builder
	keys := each(nil, online.Key{PersonalID: "id-1", GUID: guid, ConstituencyID: 1}, online.Key{PersonalID: "id-2", GUID: guid, ConstituencyID: 2})
	if err := l.Write(t.Context(), &b, keys); err != nil {
		t.Fatal(err)
	}
	document := b.String()
	if head, _, _ := strings.Cut(document, "</head>"); !strings.Contains(head, `<html lang="ka">`) || !strings.Contains(head, "ხეები") {
		t.Errorf("want the document and its title in the first language, got %s", head)
	}
	pages := strings.Split(document, `<section class="letter"`)[1:]
	if len(pages) != 4 {
		t.Fatalf("want two pages for each of two voters, got %d", len(pages))
	}
	for i, page := range pages {
		tag, title, again := "ka", "ხეები", i%2 == 1
		if again {
			tag, title = "en", "Trees &amp; &lt;shrubs&gt;"
		}
		address := "https://vote.example.org/vote/7?lang=" + tag
		qr, err := view.NewQR(messages.LettersQr(), fmt.Sprintf("%s#id=id-%d&key=%s", address, i/2+1, strings.ReplaceAll(guid, "-", "")))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			` lang="` + tag + `"`, `data-testid="letter`, "<h1>" + title + "</h1>", address, "0123 abcd 4567 49ef", `d="` + qr.Path + `"`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("page %d: want %q", i+1, want)
			}
		}
		if strings.Contains(page, `data-testid="letter-again"`) != again {
			t.Errorf("page %d: want only the second language marked as one", i+1)
		}
	}
	if !strings.Contains(pages[0], "ჩრდილოეთი") || !strings.Contains(pages[1], "North &lt;1&gt;") {
		t.Error("want the constituency by its name in each language")
	}
}
