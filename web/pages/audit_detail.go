package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"urna/internal/messages"
	"urna/web/view"
)

// mostChanges is how many lines of one event the page shows; an election's definition can have thousands.
const mostChanges = 60

// leaf is one value in an event's detail with the way to it.
type leaf struct {
	path  []string
	value messages.Message
}

// changesOf reads an event's detail: what was before and after where it says so, else plain values; and
// how many lines more there are than it returns. A detail that cannot be read is shown as it is.
// Names of fields are in the language of the context.
func changesOf(ctx context.Context, detail string, zone *time.Location) (changes []view.Change, more int) {
	decoder := json.NewDecoder(strings.NewReader(detail))
	decoder.UseNumber()
	leaves, err := flatten(decoder, zone, nil, nil)
	if err != nil {
		return []view.Change{{After: messages.Verbatim(detail)}}, 0
	}
	// The digest of the rows that the log keeps apart tells people nothing.
	leaves = slices.DeleteFunc(leaves, func(l leaf) bool { return len(l.path) == 1 && l.path[0] == "rows" })
	changes = pairUp(ctx, leaves)
	if len(changes) > mostChanges {
		return changes[:mostChanges], len(changes) - mostChanges
	}
	return changes, 0
}

// flatten appends the values below the next token, in their order.
func flatten(decoder *json.Decoder, zone *time.Location, path []string, leaves []leaf) ([]leaf, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	delimiter, ok := token.(json.Delim)
	if !ok {
		return append(leaves, leaf{slices.Clone(path), valueInWords(token, zone)}), nil
	}
	for i := 1; decoder.More(); i++ {
		step := strconv.Itoa(i)
		if delimiter == '{' {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			step = fmt.Sprint(key)
		}
		if leaves, err = flatten(decoder, zone, append(path, step), leaves); err != nil {
			return nil, err
		}
	}
	_, err = decoder.Token() // the closing delimiter
	return leaves, err
}

// valueInWords writes an instant in the zone, and any other text or number as it is.
func valueInWords(token json.Token, zone *time.Location) messages.Message {
	switch v := token.(type) {
	case nil:
		return messages.Message{}
	case bool:
		if v {
			return messages.UnitYes()
		}
		return messages.UnitNo()
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			m := view.NewExactMoment(t, zone)
			return messages.UnitMomentInZone(m.Text, m.Zone)
		}
		return messages.Verbatim(v)
	default:
		return messages.Verbatim(fmt.Sprint(v))
	}
}

// pairUp joins values called "before" and "after" to changes, and leaves out what did not change, and
// empty values.
func pairUp(ctx context.Context, leaves []leaf) []view.Change {
	type pair struct {
		view.Change

		compared bool
	}
	// What was just made has only an "after", and is not compared with anything.
	comparing := slices.ContainsFunc(leaves, func(l leaf) bool {
		_, side := l.side(ctx)
		return side == "before"
	})
	var pairs []pair
	places := map[string]int{}
	for _, l := range leaves {
		name, side := l.side(ctx)
		place, known := places[name]
		if !known {
			place = len(pairs)
			places[name] = place
			pairs = append(pairs, pair{Change: view.Change{Name: name}})
		}
		if side == "before" {
			pairs[place].Before = l.value
		} else {
			pairs[place].After = l.value
		}
		pairs[place].compared = pairs[place].compared || comparing && side != ""
	}
	changes := make([]view.Change, 0, len(pairs))
	for _, p := range pairs {
		p.Compared = p.compared
		if !p.Before.Equal(p.After) {
			changes = append(changes, p.Change)
		}
	}
	return changes
}

// side returns the value's name, and whether it is what was before or after; "" for neither.
func (l leaf) side(ctx context.Context) (name, side string) {
	is := func(s string) bool { return s == "before" || s == "after" }
	path := l.path
	switch n := len(path); {
	case n > 1 && is(path[0]):
		path, side = path[1:], path[0]
	case n > 1 && is(path[n-1]):
		path, side = path[:n-1], path[n-1]
	case n > 1 && path[0] == "definition":
		path = path[1:]
	}
	words := make([]string, 0, len(path))
	for _, step := range path {
		words = append(words, fieldName(keyInWords(step)).In(ctx))
	}
	return sentenceCase(strings.Join(words, " › ")), side
}

// keyInWords takes "StartsAt" and "starts_at" apart into "starts at".
func keyInWords(key string) string {
	var b strings.Builder
	lower := false // the letter before was a small one
	for _, r := range strings.ReplaceAll(key, "_", " ") {
		if unicode.IsUpper(r) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
