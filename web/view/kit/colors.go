package kit

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Palette returns the colours of participants who have none of their own. Each has a contrast of at least 3:1 on light
// and on dark sheets, and none can be taken for the accent or for the green of final results.
func Palette() []string {
	return []string{
		"#2f6fc4", "#d2601a", "#7d55c7", "#a67c00", "#c8354f", "#0490af", "#cf559c", "#8b6a52", "#74851c", "#6b7b93", "#a3479f", "#b88662",
	}
}

// Colours that are closer than this in OKLab are taken for each other.
const leastDistance = 0.06

// the patterns that are drawn over the palette's colours, one after the other
const patternKinds = 3

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// IsColor reports whether the text is a whole "#rrggbb".
func IsColor(color string) bool { return hexColor.MatchString(color) }

// ColorAt returns what the place in a list is drawn with: a colour, or from the thirteenth on a colour with a pattern,
// which is only drawn on a page with Patterns.
func ColorAt(place int) string {
	colors := Palette()
	if place < len(colors) {
		return colors[place]
	}
	return "url(#" + patternID((place-len(colors))%(patternKinds*len(colors))) + ")"
}

// IsPattern reports whether a colour needs Patterns on its page.
func IsPattern(color string) bool { return color != "" && !IsColor(color) && color != "none" }

// Drawn returns what ColorAt's value is drawn with: a colour "#rrggbb", or "" for none, and the kind of stripes over it:
// 0 is none, 1 rises to the right, 2 falls, 3 is upright.
func Drawn(color string) (base string, kind int) {
	if IsColor(color) {
		return color, 0
	}
	for i, p := range patterns() {
		if color == "url(#"+p.ID+")" {
			return p.Color, 1 + i/len(Palette())
		}
	}
	return "", 0
}

// Alike reports whether two colours "#rrggbb" can be taken for each other.
func Alike(a, b string) bool {
	if !IsColor(a) || !IsColor(b) {
		return a == b
	}
	x, y := oklab(a), oklab(b)
	return math.Sqrt((x[0]-y[0])*(x[0]-y[0])+(x[1]-y[1])*(x[1]-y[1])+(x[2]-y[2])*(x[2]-y[2])) < leastDistance
}

func patternID(n int) string { return fmt.Sprintf("pattern-%d", n+1) }

// pattern is a colour with lines over it.
type pattern struct {
	ID, Color, Turned string
	Wide              bool
}

// patterns returns all of them: stripes to the right, stripes to the left, and wide upright ones.
func patterns() []pattern {
	colors := Palette()
	all := make([]pattern, 0, patternKinds*len(colors))
	for kind, turned := range []string{"rotate(45)", "rotate(-45)", "rotate(0)"} {
		for i, color := range colors {
			all = append(all, pattern{patternID(kind*len(colors) + i), color, turned, kind == patternKinds-1})
		}
	}
	return all
}

// oklab returns a colour's lightness and its two opponent colours (Ottosson 2020), where equal distances look equal.
func oklab(color string) [3]float64 {
	channel := func(at int) float64 {
		n, _ := strconv.ParseUint(color[at:at+2], 16, 8) // it is a colour
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	r, g, b := channel(1), channel(3), channel(5)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return [3]float64{
		0.2104542553*l + 0.793617785*m - 0.0040720468*s,
		1.9779984951*l - 2.428592205*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.808675766*s,
	}
}
