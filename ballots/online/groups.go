package online

import "time"

// maxTransaction is the most votes of a flush. It keeps the changed pages within SQLite's page cache: pages that do
// not fit are written to the log early, in an order that would tell something about the votes.
const maxTransaction = 4096

// groups are the votes that wait for a flush, by constituency.
type groups map[int64]*group

// group are the waiting votes of one constituency, which are committed together.
type group struct {
	votes []*pendingVote
	since time.Time // when the first of them was added
}

// add adds a vote to the group of its constituency.
func (g groups) add(v *pendingVote, now time.Time) {
	own := g[v.constituencyID]
	if own == nil {
		own = &group{since: now}
		g[v.constituencyID] = own
	}
	own.votes = append(own.votes, v)
}

// ready reports whether a group has enough votes, or has waited long enough, to be flushed.
func (g *group) ready(now time.Time, o Options) bool {
	// A clock that jumps back must not make a voter wait longer.
	waited := now.Sub(g.since)
	return len(g.votes) >= o.GroupVotes || waited >= o.GroupWait || waited < 0
}

// countReady returns the number of votes in ready groups, and in how long the next group will be ready.
func (g groups) countReady(now time.Time, o Options) (votes int, next time.Duration) {
	next = time.Hour
	for _, own := range g {
		if own.ready(now, o) {
			votes += len(own.votes)
		} else {
			next = min(next, own.since.Add(o.GroupWait).Sub(now))
		}
	}
	return votes, next
}

// popReady removes the ready groups, up to maxTransaction votes, and returns their votes.
func (g groups) popReady(now time.Time, o Options) []*pendingVote {
	return g.pop(func(own *group) bool { return own.ready(now, o) })
}

// popAny removes groups, ready or not, up to maxTransaction votes, and returns their votes.
func (g groups) popAny() []*pendingVote { return g.pop(func(*group) bool { return true }) }

func (g groups) pop(chosen func(*group) bool) []*pendingVote {
	var votes []*pendingVote
	for constituency, own := range g {
		if !chosen(own) {
			continue
		}
		room := maxTransaction - len(votes)
		if len(own.votes) > room {
			votes, own.votes = append(votes, own.votes[:room]...), own.votes[room:]
			break
		}
		votes = append(votes, own.votes...)
		delete(g, constituency)
	}
	return votes
}
