package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Invisible reports whether a reader sees nothing of r: blanks of any kind, control and format characters, and
// what Unicode says is to be ignored in display.
func Invisible(r rune) bool {
	return unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Zs,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' // the braille pattern without a dot
}

// isShaping reports whether r is a control of Unicode's early years that changes how the characters behind it are
// shown (mirrored brackets, shapes of letters and digits), or that hides an annotation in a text.
func isShaping(r rune) bool { return r >= '\u206a' && r <= '\u206f' || r >= '\ufff9' && r <= '\ufffb' }

// Key returns what a name is looked up by: two names with the same key are the same name. Case, surrounding
// blanks, and how letters and accents are put together (NFC) make no difference; everything else does. Whatever
// must be unique is compared by Key.
func Key(s string) string {
	// Once more at the end, since letters of the other case may have a form in one piece where these have none.
	return norm.NFC.String(strings.ToLower(strings.ToUpper(norm.NFC.String(strings.TrimSpace(s)))))
}

// Looks returns what a name looks like to a reader: two names with the same look are worth a question, though
// they may be two. Beside what Key passes over, forms of the same character (NFKC), blanks of any kind and number,
// and invisible characters make no difference.
func Looks(s string) string {
	var b strings.Builder
	blank := false
	for _, r := range norm.NFKC.String(s) {
		switch {
		case unicode.IsSpace(r):
			blank = true
		case !Invisible(r):
			if blank && b.Len() > 0 {
				b.WriteByte(' ')
			}
			blank = false
			b.WriteRune(r)
		}
	}
	return norm.NFKC.String(Key(b.String()))
}

// Printable returns s with every control character, line end and direction character written as its code point, such as
// "\x1b" or "\u202e", so that s cannot steer a terminal. A byte that is not UTF-8 is written as "\xe9".
func Printable(s string) string {
	if !strings.ContainsFunc(s, Steers) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !Steers(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// Steers reports whether a terminal would do something with r other than show it.
func Steers(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' || unicode.Is(unicode.Bidi_Control, r) || isShaping(r)
}

// Trim returns s without the blanks around it. Control characters and line ends stay, for a check to name them.
func Trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) && !unicode.IsControl(r) && r != '\u2028' && r != '\u2029'
	})
}

// Digits reports whether a reader or a program can take a name for a whole number, and returns that number in
// ASCII digits without leading zeros. Blanks, a plus sign, invisible characters and the script of the digits make
// no difference: "2", " 02", "+2", "２" and "٢" are all the number 2.
func Digits(name string) (number string, ok bool) {
	var b strings.Builder
	for _, r := range strings.TrimPrefix(Looks(name), "+") {
		if unicode.IsSpace(r) {
			continue
		}
		value, ok := digit(r)
		if !ok {
			return "", false
		}
		b.WriteByte('0' + value)
	}
	if b.Len() == 0 {
		return "", false
	}
	if number = strings.TrimLeft(b.String(), "0"); number == "" {
		number = "0"
	}
	return number, true
}

// digit returns the value of a decimal digit of any script. Unicode keeps the ten of a script together, the zero
// first, in ranges of whole tens.
func digit(r rune) (value byte, ok bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, of := range unicode.Nd.R16 {
		if rune(of.Lo) <= r && r <= rune(of.Hi) {
			return byte((r - rune(of.Lo)) % 10), true
		}
	}
	for _, of := range unicode.Nd.R32 {
		if rune(of.Lo) <= r && r <= rune(of.Hi) {
			return byte((r - rune(of.Lo)) % 10), true
		}
	}
	return 0, false
}
