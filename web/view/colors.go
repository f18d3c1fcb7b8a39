package view

import "regexp"

// palette colours participants who have no colour of their own. Neighbours differ in lightness too,
// for eyes that tell hues apart badly.
func palette() []string {
	return []string{
		"#1f5fa8", "#d9822b", "#3b8f5a", "#b03a48", "#7a5fa8", "#c9a227", "#2a9d9a", "#8c5a3c",
		"#d46a9a", "#5b6b7d", "#94b447", "#4a3f8a", "#5aa9e0", "#8a2f2f", "#e0b07a", "#2f6b4a",
		"#b58ad6", "#6f6a1f", "#e58c82", "#274b6d", "#a3c4a8", "#a04f86", "#c7c2b0", "#3d3d3d",
	}
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// ColorOr returns the colour where it is a whole "#rrggbb", else the other.
func ColorOr(color, other string) string {
	if hexColor.MatchString(color) {
		return color
	}
	return other
}

// ColorAt returns a participant's own colour, or the palette's for its place.
func ColorAt(color string, place int) string {
	colors := palette()
	return ColorOr(color, colors[place%len(colors)])
}
