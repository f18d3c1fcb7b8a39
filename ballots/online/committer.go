package online

import (
	"context"
	"log/slog"

	"urna/internal/database"
)

// commitGroups is the committer's goroutine. It returns when the collector has closed toWriter.
func (q *voteQueue) commitGroups() {
	for votes := range q.toWriter {
		q.commit(votes)
		q.idle <- struct{}{}
	}
}

// commit stores votes in one priority transaction and then answers them. It is never cancelled: a stop waits for it.
func (q *voteQueue) commit(votes []*pendingVote) {
	ctx := context.Background()
	var changed map[int64]bool
	err := q.service.db.WritePriority(ctx, func(tx *database.Tx) (err error) {
		changed, err = q.service.sums.record(ctx, tx, votes)
		return err
	})
	if err != nil {
		slog.Error("a group of votes could not be stored; the voters were told", "error", err)
	}
	for _, v := range votes {
		if err != nil {
			v.done <- err
			continue
		}
		if v.result == nil {
			q.stored.Add(1)
		}
		v.done <- v.result
	}
	for election := range changed {
		q.service.options.OnCommit(election)
	}
}
