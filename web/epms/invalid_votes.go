package epms

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots"
	"urna/ballots/batch"
	"urna/internal/audit"
	"urna/results"
	"urna/web/deadline"
)

// page is how many invalid votes are read at a time.
const page = 5000

type invalidVoteView struct {
	JMBG       string `json:"electionOfficialJmbg"`
	BallotGUID string `json:"ballotGuid"`
	PollNumber int32  `json:"pollNumber"`
	Reason     string `json:"reason"`
}

// reasons are the contract's words.
//
//nolint:gochecknoglobals // a table, never written
var reasons = map[ballots.Reason]string{
	ballots.DuplicateBallot:   "Duplicate ballot.",
	ballots.UnknownPollNumber: "Invalid poll number.",
}

// writeResults answers with the results. The invalid votes may be millions: they go out page by page.
func (e *EPMS) writeResults(c *gin.Context, answer *deadline.Writer, r *results.Results) {
	ctx := c.Request.Context()
	batches, err := e.batchesWithInvalid(ctx, r.Election.ID)
	if err != nil {
		fail(c, err)
		return
	}
	participants, err := json.Marshal(outcome(r))
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Content-Type", "application/json; charset=utf-8")
	c.Status(http.StatusOK)
	w := &listWriter{out: bufio.NewWriterSize(answer, 64<<10)}
	w.text(`{"participants":` + string(participants) + `,"invalidVotes":[`)
	if err := e.writeInvalidVotes(ctx, w, batches); err != nil {
		// The answer has begun: that it breaks off in its middle is all that can still be said.
		if ctx.Err() == nil {
			slog.ErrorContext(ctx, "write invalid votes", "election", r.Election.ID, "error", err)
		}
		_ = w.out.Flush() // the client is told either way
		deadline.Abort(c.Writer)
		return
	}
	w.text("]}\n")
	if err := w.out.Flush(); err != nil && ctx.Err() == nil {
		slog.WarnContext(ctx, "write results", "election", r.Election.ID, "error", err)
	}
}

// origin is a batch with lines that do not count.
type origin struct{ batch, official int64 }

// batchesWithInvalid returns an election's standing batches with lines that do not count, in the order
// of acceptance.
func (e *EPMS) batchesWithInvalid(ctx context.Context, electionID int64) ([]origin, error) {
	var found []origin
	err := e.eachBatch(ctx, batch.Filter{ElectionID: electionID}, func(b batch.Batch) {
		if b.Invalid+b.Duplicates > 0 && b.State != batch.Retracted {
			found = append(found, origin{batch: b.ID, official: b.OfficialID})
		}
	})
	slices.Reverse(found)
	return found, err
}

func (e *EPMS) writeInvalidVotes(ctx context.Context, w *listWriter, batches []origin) error {
	known := map[int64]string{}
	for _, from := range batches {
		jmbg, ok := known[from.official]
		if !ok {
			var err error
			if jmbg, err = e.jmbg(ctx, from.official); err != nil {
				return err
			}
			known[from.official] = jmbg
		}
		if err := e.writeBatch(ctx, w, from.batch, jmbg); err != nil {
			return err
		}
	}
	return nil
}

// jmbg returns an official's JMBG, "" where the account has none or is gone.
func (e *EPMS) jmbg(ctx context.Context, official int64) (string, error) {
	u, err := e.services.Auth.User(ctx, official)
	if errors.Is(err, auth.ErrUnknownUser) {
		return "", nil
	}
	return u.JMBG, err
}

func (e *EPMS) writeBatch(ctx context.Context, w *listWriter, batchID int64, jmbg string) error {
	after := int64(0)
	for {
		lines, shown, err := e.services.Batches.InvalidLines(ctx, audit.System(), batchID, after, page)
		if err == nil && !shown { // the election's end was moved in between
			err = results.ErrEmbargoed
		}
		if err != nil {
			return err
		}
		for _, line := range lines {
			w.item(invalidVoteView{
				JMBG: jmbg, BallotGUID: line.GUID.String(), PollNumber: line.PollNumber, Reason: reasons[line.Reason],
			})
		}
		if w.err != nil || len(lines) < page {
			return w.err
		}
		after = lines[len(lines)-1].Number
	}
}

// listWriter writes the items of a JSON list and keeps the first error.
type listWriter struct {
	out   *bufio.Writer
	items int64
	err   error
}

func (w *listWriter) text(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

func (w *listWriter) item(v invalidVoteView) {
	encoded, err := json.Marshal(v)
	if w.err == nil {
		w.err = err
	}
	if w.items > 0 {
		w.text(",")
	}
	w.text(string(encoded))
	w.items++
}
