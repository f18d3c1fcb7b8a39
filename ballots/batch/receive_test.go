package batch_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/problem"
)

// refused uploads a file that must be refused and checks that nothing of it is left.
func (h *env) refused(t *testing.T, content string) *problem.Error {
	t.Helper()
	_, err := h.batches.Receive(context.Background(),
		batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "ballots.csv"}, strings.NewReader(content))
	if !errors.Is(err, batch.ErrMalformedFile) {
		t.Fatalf("want the file refused as malformed, got %v", err)
	}
	h.wantFiles(t, 0)
	var f *problem.Error
	errors.As(err, &f)
	return f
}

func utf16Text(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

func TestReceive_RefusesWithReason(t *testing.T) {
	good := guid(1).String()
	for name, c := range map[string]struct {
		content, field, says string
	}{
		"empty":                  {"", "file", "no ballots"},
		"only blank lines":       {"\n\r\n \n", "file", "no ballots"},
		"only a header":          {"guid,poll\n", "file", "no ballots"},
		"pdf":                    {"%PDF-1.7\n...", "file", "PDF"},
		"xlsx":                   {"PK\x03\x04 and so on", "file", "XLSX"},
		"utf-16 with mark":       {utf16Text(good + ",1\n"), "file", "UTF-16"},
		"utf-16 without mark":    {utf16Text(good + ",1\n")[2:], "file", "UTF-16"},
		"binary inside":          {good + ",1\n\x00\x01\x02\x03,4\n", "line 2", "do not belong"},
		"one value":              {good + "\n", "line 1", "two values"},
		"three values":           {good + ",1,2\n", "line 1", "two values"},
		"empty poll number":      {good + ",\n", "line 1", "poll number"},
		"negative poll number":   {good + ",-1\n", "line 1", "poll number"},
		"plus":                   {good + ",+1\n", "line 1", "poll number"},
		"fraction":               {good + ",1.0\n", "line 1", "poll number"},
		"thirty digits":          {good + "," + strings.Repeat("1", 30) + "\n", "line 1", "poll number"},
		"over the largest":       {good + ",100000\n", "line 1", "poll number"},
		"arabic digits":          {good + ",١\n", "line 1", "poll number"},
		"not a guid":             {"12345,1\n", "line 1", "GUID"},
		"guid too short":         {good[:35] + ",1\n", "line 1", "GUID"},
		"guid with letter g":     {"g" + good[1:] + ",1\n", "line 1", "GUID"},
		"nil guid":               {"00000000-0000-0000-0000-000000000000,1\n", "line 1", "GUID"},
		"damaged first line":     {"5f0c7c9e-zzzz,one\n" + good + ",1\n", "line 1", "GUID"},
		"open quotation mark":    {`"` + good + ",1\n", "line 1", "quotation mark"},
		"blank line inside":      {good + ",1\n\n" + guid(2).String() + ",1\n", "line 2", "blank"},
		"header in the middle":   {good + ",1\nguid,poll\n", "line 2", "GUID"},
		"line of two megabytes":  {strings.Repeat("x", 2<<20) + "\n" + good + ",1\n", "line 1", "longer"},
		"million columns":        {strings.Repeat(",", 1_000_000) + "\n", "line 1", "longer"},
		"old mac line ends":      {good + ",1\r" + good + ",1\r", "line 1", "old Macs"},
		"sep= in the middle":     {good + ",1\nsep=;\n" + guid(2).String() + ";1\n", "line 2", "GUID"},
		"two sep= lines":         {"sep=;\nsep=;\n" + good + ";1\n", "line 2", "GUID"},
		"not the declared one":   {"sep=;\n" + good + ";1\n" + guid(2).String() + ",1\n", "line 3", "separated by a semicolon"},
		"nor a tab":              {"sep=,\n" + good + "\t1\n", "line 2", "separated by a comma"},
		"an unknown separator":   {"\ufeffsep=|\n" + good + "|1\n", "line 1", "names a separator that is not read here"},
		"sep= and two headers":   {"sep=;\nguid;poll\nguid;poll\n" + good + ";1\n", "line 3", "GUID"},
		"sep= and nothing":       {"sep=;\r\n", "file", "no ballots"},
		"zero width space":       {good + ",1\n\u200b" + guid(2).String() + ",1\n", "line 2", "U+200B (zero width space) before the GUID, at column 1."},
		"within the guid":        {good[:8] + "\u00ad" + good[8:] + ",1\n", "line 1", "U+00AD (soft hyphen) within the GUID, at column 9."},
		"before the poll number": {good + ",\u00a01\n", "line 1", "U+00A0 (no-break space) before the poll number, at column 38."},
		"after the poll number":  {good + ",1\u202c\r\n", "line 1", "U+202C (end of embedding) after the poll number, at column 39."},
		"null at the start":      {"\x00" + good + ",1\n", "line 1", "U+0000 (null) before the GUID, at column 1."},
		"null at the end":        {good + ",1\x00\n", "line 1", "U+0000 (null) after the poll number, at column 39."},
		"files joined":           {good + ",1\n\ufeff" + guid(2).String() + ",1\n", "line 2", "U+FEFF (byte order mark) before the GUID, at column 1. A file may begin with it;"},
		"joined with headers":    {"\ufeffguid,poll\n" + good + ",1\n\ufeffguid,poll\n", "line 3", "U+FEFF"},
		"two marks":              {"\ufeff\ufeff" + good + ",1\n", "line 1", "U+FEFF"},
		"a mark after sep=":      {"sep=;\n\ufeff" + good + ";1\n", "line 2", "U+FEFF"},
		"nothing to be seen":     {good + ",1\n \u200b\ufeff\n", "line 2", "looks blank and has the invisible character U+200B (zero width space), at column 2. Delete"},
		"a blank of another set": {"\xa0" + good + ",1\n", "line 1", "the byte A0 at column 1"},
		"a picture's bytes":      {good + ",1\n\x03\x04\x00x\n", "line 2", "bytes that do not belong"},
		"problem on a late line": {good + ",1\n" + guid(2).String() + ",x\n", "line 2", "poll number"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			f := h.refused(t, c.content)
			if len(f.Fields) == 0 || f.Fields[0].Name != c.field || !strings.Contains(f.Fields[0].Message.String(), c.says) {
				t.Errorf("want %s: …%s…, got %v", c.field, c.says, f.Fields)
			}
		})
	}
}

