package csvtext_test

import (
	"strings"
	"testing"

	"urna/internal/text/csvtext"
)

func TestDeclaredSeparator_AsSpreadsheetsWriteIt(t *testing.T) {
	for line, want := range map[string]byte{
		"sep=;": ';', "sep=,": ',', "sep=\t": '\t', `sep=\t`: '\t', `"sep=;"`: ';', "\"sep=\t\"": '\t', "SEP=;\r": ';', " sep=; ": ';',
		"sep=;;;;": ';', "sep=,,": ',', "sep=|": 0, "sep=": 0, "sep=:": 0, `"sep=|"`: 0, "sep=…": 0,
	} {
		if got, declared := csvtext.DeclaredSeparator([]byte(line)); !declared || got != want {
			t.Errorf("%q: want the separator %q declared, got %q, %v", line, want, got, declared)
		}
	}
	for _, line := range []string{
		"", "sep", "sep;", "separator=;", "sep=arate", "sep=;x", "sep=1,2", "guid,poll", "x sep=;", "sep=;,", "sep=" + strings.Repeat(";", 100),
	} {
		if _, declared := csvtext.DeclaredSeparator([]byte(line)); declared {
			t.Errorf("%q: want an ordinary line", line)
		}
	}
}

func TestHidden_NamesCharacterPlaceAndColumn(t *testing.T) {
	for line, want := range map[string]string{
		"\u200bguid,1":           "the invisible character U+200B (zero width space) before the GUID, at column 1. Delete",
		"gu\u00adid,1":           "U+00AD (soft hyphen) within the GUID, at column 3. ",
		"guid\u2060,1":           "U+2060 (word joiner) after the GUID, at column 5. ",
		"guid,\u00a01":           "U+00A0 (no-break space) before the poll number, at column 6. Delete it, or write an ordinary blank.",
		"guid;1\x00":             "U+0000 (null) after the poll number, at column 7. ",
		"\ufeffguid\t1":          "U+FEFF (byte order mark) before the GUID, at column 1. A file may begin with it;",
		"guid,\u200e":            "U+200E (left-to-right mark) in place of the poll number, at column 6. ",
		" \x1a\u200b":            "The line looks blank and has the invisible character U+001A (end of file), at column 2. Delete the line.",
		"ჯჯ,\u2061x":             "U+2061 before the poll number, at column 4. ",
		"a,b,c\x7f":              "U+007F (control character) after value 3, at column 6. ",
		"\"\u200bg,u\",1":        "before the GUID, at column 2. ",
		"\"g,\u200bu\",1":        "within the GUID, at column 4. ",
		" \u200b \"guid\" ,1":    "before the GUID, at column 2. ",
		"guid , 1 \u00a0":        "after the poll number, at column 10. ",
		"guid,1 \U000e0041":      "U+E0041 after the poll number",
		"g\u3000\u200bd,1":       "U+3000 (ideographic space) within the GUID, at column 2. ",
		"\u200b\u200bg,\u200b 1": "U+200B (zero width space) before the GUID, at column 1. ",
	} {
		h, found := csvtext.FindHidden([]byte(line), csvtext.Separators, nil)
		if got := h.Problem("the GUID", "the poll number"); !found || !strings.Contains(got, want) {
			t.Errorf("%q: want %q, got %v, %q", line, want, found, got)
		}
	}
	for _, line := range []string{"", "guid,1", " guid\t; 1 \r", `"a ""b"" c",d`, "Љиљана,Ђорђевић", "bytes \xe9 of another encoding"} {
		if h, found := csvtext.FindHidden([]byte(line), csvtext.Separators, nil); found {
			t.Errorf("%q: want nothing found, got %+v", line, h)
		}
	}
}

func TestHidden_OnlyWhatOffends(t *testing.T) {
	onlyFirst := func(value int, r rune) bool { return value == 0 && csvtext.Unseen(r) }
	if h, found := csvtext.FindHidden([]byte("a;b\u200bc"), ";", onlyFirst); found {
		t.Errorf("want the second value passed over, got %+v", h)
	}
	if h, found := csvtext.FindHidden([]byte("a,\u200bb;c"), ";", onlyFirst); !found || h.Column != 3 || h.Value != 0 {
		t.Errorf("want column 3 of the one value before the semicolon, got %+v, %v", h, found)
	}
}
