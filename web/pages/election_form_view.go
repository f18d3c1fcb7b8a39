package pages

import (
	"slices"
	"strconv"

	"urna/elections"
	"urna/internal/messages"
	"urna/web/view"
)

// formView gives the form the shape in which it is drawn.
func (f *electionForm) formView(model view.ElectionFormPage, participants []elections.Participant) view.ElectionFormPage {
	of := model.Problems.Of
	model.Key, model.Version = f.Key, f.Version
	model.Parliamentary = elections.Kind(f.Kind) != elections.Presidential
	model.Kind = view.Field{Name: "kind", Label: messages.Literal("Kind"), Value: f.Kind, Problem: of("kind")}
	model.Kinds = []view.Option{
		{Value: string(elections.Parliamentary), Text: messages.Literal("Parliamentary: seats")},
		{Value: string(elections.Presidential), Text: messages.Literal("Presidential: one winner")},
	}
	model.Title = view.Field{Name: "title", Label: messages.Literal("Title"), Value: f.Title, Problem: of("title"), Complete: "off", Hint: messages.Literal("Such as “City Council 2027”.")}
	model.Starts = f.StartsAt.field(view.Field{Name: "starts_at", Label: messages.Literal("Start"), Problem: of("starts_at")}, f.zone())
	model.Ends = f.EndsAt.field(view.Field{Name: "ends_at", Label: messages.Literal("End"), Problem: of("ends_at")}, f.zone())
	model.Zone = view.Field{
		Name: "time_zone", Label: messages.Literal("Time zone"), Value: f.TimeZone, Problem: of("time_zone"), List: "time-zones", Complete: "off",
		Hint: messages.Literal("Start and end are read on its clocks: another zone moves them."),
	}
	model.Zones = commonZones()
	model.OpenNow = openNowBox(model.Problems, f.OpenNow)
	f.viewPublicity(&model)
	f.viewRules(&model)
	fitting := f.fits(participants)
	byID := map[int64]elections.Participant{}
	for _, participant := range participants {
		byID[participant.ID] = participant
	}
	colors := electionColors{}
	for i := range f.Constituencies {
		model.Constituencies = append(model.Constituencies, f.viewConstituency(i, model.Problems, fitting, byID, colors))
	}
	model.Problem = of("constituencies")
	model.Several = len(f.Constituencies) > 1
	model.Paste = view.Field{
		Name: "paste", Label: messages.Literal("List of constituencies"), Value: f.Paste, Problem: of("paste"),
		Hint: messages.Literal("One a line: name; seats; registered voters. Each gets the same candidacies as the first one above; an unchanged “Nationwide” is replaced."),
	}
	if len(fitting) == 0 {
		model.NobodyYet, model.Register = "No party is registered yet, so there is none to add.", "/admin/participants/new?kind=party"
		if !model.Parliamentary {
			model.NobodyYet, model.Register = "No individual is registered yet, so there is none to add.", "/admin/participants/new?kind=individual"
		}
	}
	return model
}

func (f *electionForm) viewPublicity(model *view.ElectionFormPage) {
	of := model.Problems.Of
	model.PublicView = view.Field{Name: "public_view", Label: messages.Literal("While voting goes on, everyone sees"), Value: f.PublicView, Problem: of("public_view")}
	model.PublicViews = []view.Option{
		{Value: string(elections.TurnoutOnly), Text: messages.Literal("the turnout only"), Hint: messages.Literal("What electoral standards ask for; it binds administrators too.")},
		{Value: string(elections.RunningCount), Text: messages.Literal("the running count"), Hint: messages.Literal("For demonstrations, clubs and television.")},
	}
	model.Channels = view.Field{Name: "channels", Label: messages.Literal("Votes come"), Problem: of("channels")}
	model.ChannelBoxes = []view.Box{
		{Value: string(elections.Batches), Text: messages.Literal("in batches"), Hint: messages.Literal("Officials upload files of ballots."), Checked: slices.Contains(f.Channels, string(elections.Batches))},
		{Value: string(elections.Online), Text: messages.Literal("online"), Hint: messages.Literal("From voters with one-time keys, which you issue for a roll."), Checked: slices.Contains(f.Channels, string(elections.Online))},
	}
	model.Rehearsal = view.Field{Name: "rehearsal", Label: messages.Literal("This is a rehearsal"), Hint: messages.Literal("Every page then says that this is not a real election. The mark stays for good.")}
	model.IsRehearsal = f.Rehearsal
	model.Confirmations = view.Field{
		Name: "confirmations", Label: messages.Literal("Who certifies the result"), Value: f.Confirmations, Problem: model.Problems.Of("confirmations"),
		Hint: messages.Literal("Each confirms the final figures. From the opening on it cannot change."),
	}
	model.ConfirmationChoices = []view.Option{
		{Text: messages.Literal("Two administrators if there are two when the election opens, else one")},
		{Value: "1", Text: messages.Literal("One administrator")},
		{Value: "2", Text: messages.Literal("Two administrators, one after the other")},
	}
}

