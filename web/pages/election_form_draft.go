package pages

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/results/apportion"
)

// newElectionForm returns a form with the usual rules, one constituency of the name, and no candidacies.
func newElectionForm(kind elections.Kind, constituency string) electionForm {
	f := electionForm{
		Kind: string(kind), PublicView: string(elections.TurnoutOnly), Channels: []string{string(elections.Batches)},
		Method: string(apportion.DHondt), ThresholdPercent: "5", ThresholdBase: "valid-party-votes", ThresholdComparison: ">=",
		ThresholdScope: string(elections.EachConstituency),
		Majority:       string(elections.Absolute), MajorityBase: string(elections.MajorityOfValid),
		Protocols: protocolsOf(elections.ProtocolForm{}),
		TieBreak:  string(elections.ByLot),
	}
	c := constituencyInput{Name: constituency, Seats: "250"}
	if kind == elections.Presidential {
		f.ThresholdPercent, f.ThresholdBase, c.Seats = "0", "none", "1"
	}
	f.Constituencies = []constituencyInput{c}
	return f
}

// formOf returns the form of an election as it is stored.
func formOf(e *elections.Election) electionForm {
	zone := e.Location()
	f := electionForm{
		Title: e.Title, Names: e.Names.Lines(), Kind: string(e.Kind), TimeZone: e.TimeZone, PublicView: string(e.PublicView),
		StartsAt: typedOf(e.StartsAt, zone), EndsAt: typedOf(e.EndsAt, zone),
		Method: e.Rules.Method, ThresholdPercent: e.Rules.ThresholdPercent, ThresholdBase: e.Rules.ThresholdBase,
		ThresholdComparison: e.Rules.ThresholdComparison, ThresholdScope: string(e.Rules.ThresholdScope),
		Majority: string(e.Rules.Majority), MajorityBase: string(e.Rules.MajorityBase), TieBreak: elections.JoinTieBreak(e.Rules.TieBreak),
		BlankBallots: e.Rules.BlankBallots, PublishEveryStation: e.Rules.PublishEveryStation, Rehearsal: e.Rehearsal, Confirmations: strconv.Itoa(e.Confirmations),
		Protocols: protocolsOf(e.Protocols),
		Version:   e.Version(), stored: e,
	}
	f.TurnoutHours = strings.Join(e.TurnoutReportsAt, ", ")
	if e.CertifiersOpen {
		f.Confirmations = ""
	}
	if e.BatchesUntil != nil {
		f.BatchesUntil = typedOf(*e.BatchesUntil, zone)
	}
	for _, channel := range e.Channels {
		f.Channels = append(f.Channels, string(channel))
	}
	for _, constituency := range e.Constituencies {
		c := constituencyInput{Name: constituency.Name, Names: constituency.Names.Lines(), Seats: strconv.Itoa(constituency.Seats)}
		if constituency.RegisteredVoters > 0 {
			c.RegisteredVoters = decimal(constituency.RegisteredVoters)
		}
		if constituency.DeclaredVotesCast != nil {
			c.DeclaredVotesCast = decimal(*constituency.DeclaredVotesCast)
		}
		for _, candidacy := range constituency.Candidacies {
			input := candidacyInput{ParticipantID: candidacy.ParticipantID, Weight: candidacy.Weight, Exempt: candidacy.Exempt, Threshold: candidacy.ThresholdPercent}
			if candidacy.MaxSeats > 0 {
				input.MaxSeats = strconv.Itoa(candidacy.MaxSeats)
			}
			c.Candidacies = append(c.Candidacies, input)
		}
		c.renumber()
		f.Constituencies = append(f.Constituencies, c)
	}
	return f
}