func TestReceive_NamesTwentyProblemsAndCountsAll(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	f := h.refused(t, guid(1).String()+",1\n"+strings.Repeat("wrong,1\n", 133))
	if len(f.Fields) != 20 || f.Fields[0].Name != "line 2" || f.Fields[19].Name != "line 21" {
		t.Errorf("want the problems of lines 2 to 21, got %v", f.Fields)
	}
	if f.Extra["problems"] != int64(133) || !strings.Contains(f.Message.String(), "133") {
		t.Errorf("want 133 problems in all, got %v: %s", f.Extra, f.Message)
	}
}

func TestReceive_AcceptsWhereTheMeaningIsPlain(t *testing.T) {
	a, b := guid(1).String(), guid(2).String()
	for name, content := range map[string]string{
		"plain":                a + ",1\n" + b + ",2\n",
		"no last line end":     a + ",1\n" + b + ",2",
		"crlf":                 a + ",1\r\n" + b + ",2\r\n",
		"mixed line ends":      a + ",1\r\n" + b + ",2\n",
		"byte order mark":      "\xef\xbb\xbf" + a + ",1\n" + b + ",2\n",
		"header":               "guid,poll_number\n" + a + ",1\n" + b + ",2\n",
		"mark, header, quotes": "\xef\xbb\xbf\"Ballot GUID\";\"Poll number\"\r\n\"" + a + "\";\"1\"\r\n\"" + b + "\";\"2\"\r\n",
		"semicolons":           a + ";1\n" + b + ";2\n",
		"tabs":                 a + "\t1\n" + b + "\t2\n",
		"blanks around":        " " + a + " , 1 \n" + b + ", 2\n",
		"blank lines at end":   a + ",1\n" + b + ",2\n\n  \n\r\n",
		"upper case":           strings.ToUpper(a) + ",1\n" + b + ",2\n",
		"braces":               "{" + a + "},1\n" + b + ",2\n",
		"without dashes":       strings.ReplaceAll(a, "-", "") + ",1\n" + b + ",2\n",
		"leading zeros":        a + ",001\n" + b + ",2\n",
		"separator line":       "sep=;\r\n" + a + ";1\r\n" + b + ";2\r\n",
		"its comma":            "sep=,\n" + a + ",1\n" + b + ",2\n",
		"its tab":              "sep=\t\n" + a + "\t1\n" + b + "\t2\n",
		"its quotes":           "\"sep=;\"\n" + a + ";1\n" + b + ";2\n",
		"mark, sep, header":    "\xef\xbb\xbfSEP=;\r\n\"GUID\";\"Poll number\"\r\n\"" + a + "\";\"1\"\r\n" + b + ";2\r\n\r\n",
		"sep with empty cells": "sep=;;;\n" + a + ";1\n" + b + ";2\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{ChunkLines: 1})
			defer h.close(t)
			h.start(t)
			got := h.await(t, h.receive(t, content).ID)
			if got.Lines != 2 || got.Valid != 2 {
				t.Errorf("want 2 lines, 2 valid, got %+v", got)
			}
			same := h.await(t, h.receive(t, a+",3\n").ID)
			if same.Duplicates != 1 {
				t.Errorf("want the GUID recognised however it was written, got %+v", same)
			}
		})
	}
}

