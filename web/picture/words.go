package picture

import (
	"strings"
	"sync"

	"golang.org/x/image/font/opentype"

	"urna/results/document/faces"
)

// style is a face in a size.
type style struct {
	bold bool
	size int // pixels
}

// drawing is held while a card is drawn: faces and their letters are not for several goroutines.
//
//nolint:gochecknoglobals // one for all cards: it bounds the memory
var drawing sync.Mutex

// known are the letters of each style. There are as many as layouts use.
//
//nolint:gochecknoglobals // drawing guards it
var known = map[style]letters{}

// fonts parses the two faces once.
//
//nolint:gochecknoglobals // parsed once
var fonts = sync.OnceValue(func() [2]*opentype.Font {
	var both [2]*opentype.Font
	for i, file := range [][]byte{faces.Regular, faces.Bold} {
		f, err := opentype.Parse(file)
		if err != nil {
			panic("picture: a face of the program cannot be read: " + err.Error())
		}
		both[i] = f
	}
	return both
})

// in returns the letters of a style. The caller holds drawing.
func in(s style) letters {
	if l, ok := known[s]; ok {
		return l
	}
	f := fonts()[0]
	if s.bold {
		f = fonts()[1]
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(s.size), DPI: 72})
	if err != nil {
		panic("picture: a face of the program has no size: " + err.Error())
	}
	l := letters{face: face, drawn: map[rune]glyph{}}
	known[s] = l
	return l
}

// mostText is how much of a text is looked at; a picture has room for less.
const mostText = 400

// short returns as much of a text as fits a width, with an ellipsis if it is cut.
func (l letters) short(s string, width int) string {
	s = bounded(s)
	if l.width(s) <= width {
		return s
	}
	chars := []rune(s)
	for len(chars) > 0 && l.width(string(chars)+"…") > width {
		chars = chars[:len(chars)-1]
	}
	return strings.TrimRight(string(chars), " ,.–") + "…"
}

func bounded(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if chars := []rune(s); len(chars) > mostText {
		return string(chars[:mostText])
	}
	return s
}

// wrap breaks a text into lines as wide as the picture has room. The rest is cut after most lines, with an ellipsis.
func (l letters) wrap(s string, most int) (lines []string) {
	words := strings.Fields(bounded(s))
	for len(words) > 0 {
		if len(lines) == most-1 {
			return append(lines, l.short(strings.Join(words, " "), inner))
		}
		n := 1
		for n < len(words) && l.width(strings.Join(words[:n+1], " ")) <= inner {
			n++
		}
		lines = append(lines, l.short(strings.Join(words[:n], " "), inner))
		words = words[n:]
	}
	return lines
}