// draft turns what was typed into what the service takes. Its refusal names what cannot be read at
// all; whether the rest makes sense is the service's to say.
func (f *electionForm) draft() (elections.Draft, error) {
	var checks problem.Checks
	d := elections.Draft{
		Title: f.Title, Names: readNames(&checks, "names", f.Names), Kind: elections.Kind(f.Kind), TimeZone: strings.TrimSpace(f.TimeZone),
		PublicView: elections.PublicView(f.PublicView), Rehearsal: f.Rehearsal, OpenNow: f.OpenNow,
		Rules: elections.Rules{
			Method: f.Method, ThresholdPercent: elections.PlainDecimal(f.ThresholdPercent),
			ThresholdBase: f.ThresholdBase, ThresholdComparison: f.ThresholdComparison,
			ThresholdScope: elections.ThresholdScope(f.ThresholdScope),
			Majority:       elections.Majority(f.Majority), MajorityBase: elections.MajorityBase(f.MajorityBase),
			BlankBallots: f.BlankBallots, PublishEveryStation: f.PublishEveryStation,
			TieBreak: elections.SplitTieBreak(f.TieBreak),
		},
		Reason: f.Reason,
	}
	if f.stored != nil { // which the page of voter keys changes
		d.SealKeysTo = f.stored.SealKeysTo
	}
	if f.Confirmations != "" {
		n, err := strconv.Atoi(f.Confirmations)
		if err != nil || n == 0 {
			checks.Add("confirmations", messages.FieldChooseConfirmations())
		}
		d.Confirmations = n
	}
	f.readTimes(&checks, &d)
	d.Protocols = f.Protocols.form(&checks, f.stored)
	if strings.TrimSpace(f.TurnoutHours) != "" {
		d.TurnoutReportsAt = strings.FieldsFunc(f.TurnoutHours, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
	}
	for _, channel := range f.Channels {
		d.Channels = append(d.Channels, elections.Channel(channel))
	}
	if len(d.Channels) == 0 {
		checks.Add("channels", messages.FieldChooseWayToVote())
	}
	if len(f.Constituencies) == 0 {
		checks.Add("constituencies", messages.FieldAddConstituency())
	}
	for i := range f.Constituencies {
		d.Constituencies = append(d.Constituencies, f.Constituencies[i].draft(&checks, i))
	}
	return d, checks.Err()
}

func (f *electionForm) readTimes(checks *problem.Checks, d *elections.Draft) {
	zone := f.zone()
	if zone == nil {
		checks.Add("time_zone", messages.FieldEnterTimeZone())
		zone = time.UTC // to report problems of the times in the same pass
	}
	var starts, ends time.Time
	if f.stored != nil {
		starts, ends = f.stored.StartsAt, f.stored.EndsAt
	}
	d.StartsAt = f.StartsAt.read(checks, "starts_at", zone, starts)
	d.EndsAt = f.EndsAt.read(checks, "ends_at", zone, ends)
	var until *time.Time
	if f.stored != nil {
		until = f.stored.BatchesUntil
	}
	d.BatchesUntil = f.BatchesUntil.readOptional(checks, "batches_until", zone, until)
}

func (c *constituencyInput) draft(checks *problem.Checks, i int) elections.ConstituencyDraft {
	d := elections.ConstituencyDraft{
		Name:             c.Name,
		Names:            readNames(checks, constituencyField(i, "names"), c.Names),
		Seats:            int(readNumber(checks, constituencyField(i, "seats"), messages.FieldNumberOfSeats(), c.Seats)),
		RegisteredVoters: readNumber(checks, constituencyField(i, "registered_voters"), messages.FieldNumberOfVoters(), c.RegisteredVoters),
	}
	if n, ok := elections.ParseCount(c.Seats); strings.TrimSpace(c.Seats) == "" || ok && n == 0 {
		// The service would take 0 for its default, which was not typed here.
		checks.Add(constituencyField(i, "seats"), messages.FieldEnterSeats())
	}
	if strings.TrimSpace(c.DeclaredVotesCast) != "" {
		n := readNumber(checks, constituencyField(i, "declared_votes_cast"), messages.FieldVotesOfProtocols(), c.DeclaredVotesCast)
		d.DeclaredVotesCast = &n
	}
	for j, candidacy := range c.Candidacies {
		if _, err := strconv.Atoi(strings.TrimSpace(candidacy.Position)); candidacy.Position != "" && err != nil {
			checks.Add(candidacyField(i, j, "id"), messages.FieldEnterPollNumber(candidacy.Position))
		}
		d.Candidacies = append(d.Candidacies, elections.CandidacyDraft{
			ParticipantID: candidacy.ParticipantID, Exempt: candidacy.Exempt,
			Weight:   elections.PlainDecimal(candidacy.Weight),
			MaxSeats: int(readNumber(checks, candidacyField(i, j, "max_seats"), messages.FieldNumberOfCandidates(), candidacy.MaxSeats)),

			ThresholdPercent: elections.PlainDecimal(candidacy.Threshold),
		})
	}
	return d
}

// readNames reads names in other languages, one a line.
func readNames(checks *problem.Checks, field, typed string) text.Names {
	names, err := text.ParseNames(typed)
	if err != nil {
		checks.Add(field, messages.FieldNamesLine(err.Error()))
	}
	return names
}

// readNumber reads a whole number, 0 if nothing was typed; what says within a sentence what it counts.
func readNumber(checks *problem.Checks, field string, what messages.Message, typed string) int64 {
	if strings.TrimSpace(typed) == "" {
		return 0
	}
	n, ok := elections.ParseCount(typed)
	if !ok {
		checks.Add(field, messages.FieldEnterWholeNumber(what, strings.TrimSpace(typed)))
	}
	return n
}
