package pages

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/elections"
	"urna/elections/participants"
)

// electionForm is the form of an election as it was typed, so that it can be shown again unchanged.
type electionForm struct {
	Title, Kind, TimeZone, PublicView       string
	Names                                   string // the title in other languages, one a line
	StartsAt, EndsAt, BatchesUntil          typedTime
	Channels                                []string
	Method, ThresholdPercent, ThresholdBase string
	ThresholdComparison, ThresholdScope     string
	Majority, MajorityBase, TieBreak        string
	BlankBallots, Rehearsal, OpenNow        bool
	PublishEveryStation                     bool
	Confirmations                           string // "" leaves it to the service
	Reason                                  string // of a lower number of confirmations
	Protocols                               protocolsInput
	TurnoutHours                            string // of turnout reports, with commas between them
	Constituencies                          []constituencyInput
	Paste                                   string // constituencies as a list, one a line
	// Key is the one-time key of a new election's form, Version what the form of a stored one was filled with.
	Key, Version string
	Step         step                // which part the page asks for; "" is the first
	Preset       string              // the usual rules that were chosen
	Standing     string              // names of participants, one a line, that are to be added everywhere
	stored       *elections.Election // nil for a new election
	// Find is part of the name of the constituencies to show, Found what the page has shown before; the others are sent unseen.
	Find, Found string
}

// zone returns the time zone that was typed, nil where there is no such.
func (f *electionForm) zone() *time.Location {
	name := strings.TrimSpace(f.TimeZone)
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil
	}
	return zone
}

// constituencyInput is one constituency as it was typed.
type constituencyInput struct {
	Name, Seats, RegisteredVoters, DeclaredVotesCast string
	Names                                            string // in other languages, one a line
	Add                                              string // the participant chosen beside the button "Add"
	Opened                                           bool   // its candidacies were asked for
	Candidacies                                      []candidacyInput
}

// candidacyInput is one candidacy as it was typed. Its poll number is its place in the list, unless
// another one was typed.
type candidacyInput struct {
	ParticipantID int64
	Position      string
	Weight        string
	Exempt        bool
	MaxSeats      string
	Threshold     string // of this list alone
}

func constituencyField(i int, name string) string {
	return fmt.Sprintf("constituencies[%d].%s", i, name)
}

func candidacyField(i, j int, name string) string {
	return fmt.Sprintf("constituencies[%d].participants[%d].%s", i, j, name)
}

// readElectionForm reads what was posted. Candidacies come out in the order of their poll numbers.
func readElectionForm(v url.Values) electionForm {
	f := electionForm{
		Title: v.Get("title"), Names: v.Get("names"), Kind: v.Get("kind"), StartsAt: readTyped(v.Get, "starts_at"), EndsAt: readTyped(v.Get, "ends_at"),
		BatchesUntil: readTyped(v.Get, "batches_until"), TurnoutHours: v.Get("turnout_reports_at"),
		TimeZone: v.Get("time_zone"), PublicView: v.Get("public_view"), Channels: v["channels"],
		Method: v.Get("method"), ThresholdPercent: v.Get("threshold_percent"), ThresholdBase: v.Get("threshold_base"),
		ThresholdComparison: v.Get("threshold_comparison"), ThresholdScope: v.Get("threshold_scope"),
		Majority: v.Get("majority"), MajorityBase: v.Get("majority_base"), TieBreak: v.Get("tie_break"),
		BlankBallots: v.Has("blank_ballots"), PublishEveryStation: v.Has("publish_every_station"), Rehearsal: v.Has("rehearsal"),
		OpenNow: v.Has(elections.OpenNow), Confirmations: v.Get("confirmations"), Reason: v.Get("reason"), Paste: v.Get("paste"),
		Protocols: readProtocols(v),
		Key:       v.Get("form_key"), Version: v.Get("version"),
		Find: strings.TrimSpace(v.Get("find")), Found: v.Get("found"),
		Step: readStep(v.Get("step")), Preset: v.Get("preset"), Standing: v.Get("standing"),
	}
	for i := 0; v.Has(constituencyField(i, "name")); i++ {
		f.Constituencies = append(f.Constituencies, readConstituency(v, i))
	}
	return f
}

