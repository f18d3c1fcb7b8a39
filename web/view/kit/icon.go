package kit

import (
	"embed"
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// The icons are Lucide's (icons/LICENSE).
//
//go:embed icons/*.svg
var iconFiles embed.FS

//nolint:gochecknoglobals // what was compiled in, never written
var icons = loadIcons()

func loadIcons() map[string]templ.Component {
	entries, err := iconFiles.ReadDir("icons")
	if err != nil {
		panic(err) // what was compiled in cannot be missing
	}
	all := make(map[string]templ.Component, len(entries))
	for _, entry := range entries {
		content, err := iconFiles.ReadFile("icons/" + entry.Name())
		if err != nil {
			panic(err)
		}
		_, drawing, _ := strings.Cut(string(content), "stroke-linejoin=\"round\"\n>")
		drawing = strings.Join(strings.Fields(strings.TrimSuffix(strings.TrimSpace(drawing), "</svg>")), " ")
		all[strings.TrimSuffix(entry.Name(), ".svg")] = templ.Raw(
			`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">` + drawing + `</svg>`)
	}
	return all
}

// Icon draws an icon, by the name of its file in icons/, as tall as the letters beside it. Screen readers pass over it:
// an icon is always beside a word. It panics for a name that is not there, which the first test of the page finds.
func Icon(name string) templ.Component {
	icon, ok := icons[name]
	if !ok {
		panic("kit: no icon " + name)
	}
	return icon
}

// IconNames returns the names of all icons, in their order.
func IconNames() []string { return slices.Sorted(maps.Keys(icons)) }
