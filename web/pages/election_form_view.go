package pages

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/messages"
	"urna/web/view"
	"urna/web/view/kit"
)

// formView gives the form the shape in which it is drawn.
func (f *electionForm) formView(model view.ElectionFormPage, registered []participants.Participant) view.ElectionFormPage {
	of := model.Problems.Of
	model.Key, model.Version = f.Key, f.Version
	model.Parliamentary = elections.Kind(f.Kind) != elections.Presidential
	model.Kind = kit.Field{Name: "kind", Label: messages.ElectionFormKind(), Value: f.Kind, Problem: of("kind")}
	model.Kinds = []kit.Option{
		{Value: string(elections.Parliamentary), Text: messages.ElectionFormChoiceParliamentary()},
		{Value: string(elections.Presidential), Text: messages.ElectionFormChoicePresidential()},
	}
	model.Title = kit.Field{Name: "title", Label: messages.ElectionFormTitle(), Value: f.Title, Problem: of("title"), Complete: "off", Hint: messages.ElectionFormTitleHint()}
	model.Names = namesField("names", f.Names, model.Problems)
	model.Starts = f.StartsAt.field(kit.Field{Name: "starts_at", Label: messages.ElectionFormStartsAt(), Problem: of("starts_at")}, f.zone())
	model.Ends = f.EndsAt.field(kit.Field{Name: "ends_at", Label: messages.ElectionFormEndsAt(), Problem: of("ends_at")}, f.zone())
	model.Until = f.BatchesUntil.field(kit.Field{
		Name: "batches_until", Label: messages.ElectionFormBatchesUntil(), Hint: messages.ElectionFormBatchesUntilHint(), Optional: true,
		Problem: of("batches_until"),
	}, f.zone())
	model.TurnoutHours = kit.Field{
		Name: "turnout_reports_at", Label: messages.TurnoutFormHours(), Hint: messages.TurnoutFormHoursHint(), Value: f.TurnoutHours,
		Problem: of("turnout_reports_at"), Optional: true, Complete: "off",
	}
	model.Zone = kit.Field{
		Name: "time_zone", Label: messages.ElectionFormTimeZone(), Value: f.TimeZone, Problem: of("time_zone"), List: "time-zones", Complete: "off",
		Hint: messages.ElectionFormTimeZoneHint(),
	}
	model.Zones = commonZones()
	model.OpenNow = openNowBox(model.Problems, f.OpenNow)
	model.FewVoters = f.fewVoters()
	f.viewSteps(&model)
	f.viewPublicity(&model)
	f.viewRules(&model)
	fitting := f.fits(registered)
	byID := map[int64]participants.Participant{}
	for _, participant := range registered {
		byID[participant.ID] = participant
	}
	colors := newColors(f.colors(byID))
	for i := range f.Constituencies {
		model.Constituencies = append(model.Constituencies, f.viewConstituency(i, model.Problems, fitting, byID, colors))
	}
	model.Problem = of("constituencies")
	f.viewConstituencies(&model)
	model.Paste = kit.Field{
		Name: "paste", Label: messages.ElectionFormPaste(), Value: f.Paste, Problem: of("paste"),
		Hint: messages.ElectionFormPasteHint(messages.ElectionFormWholeCountry()),
	}
	if len(fitting) == 0 {
		model.NobodyYet, model.Register = messages.ElectionFormNoParty(), "/admin/participants/new?kind=party"
		if !model.Parliamentary {
			model.NobodyYet, model.Register = messages.ElectionFormNoIndividual(), "/admin/participants/new?kind=individual"
		}
	}
	return model
}

