package problem_test

import (
	"testing"

	"urna/internal/problem"
)

func TestInText_WhatATextMayNotHave(t *testing.T) {
	for name, s := range map[string]string{
		"escape": "Ada\x1b[31m", "line end": "a\nb", "carriage return": "a\r", "tab": "a\tb", "null": "a\x00", "delete": "a\x7f",
		"C1 control": "a\u0085b", "line separator": "a\u2028b", "paragraph separator": "a\u2029b",
		"override": "abc\u202edef", "embedding": "\u202aabc", "isolate": "a\u2067b", "pop": "a\u2069",
		"byte order mark": "\ufeffabc", "not UTF-8": "Jos\xe9", "private use": "a\ue000", "non-character": "a\ufffe",
		"empty": "", "blanks": "  \u00a0\u3000", "zero width space": "\u200b", "word joiner": "\u2060", "soft hyphen": "\u00ad",
		"joiners alone": "\u200d\u200c", "hangul filler": "\u3164", "variation selector": "\ufe0f", "braille blank": "\u2800",
		"tag characters": "\U000e0041", "symmetric swapping": "a\u206ab", "national digit shapes": "a\u206e2", "annotation": "\ufff9a\ufffab\ufffb",
	} {
		t.Run(name, func(t *testing.T) {
			if mistake := problem.InText(s); mistake.IsZero() {
				t.Errorf("want a problem with %q", s)
			}
		})
	}
}

func TestInText_WhatNamesNeed(t *testing.T) {
	for name, s := range map[string]string{
		"Latin": "Ada Lovelace", "Cyrillic": "Љиљана Ђорђевић", "Georgian": "სალომე", "Persian with a joiner": "می\u200cخواهم",
		"Hindi with a joiner": "क्\u200dष", "emoji of a family": "👩\u200d👧", "Hebrew with a mark": "abc\u200f שלום", "decomposed": "Jose\u0301",
		"blanks around": " A ", "no-break space": "Ada\u00a0Lovelace", "digit": "2", "punctuation": "=1+1",
	} {
		t.Run(name, func(t *testing.T) {
			if mistake := problem.InText(s); !mistake.IsZero() {
				t.Errorf("want no problem with %q, got: %s", s, mistake)
			}
		})
	}
}

func TestInVisibleText_RefusesJoiners(t *testing.T) {
	for _, s := range []string{"ada\u200d@example.org", "a\u00adda@example.org", "ada@exam\u200bple.org", "ada\u200e@example.org"} {
		if problem.InVisibleText(s).IsZero() {
			t.Errorf("want a problem with %q", s)
		}
	}
	if mistake := problem.InVisibleText("ada@example.org"); !mistake.IsZero() {
		t.Error(mistake)
	}
}
