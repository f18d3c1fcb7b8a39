package explanation

import (
	"slices"
	"strconv"

	"urna/internal/messages"
	"urna/results/apportion"
)

// methodName names a method within a sentence.
func methodName(m apportion.Method) messages.Message {
	switch m {
	case apportion.DHondt:
		return messages.ExplanationMethodDHondt()
	case apportion.SainteLague:
		return messages.ExplanationMethodSainteLague()
	case apportion.ModifiedSainteLague14, apportion.ModifiedSainteLague12:
		return messages.ExplanationMethodModifiedSainteLague()
	case apportion.Adams:
		return messages.ExplanationMethodAdams()
	case apportion.Dean:
		return messages.ExplanationMethodDean()
	case apportion.HuntingtonHill:
		return messages.ExplanationMethodHuntingtonHill()
	case apportion.Hare:
		return messages.ExplanationMethodHare()
	case apportion.Droop:
		return messages.ExplanationMethodDroop()
	case apportion.HagenbachBischoffRounded:
		return messages.ExplanationMethodHagenbachBischoff()
	case apportion.Imperiali:
		return messages.ExplanationMethodImperiali()
	default:
		return messages.Verbatim(string(m))
	}
}

// methodRule returns the sentence about a method's calculation.
func methodRule(m apportion.Method) messages.Message {
	switch m {
	case apportion.DHondt:
		return messages.ExplanationRuleDHondt()
	case apportion.SainteLague:
		return messages.ExplanationRuleSainteLague()
	case apportion.ModifiedSainteLague14:
		return messages.ExplanationRuleModifiedSainteLague14()
	case apportion.ModifiedSainteLague12:
		return messages.ExplanationRuleModifiedSainteLague12()
	case apportion.Adams:
		return messages.ExplanationRuleAdams()
	case apportion.Dean:
		return messages.ExplanationRuleDean()
	case apportion.HuntingtonHill:
		return messages.ExplanationRuleHuntingtonHill()
	case apportion.Hare:
		return messages.ExplanationRuleHare()
	case apportion.Droop:
		return messages.ExplanationRuleDroop()
	case apportion.HagenbachBischoffRounded:
		return messages.ExplanationRuleHagenbachBischoff()
	case apportion.Imperiali:
		return messages.ExplanationRuleImperiali()
	default:
		return messages.Verbatim(string(m))
	}
}

// votesOf returns a threshold's base in votes, as words.
func votesOf(base apportion.Base, votes int64) messages.Message {
	switch base {
	case apportion.BaseValidPartyVotes:
		return messages.ExplanationValidPartyVotes(votes)
	case apportion.BaseValidIncludingBlank:
		return messages.ExplanationValidAndBlank(votes)
	case apportion.BaseVotesCast:
		return messages.ExplanationVotesCast(votes)
	case apportion.BaseEligible:
		return messages.ExplanationRegisteredVoters(votes)
	default:
		return messages.ExplanationVotes(votes)
	}
}

// plainOrZero returns a ratio as a law would write it, and an unset one as 0.
func plainOrZero(r apportion.Ratio) messages.Message {
	if !r.IsSet() {
		return messages.Decimal("0")
	}
	return messages.Decimal(r.Plain())
}

// name returns a list's name, or its number if it has none.
func (w *writer) name(list int) messages.Message {
	if name := w.in.Lists[list].Name; name != "" {
		return messages.Verbatim(name)
	}
	return messages.ExplanationListWithoutName(int64(list + 1))
}

// names returns the names of the lists for which holds is true.
func (w *writer) names(holds func(list int) bool) []messages.Message {
	var names []messages.Message
	for i := range w.in.Lists {
		if holds(i) {
			names = append(names, w.name(i))
		}
	}
	return names
}

// pick returns the names of lists by their indexes.
func (w *writer) pick(lists []int) []messages.Message {
	return w.names(func(i int) bool { return slices.Contains(lists, i) })
}

// listed joins names as a sentence does, such as "A, B and C"; without a name it is "none".
func listed(names []messages.Message) messages.Message {
	if len(names) == 0 {
		return messages.ExplanationNoName()
	}
	return messages.Enumeration(names...)
}

// words returns messages in the reader's language.
func (w *writer) words(list ...messages.Message) []string {
	words := make([]string, 0, len(list))
	for _, m := range list {
		words = append(words, m.In(w.ctx))
	}
	return words
}

// number returns a number with its digits in groups.
func (w *writer) number(n int64) string { return w.grouped(strconv.FormatInt(n, 10)) }

// grouped writes the decimal number that a text begins with as the reader's language does.
func (w *writer) grouped(text string) string { return messages.Decimal(text).In(w.ctx) }

// Reason returns what a rule for ties looks at, such as "more votes", as what the list that comes first has.
func Reason(rule apportion.TieBreak) messages.Message {
	switch rule {
	case apportion.MoreVotes:
		return messages.ExplanationReasonMoreVotes()
	case apportion.FewerVotes:
		return messages.ExplanationReasonFewerVotes()
	case apportion.ListOrder:
		return messages.ExplanationReasonListOrder()
	default:
		return messages.Verbatim(string(rule))
	}
}
