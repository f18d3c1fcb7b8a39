package problem

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"urna/internal/messages"
	"urna/internal/text"
)

// InText returns the mistake in a text of one line as a sentence for the person who entered it, no sentence if it has
// none. A text has no control characters, line or paragraph separators and no characters that change the direction
// of what follows, has at least one visible character, and is valid UTF-8. The two joiners that Persian, Hindi and
// other scripts need are allowed inside. An empty text has no visible character; a caller whose field may stay
// empty asks only about others.
func InText(s string) messages.Message {
	if !utf8.ValidString(s) {
		return messages.TextNotUtf8()
	}
	visible := false
	for _, r := range s {
		switch {
		case r == '\u2028' || r == '\u2029' || unicode.IsControl(r):
			return messages.TextControlCharacter(codePoint(r))
		case unicode.Is(unicode.Bidi_Control, r) && !isMark(r):
			return messages.TextDirectionCharacter(codePoint(r))
		case unicode.Is(unicode.Co, r) || isNonCharacter(r) || text.Steers(r) && !isMark(r):
			return messages.TextCharacter(codePoint(r))
		}
		visible = visible || !text.Invisible(r)
	}
	if !visible {
		return messages.TextNothingVisible()
	}
	return messages.Message{}
}

// InTextWithin is InText for a text of at most so many characters.
func InTextWithin(s string, most int) messages.Message {
	if mistake := InText(s); !mistake.IsZero() {
		return mistake
	}
	if utf8.RuneCountInString(s) > most {
		return messages.TextTooLong(int64(most))
	}
	return messages.Message{}
}

// InOptionalText is InTextWithin for a text that may be missing.
func InOptionalText(s string, most int) messages.Message {
	if s == "" {
		return messages.Message{}
	}
	return InTextWithin(s, most)
}

// MaxReason is the longest reason of an act in characters.
const MaxReason = 500

// OptionalReason returns the problem of the field "reason" if the trimmed text is not good or is longer than MaxReason;
// nil for none and for a good one.
func OptionalReason(reason string) error {
	var c Checks
	if mistake := InOptionalText(reason, MaxReason); !mistake.IsZero() {
		c.Add("reason", mistake)
	}
	return c.Err()
}

// NeededReason is OptionalReason for a text that must not be missing.
func NeededReason(reason string) error {
	if reason == "" {
		var c Checks
		c.Add("reason", messages.FieldReasonNeeded())
		return c.Err()
	}
	return OptionalReason(reason)
}

// InVisibleText is InText for texts that are compared character by character, such as e-mail addresses and
// personal ids: no character of them may be invisible.
func InVisibleText(s string) messages.Message {
	if mistake := InText(s); !mistake.IsZero() {
		return mistake
	}
	for _, r := range s {
		if text.Invisible(r) && !unicode.IsSpace(r) {
			return messages.TextInvisibleCharacter(codePoint(r))
		}
	}
	return messages.Message{}
}

// codePoint returns the name that Unicode gives a character by its number, such as U+200B.
func codePoint(r rune) string { return fmt.Sprintf("%U", r) }

// isMark reports whether r is a mark of direction, which concerns its neighbours alone and which names in
// right-to-left scripts carry beside Latin ones.
func isMark(r rune) bool { return r == '\u200e' || r == '\u200f' || r == '\u061c' }

// isNonCharacter reports whether Unicode reserves r for use inside programs.
func isNonCharacter(r rune) bool { return r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe }
