package online

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"urna/internal/messages"
)

// readRoll returns the voters of a roll's file, and whether it had a header.
func readRoll(t *testing.T, file string) ([]Voter, bool) {
	t.Helper()
	f := NewRollFile(iotest.OneByteReader(strings.NewReader(file)))
	var voters []Voter
	for v, err := range f.Voters() {
		if err != nil {
			t.Fatal(err)
		}
		voters = append(voters, v)
	}
	return voters, f.Header
}

func TestRollFile_Columns(t *testing.T) {
	ana := Voter{Line: 1, PersonalID: "101", Constituency: "North", Name: "Ana Ilić", Email: "ana@example.org"}
	onLine := func(v Voter, line int64) Voter { v.Line = line; return v }
	idOnly := Voter{Line: 1, PersonalID: "101"}
	for name, test := range map[string]struct {
		file   string
		header bool
		want   []Voter
	}{
		"an id a line":               {"101\n102\n", false, []Voter{idOnly, {Line: 2, PersonalID: "102"}}},
		"no end of line at the end":  {"101", false, []Voter{idOnly}},
		"all columns":                {"101,North,Ana Ilić,ana@example.org\r\n", false, []Voter{ana}},
		"semicolons":                 {"101;North;Ana Ilić;ana@example.org", false, []Voter{ana}},
		"tabs":                       {"101\tNorth\tAna Ilić\tana@example.org", false, []Voter{ana}},
		"quotation marks":            {`"101" , "North", "Ana Ilić",ana@example.org`, false, []Voter{ana}},
		"a separator inside":         {`101,"North, ""new""",,`, false, []Voter{{Line: 1, PersonalID: "101", Constituency: `North, "new"`}}},
		"a byte order mark":          {"\ufeff101", false, []Voter{idOnly}},
		"a header":                   {"personal_id\n101", true, []Voter{onLine(idOnly, 2)}},
		"a header in another order":  {"E-mail;Full name;Personal ID;Constituency\nana@example.org;Ana Ilić;101;North", true, []Voter{onLine(ana, 2)}},
		"further columns":            {"no,personal id,born\n7,101,1980-01-01", true, []Voter{onLine(idOnly, 2)}},
		"a header after a mark":      {"\ufeff\"JMBG\"\n101", true, []Voter{onLine(idOnly, 2)}},
		"blank lines":                {"\n101\n\n \t\n102\n\n", false, []Voter{onLine(idOnly, 2), {Line: 5, PersonalID: "102"}}},
		"an id that is a word":       {"ana\nid7", false, []Voter{{Line: 1, PersonalID: "ana"}, {Line: 2, PersonalID: "id7"}}},
		"empty columns behind":       {"101,,,,,", false, []Voter{idOnly}},
		"a spreadsheet's first line": {"\ufeffsep=;\r\npersonal_id;name\r\n101;\r\n", true, []Voter{onLine(idOnly, 3)}},
		"one with a tab":             {"\"sep=\t\"\r\n101\t\r\n", false, []Voter{onLine(idOnly, 2)}},
		"its separator decides":      {"sep=;\n101;North, new;Ana\n", false, []Voter{{Line: 2, PersonalID: "101", Constituency: "North, new", Name: "Ana"}}},
		"though there are others":    {"sep=,\n101,N;o;r;th\n", false, []Voter{{Line: 2, PersonalID: "101", Constituency: "N;o;r;th"}}},
		"with empty cells behind":    {"sep=;;;\nid;;;\n101;;;\n", true, []Voter{onLine(idOnly, 3)}},
		"rows of empty cells":        {"id;name\r\n101;\r\n;\r\n\"\"; \r\n", true, []Voter{onLine(idOnly, 2)}},
		"what names need":            {"1,,می\u200cخواهم \u200e(x)\u00a0❤\ufe0f,", false, []Voter{{Line: 1, PersonalID: "1", Name: "می\u200cخواهم \u200e(x)\u00a0❤\ufe0f"}}},
		"its like further down":      {"101\nsep=;", false, []Voter{idOnly, {Line: 2, PersonalID: "sep=;"}}},
		"nothing":                    {"", false, nil},
		"a header alone":             {"personal_id,name\n", true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			voters, header := readRoll(t, test.file)
			if diff := cmp.Diff(test.want, voters); diff != "" || header != test.header {
				t.Errorf("want header %v, got %v (-want +got):\n%s", test.header, header, diff)
			}
		})
	}
}

