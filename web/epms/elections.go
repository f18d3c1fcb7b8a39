package epms

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/problem"
	"urna/web/respond"
)

// electionInput is what a client says of an election, read as far as it can be.
type electionInput struct {
	start, end                       time.Time
	startWithOffset, endWithOffset   bool
	timesRead                        bool
	kind                             elections.Kind
	participants                     []int64
	individualRead, participantsRead bool
}

func (e *EPMS) readElection(f fields) electionInput {
	var in electionInput
	start, startText := f.text("start")
	end, endText := f.text("end")
	var startOK, endOK, individual bool
	in.start, in.startWithOffset, startOK = parseTime(start, e.services.TimeZone)
	in.end, in.endWithOffset, endOK = parseTime(end, e.services.TimeZone)
	in.timesRead = startText && endText && startOK && endOK
	individual, in.individualRead = f.truth("individual")
	in.kind = elections.Parliamentary
	if individual {
		in.kind = elections.Presidential
	}
	in.participants, in.participantsRead = f.ids("participants")
	return in
}

// draft returns the election that the contract describes: presidential, or 250 seats by D'Hondt above
// 5 % of the valid votes, which are the defaults; nationwide, taking batches.
func (in electionInput) draft(zone *time.Location) elections.Draft {
	title := "Parliamentary election"
	if in.kind == elections.Presidential {
		title = "Presidential election"
	}
	nationwide := elections.ConstituencyDraft{}
	for _, id := range in.participants {
		nationwide.Candidacies = append(nationwide.Candidacies, elections.CandidacyDraft{ParticipantID: id})
	}
	return elections.Draft{
		Title: title + ", " + in.start.In(zone).Format("2 January 2006"), Kind: in.kind, StartsAt: in.start, EndsAt: in.end,
		Channels: []elections.Channel{elections.Batches}, Constituencies: []elections.ConstituencyDraft{nationwide},
		OpenNow: true, // in this contract a start in the past is fine
	}
}

type pollNumbersView struct {
	PollNumbers []int `json:"pollNumbers"`
}

// CreateElection answers POST /createElection.
func (e *EPMS) CreateElection(c *gin.Context) {
	f, ok := readWith(c, "start", "end", "individual", "participants")
	if !ok {
		return
	}
	made, err := e.create(c.Request.Context(), actor(c), e.readElection(f))
	if err != nil {
		fail(c, err)
		return
	}
	view := pollNumbersView{}
	for _, candidacy := range made.Constituencies[0].Candidacies {
		view.PollNumbers = append(view.PollNumbers, candidacy.PollNumber)
	}
	respond.JSON(c, http.StatusOK, view)
}

// create checks an election against the others made here and makes it, in one transaction.
func (e *EPMS) create(ctx context.Context, by audit.Actor, in electionInput) (made *elections.Election, err error) {
	zone := e.services.TimeZone
	if !in.timesRead || !in.end.After(in.start) || !elections.InYears(in.start, zone) || !elections.InYears(in.end, zone) {
		return nil, errTimes
	}
	err = e.services.DB.Write(ctx, func(tx *database.Tx) error {
		if err := e.refuseOverlap(ctx, tx, in); err != nil {
			return err
		}
		// A boolean of another type is no participant's kind.
		if !in.individualRead || !in.participantsRead || len(in.participants) < 2 {
			return errParticipants
		}
		if made, err = e.services.Elections.CreateWithin(ctx, tx, by, in.draft(e.services.TimeZone)); err != nil {
			return definition(err)
		}
		return remember(ctx, tx, record{electionID: made.ID, startWithOffset: in.startWithOffset, endWithOffset: in.endWithOffset})
	})
	return made, err
}

// refuseOverlap refuses a span of time that shares an instant, be it the last of one and the first of
// the other, with an election made here.
func (e *EPMS) refuseOverlap(ctx context.Context, tx *database.Tx, in electionInput) error {
	rows, err := madeWithin(ctx, tx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		other, err := e.services.Elections.Within(tx, row.electionID)
		if err != nil {
			return err
		}
		if other.WithdrawnAt != nil {
			continue
		}
		if !in.start.After(other.EndsAt) && !in.end.Before(other.StartsAt) {
			return errTimes
		}
	}
	return nil
}

// definition says in the contract's words why a definition was refused.
func definition(err error) error {
	f, ok := errors.AsType[*problem.Error](err)
	if !ok || f.Kind != problem.Invalid {
		return err
	}
	if slices.ContainsFunc(f.Fields, func(p problem.Field) bool { return strings.HasSuffix(p.Name, "s_at") }) {
		return errTimes
	}
	return errParticipants
}

type standingView struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type electionView struct {
	ID           int64          `json:"id"`
	Start        string         `json:"start"`
	End          string         `json:"end"`
	Individual   bool           `json:"individual"`
	Participants []standingView `json:"participants"`
}

type electionsView struct {
	Elections []electionView `json:"elections"`
}

// GetElections answers GET /getElections, in the order in which they were made.
func (e *EPMS) GetElections(c *gin.Context) {
	rows, err := e.store.made(c.Request.Context())
	if err != nil {
		fail(c, err)
		return
	}
	view := electionsView{Elections: make([]electionView, 0, len(rows))}
	for _, row := range rows {
		found, err := e.services.Elections.Election(c.Request.Context(), row.electionID)
		if err != nil {
			fail(c, err)
			return
		}
		if found.WithdrawnAt != nil { // the contract has no word for it
			continue
		}
		view.Elections = append(view.Elections, e.viewOf(found, row))
	}
	respond.JSON(c, http.StatusOK, view)
}

func (e *EPMS) viewOf(found *elections.Election, row record) electionView {
	view := electionView{
		ID:           found.ID,
		Start:        formatTime(found.StartsAt, e.services.TimeZone, row.startWithOffset),
		End:          formatTime(found.EndsAt, e.services.TimeZone, row.endWithOffset),
		Individual:   found.Kind == elections.Presidential,
		Participants: []standingView{},
	}
	for _, constituency := range found.Constituencies {
		for _, candidacy := range constituency.Candidacies {
			view.Participants = append(view.Participants, standingView{ID: candidacy.ParticipantID, Name: candidacy.Name})
		}
	}
	return view
}
