package csvtext

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"urna/internal/text"
)

// Hidden is a character of a line that a reader does not see.
type Hidden struct {
	Rune   rune
	Column int // in characters, from 1
	Value  int // the value that has it, from 0
	Place  Place
	Blank  bool // the whole line has nothing that can be seen
}

// Place says where in a value a character is.
type Place int

// The places.
const (
	Alone Place = iota // the value has nothing that can be seen
	Before
	Within
	After
)

// Unseen reports whether r is a character that no value needs and a reader does not see: everything that
// text.Invisible names but the blank, the tab, and the ends of lines.
func Unseen(r rune) bool {
	return r != ' ' && r != '\t' && r != '\r' && r != '\n' && !visible(r)
}

// visible reports whether a reader sees r.
func visible(r rune) bool {
	if r < 0x80 { // most are
		return r > ' ' && r != 0x7f
	}
	return !text.Invisible(r)
}

// UnseenInName is Unseen for names: the joiners, marks of direction and variation selectors that scripts need are
// none of them.
func UnseenInName(r rune) bool {
	if unicode.Is(unicode.Variation_Selector, r) {
		return false
	}
	switch r {
	case '\u200c', '\u200d', '\u200e', '\u200f', '\u061c':
		return false
	}
	return Unseen(r)
}

// FindHidden returns the first character of a line that offends. Values are apart by the separators, except within
// quotation marks. If offends is nil, each Unseen character offends.
func FindHidden(line []byte, separators string, offends func(value int, r rune) bool) (Hidden, bool) {
	if offends == nil {
		offends = func(_ int, r rune) bool { return Unseen(r) }
	}
	h, quoted, seen := Hidden{}, false, false
	for i, r := range string(line) {
		h.Column++
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && strings.ContainsRune(separators, r):
			h.Value++
			seen = false
		case offends(h.Value, r):
			h.Rune, h.Blank = r, !bytes.ContainsFunc(line, visible)
			h.Place = placeOf(seen, seenUntilEnd(line[min(len(line), i+utf8.RuneLen(r)):], separators, quoted))
			return h, true
		case visible(r):
			seen = true
		}
	}
	return Hidden{}, false
}

// seenUntilEnd reports whether the rest of a value has something that can be seen.
func seenUntilEnd(rest []byte, separators string, quoted bool) bool {
	for _, r := range string(rest) {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && strings.ContainsRune(separators, r):
			return false
		case visible(r):
			return true
		}
	}
	return false
}

func placeOf(seenBefore, seenAfter bool) Place {
	switch {
	case seenBefore && seenAfter:
		return Within
	case seenBefore:
		return After
	case seenAfter:
		return Before
	default:
		return Alone
	}
}

// Named returns the code point of an invisible character, with its name where it is a common one, such as
// "U+200B (zero width space)".
func Named(r rune) string {
	name := names[r]
	if name == "" && unicode.IsControl(r) {
		name = "control character"
	}
	if name == "" {
		return fmt.Sprintf("%U", r)
	}
	return fmt.Sprintf("%U (%s)", r, name)
}

// names of the invisible characters that files most often have.
//
//nolint:gochecknoglobals // a table, never written
var names = map[rune]string{
	'\x00': "null", '\x1a': "end of file", '\u00a0': "no-break space", '\u00ad': "soft hyphen", '\u034f': "grapheme joiner",
	'\u061c': "Arabic letter mark", '\u2007': "figure space", '\u2009': "thin space", '\u200b': "zero width space",
	'\u200c': "zero width non-joiner", '\u200d': "zero width joiner", '\u200e': "left-to-right mark", '\u200f': "right-to-left mark",
	'\u2028': "line separator", '\u2029': "paragraph separator", '\u202a': "left-to-right embedding", '\u202b': "right-to-left embedding",
	'\u202c': "end of embedding", '\u202d': "left-to-right override", '\u202e': "right-to-left override", '\u202f': "narrow no-break space",
	'\u2060': "word joiner", '\u3000': "ideographic space", '\ufeff': "byte order mark",
}
