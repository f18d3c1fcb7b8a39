package batch

import "time"

// A group is bounded, so that its first batch does not wait long for the last.
const (
	maxGroupBatches = maxQueuedBatches
	maxGroupLines   = 16_000_000
	// maxGroupSpread is how many times as long as the shortest a group's longest batch may be.
	maxGroupSpread = 16
)

// Uploads in progress may join a group: the writer waits for them as long as counting the group takes at best,
// and never longer than maxGroupWait. So batches are at worst counted half as fast as without the wait, and
// those that arrive together several times as fast.
const (
	// DefaultWaitPerLine is the wait for each line of a group.
	DefaultWaitPerLine = time.Microsecond
	maxGroupWait       = 10 * time.Second
	// pollInterval is how long the writer waits at a time.
	pollInterval = 5 * time.Millisecond
)

// coalesce waits for the next batch and takes those along that are ready behind it, or will be soon; nil when the
// queue stops.
func (q *queue) coalesce() []*job {
	if q.next == nil {
		select {
		case q.next = <-q.order:
		case <-q.ctx.Done():
			return nil
		}
	}
	select {
	case <-q.next.ready:
	case <-q.ctx.Done():
		return nil
	}
	group, lines := []*job{q.next}, q.next.row.Lines
	q.next = nil
	quiet := false // no upload was running at the last look
	for waited := time.Duration(0); ; waited += pollInterval {
		for q.poll() {
			if !q.joins(group, lines, q.next) {
				return group
			}
			group, lines = append(group, q.next), lines+q.next.row.Lines
			q.next = nil
		}
		coming := q.next != nil || q.service.uploadsInProgress.Load() > 0 || q.undispatched()
		if quiet && !coming || waited+pollInterval > q.maxWait(group[0], lines) || !q.pause(pollInterval) {
			return group
		}
		quiet = !coming
	}
}

// poll takes the next batch out of the order, where there is one, and reports whether it is ready.
func (q *queue) poll() bool {
	if q.next == nil {
		select {
		case q.next = <-q.order:
		default:
			return false
		}
	}
	select {
	case <-q.next.ready:
		return true
	default:
		return false
	}
}

// maxWait returns how long a group of so many lines waits altogether.
func (q *queue) maxWait(first *job, lines int64) time.Duration {
	if first.err != nil || first.row.moves() { // no other batch joins it
		return 0
	}
	if lines > int64(maxGroupWait/q.service.options.MaxWaitPerLine) {
		return maxGroupWait
	}
	return time.Duration(lines) * q.service.options.MaxWaitPerLine
}

// joins reports whether a batch that is ready may be counted together with those before it, which have so
// many lines.
func (q *queue) joins(group []*job, lines int64, j *job) bool {
	first := group[0]
	if first.err != nil || j.err != nil || first.row.moves() || j.row.moves() || first.row.ElectionID != j.row.ElectionID {
		return false
	}
	shortest, longest := j.row.Lines, j.row.Lines
	for _, other := range group {
		shortest, longest = min(shortest, other.row.Lines), max(longest, other.row.Lines)
	}
	lines += j.row.Lines
	alike := longest <= maxGroupSpread*shortest || lines <= int64(q.service.chunkLines())
	return alike && lines <= maxGroupLines && len(group) < maxGroupBatches
}