func TestReceive_SameFileIsAQuestion(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	h.start(t)
	content := guid(1).String() + ",1\n"
	first := h.receive(t, content)
	deliver := func(d batch.Delivery) (batch.Batch, *problem.Error) {
		d.Actor, d.ElectionID = official, h.election.ID
		b, err := h.batches.Receive(t.Context(), d, strings.NewReader(content))
		var f *problem.Error
		errors.As(err, &f)
		return b, f
	}
	if _, f := deliver(batch.Delivery{}); !errors.Is(f, batch.ErrSameFile) || f.Extra["batch_id"] != first.ID {
		t.Fatalf("want same-file about batch %d, got %v", first.ID, f)
	}
	if b, f := deliver(batch.Delivery{Again: true}); f != nil || h.await(t, b.ID).Duplicates != 1 {
		t.Errorf("want the second batch counted as a duplicate, got %v", f)
	}
}

func TestReceive_RefusesOutsideOpenAndCounting(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		starts, ends time.Time
		channels     []elections.Channel
		want         error
	}{
		"scheduled":   {now.Add(time.Hour), now.Add(2 * time.Hour), nil, batch.ErrElectionTakesNoBatches},
		"open":        {now.Add(-time.Hour), now.Add(time.Hour), nil, nil},
		"counting":    {now.Add(-2 * time.Hour), now.Add(-time.Hour), nil, nil},
		"online only": {now.Add(-time.Hour), now.Add(time.Hour), []elections.Channel{elections.Online}, batch.ErrElectionTakesNoBatches},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			d := h.election.Draft()
			d.StartsAt, d.EndsAt, d.Channels = c.starts, c.ends, c.channels
			d.OpenNow = true
			e, err := h.elections.Create(t.Context(), official, d)
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: e.ID},
				strings.NewReader(guid(1).String()+",1\n"))
			if !errors.Is(err, c.want) {
				t.Errorf("want %v, got %v", c.want, err)
			}
		})
	}
}

// TestReceive_BrokenUploadLeavesNothing breaks the stream half way.
func TestReceive_BrokenUploadLeavesNothing(t *testing.T) {
	h := open(t, t.TempDir(), batch.Options{})
	defer h.close(t)
	broken := errors.New("connection reset")
	body := &breakingReader{content: strings.NewReader(string(random(20_000, 3))), err: broken}
	_, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID}, body)
	if !errors.Is(err, broken) {
		t.Errorf("want the stream's own error, got %v", err)
	}
	h.wantFiles(t, 0)
	if all, _ := h.batches.Batches(t.Context(), batch.Filter{}); len(all) != 0 {
		t.Errorf("want no batch, got %v", all)
	}
}

