package pages

import (
	"slices"
	"strconv"

	"urna/elections"
	"urna/internal/messages"
	"urna/results/apportion"
	"urna/web/view"
)

// methodName returns a method's name as the literature writes it.
func methodName(method string) messages.Message {
	names := map[apportion.Method]messages.Message{
		apportion.DHondt:                   messages.RulesMethodDHondt(),
		apportion.SainteLague:              messages.RulesMethodSainteLague(),
		apportion.ModifiedSainteLague14:    messages.RulesMethodModifiedSainteLague14(),
		apportion.ModifiedSainteLague12:    messages.RulesMethodModifiedSainteLague12(),
		apportion.Adams:                    messages.RulesMethodAdams(),
		apportion.Dean:                     messages.RulesMethodDean(),
		apportion.HuntingtonHill:           messages.RulesMethodHuntingtonHill(),
		apportion.Hare:                     messages.RulesMethodHare(),
		apportion.Droop:                    messages.RulesMethodDroop(),
		apportion.HagenbachBischoffRounded: messages.RulesMethodHagenbachBischoff(),
		apportion.Imperiali:                messages.RulesMethodImperiali(),
	}
	if name, ok := names[apportion.Method(method)]; ok {
		return name
	}
	return messages.Verbatim(method)
}

// baseName names the votes that a threshold's percentage is taken of.
func baseName(base string) messages.Message {
	names := map[string]messages.Message{
		"none":                  messages.RulesBaseNone(),
		"valid-party-votes":     messages.RulesBaseValid(),
		"valid-including-blank": messages.RulesBaseValidAndBlank(),
		"votes-cast":            messages.RulesBaseCast(),
		"eligible":              messages.RulesBaseEligible(),
		"quota":                 messages.RulesQuotaVotes(),
	}
	if name, ok := names[base]; ok {
		return name
	}
	return messages.Verbatim(base)
}

// tieBreakName names rules for ties, joined as in the form, in the order in which they are asked.
func tieBreakName(joined string) messages.Message {
	rules := elections.SplitTieBreak(joined)
	known := slices.ContainsFunc(elections.TieBreaks(elections.Parliamentary), func(order []elections.TieBreak) bool {
		return slices.Equal(order, rules)
	})
	has := func(rule elections.TieBreak) bool { return slices.Contains(rules, rule) }
	switch {
	case !known:
		return messages.Verbatim(joined)
	case has(elections.ByMoreVotes) && has(elections.ByListOrder):
		return messages.RulesTieMoreVotesThenListOrder()
	case has(elections.ByMoreVotes):
		return messages.RulesTieMoreVotes()
	case has(elections.ByFewerVotes) && has(elections.ByListOrder):
		return messages.RulesTieFewerVotesThenListOrder()
	case has(elections.ByFewerVotes):
		return messages.RulesTieFewerVotes()
	case has(elections.ByListOrder):
		return messages.RulesTieListOrder()
	default:
		return messages.RulesTieLot()
	}
}

// rulesInWords says what a person must know to check the count.
func rulesInWords(e *elections.Election) []messages.Message {
	rules := []messages.Message{howDecided(e)}
	if e.Kind == elections.Parliamentary {
		rules = append(rules, thresholdInWords(e.Rules))
	}
	rules = append(rules, messages.RulesTieDecidedBy(tieBreakName(elections.JoinTieBreak(e.Rules.TieBreak))))
	if e.Rules.BlankBallots {
		rules = append(rules, messages.RulesBlankBallots())
	}
	if e.Rules.PublishEveryStation && e.HasStations() {
		rules = append(rules, messages.RulesEveryStation())
	}
	if len(e.TurnoutReportsAt) > 0 {
		rules = append(rules, messages.TurnoutRule(turnoutHoursInWords(e)))
	}
	if e.PublicView == elections.TurnoutOnly {
		return append(rules, messages.RulesTurnoutOnly())
	}
	return append(rules, messages.RulesRunningCount())
}

