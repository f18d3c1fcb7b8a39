package assets

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// style returns the style sheet of the pages without its comments.
func style() string {
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(joined("styles")), "")
}

// rules returns the selectors of every rule that matches.
func rules(matching string) []string {
	var selectors []string
	for _, rule := range regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`).FindAllStringSubmatch(style(), -1) {
		if regexp.MustCompile(matching).MatchString(rule[2]) {
			selectors = append(selectors, strings.TrimSpace(rule[1]))
		}
	}
	return selectors
}

// TestStyles_SevenSizes finds every size of type. What a chart writes within its own scaled drawing is no size of the
// page.
func TestStyles_SevenSizes(t *testing.T) {
	sizes := map[string]bool{}
	for _, found := range regexp.MustCompile(`font(?:-size)?: ([^;}]+)`).FindAllStringSubmatch(style(), -1) {
		value := found[1]
		switch {
		case strings.HasPrefix(value, "inherit"), strings.HasPrefix(value, "8pt"), strings.HasPrefix(value, "8.9pt"): // paper
		case regexp.MustCompile(`var\(--size-[1-7]\)`).MatchString(value):
			sizes[regexp.MustCompile(`--size-\d`).FindString(value)] = true
		case regexp.MustCompile(`^\d+px$`).MatchString(value):
			for _, selector := range rules(`font-size: ` + value) {
				if !strings.Contains(selector, " text") && !strings.Contains(selector, ".hemicycle") {
					t.Errorf("%s: want one of the seven sizes, got %s", selector, value)
				}
			}
		case strings.HasPrefix(value, "clamp("): // the wall scales the page with its screen
			if selectors := rules(regexp.QuoteMeta("font-size: " + value)); !slices.Equal(selectors, []string{".wall"}) {
				t.Errorf("%s: want one of the seven sizes, got %s", selectors, value)
			}
		default:
			t.Errorf("want one of the seven sizes, got %q", value)
		}
	}
	if len(sizes) != 7 {
		t.Errorf("want seven sizes in use, got %v", sizes)
	}
}

// TestStyles_GreenIsForWhatIsFinal lists where the colour of final results is used.
func TestStyles_GreenIsForWhatIsFinal(t *testing.T) {
	want := []string{".mark.certified", ".result-table .remark.gained"}
	if got := rules(`var\(--final`); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("want green for %v alone, got %v", want, got)
	}
	for _, found := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(style(), -1) {
		if hue, chroma := hueOf(found[2]); strings.HasPrefix(found[1], "final") == (chroma < 0.02 || hue < 130 || hue > 170) {
			t.Errorf("--%s is %s, hue %.0f: want green for final, and for nothing else", found[1], found[2], hue)
		}
	}
}

// TestStyles_TextCanBeRead computes the contrast of every pair of colours that meet, in light and in dark.
func TestStyles_TextCanBeRead(t *testing.T) {
	schemes := strings.SplitN(style(), "prefers-color-scheme: dark", 2)
	for name, css := range map[string]string{"light": schemes[0], "dark": schemes[1]} {
		colors := map[string]string{}
		for _, found := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(css, -1) {
			if _, known := colors[found[1]]; !known {
				colors[found[1]] = found[2]
			}
		}
		for _, pair := range []struct {
			ink, on string
			least   float64
		}{
			{"ink", "paper", 7},
			{"ink", "sheet", 7},
			{"ink", "sunk", 7},
			{"ink-soft", "paper", 4.5},
			{"ink-soft", "sheet", 4.5},
			{"ink-soft", "sunk", 4.5},
			{"ink-soft", "accent-soft", 4.5},
			{"ink-soft", "warn-soft", 4.5},
			{"ink-soft", "bad-soft", 4.5},
			{"ink-soft", "final-soft", 4.5},
			{"accent", "paper", 4.5},
			{"accent", "sheet", 4.5},
			{"accent", "accent-soft", 4.5},
			{"accent", "warn-soft", 4.5},
			{"accent", "final-soft", 4.5},
			{"accent-ink", "accent", 4.5},
			{"band-ink", "band", 7},
			{"band-soft", "band", 4.5},
			{"warn", "warn-soft", 4.5},
			{"final", "final-soft", 4.5},
			{"bad", "bad-soft", 4.5},
			{"bad", "paper", 4.5},
			{"bad", "sheet", 4.5},
			{"rule-strong", "sheet", 3},
			{"rule-strong", "paper", 3},
			{"focus", "paper", 3},
			{"focus", "sheet", 3},
		} {
			if got := contrast(colors[pair.ink], colors[pair.on]); got < pair.least {
				t.Errorf("%s: want %s (%s) on %s (%s) with a contrast of %.1f, got %.2f", name, pair.ink, colors[pair.ink], pair.on, colors[pair.on], pair.least, got)
			}
		}
	}
}

// TestFaces_AFirstVisitIsLight adds up what a browser loads for a page in each script. The files are compressed already.
func TestFaces_AFirstVisitIsLight(t *testing.T) {
	for script, files := range map[string][]string{
		"Latin":    {"urna-sans-latin.woff2", "urna-sans-latin-ext.woff2"},
		"Cyrillic": {"urna-sans-latin.woff2", "urna-sans-latin-ext.woff2", "urna-sans-cyrillic.woff2"},
		"Georgian": {"urna-sans-latin.woff2", "urna-sans-latin-ext.woff2", "noto-sans-georgian.woff2"},
	} {
		sum := 0
		for _, name := range files {
			content := read("faces/" + name)
			if !bytes.HasPrefix(content, []byte("wOF2")) || !strings.Contains(string(shelves.hashed[strings.TrimPrefix(URL("urna.css"), Prefix)].Content), URL(name)) {
				t.Errorf("%s: want a face that the style sheet names", name)
			}
			sum += len(content)
		}
		if sum > 120_000 {
			t.Errorf("%s: want at most 120 kB of faces, got %d bytes", script, sum)
		}
	}
}

func channel(color string, at int) float64 {
	n, err := strconv.ParseUint(color[at:at+2], 16, 8)
	if err != nil {
		panic(err)
	}
	c := float64(n) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

// contrast is WCAG's.
func contrast(a, b string) float64 {
	luminance := func(c string) float64 { return 0.2126*channel(c, 1) + 0.7152*channel(c, 3) + 0.0722*channel(c, 5) }
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// hueOf returns the hue in degrees and the chroma of a colour in OKLCH.
func hueOf(color string) (hue, chroma float64) {
	r, g, b := channel(color, 1), channel(color, 3), channel(color, 5)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	x := 1.9779984951*l - 2.428592205*m + 0.4505937099*s
	y := 0.0259040371*l + 0.7827717662*m - 0.808675766*s
	return math.Mod(math.Atan2(y, x)*180/math.Pi+360, 360), math.Hypot(x, y)
}

// TestStyles_TheCountOverTimeIsNotPrinted finds the rule of paper, and none on screens.
func TestStyles_TheCountOverTimeIsNotPrinted(t *testing.T) {
	parts := strings.SplitN(style(), "@media print", 2)
	rule := regexp.MustCompile(`\.over-time \{ display: none; \}`)
	if len(parts) != 2 || !rule.MatchString(parts[1]) || rule.MatchString(parts[0]) {
		t.Error("want the count over time on screens alone")
	}
}