func readConstituency(v url.Values, i int) constituencyInput {
	c := constituencyInput{
		Name: v.Get(constituencyField(i, "name")), Names: v.Get(constituencyField(i, "names")), Seats: v.Get(constituencyField(i, "seats")),
		RegisteredVoters:  v.Get(constituencyField(i, "registered_voters")),
		DeclaredVotesCast: v.Get(constituencyField(i, "declared_votes_cast")),
		Add:               v.Get(constituencyField(i, "add")),
		Opened:            v.Has(constituencyField(i, "opened")),
	}
	for j := 0; v.Has(candidacyField(i, j, "id")); j++ {
		// A text that is no number is no participant; the service says so beside the field.
		id, err := strconv.ParseInt(v.Get(candidacyField(i, j, "id")), 10, 64)
		if err != nil {
			id = 0
		}
		c.Candidacies = append(c.Candidacies, candidacyInput{
			ParticipantID: id, Position: v.Get(candidacyField(i, j, "position")),
			Weight: v.Get(candidacyField(i, j, "weight")), Exempt: v.Has(candidacyField(i, j, "exempt")),
			MaxSeats: v.Get(candidacyField(i, j, "max_seats")), Threshold: v.Get(candidacyField(i, j, "threshold_percent")),
		})
	}
	c.order()
	return c
}

// order sorts the candidacies by the poll numbers that were typed. A candidacy moves to the place that was
// typed for it, and the others move over.
func (c *constituencyInput) order() {
	type placed struct {
		candidacyInput

		wanted float64
	}
	list := make([]placed, 0, len(c.Candidacies))
	for j, candidacy := range c.Candidacies {
		place := j + 1
		wanted := float64(place)
		if n, err := strconv.Atoi(strings.TrimSpace(candidacy.Position)); err == nil && n != place {
			// Half a step before or after the candidacy at that place, seen from where this one comes from.
			wanted = float64(n) + 0.5
			if n < place {
				wanted = float64(n) - 0.5
			}
		}
		list = append(list, placed{candidacy, wanted})
	}
	slices.SortStableFunc(list, func(a, b placed) int {
		switch {
		case a.wanted < b.wanted:
			return -1
		case a.wanted > b.wanted:
			return 1
		default:
			return 0
		}
	})
	for j := range list {
		c.Candidacies[j] = list[j].candidacyInput
		typed := strings.TrimSpace(c.Candidacies[j].Position)
		if _, err := strconv.Atoi(typed); err == nil || typed == "" { // else it comes back to be mended
			c.Candidacies[j].Position = strconv.Itoa(j + 1)
		}
	}
}

// fits returns the participants that may stand in an election of the form's kind.
func (f *electionForm) fits(all []participants.Participant) []participants.Participant {
	want := elections.Kind(f.Kind).Participants()
	var list []participants.Participant
	for _, participant := range all {
		if participant.Kind == want {
			list = append(list, participant)
		}
	}
	return list
}

// missing returns those of the participants who do not stand in the constituency yet.
func (c *constituencyInput) missing(all []participants.Participant) []participants.Participant {
	var list []participants.Participant
	for _, participant := range all {
		if !slices.ContainsFunc(c.Candidacies, func(x candidacyInput) bool { return x.ParticipantID == participant.ID }) {
			list = append(list, participant)
		}
	}
	return list
}

func (c *constituencyInput) add(added ...participants.Participant) {
	for _, participant := range added {
		c.Candidacies = append(c.Candidacies, candidacyInput{ParticipantID: participant.ID})
	}
	c.renumber()
}

func (c *constituencyInput) renumber() {
	for j := range c.Candidacies {
		c.Candidacies[j].Position = strconv.Itoa(j + 1)
	}
}
