package letters_test

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"urna/ballots/online"
	"urna/web/letters"
)

// people are keys that a spreadsheet could spoil.
func people() []online.Key {
	return []online.Key{
		{PersonalID: "0101", GUID: guid, ConstituencyID: 1, Name: "-Zoë Љ", Email: "z@example.org"},
		{PersonalID: "102", GUID: strings.Replace(guid, "0", "f", 1), ConstituencyID: 2, Name: `Ana "A"; B, C`, Email: "@b"},
	}
}

// written is their list as Urna writes it.
func written(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	if err := letters.WriteCSV(&b, election(), each(nil, people()...)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// read returns the keys of a list and the error that ended them.
func read(list string) (keys []online.Key, err error) {
	for key, err := range letters.ReadCSV(strings.NewReader(list), election()) {
		if err != nil {
			return keys, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// saved returns the list as a spreadsheet saves it: with another separator, and all values between quotation marks.
func saved(t *testing.T, list, separator string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(list)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			row[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b.WriteString(strings.Join(row, separator) + "\r\n")
	}
	return b.String()
}

func TestReadCSV_SavedAgainByASpreadsheet(t *testing.T) {
	list := written(t)
	const header = "personal_id,guid,constituency,name,email,address_1,address_2,address_3,address_4,postcode,town,country\n"
	first, second, _ := strings.Cut(strings.TrimPrefix(list, header), "\n")
	for name, changed := range map[string]string{
		"as it was":           list,
		"semicolons, Windows": "\ufeff" + saved(t, list, ";"),
		"tabs":                saved(t, list, "\t"),
		"sep=":                "\ufeffsep=;\r\n" + saved(t, list, ";"),
		"sep= between quotes": "\"sep=\t\"\r\n" + saved(t, list, "\t"),
		"empty rows":          strings.ReplaceAll(list, "\n", "\n,,,,\n"),
		"capitals in header":  strings.Replace(list, "personal_id,guid", " Personal_ID , GUID", 1),
		"a key in capitals":   strings.Replace(list, guid, strings.ToUpper(guid), 1),
	} {
		got, err := read(changed)
		for i := range got {
			got[i].GUID = strings.ToLower(got[i].GUID)
		}
		if err != nil || !slices.Equal(got, people()) {
			t.Errorf("%s: want the keys, got %+v, %v", name, got, err)
		}
	}
	got, err := read(header + second + first + "\n")
	if err != nil || len(got) != 2 || got[0].PersonalID != "102" {
		t.Errorf("want the lines in their new order, got %+v, %v", got, err)
	}
	got, err = read("no;email;name;guid;personal_id;constituency\n7;x@y;Ana;" + guid + ";1;SOUTH\n")
	if want := (online.Key{PersonalID: "1", GUID: guid, ConstituencyID: 2, Name: "Ana", Email: "x@y"}); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("want the columns by their names, got %+v, %v", got, err)
	}
}

func TestReadCSV_ATextIsWhatItWasBeforeTheApostrophe(t *testing.T) {
	const header = "personal_id,guid,constituency,name,email\n"
	for cell, want := range map[string]string{
		"'=1+1": "=1+1", "'+1": "+1", "'-A": "-A", "'@a": "@a", "\"'\tA\"": "\tA", "=1+1": "=1+1", "'Abdul": "'Abdul", "''=1": "'=1", "'": "'", "'\uff1dA": "\uff1dA",
	} {
		got, err := read(header + "1," + guid + ",South," + cell + ",\n")
		if err != nil || len(got) != 1 || got[0].Name != want {
			t.Errorf("%s: want the name %q, got %+v, %v", cell, want, got, err)
		}
	}
	if got, err := read(header + "'=1," + guid + ",,,\n"); err != nil || got[0].PersonalID != "=1" {
		t.Errorf("want the personal id =1, got %+v, %v", got, err)
	}
}

func TestReadCSV_NamesTheLine(t *testing.T) {
	list := written(t)
	const header = "personal_id,guid,constituency,name,email\n"
	line := strings.SplitAfter(list, "\n")[2]
	for name, c := range map[string]struct{ list, want string }{
		"the same line twice":       {list + line, "line 4 of the list of keys: it is about the same person as line 3,"},
		"with another key":          {list + strings.Replace(line, "f123", "e123", 1), "line 4 of the list of keys: it is about the same person as line 3,"},
		"twice behind sep=":         {"sep=;\r\n" + saved(t, list+line, ";"), "line 5 of the list of keys: it is about the same person as line 4,"},
		"another encoding":          {strings.Replace(list, "Zoë", "Zo\xeb", 1), "line 2 of the list of keys: it is not text in UTF-8; save it as “CSV UTF-8”"},
		"UTF-16":                    {"\xff\xfep\x00e\x00r\x00", "encoded as UTF-16; save it as “CSV UTF-8”"},
		"UTF-16 without a mark":     {"p\x00e\x00r\x00", "encoded as UTF-16; save it as “CSV UTF-8”"},
		"a workbook":                {"PK\x03\x04\x14\x00", "a spreadsheet's own file; save it as “CSV UTF-8”"},
		"old Macs":                  {strings.ReplaceAll(list, "\n", "\r"), "end as on old Macs"},
		"a number shortened":        {header + "1.23457E+12," + guid + ",,,\n", "line 2 of the list of keys: the personal id 1.23457E+12 is a number that a spreadsheet shortened"},
		"with a decimal comma":      {"sep=;\n" + strings.ReplaceAll(header, ",", ";") + "1,2E+15;" + guid + ";;;\n", "line 3 of the list of keys: the personal id 1,2E+15 is"},
		"no key":                    {header + "1,0123abcd-4567,,,\n", `line 2 of the list of keys: "0123abcd-4567" is not a key`},
		"no personal id":            {header + "," + guid + ",,,\n", "line 2 of the list of keys: the personal id is missing"},
		"an unknown constituency":   {header + "1," + guid + ",Nor?h,,\n", `line 2 of the list of keys: the election has no constituency "Nor?h"`},
		"a zero width space":        {header + "1\u200b2," + guid + ",,,\n", "line 2 of the list of keys: the personal id has the invisible character U+200B (zero width space); delete it"},
		"a quotation mark":          {list + "\"half", "line 4 of the list of keys: a quotation mark is out of place"},
		"a separator":               {"sep=|\n" + list, "line 1 of the list of keys: The line names a separator that is not read here"},
		"other columns":             {"a,b,c,d,e\n", "the first line must name the columns personal_id,guid,constituency,name,email"},
		"not all columns":           {"personal_id,guid\nx,y\n", "the first line must name the columns"},
		"no header":                 {list[strings.Index(list, "\n")+1:], "the first line must name the columns"},
		"nothing":                   {"", "the first line must name the columns"},
		"nothing but the separator": {"sep=;\r\n", "the first line must name the columns"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := read(c.list); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}