func (f *electionForm) viewPublicity(model *view.ElectionFormPage) {
	of := model.Problems.Of
	model.PublicView = kit.Field{Name: "public_view", Label: messages.ElectionFormPublicView(), Value: f.PublicView, Problem: of("public_view")}
	model.PublicViews = []kit.Option{
		{Value: string(elections.TurnoutOnly), Text: messages.ElectionFormChoiceTurnoutOnly(), Hint: messages.ElectionFormTurnoutOnlyHint()},
		{Value: string(elections.RunningCount), Text: messages.ElectionFormChoiceRunningCount(), Hint: messages.ElectionFormRunningCountHint()},
	}
	model.Channels = kit.Field{Name: "channels", Label: messages.ElectionFormChannels(), Problem: of("channels")}
	model.ChannelBoxes = []view.Box{
		{Value: string(elections.Batches), Text: messages.ElectionFormChoiceBatches(), Hint: messages.ElectionFormBatchesHint(), Checked: slices.Contains(f.Channels, string(elections.Batches))},
		{Value: string(elections.Online), Text: messages.ElectionFormChoiceOnline(), Hint: messages.ElectionFormOnlineHint(), Checked: slices.Contains(f.Channels, string(elections.Online))},
	}
	model.Rehearsal = kit.Field{Name: "rehearsal", Label: messages.ElectionFormRehearsal(), Hint: messages.ElectionFormRehearsalHint()}
	model.IsRehearsal = f.Rehearsal
	model.Confirmations = kit.Field{
		Name: "confirmations", Label: messages.ElectionFormConfirmations(), Value: f.Confirmations, Problem: model.Problems.Of("confirmations"),
		Hint: messages.ElectionFormConfirmationsHint(),
	}
	if f.stored != nil && f.stored.Confirmations > 1 {
		model.Reason = kit.Field{
			Name: "reason", Label: messages.ElectionFormReason(), Hint: messages.ElectionFormReasonHint(), Value: f.Reason, Optional: true,
			Problem: model.Problems.Of("reason"), Complete: "off",
		}
	}
	model.ConfirmationChoices = []kit.Option{
		{Text: messages.ElectionFormChoiceDecidedAtOpening()},
		{Value: "1", Text: messages.ElectionFormChoiceOneAdministrator()},
		{Value: "2", Text: messages.ElectionFormChoiceTwoAdministrators()},
	}
}

func (f *electionForm) viewRules(model *view.ElectionFormPage) {
	of := model.Problems.Of
	model.Method = kit.Field{Name: "method", Label: messages.ElectionFormMethod(), Value: f.Method, Problem: of("method")}
	model.Methods = optionsOf(elections.Methods(), f.Method, methodName)
	model.ThresholdPercent = kit.Field{
		Name: "threshold_percent", Label: messages.ElectionFormThresholdPercent(), Value: f.ThresholdPercent, Problem: of("threshold_percent"),
		Mode: "decimal", Complete: "off",
	}
	model.Base = kit.Field{Name: "threshold_base", Label: messages.ElectionFormThresholdBase(), Value: f.ThresholdBase, Problem: of("threshold_base")}
	model.Bases = optionsOf(elections.ThresholdBases(), f.ThresholdBase, baseName)
	model.Comparison = kit.Field{Name: "threshold_comparison", Label: messages.ElectionFormThresholdComparison(), Value: f.ThresholdComparison, Problem: of("threshold_comparison")}
	model.Comparisons = []kit.Option{{Value: ">=", Text: messages.ElectionFormChoiceAtLeast()}, {Value: ">", Text: messages.ElectionFormChoiceMoreThan()}}
	model.Scope = kit.Field{Name: "threshold_scope", Label: messages.ElectionFormThresholdScope(), Value: f.ThresholdScope, Problem: of("threshold_scope")}
	model.Scopes = []kit.Option{
		{Value: string(elections.EachConstituency), Text: messages.ElectionFormChoiceEachConstituency()},
		{Value: string(elections.AllConstituencies), Text: messages.ElectionFormChoiceAllConstituencies()},
	}
	model.Majority = kit.Field{Name: "majority", Label: messages.ElectionFormMajority(), Value: f.Majority, Problem: of("majority")}
	model.Majorities = []kit.Option{
		{Value: string(elections.Absolute), Text: messages.ElectionFormChoiceAbsolute(), Hint: messages.ElectionFormAbsoluteHint()},
		{Value: string(elections.Plurality), Text: messages.ElectionFormChoicePlurality()},
	}
	model.MajorityBase = kit.Field{Name: "majority_base", Label: messages.ElectionFormMajorityBase(), Value: f.MajorityBase, Problem: of("majority_base")}
	model.MajorityBases = []kit.Option{
		{Value: string(elections.MajorityOfValid), Text: messages.ElectionFormChoiceMajorityOfValid()},
		{Value: string(elections.MajorityOfVotesCast), Text: messages.ElectionFormChoiceMajorityOfVotesCast()},
	}
	model.Protocols = f.Protocols.view(model.Problems)
	model.TieBreak = kit.Field{Name: "tie_break", Label: messages.ElectionFormTieBreak(), Hint: messages.ElectionFormTieBreakHint(), Value: f.TieBreak, Problem: of("tie_break")}
	orders := []string{}
	for _, order := range elections.TieBreaks(elections.Kind(f.Kind)) {
		orders = append(orders, elections.JoinTieBreak(order))
	}
	model.TieBreaks = optionsOf(orders, f.TieBreak, tieBreakName)
	model.Blank = kit.Field{Name: "blank_ballots", Label: messages.ElectionFormBlankBallots(), Hint: messages.ElectionFormBlankBallotsHint()}
	model.TakesBlank = f.BlankBallots
	model.EveryStation = kit.Field{
		Name: "publish_every_station", Label: messages.ElectionFormEveryStation(), Hint: messages.ElectionFormEveryStationHint(),
	}
	model.PublishesEveryStation = f.PublishEveryStation
}

