package pages

import (
	"context"
	"encoding/json"
	"errors"
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

// mostLeaves is how many values of an event are read for the page, if it compares nothing. The event of a list of protocols
// has thousands.
const mostLeaves = 3 * mostChanges

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
	uncounted := ""
	if errors.Is(err, errEnough) {
		uncounted, err = detail[decoder.InputOffset():], nil
	}
	if err != nil {
		return []view.Change{{After: messages.Verbatim(detail)}}, 0
	}
	// The digest of the rows that the log keeps apart tells people nothing.
	leaves = slices.DeleteFunc(leaves, func(l leaf) bool { return len(l.path) == 1 && l.path[0] == "rows" })
	changes, more = pairUp(ctx, leaves), countScalars(uncounted)
	if len(changes) > mostChanges {
		return changes[:mostChanges], more + len(changes) - mostChanges
	}
	return changes, more
}

// errEnough is returned by flatten if the page shows no value of those that follow.
var errEnough = errors.New("pages: enough values of an event")

// enough reports whether values that follow are only counted: these many are not compared with others.
func enough(leaves []leaf) bool {
	return len(leaves) >= mostLeaves && !slices.ContainsFunc(leaves[:mostLeaves], func(l leaf) bool {
		return slices.Contains(l.path, "before") || slices.Contains(l.path, "after")
	})
}

// countScalars counts the texts, numbers and truth values in the rest of a valid JSON text without blanks, as pairUp does:
// names of an object and empty values are none of them.
func countScalars(rest string) (n int) {
	for rest != "" {
		var token string
		token, rest = cutToken(rest)
		switch {
		case strings.Contains("{}[],:", token), token == `""`, token == "null":
		case !strings.HasPrefix(rest, ":"):
			n++
		}
	}
	return n
}

// cutToken cuts the first token off a JSON text without blanks.
func cutToken(text string) (token, rest string) {
	end := 1
	switch {
	case text[0] == '"':
		for ; end < len(text) && text[end] != '"'; end++ {
			if text[end] == '\\' {
				end++
			}
		}
		end++
	case !strings.ContainsAny(text[:1], "{}[],:"):
		for end < len(text) && !strings.ContainsAny(text[end:end+1], "]},") {
			end++
		}
	}
	end = min(end, len(text))
	return text[:end], text[end:]
}

// flatten appends the values below the next token, in their order.
func flatten(decoder *json.Decoder, zone *time.Location, path []string, leaves []leaf) ([]leaf, error) {
	if enough(leaves) {
		return leaves, errEnough
	}
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
			return leaves, err
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
