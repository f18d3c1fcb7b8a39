package text

import (
	"slices"
	"strings"
)

// Index finds things by their names. A name means the thing that is called exactly so; if none is, it means the
// thing whose name has the same Key. The zero value is empty.
type Index[T comparable] struct {
	exact, keys map[string][]T
}

// Add makes a thing known by one more name. An empty name names nothing.
func (x *Index[T]) Add(name string, thing T) {
	name = strings.TrimSpace(name)
	if name == "" {
		return
	}
	if x.exact == nil {
		x.exact, x.keys = map[string][]T{}, map[string][]T{}
	}
	put(x.exact, name, thing)
	put(x.keys, Key(name), thing)
}

func put[T comparable](into map[string][]T, name string, thing T) {
	if !slices.Contains(into[name], thing) {
		into[name] = append(into[name], thing)
	}
}

// Find returns what a name means: nothing if it is unknown, one thing, or several between which the name does not
// decide, in the order in which they were added.
func (x *Index[T]) Find(name string) []T {
	if found := x.exact[strings.TrimSpace(name)]; len(found) > 0 {
		return found
	}
	return x.keys[Key(name)]
}