// optionsOf offers the given values, and one more where the form has it already.
func optionsOf(values []string, present string, name func(string) messages.Message) []kit.Option {
	if present != "" && !slices.Contains(values, present) {
		values = append(slices.Clone(values), present)
	}
	options := make([]kit.Option, 0, len(values))
	for _, value := range values {
		options = append(options, kit.Option{Value: value, Text: name(value)})
	}
	return options
}

// namesField asks for names in other languages.
func namesField(name, value string, problems kit.Problems) kit.Field {
	return kit.Field{
		Name: name, Label: messages.ComponentsNames(), Hint: messages.ComponentsNamesHint(), Value: value, Problem: problems.Of(name), Optional: true,
	}
}

func (f *electionForm) viewConstituency(i int, problems kit.Problems, fitting []participants.Participant, byID map[int64]participants.Participant, colors electionColors) view.ConstituencyForm {
	c := &f.Constituencies[i]
	parliamentary := elections.Kind(f.Kind) != elections.Presidential
	field := func(name string, label messages.Message, value string) kit.Field {
		full := constituencyField(i, name)
		return kit.Field{Name: full, Label: label, Value: value, Problem: problems.Of(full), Complete: "off"}
	}
	number := func(name string, label messages.Message, value string) kit.Field {
		x := field(name, label, value)
		x.Mode, x.Optional = "numeric", true
		return x
	}
	people := messages.ElectionFormCandidatesWithNumbers()
	if parliamentary {
		people = messages.ElectionFormListsWithNumbers()
	}
	form := view.ConstituencyForm{
		Heading: messages.ElectionFormConstituencyNumber(int64(i + 1)), Index: strconv.Itoa(i), ShowSeats: parliamentary,
		Name:       field("name", messages.ElectionFormConstituency(), c.Name),
		Names:      namesField(constituencyField(i, "names"), c.Names, problems),
		Seats:      number("seats", messages.ElectionFormSeats(), c.Seats),
		Registered: number("registered_voters", messages.ElectionFormRegisteredVoters(), c.RegisteredVoters),
		Declared:   number("declared_votes_cast", messages.ElectionFormDeclaredVotes(), c.DeclaredVotesCast),
		Removable:  len(f.Constituencies) > 1,
		People:     field("participants", people, ""),
		Add:        field("add", messages.ElectionFormParticipant(), c.Add),
	}
	form.Seats.Optional = false
	form.Sum = c.inWords(elections.Kind(f.Kind))
	form.Unfolded = len(f.Constituencies) <= openParts || c.Name == "" || slices.ContainsFunc([]kit.Field{form.Name, form.Names, form.Seats, form.Registered, form.Declared},
		func(x kit.Field) bool { return !x.Problem.IsZero() })
	form.More = c.DeclaredVotesCast != "" || c.Names != "" || !form.Names.Problem.IsZero() || !form.Declared.Problem.IsZero()
	form.OpenName = constituencyField(i, "opened")
	form.Opened = c.Opened || c.Add != "" || slices.ContainsFunc(problems.List, func(k kit.Problem) bool {
		return strings.HasPrefix(k.Field, constituencyField(i, "participants"))
	})
	form.Collapsed = len(f.Constituencies) > openParts && !form.Opened
	for j := range c.Candidacies {
		form.Candidacies = append(form.Candidacies, c.viewCandidacy(i, j, problems, parliamentary, byID, colors))
	}
	for _, participant := range c.missing(fitting) {
		form.Addable = append(form.Addable, kit.Option{Value: decimal(participant.ID), Text: messages.Verbatim(participant.Name)})
	}
	return form
}

