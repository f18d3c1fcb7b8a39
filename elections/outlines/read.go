package outlines

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"urna/internal/messages"
	"urna/internal/text"
)

// Place is a constituency.
type Place struct {
	ID    int64
	Name  string
	Names []string // in other languages
}

// Drawing is a map that was read, with what a person should know before it is stored.
type Drawing struct {
	Map      Map
	Property string // by which constituencies were found
	// Unknown are the features that belong to no constituency, by that property, or by number if they lack it. They are not drawn.
	Unknown []string
	// Missing are the names of the constituencies that no feature belongs to.
	Missing []string
}

// Read makes a map of a GeoJSON file. Features belong to the constituency whose name, or else number, is the value of the
// property; without a property the one is taken that finds the most constituencies. Several features of a constituency are
// one outline. Errors are problems of the field "map" or "property".
func Read(file []byte, places []Place, property string) (Drawing, error) {
	features, err := decode(file)
	if err != nil {
		return Drawing{}, err
	}
	names := map[string]bool{}
	for _, f := range features {
		for name := range f.values {
			names[name] = true
		}
	}
	var d Drawing
	properties := slices.Sorted(maps.Keys(names))
	properties = properties[:min(len(properties), mostProperties)]
	found := bestMatch(features, places, properties, property, &d)
	if len(found) == 0 {
		if property != "" {
			return d, refuse(messages.MapNothingMatchesBy(shortened(property), strings.Join(properties, ", ")))
		}
		return d, refuse(messages.MapNothingMatches(strings.Join(properties, ", ")))
	}
	rings := make([][][]point, len(places))
	for _, f := range features {
		if at, ok := found[f.number]; ok {
			rings[at] = append(rings[at], f.rings...)
		} else {
			d.Unknown = append(d.Unknown, shortened(cmp.Or(f.values[d.Property], strconv.Itoa(f.number))))
		}
	}
	for i := range places {
		if len(rings[i]) == 0 {
			d.Missing = append(d.Missing, places[i].Name)
		}
	}
	d.Map, err = draw(rings, places)
	return d, err
}

// bestMatch returns the place of each feature with an outline, by the feature's number.
func bestMatch(features []feature, places []Place, properties []string, wanted string, d *Drawing) map[int]int {
	best, most := map[int]int{}, 0
	byName, byNumber := map[string]int{}, map[string]int{}
	for i, p := range places {
		byNumber[strconv.Itoa(i+1)] = i
		for _, name := range append([]string{p.Name}, p.Names...) {
			byName[text.Key(name)] = i
		}
	}
	for _, property := range properties {
		if wanted != "" && property != wanted {
			continue
		}
		for _, find := range []func(string) (int, bool){
			func(value string) (int, bool) { at, ok := byName[text.Key(value)]; return at, ok },
			func(value string) (int, bool) { at, ok := byNumber[strings.TrimLeft(value, "0")]; return at, ok },
		} {
			matched, places := map[int]int{}, map[int]bool{}
			for _, f := range features {
				if at, ok := find(f.values[property]); ok && len(f.rings) > 0 {
					matched[f.number], places[at] = at, true
				}
			}
			if len(places) > most {
				best, most, d.Property = matched, len(places), property
			}
		}
	}
	return best
}
