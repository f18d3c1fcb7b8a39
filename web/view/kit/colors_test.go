package kit

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestPalette_IsSeenOnLightAndDark computes the contrast of each colour with the sheets that the style sheet has, and its
// distance to all others, to the accent and to the green of final results.
func TestPalette_IsSeenOnLightAndDark(t *testing.T) {
	css, err := os.ReadFile("../../../assets/styles/1-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	role := func(name string) [2]string {
		found := regexp.MustCompile(`--`+name+`: (#[0-9a-f]{6})`).FindAllStringSubmatch(string(css), -1)
		if len(found) != 3 || found[1][1] != found[2][1] {
			t.Fatalf("want --%s in light, in dark, and the same dark on a screen in a hall, got %v", name, found)
		}
		return [2]string{found[0][1], found[1][1]}
	}
	colors := Palette()
	if len(colors) != 12 {
		t.Errorf("want twelve colours, got %d", len(colors))
	}
	for i, color := range colors {
		for _, name := range []string{"paper", "sheet"} {
			for _, ground := range role(name) {
				if got := contrast(color, ground); got < 3 {
					t.Errorf("%s on %s: want a contrast of 3, got %.2f", color, ground, got)
				}
			}
		}
		for _, name := range []string{"accent", "final"} {
			for _, other := range role(name) {
				if Alike(color, other) {
					t.Errorf("%s can be taken for --%s, %s", color, name, other)
				}
			}
		}
		for _, other := range colors[i+1:] {
			if Alike(color, other) {
				t.Errorf("%s can be taken for %s", color, other)
			}
		}
	}
}

// TestColorAt_FromTheThirteenthOnAPattern looks at more places than any ballot paper has.
func TestColorAt_FromTheThirteenthOnAPattern(t *testing.T) {
	drawn := render(t, Patterns())
	seen := map[string]int{}
	for place := range 48 {
		color := ColorAt(place)
		if before, known := seen[color]; known {
			t.Errorf("place %d: want another look than place %d, got %s", place, before, color)
		}
		seen[color] = place
		if IsColor(color) != (place < 12) || IsPattern(color) != (place >= 12) {
			t.Errorf("place %d: got %s", place, color)
		}
		if IsPattern(color) && !strings.Contains(drawn, `id="`+strings.TrimSuffix(strings.TrimPrefix(color, "url(#"), ")")+`"`) {
			t.Errorf("place %d: want %s to be defined", place, color)
		}
	}
}

func contrast(a, b string) float64 {
	luminance := func(color string) float64 {
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, _ := strconv.ParseUint(color[1+2*i:3+2*i], 16, 8)
			c := float64(n) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}
