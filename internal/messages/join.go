package messages

import "time"

// Join joins messages by a message of the catalogue for two of them, such as UnitParts. Zero messages are left out; of
// none it is the zero message.
func Join(two func(first, next Message) Message, list ...Message) (all Message) {
	for _, next := range list {
		switch {
		case next.IsZero():
		case all.IsZero():
			all = next
		default:
			all = two(all, next)
		}
	}
	return all
}

// Sentences puts sentences one after the other. Zero messages are left out.
func Sentences(list ...Message) Message { return Join(UnitSentences, list...) }

// Enumeration joins the items of a list as a sentence does, such as "A, B and C". No item may be a zero message; of none
// it is the zero message.
func Enumeration(items ...Message) Message {
	if len(items) < 2 {
		return Join(UnitList, items...)
	}
	last := len(items) - 1
	return UnitListEnd(Join(UnitList, items[:last]...), items[last])
}

// Minute returns a time as refusals and reasons have it, which are read in any time zone: in UTC, without its seconds.
func Minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
