package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Problem returns the mistake in a text of one line as a sentence for the person who entered it, "" if nothing
// is. A text has no control characters, line or paragraph separators and no characters that change the direction
// of what follows, has at least one visible character, and is valid UTF-8. The two joiners that Persian, Hindi and
// other scripts need are allowed inside. An empty text has no visible character; a caller whose field may stay
// empty asks only about others.
func Problem(s string) string {
	if !utf8.ValidString(s) {
		return "Use text in UTF-8."
	}
	visible := false
	for _, r := range s {
		switch {
		case r == '\u2028' || r == '\u2029' || unicode.IsControl(r):
			return fmt.Sprintf("Leave out the control character %U: the text is one line.", r)
		case unicode.Is(unicode.Bidi_Control, r) && !isMark(r):
			return fmt.Sprintf("Leave out the invisible character %U, which changes the direction of the text.", r)
		case r == '\ufeff' || unicode.Is(unicode.Co, r) || isNonCharacter(r) || isShaping(r):
			return fmt.Sprintf("Leave out the character %U.", r)
		}
		visible = visible || !Invisible(r)
	}
	if !visible {
		return "Enter at least one visible character."
	}
	return ""
}

// ProblemWithin is Problem for a text of at most so many characters.
func ProblemWithin(s string, most int) string {
	if problem := Problem(s); problem != "" {
		return problem
	}
	if utf8.RuneCountInString(s) > most {
		return fmt.Sprintf("Use at most %d characters.", most)
	}
	return ""
}

// ProblemWithoutInvisible is Problem for texts that are compared sign by sign, such as e-mail addresses and
// personal ids: no character of them may be invisible.
func ProblemWithoutInvisible(s string) string {
	if problem := Problem(s); problem != "" {
		return problem
	}
	for _, r := range s {
		if Invisible(r) && !unicode.IsSpace(r) {
			return fmt.Sprintf("Leave out the invisible character %U.", r)
		}
	}
	return ""
}

// Invisible reports whether a reader sees nothing of r: blanks of any kind, control and format characters, and
// what Unicode says is to be ignored in display.
func Invisible(r rune) bool {
	return unicode.IsSpace(r) ||
		unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Zs,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' // the braille pattern without a dot
}

// isMark reports whether r is a mark of direction, which concerns its neighbours alone and which names in
// right-to-left scripts carry beside Latin ones.
func isMark(r rune) bool { return r == '\u200e' || r == '\u200f' || r == '\u061c' }

// isShaping reports whether r is a control of Unicode's early years that changes how the characters behind it are
// shown (mirrored brackets, shapes of letters and digits), or that hides an annotation in a text.
func isShaping(r rune) bool { return r >= '\u206a' && r <= '\u206f' || r >= '\ufff9' && r <= '\ufffb' }

// isNonCharacter reports whether Unicode reserves r for use inside programs.
func isNonCharacter(r rune) bool { return r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe }

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

// Trim returns s without the blanks around it. Control characters and line ends stay, for Problem to name them.
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
