package letters_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/letters"
	"urna/web/view"
)

const guid = "0123abcd-4567-49ef-8a1b-2c3d4e5f6071"

// election is one with two constituencies.
func election() *elections.Election {
	return &elections.Election{
		ID: 7, Title: "Trees & <shrubs>", TimeZone: "Europe/Belgrade",
		StartsAt: time.Date(2026, 5, 3, 5, 0, 0, 0, time.UTC), EndsAt: time.Date(2026, 5, 3, 18, 0, 0, 0, time.UTC),
		Constituencies: []elections.Constituency{{ID: 1, Name: "North <1>"}, {ID: 2, Name: "South"}},
	}
}

// each yields keys and then, where it is not nil, an error.
func each(err error, keys ...online.Key) iter.Seq2[online.Key, error] {
	return func(yield func(online.Key, error) bool) {
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
		if err != nil {
			yield(online.Key{}, err)
		}
	}
}

// write returns the document with a letter for each key.
func write(t *testing.T, keys ...online.Key) string {
	t.Helper()
	l, err := letters.New(election(), " https://vote.example.org/town/ ")
	if err != nil {
		t.Fatal(err)
	}
	l.Whole = true
	var b strings.Builder
	if err := l.Write(t.Context(), &b, each(nil, keys...)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite_OnePageForEveryVoter(t *testing.T) {
	document := write(t,
		online.Key{PersonalID: "id-1", GUID: guid, ConstituencyID: 1, Name: "Ana <script>", Email: `"a"@example.org`},
		online.Key{PersonalID: "id-2 & co", GUID: strings.ReplaceAll(guid, "a", "f"), ConstituencyID: 2},
	)
	pages := strings.Split(document, `<section class="letter"`)[1:]
	if len(pages) != 2 {
		t.Fatalf("want two letters, got %d", len(pages))
	}
	if !strings.Contains(document, "break-after: page") && !strings.Contains(document, "break-after:page") {
		t.Error("want each letter on a page of its own")
	}
	for i, want := range [][]string{
		{"Ana &lt;script&gt;", "&#34;a&#34;@example.org", "North &lt;1&gt;", "Trees &amp; &lt;shrubs&gt;", "id-1", "<span>0123 abcd 4567 49ef</span>", "<span>8a1b 2c3d 4e5f 6071</span>"},
		{"id-2 &amp; co", "South", "<span>0123 fbcd 4567 49ef</span>", "<b>https://vote.example.org/town/vote/7</b>"},
	} {
		for _, part := range want {
			if !strings.Contains(pages[i], part) {
				t.Errorf("letter %d: want %q", i+1, part)
			}
		}
		if n := strings.Count(pages[i], "<li>"); n != 3 {
			t.Errorf("letter %d: want three steps, got %d", i+1, n)
		}
	}
	for _, never := range []string{"<script", "<shrubs", "North <1", guid, strings.ReplaceAll(guid, "-", ""), "#id="} {
		if strings.Contains(document, never) {
			t.Errorf("want %q nowhere", never)
		}
	}
	if strings.Contains(pages[0], "id-2") || strings.Contains(pages[1], "id-1") {
		t.Error("want each letter to be one voter's")
	}
}

// TestWrite_TheKeyIsInTheFragment draws the picture of the one right address and looks for it on the letter.
func TestWrite_TheKeyIsInTheFragment(t *testing.T) {
	const link = "https://vote.example.org/town/vote/7#id=id+%26+1&key=0123abcd456749ef8a1b2c3d4e5f6071"
	code, err := view.NewQR(messages.Message{}, link)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(write(t, online.Key{PersonalID: "id & 1", GUID: guid}), code.Path) {
		t.Errorf("want a picture of %s", link)
	}
	u, err := url.Parse(link)
	if err != nil || u.RawQuery != "" || strings.Contains(u.Path, "0123") {
		t.Errorf("want neither path nor query to hold the key, got %+v, %v", u, err)
	}
}

func TestNew_RefusesAddressesThatNobodyCanOpen(t *testing.T) {
	for _, address := range []string{"", "vote.example.org", "ftp://h", "https://", "https://:80", "https://u:p@h", "https://h?x=1", "https://h#x", "javascript:alert(1)"} {
		if _, err := letters.New(election(), address); !errors.Is(err, letters.ErrAddress) {
			t.Errorf("%q: want ErrAddress, got %v", address, err)
		}
	}
}

func TestWrite_AnErrorOfTheKeysEndsIt(t *testing.T) {
	l, err := letters.New(election(), "https://h")
	if err != nil {
		t.Fatal(err)
	}
	lost := errors.New("the disk is gone")
	var b strings.Builder
	if err := l.Write(t.Context(), &b, each(lost, online.Key{PersonalID: "a", GUID: guid})); !errors.Is(err, lost) || strings.Contains(b.String(), "</html>") {
		t.Errorf("want the error and no whole document, got %v", err)
	}
}

func TestCSV_ReadsWhatItWrote(t *testing.T) {
	want := []online.Key{
		{PersonalID: "=1+1", GUID: guid, ConstituencyID: 1, Name: "=HYPERLINK(1)", Email: "@b"},
		{PersonalID: "2", GUID: guid, ConstituencyID: 2, Name: `Zoë "Z", d.`},
		{PersonalID: "3", GUID: guid, ConstituencyID: 2, Name: "'plain"},
		{PersonalID: "'=4", GUID: guid, ConstituencyID: 2, Name: "'+x", Email: "\t@c"},
	}
	var b strings.Builder
	if err := letters.WriteCSV(&b, election(), each(nil, want...)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\n'=1+1,"+guid+",North <1>,'=HYPERLINK(1),'@b,,,,,,,\n") {
		t.Errorf("want no formula, got %s", b.String())
	}
	var got []online.Key
	for key, err := range letters.ReadCSV(strings.NewReader(b.String()), election()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, key)
	}
	if !slices.Equal(want, got) {
		t.Errorf("want %+v, got %+v", want, got)
	}
}

func TestPart_CountsFromOne(t *testing.T) {
	all := each(nil, online.Key{PersonalID: "a"}, online.Key{PersonalID: "b"}, online.Key{PersonalID: "c"})
	for _, c := range []struct {
		first, most int64
		want        string
	}{{1, 0, "abc"}, {0, 0, "abc"}, {2, 1, "b"}, {1, 2, "ab"}, {3, 9, "c"}, {4, 1, ""}} {
		var ids strings.Builder
		for key, err := range letters.Part(all, c.first, c.most) {
			if err != nil {
				t.Fatal(err)
			}
			ids.WriteString(key.PersonalID)
		}
		if got := ids.String(); got != c.want {
			t.Errorf("from %d, %d: want %q, got %q", c.first, c.most, c.want, got)
		}
	}
}

// BenchmarkWrite writes a thousand letters at a time.
func BenchmarkWrite(b *testing.B) {
	l, err := letters.New(election(), "https://vote.example.org")
	if err != nil {
		b.Fatal(err)
	}
	thousand := func(yield func(online.Key, error) bool) {
		for i := range 1000 {
			if !yield(online.Key{PersonalID: fmt.Sprintf("person-%06d", i), GUID: guid, ConstituencyID: 1, Name: "Ana Ilić"}, nil) {
				return
			}
		}
	}
	b.ReportAllocs()
	size := int64(0)
	for b.Loop() {
		size = 0
		if err := l.Write(context.Background(), counter{&size}, thousand); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(size)/1000, "B/letter")
}

// counter counts written bytes.
type counter struct{ n *int64 }

func (c counter) Write(p []byte) (int, error) {
	*c.n += int64(len(p))
	return io.Discard.Write(p)
}
