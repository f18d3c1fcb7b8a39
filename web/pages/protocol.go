package pages

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// protocolPlace is the station of a request and what belongs to it.
type protocolPlace struct {
	station  elections.Station
	election *elections.Election
	place    *elections.Constituency
	form     elections.ProtocolForm
	by       protocol.Person
	inReach  bool // the places of the account allow it to enter the station
	settles  bool // an administrator, or a coordinator
}

// protocolTyped is what a request brings to the page beside the stored protocol.
type protocolTyped struct {
	entry    *typedEntry
	settle   map[string]typedChoice
	explain  map[string]string // by code
	move     string            // the address of the form that was refused
	reason   string
	scan     messages.Message // the mistake of a scan
	done     messages.Message
	problems kit.Problems
}

func personOf(c *gin.Context) protocol.Person {
	user, _ := principal.Of(c)
	return protocol.Person{
		Actor: principal.Actor(c), Administrator: user.Role == auth.Administrator, Observer: user.Role == auth.Observer,
	}
}

// protocolPlace returns the station that the path names. To an official who may neither enter nor settle it, it is another
// place.
func (p *Pages) protocolPlace(c *gin.Context) (at protocolPlace, err error) {
	id, ok := pathID(c, "station")
	if !ok {
		return at, elections.ErrUnknownStation
	}
	ctx := c.Request.Context()
	if at.station, err = p.Elections.Station(ctx, id); err != nil {
		return at, err
	}
	if at.election, err = p.Elections.Election(ctx, at.station.ElectionID); err != nil {
		return at, err
	}
	at.place, at.form, at.by = at.election.Constituency(at.station.ConstituencyID), at.election.ProtocolForm(), personOf(c)
	if at.place == nil {
		return at, elections.ErrUnknownStation
	}
	switch {
	case at.by.Administrator:
		at.inReach, at.settles = true, true
		return at, nil
	case at.by.Observer:
		return at, p.mayObserve(c, at.election.ID, elections.ErrUnknownStation)
	}
	if at.settles, err = p.Protocols.IsCoordinator(ctx, at.election.ID, at.place.ID, at.by.ID); err != nil {
		return at, err
	}
	if at.inReach, err = p.Protocols.InReach(ctx, at.by.ID, id); err == nil && !at.inReach && !at.settles {
		err = protocol.ErrNotYourStation
	}
	return at, err
}

