package elections

import (
	"reflect"
	"slices"
	"strings"

	"urna/internal/sealed"
)

// completeSealing puts the recipients of keys into the order in which they are stored. Text that is no recipient stays,
// for check to refuse.
func (d *Draft) completeSealing() {
	if r, mistake := sealed.Parse(strings.Join(d.SealKeysTo, " ")); mistake.IsZero() {
		d.SealKeysTo = r.Names()
	}
	if len(d.SealKeysTo) == 0 {
		d.SealKeysTo = nil
	}
}

// loosensSealing reports whether a draft seals the keys to other recipients than the election, or to none.
func loosensSealing(before *Election, d *Draft) bool {
	return len(before.SealKeysTo) > 0 && !slices.Equal(before.SealKeysTo, d.SealKeysTo)
}

// onlySeals reports whether a draft is the election with other recipients of keys.
func onlySeals(e *Election, d Draft) bool {
	was := e.Draft().definition()
	d = d.definition()
	d.keepSameInstants(&was)
	changes := !slices.Equal(d.SealKeysTo, was.SealKeysTo)
	d.SealKeysTo = was.SealKeysTo
	return changes && reflect.DeepEqual(was, d)
}