// howDecided says by which rule an election is decided.
func howDecided(e *elections.Election) messages.Message {
	switch {
	case e.Kind != elections.Presidential:
		seats := 0
		for _, constituency := range e.Constituencies {
			seats += constituency.Seats
		}
		if n := len(e.Constituencies); n > 1 {
			return messages.RulesSeatsInEach(int64(n), methodName(e.Rules.Method), int64(seats))
		}
		return messages.RulesSeatsInOne(methodName(e.Rules.Method), int64(seats))
	case e.Rules.Majority == elections.Plurality:
		return messages.RulesMostVotes()
	case e.Rules.MajorityBase == elections.MajorityOfVotesCast:
		return messages.RulesHalfOfVotesCast()
	default:
		return messages.RulesHalfOfValidVotes()
	}
}

func thresholdInWords(r elections.Rules) messages.Message {
	percent := r.ThresholdPercent != "0" && r.ThresholdPercent != "" || r.ThresholdBase == "quota"
	if !percent || r.ThresholdBase == "none" {
		return messages.RulesNoThreshold()
	}
	votes := messages.RulesQuotaVotes()
	if r.ThresholdBase != "quota" {
		votes = messages.RulesPercentOf(messages.Decimal(r.ThresholdPercent), baseName(r.ThresholdBase))
	}
	sentence := messages.RulesThresholdAtLeast(votes)
	if r.ThresholdComparison == ">" {
		sentence = messages.RulesThresholdMoreThan(votes)
	}
	if r.ThresholdScope == elections.AllConstituencies {
		return messages.Sentences(sentence, messages.RulesMeasuredOverAll())
	}
	return sentence
}

// candidacyRemark names the special rules of a candidacy; it is zero for none.
func candidacyRemark(c elections.Candidacy) messages.Message {
	var parts []messages.Message
	if c.Exempt {
		parts = append(parts, messages.ElectionExempt())
	}
	if c.Weight != "" && c.Weight != "1" {
		parts = append(parts, messages.ElectionWeight(messages.Decimal(c.Weight)))
	}
	if c.ThresholdPercent != "" {
		parts = append(parts, messages.ElectionOwnThreshold(messages.Decimal(c.ThresholdPercent)))
	}
	if c.MaxSeats > 0 {
		parts = append(parts, messages.ElectionSeatsAtMost(int64(c.MaxSeats)))
	}
	return messages.Join(messages.UnitList, parts...)
}

// standing lists the candidacies of each constituency.
func standing(e *elections.Election) []view.StandingPart {
	parts := make([]view.StandingPart, 0, len(e.Constituencies))
	colors := newColors(candidacyColors(e.Constituencies))
	for _, constituency := range e.Constituencies {
		part := view.StandingPart{Name: messages.Verbatim(constituency.Name), What: constituencyInWords(e, constituency)}
		switch {
		case len(e.Constituencies) == 1:
			part.Name, part.Caption = contestants(e.Kind), contestants(e.Kind)
		case e.Kind == elections.Presidential:
			part.Caption = messages.ElectionCandidatesIn(constituency.Name)
		default:
			part.Caption = messages.ElectionListsIn(constituency.Name)
		}
		for _, candidacy := range constituency.Candidacies {
			part.Rows = append(part.Rows, view.StandingRow{
				PollNumber: strconv.Itoa(candidacy.PollNumber), Name: candidacy.Name,
				Color: colors[candidacy.ParticipantID], Remark: candidacyRemark(candidacy),
			})
		}
		parts = append(parts, part)
	}
	return parts
}

func constituencyInWords(e *elections.Election, c elections.Constituency) messages.Message {
	var parts []messages.Message
	if e.Kind == elections.Parliamentary {
		parts = append(parts, messages.UnitSeats(int64(c.Seats)))
	}
	if c.RegisteredVoters > 0 {
		parts = append(parts, messages.ElectionRegisteredVoters(c.RegisteredVoters))
	}
	if c.DeclaredVotesCast != nil {
		parts = append(parts, messages.ElectionVotesCastOnPaper(*c.DeclaredVotesCast))
	}
	return messages.Join(messages.UnitParts, parts...)
}

// namesInWords joins names as a sentence does, such as "A, B and C".
func namesInWords(names []string) messages.Message {
	list := make([]messages.Message, 0, len(names))
	for _, name := range names {
		list = append(list, messages.Verbatim(name))
	}
	return messages.Enumeration(list...)
}
