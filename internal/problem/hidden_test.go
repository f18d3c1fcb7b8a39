package problem_test

import (
	"strings"
	"testing"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text/csvtext"
)

func TestInLine_NamesCharacterPlaceAndColumn(t *testing.T) {
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
		value := messages.Message{}
		if h.Value < 2 {
			value = messages.Verbatim([]string{"the GUID", "the poll number"}[h.Value])
		}
		if got := problem.InLine(h, value).String(); !found || !strings.Contains(got, want) {
			t.Errorf("%q: want %q, got %v, %q", line, want, found, got)
		}
	}
	for _, line := range []string{"", "guid,1", " guid\t; 1 \r", `"a ""b"" c",d`, "Љиљана,Ђорђевић", "bytes \xe9 of another encoding"} {
		if h, found := csvtext.FindHidden([]byte(line), csvtext.Separators, nil); found {
			t.Errorf("%q: want nothing found, got %+v", line, h)
		}
	}
}
