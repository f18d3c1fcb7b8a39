package csvtext_test

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"urna/internal/text/csvtext"
)

func TestHarmless_NothingBeginsLikeAFormula(t *testing.T) {
	for _, cell := range []string{
		"=1+1", "+1", "-1", "@x", "|cmd", "%x", "\t=1", "\tx", "\rx", "\nx", " =1", "  +A", "\u00a0=1", "\u200b=1", "\ufeff@a", "\u2060-a", "\u202e=1",
		"＝1", "＋1", "－1", "＠x", "﹦1", "﹢1", "﹣1", "﹫x", "−1", "⁺1", "₌1", "｜x", "％x", " \u3000＝1", "=", "-", "'=1", "''+x", "' @a", "-5", "+381641234567",
	} {
		if got := csvtext.Harmless(cell); got != "'"+cell || csvtext.Plain(got) != cell {
			t.Errorf("%q: want an apostrophe, and the text back, got %q, %q", cell, got, csvtext.Plain(got))
		}
	}
	for _, cell := range []string{
		"", " ", "'", "''", "Ada", "a=1", "{}", "'Abdul", "'ndrangheta", "‘=’", "1-1", "1+1", "0", "Љиљана", "“=1”", "é", "\xff=1", "#1", "(=1)", "😀",
	} {
		if got := csvtext.Harmless(cell); got != cell || csvtext.Plain(cell) != cell {
			t.Errorf("%q: want it as it is both ways, got %q, %q", cell, got, csvtext.Plain(cell))
		}
	}
	// Files from before the treatment read as what they say.
	for cell, want := range map[string]string{"=1": "=1", "'=1": "=1", "''=1": "'=1", "'x": "'x"} {
		if got := csvtext.Plain(cell); got != want {
			t.Errorf("%q: want %q, got %q", cell, want, got)
		}
	}
}

func FuzzHarmless(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", " '=1", "\u200b'+", "－", "x", "", "'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		written := csvtext.Harmless(cell)
		if got := csvtext.Plain(written); got != cell {
			t.Errorf("%q: want it back, got %q", cell, got)
		}
		if written != "" && strings.ContainsAny(written[:1], "=+-@\t\r\n") {
			t.Errorf("%q: written as %q", cell, written)
		}
	})
}

type number string

func (n number) String() string { return string(n) }

func TestWriter_TextsAreHarmlessAndNumbersStayNumbers(t *testing.T) {
	var b strings.Builder
	w := csvtext.NewWindowsWriter(&b)
	if err := errors.Join(w.Write("=a", "b,c", -5, int64(-6), true, number("-0.5"), "-7"), w.Flush()); err != nil {
		t.Fatal(err)
	}
	if want := "'=a,\"b,c\",-5,-6,true,-0.5,'-7\r\n"; b.String() != want {
		t.Errorf("want %q, got %q", want, b.String())
	}
	b.Reset()
	bare := csvtext.NewWriter(&b).Bare()
	if err := errors.Join(bare.Write("=a", "'=b"), bare.Flush()); err != nil || b.String() != "=a,'=b\n" {
		t.Errorf("want the texts as they are, got %q, %v", b.String(), err)
	}
	rows, err := csv.NewReader(strings.NewReader("'=a\n")).ReadAll()
	if err != nil || csvtext.Plain(rows[0][0]) != "=a" {
		t.Errorf("want the text back, got %v, %v", rows, err)
	}
}