func (f *electionForm) viewRules(model *view.ElectionFormPage) {
	of := model.Problems.Of
	model.Method = view.Field{Name: "method", Label: messages.Literal("Seats are allocated by"), Value: f.Method, Problem: of("method")}
	model.Methods = optionsOf(elections.Methods(), f.Method, methodName)
	model.ThresholdPercent = view.Field{
		Name: "threshold_percent", Label: messages.Literal("Threshold in percent"), Value: f.ThresholdPercent, Problem: of("threshold_percent"),
		Mode: "decimal", Complete: "off",
	}
	model.Base = view.Field{Name: "threshold_base", Label: messages.Literal("of"), Value: f.ThresholdBase, Problem: of("threshold_base")}
	model.Bases = optionsOf(elections.ThresholdBases(), f.ThresholdBase, baseName)
	model.Comparison = view.Field{Name: "threshold_comparison", Label: messages.Literal("A list passes with"), Value: f.ThresholdComparison, Problem: of("threshold_comparison")}
	model.Comparisons = []view.Option{{Value: ">=", Text: messages.Literal("at least the threshold")}, {Value: ">", Text: messages.Literal("more than the threshold")}}
	model.Scope = view.Field{Name: "threshold_scope", Label: messages.Literal("It is measured"), Value: f.ThresholdScope, Problem: of("threshold_scope")}
	model.Scopes = []view.Option{
		{Value: string(elections.EachConstituency), Text: messages.Literal("in each constituency separately")},
		{Value: string(elections.AllConstituencies), Text: messages.Literal("over the whole election")},
	}
	model.Majority = view.Field{Name: "majority", Label: messages.Literal("Elected is"), Value: f.Majority, Problem: of("majority")}
	model.Majorities = []view.Option{
		{Value: string(elections.Absolute), Text: messages.Literal("who has more than half of the votes"), Hint: messages.Literal("Else the two leading candidates go to a second round.")},
		{Value: string(elections.Plurality), Text: messages.Literal("who has the most votes")},
	}
	model.MajorityBase = view.Field{Name: "majority_base", Label: messages.Literal("More than half of"), Value: f.MajorityBase, Problem: of("majority_base")}
	model.MajorityBases = []view.Option{
		{Value: string(elections.MajorityOfValid), Text: messages.Literal("the valid votes for candidates")},
		{Value: string(elections.MajorityOfVotesCast), Text: messages.Literal("all votes cast, blank and invalid ones included")},
	}
	model.Blank = view.Field{Name: "blank_ballots", Label: messages.Literal("Blank ballots are valid"), Hint: messages.Literal("Their lines carry the poll number 0.")}
	model.TakesBlank = f.BlankBallots
}

// optionsOf offers the given values, and one more where the form has it already.
func optionsOf(values []string, present string, name func(string) string) []view.Option {
	if present != "" && !slices.Contains(values, present) {
		values = append(slices.Clone(values), present)
	}
	options := make([]view.Option, 0, len(values))
	for _, value := range values {
		options = append(options, view.Option{Value: value, Text: messages.Literal(name(value))})
	}
	return options
}

