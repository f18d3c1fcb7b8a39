package elections

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// countForm is a whole number without blanks, or one whose thousands are set apart by commas or by points.
var countForm = regexp.MustCompile(`^(\d+|\d{1,3}(,\d{3})+|\d{1,3}(\.\d{3})+)$`)

// ParseCount reads a whole number as people write it: thousands may be set apart by blanks of any width, apostrophes,
// commas or points. It returns false for anything else, such as "1,5" and "1,50", which no country writes for a whole number;
// and for more than twelve digits.
func ParseCount(text string) (n int64, ok bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("'’‘ʼ", r) {
			return -1
		}
		return r
	}, text)
	if !countForm.MatchString(text) {
		return 0, false
	}
	const most = 12
	text = strings.NewReplacer(",", "", ".", "").Replace(text)
	if len(text) > most {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// PlainDecimal turns a decimal or fraction as people write it into the form of ParseRational: a comma becomes a point,
// blanks and a sign for percent go.
func PlainDecimal(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	return strings.ReplaceAll(strings.TrimSuffix(text, "%"), ",", ".")
}
