package online

import (
	"bytes"
	"cmp"
	"container/heap"
	"iter"
	"slices"
)

// entry is a voter of a roll whose key is being made.
type entry struct {
	voter, pair    digest
	line           int64
	constituencyID int64
}

// byVoter is the order of keyed_voters, and for one voter that of the lines.
func byVoter(a, b entry) int {
	if order := bytes.Compare(a.voter[:], b.voter[:]); order != 0 {
		return order
	}
	return cmp.Compare(a.line, b.line)
}

// byPair is the order of voter_keys.
func byPair(a, b entry) int { return bytes.Compare(a.pair[:], b.pair[:]) }

// segmentEntries is how many entries lie side by side. One list of them all would be copied, and take twice its
// room, whenever it grows.
const segmentEntries = 1 << 15

// entries are those of a roll.
type entries struct {
	segments [][]entry
	count    int
}

func (e *entries) add(one entry) {
	if e.count%segmentEntries == 0 {
		e.segments = append(e.segments, nil)
	}
	last := &e.segments[len(e.segments)-1]
	*last = append(*last, one)
	e.count++
}

// inOrder sorts the entries and returns them one after the other. What it returns is walked before the entries
// are put into another order.
func (e *entries) inOrder(compare func(a, b entry) int) iter.Seq[*entry] {
	for _, s := range e.segments {
		slices.SortFunc(s, compare)
	}
	return func(yield func(*entry) bool) {
		m := &merge{rest: slices.Clone(e.segments), compare: compare}
		heap.Init(m)
		for len(m.rest) > 0 {
			if !yield(&m.rest[0][0]) {
				return
			}
			if m.rest[0] = m.rest[0][1:]; len(m.rest[0]) == 0 {
				heap.Pop(m)
			} else {
				heap.Fix(m, 0)
			}
		}
	}
}

// merge is a heap of sorted segments, by their first entries.
type merge struct {
	rest    [][]entry
	compare func(a, b entry) int
}

func (m *merge) Len() int           { return len(m.rest) }
func (m *merge) Less(i, j int) bool { return m.compare(m.rest[i][0], m.rest[j][0]) < 0 }
func (m *merge) Swap(i, j int)      { m.rest[i], m.rest[j] = m.rest[j], m.rest[i] }
func (m *merge) Push(any)           { panic("online: segments are only taken away") }
func (m *merge) Pop() any {
	m.rest = m.rest[:len(m.rest)-1]
	return nil
}

// chunks returns entries in slices of so many; each is overwritten by the next.
func chunks(all iter.Seq[*entry], most int) iter.Seq[[]entry] {
	return func(yield func([]entry) bool) {
		chunk := make([]entry, 0, most)
		for e := range all {
			if chunk = append(chunk, *e); len(chunk) == most {
				if !yield(chunk) {
					return
				}
				chunk = chunk[:0]
			}
		}
		if len(chunk) > 0 {
			yield(chunk)
		}
	}
}
