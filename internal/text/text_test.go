package text_test

import (
	"slices"
	"strings"
	"testing"

	"urna/internal/text"
)

func TestKey_OneEquality(t *testing.T) {
	for _, pair := range [][2]string{
		{"North", "NORTH"}, {"North", " north "}, {"José", "Jose\u0301"}, {"ÉCOLE", "e\u0301cole"}, {"Σίσυφος", "ΣΊΣΥΦΟΣ"}, {"\u212a", "k"}, {"Ǆ", "ǆ"},
	} {
		if text.Key(pair[0]) != text.Key(pair[1]) {
			t.Errorf("want %q and %q to be the same", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"North", "Norte"}, {"A  B", "A B"}, {"Jose", "José"}, {"１", "1"}} {
		if text.Key(pair[0]) == text.Key(pair[1]) {
			t.Errorf("want %q and %q to be two", pair[0], pair[1])
		}
	}
}

func TestLooks_WhatAReaderCannotTellApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"Alder Alliance", "alder  alliance"},
		{"Alder Alliance", "Alder\u00a0Alliance"},
		{"１２", "12"},
		{"ﬁne", "Fine"},
		{"Ald\u200ber", "Alder"},
		{"Alder\u200d", "Alder"},
		{"José", "JOSE\u0301"},
	} {
		if text.Looks(pair[0]) != text.Looks(pair[1]) {
			t.Errorf("want %q and %q to look alike", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"Alder", "Elder"}, {"AlderAlliance", "Alder Alliance"}} {
		if text.Looks(pair[0]) == text.Looks(pair[1]) {
			t.Errorf("want %q and %q to look different", pair[0], pair[1])
		}
	}
}

func TestPrintable_NothingSteersATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"Ada": "Ada", "Љ": "Љ", "a\x1b[2Jb": `a\x1b[2Jb`, "a\nb": `a\x0ab`, "a\u202eb": `a\u202eb`, "a\u009bb": `a\u009bb`, "Jos\xe9": `Jos\xe9`, "a\ufffdb": "a\ufffdb",
	} {
		if got := text.Printable(in); got != want {
			t.Errorf("Printable(%q): want %q, got %q", in, want, got)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("Ada\x1b")
	f.Fuzz(func(t *testing.T, s string) {
		if text.Key(text.Key(s)) != text.Key(s) {
			t.Errorf("the key of the key of %q is another", s)
		}
		if text.Looks(text.Looks(s)) != text.Looks(s) {
			t.Errorf("the look of the look of %q is another", s)
		}
		if strings.ContainsRune(text.Printable(s), '\x1b') || text.Printable(text.Printable(s)) != text.Printable(s) {
			t.Errorf("printable %q steers", s)
		}
	})
}

func TestTrim_LeavesWhatProblemNames(t *testing.T) {
	for in, want := range map[string]string{" A\u00a0\u3000": "A", "\tA": "\tA", "A\n": "A\n", "A\u2028 ": "A\u2028", "\u0085": "\u0085", "  ": ""} {
		if got := text.Trim(in); got != want {
			t.Errorf("Trim(%q): want %q, got %q", in, want, got)
		}
	}
}

func TestDigits_WhatCanBeTakenForANumber(t *testing.T) {
	for in, want := range map[string]string{
		"2": "2", " 2 ": "2", "02": "2", "+2": "2", "２": "2", "٢": "2", "२": "2", "𝟚": "2", "②": "2", "²": "2", "2\u200b": "2",
		"1 0": "10", "0": "0", "000": "0", "+ 2": "2", "１٢3": "123", "99999999999999999999": "99999999999999999999",
	} {
		if got, ok := text.Digits(in); !ok || got != want {
			t.Errorf("Digits(%q): want %q, got %q, %v", in, want, got, ok)
		}
	}
	for _, in := range []string{"", " ", "+", "A2", "2A", "-2", "2.0", "1,000", "XII", "List 2", "#2", "½"} {
		if got, ok := text.Digits(in); ok {
			t.Errorf("Digits(%q): want no number, got %q", in, got)
		}
	}
}

func TestIndex_ExactFirstThenTheSameName(t *testing.T) {
	var places text.Index[int]
	for i, name := range []string{"North", "NORTH", "South", "José", ""} {
		places.Add(name, i)
	}
	for name, want := range map[string][]int{
		"North": {0}, " NORTH ": {1}, "north": {0, 1}, "SOUTH": {2}, "JOSE\u0301": {3}, "West": nil, "": nil,
	} {
		if got := places.Find(name); !slices.Equal(got, want) {
			t.Errorf("Find(%q): want %v, got %v", name, want, got)
		}
	}
	var empty text.Index[int]
	if got := empty.Find("x"); got != nil {
		t.Errorf("want nothing in an empty index, got %v", got)
	}
}