func hiddenAt(where string) messages.Message {
	return messages.Verbatim("The line has the invisible character " + where)
}

func TestRollFile_NamesProblemsByLine(t *testing.T) {
	for name, test := range map[string]struct {
		file    string
		line    int64
		problem messages.Message
		voters  int // with the broken line
	}{
		"a quotation mark left open":    {"1\n\"2\n3\n", 2, messages.RollQuotes(), 3},
		"text behind a quotation mark":  {"1\n\"2\"x\n3\n", 2, messages.RollQuotes(), 3},
		"more values than columns":      {"1,a,b,c,d\n2\n", 1, messages.RollManyValues(), 2},
		"more values than the header":   {"personal_id,name\n1,Ilić, Ana\n2,B\n", 2, messages.RollManyValues(), 2},
		"bytes of another encoding":     {"1\n2,Ili\xe6\n3\n", 2, messages.RollNotUtf8(), 3},
		"UTF-16 with its mark":          {"\xff\xfei\x00d\x00\n\x001\x00\n\x002\x00", 1, messages.RollOtherFormat(), 1},
		"UTF-16 in Cyrillic":            {"\xff\xfe6\x04\n\x001\x00\n\x00", 1, messages.RollOtherFormat(), 1},
		"UTF-16 the other way":          {"\xfe\xff\x046", 1, messages.RollOtherFormat(), 1},
		"an old workbook":               {"\xd0\xcf\x11\xe0\xff\n\xff\n", 1, messages.RollOtherFormat(), 1},
		"UTF-16 without":                {"\x00i\x00d\x00\n\x001\x00\n", 1, messages.RollOtherFormat(), 1},
		"a workbook":                    {"PK\x03\x04\xff\n\xff\n\xff\n", 1, messages.RollOtherFormat(), 1},
		"the line ends of old Macs":     {"id\r1\r2\r", 1, messages.RollCarriageReturn(), 1},
		"a control character":           {"1\n2\x00\n3\n", 2, hiddenAt("U+0000 (null) after the personal id, at column 2. Delete it, or type the value again."), 3},
		"one on the first line":         {"100\x00,North\n2\n3\n", 1, hiddenAt("U+0000 (null) after the personal id, at column 4. Delete it, or type the value again."), 3},
		"a zero width space":            {"1\n\u200b2\n3\n", 2, hiddenAt("U+200B (zero width space) before the personal id, at column 1. Delete it, or type the value again."), 3},
		"a no-break space":              {"1\n1\u00a02\n3\n", 2, hiddenAt("U+00A0 (no-break space) within the personal id, at column 2. Delete it, or write an ordinary blank."), 3},
		"a soft hyphen in a name":       {"1;;\n2;N;Ve\u00adra\n3\n", 2, hiddenAt("U+00AD (soft hyphen) within the name, at column 7. Delete it, or type the value again."), 3},
		"one in an address":             {"id;email\n1;a@\u200db.org\n", 2, hiddenAt("U+200D (zero width joiner) within the e-mail address, at column 5. Delete it, or type the value again."), 1},
		"files joined":                  {"\ufeffid;name\n1;A\n\ufeffid;name\n2;B\n", 3, hiddenAt("U+FEFF (byte order mark) before the personal id, at column 1. A file may begin with it; elsewhere it is left over from files that were joined. Delete it, or send the files one by one."), 3},
		"a separator that is not read":  {"sep=|\n1|N\n2|N\n", 1, messages.CsvSeparator(), 1},
		"an endless line":               {"1\n" + strings.Repeat("x", 200_000) + "\n3\n", 2, messages.RollTooLong(), 3},
		"an endless line at the end":    {"1\n" + strings.Repeat("x", 200_000), 2, messages.RollTooLong(), 2},
		"a header without the main one": {"name,email\nAna,a@example.org\n", 1, messages.RollNoPersonalId(), 1},
		"a header with a column twice":  {"id,name,name\n1,a,b\n", 1, messages.RollColumnTwice("name"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			voters, _ := readRoll(t, test.file)
			var found []Voter
			for _, v := range voters {
				if !v.Problem.IsZero() {
					found = append(found, v)
				}
			}
			if len(voters) != test.voters || len(found) != 1 || found[0].Line != test.line || found[0].Problem.String() != test.problem.String() {
				t.Errorf("want %d lines and on line %d: %s; got %+v", test.voters, test.line, test.problem, voters)
			}
		})
	}
}