func (c *constituencyInput) viewCandidacy(i, j int, problems kit.Problems, parliamentary bool, byID map[int64]participants.Participant, colors electionColors) view.CandidacyForm {
	candidacy := c.Candidacies[j]
	participant, known := byID[candidacy.ParticipantID]
	if !known {
		participant.Name = "#" + decimal(candidacy.ParticipantID)
	}
	weight, most := candidacyField(i, j, "weight"), candidacyField(i, j, "max_seats")
	threshold := candidacyField(i, j, "threshold_percent")
	form := view.CandidacyForm{
		Prefix: constituencyField(i, "participants["+strconv.Itoa(j)+"]"), Place: strconv.Itoa(i) + ":" + strconv.Itoa(j),
		Position: candidacy.Position, ID: decimal(candidacy.ParticipantID),
		Name: participant.Name, Color: colors[candidacy.ParticipantID],
		Problem: problems.Of(candidacyField(i, j, "id")), First: j == 0, Last: j == len(c.Candidacies)-1,
		Special: parliamentary, Exempt: candidacy.Exempt,
		Weight: kit.Field{
			Name: weight, Label: messages.ElectionFormQuotientWeight(), Value: candidacy.Weight, Problem: problems.Of(weight),
			Hint: messages.ElectionFormQuotientWeightHint(), Optional: true, Complete: "off",
		},
		MaxSeats: kit.Field{
			Name: most, Label: messages.ElectionFormCandidates(), Value: candidacy.MaxSeats, Problem: problems.Of(most),
			Hint: messages.ElectionFormCandidatesHint(), Optional: true, Mode: "numeric", Complete: "off",
		},
	}
	form.Threshold = kit.Field{
		Name: threshold, Label: messages.ElectionFormOwnThreshold(), Value: candidacy.Threshold, Problem: problems.Of(threshold),
		Hint: messages.ElectionFormOwnThresholdHint(), Optional: true, Mode: "decimal", Complete: "off",
	}
	form.Open = candidacy.Threshold != "" || !form.Threshold.Problem.IsZero() || candidacy.Weight != "" || candidacy.Exempt || candidacy.MaxSeats != "" || !form.Weight.Problem.IsZero() || !form.MaxSeats.Problem.IsZero()
	return form
}

// colors are the participants of the form with their own colours.
func (f *electionForm) colors(byID map[int64]participants.Participant) iter.Seq2[int64, string] {
	return func(yield func(int64, string) bool) {
		for _, c := range f.Constituencies {
			for _, candidacy := range c.Candidacies {
				if !yield(candidacy.ParticipantID, byID[candidacy.ParticipantID].Color) {
					return
				}
			}
		}
	}
}
