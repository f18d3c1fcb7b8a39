package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/audit"
	"urna/web/principal"
	"urna/web/respond"
)

type batchView struct {
	ID             int64        `json:"id"`
	ElectionID     int64        `json:"election_id"`
	ConstituencyID int64        `json:"constituency_id"`
	StationID      *int64       `json:"station_id"`
	Official       officialView `json:"official"`
	State          batch.State  `json:"state"`
	FileName       string       `json:"file_name"`
	SHA256         string       `json:"sha256"`
	// FirstLine and SentSHA256 are there for a part of a file of several polling stations.
	FirstLine  int64     `json:"first_line,omitempty"`
	SentSHA256 string    `json:"sent_sha256,omitempty"`
	Lines      int64     `json:"lines"`
	Valid      int64     `json:"valid"`
	Invalid    int64     `json:"invalid"`
	Duplicates int64     `json:"duplicates"`
	Progress   float64   `json:"progress"`
	Failure    string    `json:"failure,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	AcceptedAt time.Time `json:"accepted_at"`
	Late       *lateView `json:"late,omitempty"`
}

// lateView says why a batch was late and what was decided about it.
type lateView struct {
	Cause     batch.LateCause `json:"cause"`
	State     batch.LateState `json:"state"`
	Reason    string          `json:"reason"`
	DecidedBy string          `json:"decided_by,omitempty"`
	Remark    string          `json:"remark,omitempty"`
}

type officialView struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func viewBatch(b batch.Batch) batchView {
	v := batchView{
		ID: b.ID, ElectionID: b.ElectionID, ConstituencyID: b.ConstituencyID,
		Official: officialView{ID: b.OfficialID, Name: b.OfficialName},
		State:    b.State, FileName: b.FileName, SHA256: b.SHA256, FirstLine: b.FirstLine, SentSHA256: b.SentSHA256,
		Lines: b.Lines, Valid: b.Valid, Invalid: b.Invalid, Duplicates: b.Duplicates,
		Progress: b.Progress(), Failure: b.Failure, Reason: b.Reason, AcceptedAt: b.AcceptedAt.UTC(),
	}
	if b.StationID != 0 {
		v.StationID = &b.StationID
	}
	if l := b.Late; l != nil {
		v.Late = &lateView{Cause: l.Cause, State: l.State, Reason: l.Reason, DecidedBy: audit.WithoutAddress(l.Decider), Remark: l.Remark}
	}
	return v
}

func batchHref(id int64) string { return Base + "/batches/" + strconv.FormatInt(id, 10) }

// ElectionBatches answers GET /elections/{id}/batches, newest first; an official's own.
func (a *API) ElectionBatches(c *gin.Context) {
	e, ok := a.election(c)
	if !ok {
		return
	}
	if err := a.mayObserve(c, e.ID, elections.ErrUnknownElection); err != nil {
		respond.Error(c, err)
		return
	}
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	// One more than asked for tells whether there is a next page.
	filter := batch.Filter{ElectionID: e.ID, OfficialID: official(c), Before: w.cursor, Limit: w.limit + 1}
	if err := readPlace(c, &filter.ConstituencyID, &filter.StationID); err != nil {
		respond.Error(c, err)
		return
	}
	batches, err := a.services.Batches.Batches(c.Request.Context(), filter)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, cut(w, batches, func(b batch.Batch) int64 { return b.ID }, viewBatch))
}

// Batch answers GET /batches/{id}.
func (a *API) Batch(c *gin.Context) {
	b, ok := a.batch(c)
	if !ok {
		return
	}
	respond.JSON(c, http.StatusOK, viewBatch(b))
}

// BatchRetract answers POST /batches/{id}/retraction.
func (a *API) BatchRetract(c *gin.Context) { a.move(c, a.services.Batches.Retract) }

// BatchRestore answers POST /batches/{id}/restoration.
func (a *API) BatchRestore(c *gin.Context) { a.move(c, a.services.Batches.Restore) }

func (a *API) move(c *gin.Context, act func(context.Context, audit.Actor, int64, string) (batch.Batch, error)) {
	id, ok := pathID(c, ballots.ErrUnknownBatch)
	if !ok {
		return
	}
	var reason string
	if err := readBody(c, object{"reason": text(&reason)}); err != nil {
		respond.Error(c, err)
		return
	}
	b, err := act(c.Request.Context(), principal.Actor(c), id, reason)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusAccepted, viewBatch(b))
}

type invalidView struct {
	Line       int64          `json:"line"`
	GUID       string         `json:"guid"`
	PollNumber *int32         `json:"poll_number"` // null while the reader may not see it
	Reason     ballots.Reason `json:"reason"`
}

// BatchInvalid answers GET /batches/{id}/invalid, in the order of lines.
func (a *API) BatchInvalid(c *gin.Context) {
	b, ok := a.batch(c)
	if !ok {
		return
	}
	w, err := readWindow(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	lines, shown, err := a.services.Batches.InvalidLines(c.Request.Context(), principal.Actor(c), b.ID, w.cursor, w.limit+1)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, cut(w, lines, func(l ballots.InvalidLine) int64 { return l.Number },
		func(l ballots.InvalidLine) invalidView {
			seen := invalidView{Line: l.Number, GUID: l.GUID.String(), Reason: l.Reason}
			if shown {
				seen.PollNumber = &l.PollNumber
			}
			return seen
		}))
}

// batch returns the batch that the path names, or answers that there is none: another official's
// batch is not theirs to know of.
func (a *API) batch(c *gin.Context) (batch.Batch, bool) {
	id, ok := pathID(c, ballots.ErrUnknownBatch)
	if !ok {
		return batch.Batch{}, false
	}
	b, err := a.services.Batches.Batch(c.Request.Context(), id)
	if own := official(c); err == nil && own != 0 && b.OfficialID != own {
		err = ballots.ErrUnknownBatch
	}
	if err == nil {
		err = a.mayObserve(c, b.ElectionID, ballots.ErrUnknownBatch)
	}
	if err != nil {
		respond.Error(c, err)
		return batch.Batch{}, false
	}
	return b, true
}
