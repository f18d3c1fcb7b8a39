package pages

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// AdminHome shows the current elections, or how to create the first one.
func (p *Pages) AdminHome(c *gin.Context) {
	ctx := c.Request.Context()
	list, err := p.Elections.ElectionsAndDrafts(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	participants, err := p.Participants.All(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	users, err := p.Auth.Users(ctx)
	if err != nil {
		respond.Error(c, err)
		return
	}
	table, err := p.batchTable(ctx, batch.Filter{Limit: 10}, placesOf(list), nil)
	if err != nil {
		respond.Error(c, err)
		return
	}
	table.Official = true
	model := view.AdminPage{Page: p.page(c, view.SectionAdmin, messages.AdminHomeHeading()), Batches: table}
	model.Steps = steps(len(participants), len(list), active(users, auth.Official), active(users, auth.Administrator))
	me, _ := principal.Of(c)
	if model.Needed, model.Others, err = p.waitingFor(ctx, me, list, users); err != nil {
		respond.Error(c, err)
		return
	}
	model.Registration, model.Open = p.registrationNotice()
	model.Elections, model.More = electionTasks(list, p.Now())
	personal(c)
	respond.Page(c, http.StatusOK, view.Admin(model))
}

// active counts those of a role who can sign in.
func active(users []auth.User, role auth.Role) int {
	n := 0
	for _, u := range users {
		if u.Role == role && !u.Disabled && !u.Waiting {
			n++
		}
	}
	return n
}

// steps leads to a first election; nil once every step was taken.
func steps(participants, elections, officials, administrators int) []view.Step {
	list := []view.Step{
		{Done: participants > 0, Text: messages.AdminHomeStepParticipants(), Href: "/admin/participants", Why: messages.AdminHomeStepParticipantsWhy()},
		{Done: elections > 0, Text: messages.AdminHomeStepElection(), Href: "/admin/elections/new", Why: messages.AdminHomeStepElectionWhy()},
		{Done: administrators > 1, Text: messages.AdminHomeStepAdministrator(), Href: "/admin/users/new?role=administrator", Why: messages.AdminHomeStepAdministratorWhy()},
		{Done: officials > 0, Text: messages.AdminHomeStepOfficials(), Href: "/admin/users/new", Why: messages.AdminHomeStepOfficialsWhy()},
	}
	for _, step := range list {
		if !step.Done {
			return list
		}
	}
	return nil
}

// mostElections bounds the elections on the first page.
const mostElections = 10

// electionTasks are the elections that are not over, each with the step that it is at. Others are in the list of all elections;
// the second result says that there are some.
func electionTasks(list []*elections.Election, now time.Time) (tasks []kit.Task, more bool) {
	names := []messages.Message{
		messages.AdminHomeStageDraft(), messages.AdminHomeStageScheduled(), messages.AdminHomeStageOpen(), messages.AdminHomeStageCounting(),
		messages.AdminHomeStageCertified(),
	}
	stages := map[elections.State]int{elections.Drafted: 0, elections.Scheduled: 1, elections.Open: 2, elections.Counting: 3, elections.Correcting: 3}
	for _, e := range sortElections(list, now) {
		state := e.StateAt(now)
		stage, underWay := stages[state]
		if !underWay || len(tasks) == mostElections {
			more = true
			continue
		}
		tasks = append(tasks, kit.Task{
			Name: messages.Verbatim(e.Title), Href: adminPath(e.ID, ""), State: electionState(state), TestID: "admin-election-row",
			Hint: messages.AdminHomeStage(int64(stage+1), int64(len(names)), names[stage]),
		})
	}
	return tasks, more
}

func adminElectionRows(list []*elections.Election, now time.Time) []view.AdminElectionRow {
	rows := make([]view.AdminElectionRow, 0, len(list))
	for _, election := range sortElections(list, now) {
		rows = append(rows, view.AdminElectionRow{
			Href: "/admin/elections/" + decimal(election.ID), Title: election.Title, Struck: election.WithdrawnAt != nil, Kind: kindName(election.Kind),
			State: electionState(election.StateAt(now)), Marks: rehearsalMarks(election),
			Starts: view.NewMoment(election.StartsAt, election.Location()),
			Ends:   view.NewMoment(election.EndsAt, election.Location()),
		})
	}
	return rows
}
