package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"urna/auth"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/audit"
	"urna/internal/problem"
	"urna/web/principal"
	"urna/web/respond"
)

// findingView is an error or a warning of a protocol.
type findingView struct {
	Code    string `json:"code"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// entryView is the answer to an entry.
type entryView struct {
	Entry       int            `json:"entry"`
	State       protocol.State `json:"state"`
	Errors      []findingView  `json:"errors"`
	Warnings    []findingView  `json:"warnings"`
	Differences []string       `json:"differences"`
}

// protocolView is a station's protocol as the caller may see it.
type protocolView struct {
	StationID   int64            `json:"station_id"`
	State       protocol.State   `json:"state"`
	Round       int              `json:"round"`
	Entries     []typedView      `json:"entries"`
	Differences []string         `json:"differences"`
	Settlements []settlementView `json:"settlements"`
	// Fields and Votes are what the protocol says; null for a caller who may not see it.
	Fields       map[string]int64  `json:"fields"`
	Votes        map[string]int64  `json:"votes"`
	Warnings     []findingView     `json:"warnings"`
	Explanations []explanationView `json:"explanations"`
	Unexplained  []string          `json:"unexplained"`
	Reason       string            `json:"reason,omitempty"`
	DefinitiveAt *time.Time        `json:"definitive_at"`
	Scans        []scanView        `json:"scans"`
}

type typedView struct {
	Entry     int              `json:"entry"`
	Typist    string           `json:"typist"`
	EnteredAt time.Time        `json:"entered_at"`
	Fields    map[string]int64 `json:"fields"`
	Votes     map[string]int64 `json:"votes"`
}

type settlementView struct {
	Name      string          `json:"name"`
	Choice    protocol.Choice `json:"choice"`
	Settler   string          `json:"settler"`
	SettledAt time.Time       `json:"settled_at"`
}

type explanationView struct {
	Code   string    `json:"code"`
	Text   string    `json:"text"`
	Author string    `json:"author"`
	At     time.Time `json:"at"`
}

type scanView struct {
	ID         int64     `json:"id"`
	SHA256     string    `json:"sha256"`
	Bytes      int64     `json:"bytes"`
	MediaType  string    `json:"media_type"`
	AttachedBy string    `json:"attached_by"`
	AttachedAt time.Time `json:"attached_at"`
}

// protocolPerson returns the caller as package protocol knows people.
func protocolPerson(c *gin.Context) protocol.Person {
	u, _ := principal.Of(c)
	return protocol.Person{
		Actor: principal.Actor(c), Administrator: u.Role == auth.Administrator, Observer: u.Role == auth.Observer,
	}
}

// numbersInput takes an object of numbers; their names in the protocol begin with prefix.
func numbersInput(into map[string]string, prefix string) target {
	return byName(func(name string, raw json.RawMessage) []problem.Field {
		if isNull(raw) {
			into[prefix+name] = ""
			return nil
		}
		var n int64
		problems := integer(&n)(raw)
		into[prefix+name] = strconv.FormatInt(n, 10)
		return problems
	})
}

// textsInput takes an object of texts.
func textsInput(into map[string]string) target {
	return byName(func(name string, raw json.RawMessage) []problem.Field {
		var said string
		problems := text(&said)(raw)
		into[name] = said
		return problems
	})
}

// ProtocolEntryCreate answers POST /elections/{id}/stations/{station}/protocol-entries: one person's entry.
func (a *API) ProtocolEntryCreate(c *gin.Context) {
	entry := protocol.Entry{Numbers: map[string]string{}, Explanations: map[string]string{}}
	err := readBody(c, object{
		"fields": numbersInput(entry.Numbers, "fields."), "votes": numbersInput(entry.Numbers, "votes."),
		"explanations": textsInput(entry.Explanations), "late_reason": text(&entry.LateReason),
	})
	if err != nil {
		respond.Error(c, err)
		return
	}
	station, _, err := a.station(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	entry.StationID = station.ID
	answer, err := a.services.Protocols.Enter(c.Request.Context(), protocolPerson(c), entry)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusCreated, entryView{
		Entry: answer.Number, State: answer.State, Errors: []findingView{}, Warnings: viewFindings(answer.Warnings), Differences: texts(answer.Differences),
	})
}

func viewFindings(found []protocol.Finding) []findingView {
	list := make([]findingView, 0, len(found))
	for _, f := range found {
		list = append(list, findingView{Code: f.Code, Field: f.Number, Message: f.Message.String()})
	}
	return list
}

// ProtocolSettle answers POST /elections/{id}/stations/{station}/protocol/settlement: what the paper says where the entries
// differ. null says that the paper has no number.
func (a *API) ProtocolSettle(c *gin.Context) {
	numbers, reason := map[string]string{}, ""
	err := readBody(c, object{
		"fields": numbersInput(numbers, "fields."), "votes": numbersInput(numbers, "votes."), "late_reason": text(&reason),
	})
	if err != nil {
		respond.Error(c, err)
		return
	}
	station, _, err := a.station(c)
	if err != nil {
		respond.Error(c, err)
		return
	}
	var decisions []protocol.Decision
	for name, typed := range numbers {
		decisions = append(decisions, protocol.Decision{Name: name, Typed: typed})
	}
	if _, err := a.services.Protocols.Settle(c.Request.Context(), protocolPerson(c), station.ID, decisions, reason); err != nil {
		respond.Error(c, err)
		return
	}
	a.answerProtocol(c, station)
}

// Protocol answers GET /elections/{id}/stations/{station}/protocol.
func (a *API) Protocol(c *gin.Context) {
	station, e, err := a.station(c)
	if err == nil {
		err = a.maySeeProtocol(c, station, e)
	}
	if err != nil {
		respond.Error(c, err)
		return
	}
	a.answerProtocol(c, station)
}

// maySeeProtocol refuses an observer whose account does not read the election, and an official who neither enters the station nor settles what differs in it.
func (a *API) maySeeProtocol(c *gin.Context, station elections.Station, e *elections.Election) error {
	by := protocolPerson(c)
	switch {
	case by.Administrator:
		return nil
	case by.Observer:
		return a.mayObserve(c, e.ID, elections.ErrUnknownElection)
	}
	ctx := c.Request.Context()
	settles, err := a.services.Protocols.IsCoordinator(ctx, e.ID, station.ConstituencyID, by.ID)
	if err != nil || settles {
		return err
	}
	reach, err := a.services.Protocols.InReach(ctx, by.ID, station.ID)
	if err == nil && !reach {
		err = protocol.ErrNotYourStation
	}
	return err
}

func (a *API) answerProtocol(c *gin.Context, station elections.Station) {
	stored, err := a.services.Protocols.Protocol(c.Request.Context(), protocolPerson(c), station.ID)
	if err != nil {
		respond.Error(c, err)
		return
	}
	respond.JSON(c, http.StatusOK, viewProtocol(stored))
}

func viewProtocol(p protocol.Protocol) protocolView {
	v := protocolView{
		StationID: p.StationID, State: p.State, Round: p.Round, Entries: []typedView{}, Differences: texts(p.Differences),
		Settlements: []settlementView{}, Warnings: viewFindings(p.Warnings), Explanations: []explanationView{}, Unexplained: texts(p.Unexplained),
		Reason: p.Reason, DefinitiveAt: p.DefinitiveAt, Scans: []scanView{},
	}
	v.Fields, v.Votes = viewNumbers(p.Values)
	for _, e := range p.Entries {
		typed := typedView{Entry: e.Number, Typist: audit.WithoutAddress(e.Typist), EnteredAt: e.At}
		typed.Fields, typed.Votes = viewNumbers(e.Values)
		v.Entries = append(v.Entries, typed)
	}
	for _, s := range p.Settlements {
		v.Settlements = append(v.Settlements, settlementView{s.Name, s.Choice, audit.WithoutAddress(s.Settler), s.At})
	}
	for _, e := range p.Explanations {
		v.Explanations = append(v.Explanations, explanationView{e.Code, e.Text, audit.WithoutAddress(e.Author), e.At})
	}
	for _, s := range p.Scans {
		v.Scans = append(v.Scans, viewScan(s))
	}
	return v
}

// viewNumbers returns the fields and the votes by poll number; nil for numbers that the caller may not see.
func viewNumbers(values protocol.Values) (fields, votes map[string]int64) {
	if values == nil {
		return nil, nil
	}
	fields, votes = map[string]int64{}, map[string]int64{}
	for name, n := range values {
		if field, is := strings.CutPrefix(name, "fields."); is {
			fields[field] = n
		} else {
			votes[strings.TrimPrefix(name, "votes.")] = n
		}
	}
	return fields, votes
}