// breakingReader fails at the end of its content.
type breakingReader struct {
	content *strings.Reader
	err     error
}

func (r *breakingReader) Read(p []byte) (int, error) {
	n, err := r.content.Read(p)
	if err != nil {
		return n, r.err
	}
	return n, nil
}

func TestReceive_Strict(t *testing.T) {
	a, b := guid(1).String(), guid(2).String()
	for name, c := range map[string]struct{ content, want string }{
		"good":               {a + ",1\n" + b + ",2\n", ""},
		"no last line end":   {a + ",1\n" + b + ",2", ""},
		"blanks, crlf":       {" " + a + " , 1 \r\n" + b + ",\t2\r\n", ""},
		"empty":              {"", ""},
		"header":             {"guid,poll\n" + a + ",1\n", "Incorrect poll number on line 0."},
		"blank line":         {a + ",1\n\n" + b + ",1\n", "Incorrect number of values on line 1."},
		"one value":          {a + ",1\n" + b + "\n", "Incorrect number of values on line 1."},
		"three values":       {a + ",1,\n", "Incorrect number of values on line 0."},
		"semicolon":          {a + ";1\n", "Incorrect number of values on line 0."},
		"poll number zero":   {a + ",0\n", "Incorrect poll number on line 0."},
		"negative":           {a + ",1\n" + a + ",-1\n", "Incorrect poll number on line 1."},
		"words":              {"x,y\n", "Incorrect poll number on line 0."},
		"guid":               {"x,1\n", "Incorrect GUID on line 0."},
		"quoted":             {`"` + a + `",1`, "Incorrect GUID on line 0."},
		"first problem only": {a + ",1\nx,1\ny\n", "Incorrect GUID on line 1."},
		"pdf":                {"%PDF-1.7\n", "Incorrect number of values on line 0."},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			defer h.close(t)
			h.start(t)
			got, err := h.batches.Receive(t.Context(),
				batch.Delivery{Actor: official, ElectionID: h.election.ID, EPMSFormat: true}, strings.NewReader(c.content))
			if c.want == "" {
				if err != nil {
					t.Fatalf("want it accepted, got %v", err)
				}
				if got = h.await(t, got.ID); got.Valid != got.Lines {
					t.Errorf("want all lines valid, got %+v", got)
				}
				return
			}
			if !errors.Is(err, batch.ErrEPMSFormat) || err.Error() != c.want {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}

// atEnd calls look where its reader ends, while the upload is still being received.
type atEnd struct {
	*strings.Reader

	look func()
}

// Read reads, and looks at the end.
func (r atEnd) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		r.look()
	}
	return n, err
}

func TestReceive_SpoiledFileTakesNoRoom(t *testing.T) {
	good := strings.Repeat(guid(1).String()+",1\n", 200_000) // some eight megabytes
	for name, c := range map[string]struct {
		content  string
		strict   bool
		problems int
	}{
		"bad line":        {content: "nothing,of,it\n" + good + "the,last,line\n", problems: 2},
		"document":        {content: "%PDF-1.7\n" + good, problems: 1},
		"strict bad line": {content: guid(1).String() + ",0\n" + good, strict: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, t.TempDir(), batch.Options{})
			spooled := int64(-1)
			look := func() {
				files, err := os.ReadDir(filepath.Join(h.path, "spool"))
				if err != nil {
					t.Error(err)
				}
				for _, f := range files {
					if info, err := f.Info(); err == nil {
						spooled = max(spooled, info.Size())
					}
				}
			}
			_, err := h.batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: h.election.ID, EPMSFormat: c.strict},
				atEnd{strings.NewReader(c.content), look})
			f, ok := errors.AsType[*problem.Error](err)
			if !ok || len(f.Fields) != c.problems {
				t.Errorf("want the file refused with all its problems, got %v", err)
			}
			if spooled < 0 || spooled > 1<<20 {
				t.Errorf("want next to nothing written once the file is known to be refused, got %d bytes of %d", spooled, len(c.content))
			}
		})
	}
}
