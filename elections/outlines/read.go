package outlines

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"urna/elections/svg"
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
	// ByNumber is whether they were found by their numbers, in the order of the election, and not by their names.
	ByNumber bool
	// Plane is whether the points of the file were no degrees. They are drawn as they are.
	Plane bool
	// Unknown are the features that belong to no constituency, by that property, or by number if they lack it. They are not drawn.
	Unknown []string
	// Bare are the features without an area, such as points, lines and those without a geometry. They are not drawn either.
	Bare []string
	// Missing are the names of the constituencies that no feature belongs to.
	Missing []string
}

// Read makes a map of a GeoJSON or SVG file. Features belong to the constituency whose name, or else number, is the value of the
// property; without a property the one is taken that finds the most constituencies, and numbers count only if no property has a name:
// files often number their features in an order of their own. Several features of a constituency are one outline. Errors are
// problems of the field "map" or "property".
func Read(file []byte, places []Place, property string) (Drawing, error) {
	features, plane, err := decodeFile(file)
	if err != nil {
		return Drawing{}, err
	}
	names := map[string]bool{}
	for _, f := range features {
		for name := range f.values {
			names[name] = true
		}
	}
	d := Drawing{Plane: plane && !svg.IsSVG(file)}
	var found map[int]int
	properties := slices.Sorted(maps.Keys(names))
	properties = properties[:min(len(properties), mostProperties)]
	found, d.Property, d.ByNumber = bestMatch(features, places, properties, property)
	if len(found) == 0 {
		return d, nothingFound(features, properties, property)
	}
	rings := make([][][]point, len(places))
	for _, f := range features {
		at, ok := found[f.number]
		name := shortened(cmp.Or(f.values[d.Property], strconv.Itoa(f.number)))
		switch {
		case len(f.rings) == 0:
			d.Bare = append(d.Bare, name)
		case ok:
			rings[at] = append(rings[at], f.rings...)
		default:
			d.Unknown = append(d.Unknown, name)
		}
	}
	for i := range places {
		if len(rings[i]) == 0 {
			d.Missing = append(d.Missing, places[i].Name)
		}
	}
	d.Map, err = draw(rings, places, plane)
	return d, err
}

// decodeFile reads the features of a file, and whether their points are on a plane.
func decodeFile(file []byte) (list []feature, plane bool, err error) {
	switch {
	case len(file) > MaxFile:
		return nil, false, refuse(messages.MapTooLarge(messages.Size(MaxFile)))
	case len(bytes.TrimSpace(file)) == 0:
		return nil, false, refuse(messages.MapNotGiven())
	case bytes.HasPrefix(file, []byte("PK\x03\x04")):
		return nil, false, refuse(messages.MapArchive())
	case svg.IsSVG(file):
		list, err = decodeSVG(file)
		return list, true, err
	}
	return decode(file)
}

// nothingFound is the refusal of a file none of whose features is a constituency.
func nothingFound(features []feature, properties []string, property string) error {
	if !slices.ContainsFunc(features, func(f feature) bool { return len(f.rings) > 0 }) {
		return refuse(messages.MapNoAreas())
	}
	listed := shortened(strings.Join(properties, ", "))
	switch {
	case len(properties) == 0:
		return refuse(messages.MapNoProperties())
	case property != "":
		return refuse(messages.MapNothingMatchesBy(shortened(property), listed))
	}
	return refuse(messages.MapNothingMatches(listed))
}

// bestMatch returns the place of each feature with an outline, by the feature's number, and the property that tells it, by names or
// by the numbers of places. It is empty if no property does.
func bestMatch(features []feature, places []Place, properties []string, wanted string) (best map[int]int, property string, numbered bool) {
	most := 0
	byName, byNumber := map[string]int{}, map[string]int{}
	for i, p := range places {
		byNumber[strconv.Itoa(i+1)] = i
		for _, name := range append([]string{p.Name}, p.Names...) {
			byName[text.Key(name)] = i
		}
	}
	for i, find := range []func(string) (int, bool){
		func(value string) (int, bool) { at, ok := byName[text.Key(value)]; return at, ok },
		func(value string) (int, bool) { at, ok := byNumber[strings.TrimLeft(value, "0")]; return at, ok },
	} {
		for _, name := range properties {
			if wanted != "" && name != wanted {
				continue
			}
			if matched, n := matches(features, name, find); n > most {
				best, most, property = matched, n, name
			}
		}
		if most > 0 {
			return best, property, i == 1
		}
	}
	return nil, "", false
}

// matches returns the place of each feature that a property finds, and how many places are found.
func matches(features []feature, property string, find func(string) (int, bool)) (matched map[int]int, n int) {
	matched, found := map[int]int{}, map[int]bool{}
	for _, f := range features {
		if at, ok := find(f.values[property]); ok && len(f.rings) > 0 {
			matched[f.number], found[at] = at, true
		}
	}
	return matched, len(found)
}
