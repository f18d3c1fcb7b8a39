package bundle_test

import (
	"strings"
	"testing"

	"urna/results/bundle"
)

// TestVerify_ReadsTablesWithAndWithoutTheApostrophe: a bundle from before texts were kept from being taken for
// formulas holds them bare, and is as good as it was. A text with any other apostrophe contradicts the figures.
func TestVerify_ReadsTablesWithAndWithoutTheApostrophe(t *testing.T) {
	h := newApp(t)
	e := h.certified(t, `UPDATE participants SET name = '=1+1' WHERE id = 4`, `UPDATE participants SET name = '-2+3' WHERE id = 5`)
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		file := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form)))
		held := ""
		forge(t, file, in("results.csv", func(s string) string { held = s; return s }))
		if !strings.Contains(held, ",'=1+1,") || !strings.Contains(held, ",'-2+3,") {
			t.Fatalf("want no formula in the table, got %s", held)
		}
		if _, err := check(t, file); err != nil {
			t.Errorf("%s: want it proved, got %v", form, err)
		}
		former := forge(t, file, in("results.csv", func(s string) string { return strings.ReplaceAll(s, ",'", ",") }))
		if _, err := check(t, former); err != nil {
			t.Errorf("%s: want the former table proved, got %v", form, err)
		}
		for name, change := range map[string]func(string) string{
			"half of it":           func(s string) string { return strings.Replace(s, ",'", ",", 1) },
			"an apostrophe more":   func(s string) string { return strings.Replace(s, ",'", ",''", 1) },
			"one in another place": func(s string) string { return strings.Replace(s, ",North list", ",'North list", 1) },
		} {
			changed := forge(t, file, in("results.csv", change))
			if _, err := check(t, changed); err == nil || !strings.Contains(err.Error(), "results.csv does not hold the figures") {
				t.Errorf("%s, %s: want it refused, got %v", form, name, err)
			}
		}
	}
}
