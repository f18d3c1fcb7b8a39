package problem

import (
	"unicode"

	"urna/internal/messages"
	"urna/internal/text/csvtext"
)

// InLine says which invisible character a line of a CSV file has, where, and what to do. The value is the one that has
// the character, within a sentence, such as "the GUID"; none is "value 3".
func InLine(h csvtext.Hidden, value messages.Message) messages.Message {
	character, column := csvtext.Named(h.Rune), int64(h.Column)
	if h.Blank {
		return messages.CsvHiddenInBlankLine(character, column)
	}
	if value.IsZero() {
		value = messages.CsvValue(int64(h.Value + 1))
	}
	say := messages.CsvHiddenWithin
	switch h.Place {
	case csvtext.Alone:
		say = messages.CsvHiddenAlone
	case csvtext.Before:
		say = messages.CsvHiddenBefore
	case csvtext.After:
		say = messages.CsvHiddenAfter
	case csvtext.Within:
	}
	return say(character, value, column, remedy(h.Rune))
}

func remedy(r rune) messages.Message {
	switch {
	case r == '\ufeff':
		return messages.CsvRemedyByteOrderMark()
	case r == '\u2028' || r == '\u2029':
		return messages.CsvRemedyLineEnd()
	case unicode.IsSpace(r):
		return messages.CsvRemedyBlank()
	default:
		return messages.CsvRemedyOther()
	}
}
