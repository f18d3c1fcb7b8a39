package api

import (
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/web/deadline"
	"urna/web/respond"
)

// dryRunView says what would come of a file. Duplicates within the file are Repeated.
type dryRunView struct {
	Lines      int64       `json:"lines"`
	Valid      int64       `json:"valid"`
	Invalid    int64       `json:"invalid"`
	Duplicates int64       `json:"duplicates"`
	Repeated   int64       `json:"repeated"`
	Samples    samplesView `json:"samples"`
	// Stations are the polling stations of a file that has several; absent for a file that is one batch.
	Stations []stationDryRunView `json:"stations,omitempty"`
	SameAs   *int64              `json:"same_as"`
	// Late is why the file would be late; null if it would not be.
	Late    *batch.LateCause `json:"late"`
	Waiting int              `json:"batches_waiting"`
	AsOf    time.Time        `json:"as_of"`
}

type stationDryRunView struct {
	StationID  int64            `json:"station_id"`
	FirstLine  int64            `json:"first_line"`
	Lines      int64            `json:"lines"`
	Valid      int64            `json:"valid"`
	Invalid    int64            `json:"invalid"`
	Duplicates int64            `json:"duplicates"`
	Late       *batch.LateCause `json:"late"`
}

type samplesView struct {
	Valid      []sampleView `json:"valid"`
	Invalid    []sampleView `json:"invalid"`
	Duplicates []sampleView `json:"duplicates"`
}

type sampleView struct {
	Line       int64  `json:"line"`
	GUID       string `json:"guid"`
	PollNumber int32  `json:"poll_number"`
	HeldBy     *int64 `json:"held_by,omitempty"`
}

// dryRun answers what would come of a file, of which nothing is stored.
func (a *API) dryRun(c *gin.Context, d batch.Delivery, only int64) {
	var result batch.DryRun
	err := a.receive(c, d, only, func(d batch.Delivery, file io.Reader) (err error) {
		result, err = a.services.Batches.DryRun(c.Request.Context(), d, file, func() { deadline.NewWriter(c.Writer).Wait(2 * deadline.IdleTimeout) })
		return err
	})
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewDryRun(result))
}

func viewDryRun(r batch.DryRun) dryRunView {
	v := dryRunView{
		Lines: r.Lines, Valid: r.Valid, Invalid: r.Invalid, Duplicates: r.Duplicates, Repeated: r.Repeated,
		Samples: samplesView{Valid: viewSamples(batch.Sample(r.ValidLines)), Invalid: viewSamples(batch.Sample(r.InvalidLines)), Duplicates: viewSamples(batch.Sample(r.DuplicateLines))},
		SameAs:  known(r.SameAs), Waiting: r.Waiting, AsOf: r.AsOf.UTC(),
	}
	v.Late = cause(r.Late)
	for _, of := range r.Stations {
		v.Stations = append(v.Stations, stationDryRunView{
			StationID: of.StationID, FirstLine: of.FirstLine, Lines: of.Lines, Valid: of.Valid, Invalid: of.Invalid, Duplicates: of.Duplicates,
			Late: cause(of.Late),
		})
	}
	return v
}

func cause(c batch.LateCause) *batch.LateCause {
	if c == "" {
		return nil
	}
	return &c
}

func viewSamples(lines []ballots.DryRunLine) []sampleView {
	views := make([]sampleView, 0, len(lines))
	for _, l := range lines {
		views = append(views, sampleView{Line: l.Number, GUID: l.GUID.String(), PollNumber: l.PollNumber, HeldBy: known(l.HeldBy)})
	}
	return views
}
