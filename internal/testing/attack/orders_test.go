package attack

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// knowledge is what the attacker has in hand about some keys and some ballots.
type knowledge struct {
	evidence evidence
	names    []string            // of the candidates, by poll number from 1
	known    map[string][]string // by key: what would betray it in a text
	records  map[string]string   // by source: what it said meanwhile
	came     []string            // keys in the order in which their votes were sent
	told     []string            // keys in the order in which they were answered
}

// nowhere is the place of a value that is absent: after everything that is.
const nowhere = 1 << 40

// sorted returns items by their places; those at the same place by value.
func sorted(items []string, place func(string) int) []string {
	items = slices.Sorted(slices.Values(items))
	places := make(map[string]int, len(items))
	for _, item := range items {
		places[item] = place(item)
	}
	slices.SortStableFunc(items, func(a, b string) int { return cmp.Compare(places[a], places[b]) })
	return items
}

// byBytes adds orders by value, and by where the items' bytes stand in what was stolen.
func (k knowledge) byBytes(orders map[string][]string, items []string) {
	orders["by value"] = sorted(items, func(string) int { return 0 })
	for source, places := range k.evidence.places {
		for end, which := range []string{"first", "last"} {
			orders["by "+which+" place in the "+source] = sorted(items, func(item string) int {
				if p, ok := places[item]; ok {
					return p[end]
				}
				return nowhere
			})
		}
	}
}

func (k knowledge) keyOrders() map[string][]string {
	orders := map[string][]string{"as they were sent": k.came, "as they were answered": k.told}
	orders["by flag"] = sorted(k.came, func(key string) int { return k.evidence.flags[key] })
	orders["by voter"] = sorted(k.came, func(key string) int { return k.evidence.voters[key] })
	k.byBytes(orders, k.came)
	for source, text := range k.records {
		orders["as named in the "+source] = sorted(k.came, func(key string) int {
			place := nowhere
			for _, word := range k.known[key] {
				if at := strings.Index(text, word); at >= 0 {
					place = min(place, at)
				}
			}
			return place
		})
	}
	return orders
}

func (k knowledge) ballotOrders(ballots []string) map[string][]string {
	orders := map[string][]string{"by candidate": sorted(ballots, func(guid string) int { return k.evidence.ballots[guid] })}
	k.byBytes(orders, ballots)
	for source, text := range k.records {
		for _, by := range []string{"name", "number"} {
			for _, last := range []bool{false, true} {
				name := "by first " + by + " in the " + source
				if last {
					name = "by last " + by + " in the " + source
				}
				orders[name] = k.asMentioned(ballots, text, by == "name", last)
			}
		}
	}
	return orders
}

// asMentioned puts ballots in the order in which their candidates are mentioned in a text: of several
// ballots for one candidate each has a mention of its own, counted from the text's beginning or its end.
func (k knowledge) asMentioned(ballots []string, text string, byName, fromEnd bool) []string {
	mentions := map[int][]int{}
	for i, name := range k.names {
		if byName {
			mentions[i+1] = places(text, name)
		} else {
			mentions[i+1] = numberAt(text, i+1)
		}
		if fromEnd {
			slices.Reverse(mentions[i+1])
		}
	}
	place := map[string]int{}
	for _, guid := range slices.Sorted(slices.Values(ballots)) {
		candidate := k.evidence.ballots[guid]
		place[guid] = nowhere
		if left := mentions[candidate]; len(left) > 0 {
			place[guid], mentions[candidate] = left[0], left[1:]
		}
	}
	return sorted(ballots, func(guid string) int { return place[guid] })
}

func places(text, word string) (found []int) {
	for at := 0; ; at += len(word) {
		next := strings.Index(text[at:], word)
		if next < 0 {
			return found
		}
		at += next
		found = append(found, at)
	}
}

// numberAt returns the places of a number by itself.
func numberAt(text string, number int) (found []int) {
	digits := strconv.Itoa(number)
	for _, at := range places(text, digits) {
		end := at + len(digits)
		if (at == 0 || !inWord(text[at-1])) && (end == len(text) || !inWord(text[end])) {
			found = append(found, at)
		}
	}
	return found
}

// inWord reports whether a character beside a number makes it a part of something else.
func inWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '.' || c == ':' || c == '-'
}

// guess pairs keys with ballots in every combination of orders, and counts the right ones. votes is what
// each key really voted, which the attacker does not know.
func (s *scores) guess(k knowledge, ballots []string, votes map[string]int, groups int) {
	ballotOrders := k.ballotOrders(ballots)
	for keyOrder, keys := range k.keyOrders() {
		for ballotOrder, sorted := range ballotOrders {
			forwards, backwards := 0, 0
			for i, key := range keys {
				if votes[key] == k.evidence.ballots[sorted[i]] {
					forwards++
				}
				if votes[key] == k.evidence.ballots[sorted[len(sorted)-1-i]] {
					backwards++
				}
			}
			s.hits[strategy{keyOrder, ballotOrder, false}] += forwards
			s.hits[strategy{keyOrder, ballotOrder, true}] += backwards
		}
	}
	s.groups += groups
}

// find returns the first and the last place of each item, all of 16 bytes, in a stolen file.
func find(content []byte, items map[string]bool) map[string][2]int {
	var begins [1 << 16]bool
	for item := range items {
		begins[int(item[0])<<8|int(item[1])] = true
	}
	found := map[string][2]int{}
	for at := 0; at+16 <= len(content); at++ {
		if !begins[int(content[at])<<8|int(content[at+1])] || !items[string(content[at:at+16])] {
			continue
		}
		item := string(bytes.Clone(content[at : at+16]))
		first := at
		if p, again := found[item]; again {
			first = p[0]
		}
		found[item] = [2]int{first, at}
	}
	return found
}
