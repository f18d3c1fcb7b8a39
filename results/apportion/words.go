package apportion

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// descriptions hold what Explain says about each method.
//
//nolint:gochecknoglobals // a table, never written
var descriptions = map[Method]struct{ name, rule string }{
	DHondt:                   {"the method of D'Hondt (highest averages)", "Each list's votes are divided by 1, 2, 3, 4 and so on."},
	SainteLague:              {"the method of Sainte-Laguë (highest averages)", "Each list's votes are divided by 1, 3, 5, 7 and so on."},
	ModifiedSainteLague14:    {"the modified method of Sainte-Laguë (highest averages)", "Each list's votes are divided by 1.4, 3, 5, 7 and so on."},
	ModifiedSainteLague12:    {"the modified method of Sainte-Laguë (highest averages)", "Each list's votes are divided by 1.2, 3, 5, 7 and so on."},
	Adams:                    {"the method of Adams (highest averages)", "Each list's votes are divided by 0, 1, 2, 3 and so on."},
	Dean:                     {"the method of Dean (highest averages)", "Each list's votes are divided by the harmonic means of neighbouring whole numbers: 0, 4/3, 12/5, 24/7 and so on."},
	HuntingtonHill:           {"the method of Huntington and Hill (equal proportions)", "Each list's votes are divided by the geometric means of neighbouring whole numbers: √(0×1), √(1×2), √(2×3) and so on."},
	Hare:                     {"the Hare quota with largest remainders", "The quota is V ÷ S, not rounded."},
	Droop:                    {"the Droop quota with largest remainders", "The quota is V ÷ (S + 1), raised to the next whole number above it."},
	HagenbachBischoffRounded: {"the Hagenbach-Bischoff quota with largest remainders", "The quota is V ÷ (S + 1), rounded to a whole number, half upwards."},
	Imperiali:                {"the Imperiali quota with largest remainders", "The quota is V ÷ (S + 2), not rounded."},
}

//nolint:gochecknoglobals // a table, never written
var baseNames = map[Base]string{
	BaseValidPartyVotes:     "valid votes for lists",
	BaseValidIncludingBlank: "valid votes, blank ones included",
	BaseVotesCast:           "votes cast",
	BaseEligible:            "people entitled to vote",
}

func atLeast(comparison Comparison) string {
	if comparison == MoreThan {
		return "more than"
	}
	return "at least"
}

func (r Ratio) orZero() string {
	if !r.IsSet() {
		return "0"
	}
	return r.plain()
}

func lastSeats(seats int) string {
	if seats == 1 {
		return "the last seat"
	}
	return fmt.Sprintf("the last %d seats", seats)
}

// plural returns "1 vote", "2,000 votes".
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return group(n) + " " + noun + "s"
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return join(names)
}

// join returns "A", "A and B", "A, B and C".
func join(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// group returns a number with commas between groups of three digits.
func group(n int64) string { return groupText(strconv.FormatInt(n, 10)) }

// groupText does what group does for a decimal number, or anything else that begins with digits.
func groupText(text string) string {
	sign, digits := "", text
	if strings.HasPrefix(text, "-") {
		sign, digits = "-", text[1:]
	}
	end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(digits)
	}
	var grouped strings.Builder
	for i, digit := range digits[:end] {
		if i > 0 && (end-i)%3 == 0 {
			grouped.WriteByte(',')
		}
		grouped.WriteRune(digit)
	}
	return sign + grouped.String() + digits[end:]
}

// table lays out text in columns.
type table struct {
	header []string
	left   []bool // columns aligned to the left; the others, and those missing, to the right
	rows   [][]string
}

// drop leaves a column out.
func (t *table) drop(column int) {
	t.header = slices.Delete(t.header, column, column+1)
	t.left = slices.Delete(t.left, column, column+1)
	for i, row := range t.rows {
		t.rows[i] = slices.Delete(row, column, column+1)
	}
}

func (t table) write(w io.Writer) {
	widths := make([]int, len(t.header))
	lines := append([][]string{t.header}, t.rows...)
	for _, line := range lines {
		for column, cell := range line {
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		var text strings.Builder
		for column, cell := range line {
			width := widths[column]
			if column < len(t.left) && t.left[column] {
				width = -width
			}
			fmt.Fprintf(&text, "  %*s", width, cell)
		}
		fmt.Fprintln(w, strings.TrimRight(text.String(), " "))
	}
}