func TestRollFile_ErrorsOfTheSourceEndIt(t *testing.T) {
	broken := errors.New("broken off")
	f := NewRollFile(io.MultiReader(strings.NewReader("1\n2\n3"), iotest.ErrReader(broken)))
	read := 0
	for _, err := range f.Voters() {
		if err != nil {
			if read != 2 || !errors.Is(err, broken) {
				t.Errorf("want two whole lines and then the error, got %d and %v", read, err)
			}
			return
		}
		read++
	}
	t.Error("want the error of the source, got none")
}

func TestKey_AsAPersonTypesIt(t *testing.T) {
	const want = "5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11"
	for _, typed := range []string{
		want, strings.ToUpper(want), "5f0c7c9e3d2b4a579a0e0f6a3b1c9d11", "{5F0C7C9E-3D2B-4A57-9A0E-0F6A3B1C9D11}",
		"5f0c 7c9e 3d2b 4a57 9a0e 0f6a 3b1c 9d11", "5f0c7c9e 3d2b 4a57 9a0e 0f6a3b1c9d11", " 5F0C-7C9E-3D2B-4A57-9A0E-0F6A-3B1C-9D11 ",
		"5f0c7c9e–3d2b—4a57−9a0e‑0f6a\u00a03b1c\u202f9d11", "5 f 0 c 7 c 9 e 3 d 2 b 4 a 5 7 9 a 0 e 0 f 6 a 3 b 1 c 9 d 1 1", "5f0c-7c9e 3d2b-4a57 9a0e0f6a 3b1c9d11",
	} {
		if got, ok := tidyGUID(typed); !ok || got != want {
			t.Errorf("%q: want %s, got %s", typed, want, got)
		}
	}
	for _, other := range []string{"5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d1", "5f0c7c9e_3d2b_4a57_9a0e_0f6a3b1c9d11"} {
		if got, _ := tidyGUID(other); got == want {
			t.Errorf("%q: want another key", other)
		}
	}
}

func FuzzRollFile(f *testing.F) {
	for _, seed := range []string{"101,North,\"Ana\"\n", "personal_id;name\n1;x\n", "\ufeffid\n\"\"\"\n", "a\tb\n\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		last := int64(0)
		for v, err := range NewRollFile(strings.NewReader(file)).Voters() {
			if err != nil {
				t.Fatal(err)
			}
			if v.Line <= last || v.Line > int64(1+strings.Count(file, "\n")) {
				t.Fatalf("want lines in their order, got %d after %d", v.Line, last)
			}
			last = v.Line
			if strings.ContainsAny(v.PersonalID+v.Name+v.Email+v.Constituency, "\x00\r\n") {
				t.Fatalf("want no control characters, got %+v", v)
			}
		}
	})
}