// StationProtocol shows the protocol of a polling station, and the form to type it while that is possible.
func (p *Pages) StationProtocol(c *gin.Context) {
	at, err := p.protocolPlace(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	p.showProtocol(c, http.StatusOK, at, protocolTyped{done: protocolDone(c.Query("done"))})
}

// secondDiffers is what the form of a second entry did that differs from the first one.
const secondDiffers = "2-" + string(protocol.Different)

// protocolDone says what a form did that was sent before.
func protocolDone(what string) messages.Message {
	switch what {
	case "1":
		return messages.ProtocolsFirstEntryMade()
	case "2-definitive":
		return messages.ProtocolsSecondEntrySame()
	case "2-waiting":
		return messages.ProtocolsSecondEntryWaits()
	case secondDiffers:
		return messages.ProtocolsSecondEntryDiffers()
	case "settled-definitive":
		return messages.ProtocolsSettledDone()
	case "settled-waiting":
		return messages.ProtocolsSettledWaits()
	case "settled-different":
		return messages.ProtocolsSettledSome()
	case "explained":
		return messages.ProtocolsExplainedDone()
	case "scan":
		return messages.ProtocolsScanAttached()
	default:
		return messages.Message{}
	}
}

// protocolShown sends the browser back to the page of the station, which says what was done.
func protocolShown(c *gin.Context, at protocolPlace, what string) {
	address := "/stations/" + decimal(at.station.ID) + "/protocol"
	if what != "" {
		address += "?done=" + what
	}
	respond.SeeOther(c, address)
}

func (p *Pages) showProtocol(c *gin.Context, status int, at protocolPlace, typed protocolTyped) {
	ctx := c.Request.Context()
	stored, err := p.Protocols.Protocol(ctx, at.by, at.station.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	model := p.protocolPage(c, at, stored)
	model.Done, model.Problems = typed.done, typed.problems
	model.Differs = c.Query("done") == secondDiffers
	if !at.by.Observer {
		if err := p.addEntry(ctx, &model, at, typed); err != nil {
			respond.Error(c, err)
			return
		}
	}
	at.addDifferences(&model, stored, typed, p.showsCounts(at.election))
	at.addValues(&model, stored, typed)
	at.addScans(&model, stored, typed, model.Entry != nil || at.inReach)
	if at.by.Administrator {
		model.Moves = p.protocolMoves(ctx, at, stored, typed)
	}
	personal(c)
	respond.Page(c, status, view.Protocol(model))
}

func (p *Pages) showsCounts(e *elections.Election) bool { return e.ShowsCount(p.Now()) }

// protocolMoveNeeds returns the sentence that an act on a protocol needs a second administrator, or none.
func (p *Pages) protocolMoveNeeds(ctx context.Context, e *elections.Election, act approval.Act) messages.Message {
	if e.AsksApproval(p.Now(), act == approval.RestoreProtocol) && p.secondNeeded(ctx, e.PublishedAt) {
		return messages.ApprovalsNeedsSecond()
	}
	return messages.Message{}
}

func (p *Pages) protocolPage(c *gin.Context, at protocolPlace, stored protocol.Protocol) view.ProtocolPage {
	heading := messages.ProtocolsHeadingOf(at.station.Number)
	model := view.ProtocolPage{
		Page: p.page(c, protocolSection(at.by), heading), Heading: heading, Election: at.election.Title, Place: at.place.Name, Name: at.station.Name,
		Crumbs: []kit.Crumb{{Text: messages.ProtocolsAllProtocols(), Href: protocolsPath(at.election.ID)}},
		Marks:  append(rehearsalMarks(at.election), protocolMark(stored.State, at.station, false)),
	}
	p.addMenu(&model.Page, at.election, protocolsEntry)
	model.Key = decimal(at.station.ID) + "." + decimal(at.by.ID)
	model.Page.Scripts = []string{"protocol.js"}
	model.Find = protocolFind(at.election.ID, "", messages.Message{})
	model.Find.Field.Label = messages.ProtocolsAnotherStation()
	model.Find.Focus = c.Query("done") != "" && c.Query("done") != "scan"
	zone := at.election.Location()
	for _, e := range stored.Entries {
		model.Typed = append(model.Typed, view.ProtocolTyped{Number: e.Number, Name: audit.WithoutAddress(e.Typist), At: view.NewMoment(e.At, zone)})
	}
	for _, t := range stored.Typing {
		if t.AccountID != at.by.ID {
			model.Typing = append(model.Typing, view.ProtocolTyped{Name: audit.WithoutAddress(t.Name), At: view.NewMoment(t.Since, zone)})
		}
	}
	if stored.Reason != "" {
		model.Reason = messages.Verbatim(stored.Reason)
	}
	return model
}

func protocolSection(by protocol.Person) view.Section {
	switch {
	case by.Administrator:
		return view.SectionManage
	case by.Observer:
		return view.SectionObserver
	}
	return view.SectionOfficial
}

func protocolFind(election int64, number string, mistake messages.Message) view.ProtocolFind {
	return view.ProtocolFind{Action: protocolsPath(election), Field: kit.Field{
		Name: "number", Label: messages.ProtocolsNextStation(), Hint: messages.ProtocolsNextStationHint(), Value: number, Problem: mistake,
		Complete: "off", TestID: "station-number", Filter: true,
	}}
}

// protocolMark is the state of a station's protocol in a word.
func protocolMark(state protocol.State, station elections.Station, batches bool) kit.Mark {
	switch {
	case station.Exclusion == elections.AnnulledStation:
		return kit.Mark{Class: "failed", Text: messages.ProtocolsStateAnnulled()}
	case station.Exclusion == elections.ClosedWithout:
		return kit.Mark{Text: messages.ProtocolsStateClosed()}
	case batches:
		return kit.Mark{Class: "counted", Text: messages.ProtocolsStateBatches()}
	}
	switch state {
	case protocol.FirstEntry:
		return kit.Mark{Class: "open", Text: messages.ProtocolsStateFirstEntry()}
	case protocol.SecondEntry:
		return kit.Mark{Class: "open", Text: messages.ProtocolsStateSecondEntry()}
	case protocol.Different:
		return kit.Mark{Class: "provisional", Text: messages.ProtocolsStateDifferent()}
	case protocol.Definitive:
		return kit.Mark{Class: "counted", Text: messages.ProtocolsStateDefinitive()}
	case protocol.Waiting:
		return kit.Mark{Class: "provisional", Text: messages.ProtocolsStateWaiting()}
	case protocol.Retracted:
		return kit.Mark{Class: "failed", Text: messages.ProtocolsStateRetracted()}
	case protocol.Reopened:
		return kit.Mark{Class: "provisional", Text: messages.ProtocolsStateReopened()}
	case protocol.Empty:
	}
	return kit.Mark{Text: messages.ProtocolsStateEmpty()}
}

// label returns what people call a number of the protocol.
func (at protocolPlace) label(name string) messages.Message {
	for _, f := range at.form.Fields {
		if protocol.FieldNumber(f.Name) == name {
			return at.form.LabelOf(f.Name)
		}
	}
	for _, k := range at.place.Candidacies {
		if protocol.VotesNumber(k.PollNumber) == name {
			return messages.ProtocolsVotesOf(int64(k.PollNumber), k.Name)
		}
	}
	return messages.Verbatim(name)
}

// names returns the names of all numbers in the order of the paper.
func (at protocolPlace) names() (names []string) {
	for _, f := range at.form.Fields {
		names = append(names, protocol.FieldNumber(f.Name))
	}
	for _, k := range at.place.Candidacies {
		names = append(names, protocol.VotesNumber(k.PollNumber))
	}
	return names
}

// closedTo returns what a page of a station says in the place of the form; false for other errors.
func closedTo(err error) (messages.Message, bool) {
	for _, refusal := range []error{
		protocol.ErrTakesNone, protocol.ErrSamePerson, protocol.ErrEntered, protocol.ErrHasBatches, protocol.ErrNotYourStation,
	} {
		if errors.Is(err, refusal) {
			f, _ := errors.AsType[*problem.Error](err)
			return f.Message, true
		}
	}
	return messages.Message{}, false
}