func (f *electionForm) viewConstituency(i int, problems view.Problems, fitting []elections.Participant, byID map[int64]elections.Participant, colors electionColors) view.ConstituencyForm {
	c := &f.Constituencies[i]
	parliamentary := elections.Kind(f.Kind) != elections.Presidential
	field := func(name, label, value, hint string) view.Field {
		full := constituencyField(i, name)
		return view.Field{Name: full, Label: messages.Literal(label), Value: value, Hint: messages.Literal(hint), Problem: problems.Of(full), Complete: "off"}
	}
	number := func(name, label, value, hint string) view.Field {
		x := field(name, label, value, hint)
		x.Mode, x.Optional = "numeric", true
		return x
	}
	people := "Candidates and their poll numbers"
	if parliamentary {
		people = "Lists and their poll numbers"
	}
	form := view.ConstituencyForm{
		Heading: "Constituency " + strconv.Itoa(i+1), Index: strconv.Itoa(i), ShowSeats: parliamentary,
		Name:       field("name", "Constituency", c.Name, ""),
		Seats:      number("seats", "Seats", c.Seats, ""),
		Registered: number("registered_voters", "Registered voters", c.RegisteredVoters, ""),
		Declared:   number("declared_votes_cast", "Votes cast by the paper protocols", c.DeclaredVotesCast, ""),
		Removable:  len(f.Constituencies) > 1,
		People:     field("participants", people, "", ""),
		Add:        field("add", "Participant", c.Add, ""),
	}
	form.Seats.Optional = false
	for j := range c.Candidacies {
		form.Candidacies = append(form.Candidacies, c.viewCandidacy(i, j, problems, parliamentary, byID, colors))
	}
	for _, participant := range c.missing(fitting) {
		form.Addable = append(form.Addable, view.Option{Value: decimal(participant.ID), Text: messages.Verbatim(participant.Name)})
	}
	return form
}

func (c *constituencyInput) viewCandidacy(i, j int, problems view.Problems, parliamentary bool, byID map[int64]elections.Participant, colors electionColors) view.CandidacyForm {
	candidacy := c.Candidacies[j]
	participant, known := byID[candidacy.ParticipantID]
	if !known {
		participant.Name = "Unknown participant " + decimal(candidacy.ParticipantID)
	}
	weight, most := candidacyField(i, j, "weight"), candidacyField(i, j, "max_seats")
	threshold := candidacyField(i, j, "threshold_percent")
	form := view.CandidacyForm{
		Prefix: constituencyField(i, "participants["+strconv.Itoa(j)+"]"), Place: strconv.Itoa(i) + ":" + strconv.Itoa(j),
		Position: candidacy.Position, ID: decimal(candidacy.ParticipantID),
		Name: participant.Name, Color: colors.of(candidacy.ParticipantID, participant.Color),
		Problem: problems.Of(candidacyField(i, j, "id")), First: j == 0, Last: j == len(c.Candidacies)-1,
		Special: parliamentary, Exempt: candidacy.Exempt,
		Weight: view.Field{
			Name: weight, Label: messages.Literal("Weight of its quotients"), Value: candidacy.Weight, Problem: problems.Of(weight),
			Hint: messages.Literal("Such as 27/20."), Optional: true, Complete: "off",
		},
		MaxSeats: view.Field{
			Name: most, Label: messages.Literal("Candidates on the list"), Value: candidacy.MaxSeats, Problem: problems.Of(most),
			Hint: messages.Literal("It takes no more seats."), Optional: true, Mode: "numeric", Complete: "off",
		},
	}
	form.Threshold = view.Field{
		Name: threshold, Label: messages.Literal("Its own threshold in percent"), Value: candidacy.Threshold, Problem: problems.Of(threshold),
		Hint: messages.Literal("Such as 7 for a coalition."), Optional: true, Mode: "decimal", Complete: "off",
	}
	form.Open = candidacy.Threshold != "" || !form.Threshold.Problem.IsZero() || candidacy.Weight != "" || candidacy.Exempt || candidacy.MaxSeats != "" || !form.Weight.Problem.IsZero() || !form.MaxSeats.Problem.IsZero()
	return form
}
