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

func TestHidden_OnlyWhatOffends(t *testing.T) {
	onlyFirst := func(value int, r rune) bool { return value == 0 && csvtext.Unseen(r) }
	if h, found := csvtext.FindHidden([]byte("a;b\u200bc"), ";", onlyFirst); found {
		t.Errorf("want the second value passed over, got %+v", h)
	}
	if h, found := csvtext.FindHidden([]byte("a,\u200bb;c"), ";", onlyFirst); !found || h.Column != 3 || h.Value != 0 {
		t.Errorf("want column 3 of the one value before the semicolon, got %+v, %v", h, found)
	}
}
