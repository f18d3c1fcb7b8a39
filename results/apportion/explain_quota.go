package apportion

import (
	"fmt"
	"math/big"
	"strconv"
)

// quota explains the quota and what whole quotas and remainders gave each list.
func (e *explanation) quota() {
	e.line("Rule")
	e.line("  %s", descriptions[e.in.Method].rule)
	e.line("  A list gets a seat for every whole quota in its votes. Seats that are left go to the largest")
	e.line("  remainders; seats given too many are taken back by the smallest.")
	e.weights("its votes")
	e.limits()
	e.line("")
	if !e.a.Quota.IsSet() {
		return
	}
	total := new(big.Rat)
	for i := range e.in.Lists {
		if e.takesPart(i) {
			total.Add(total, e.weighted(i))
		}
	}
	e.line("Quota")
	e.line("  V = %s votes of the lists that take part, S = %s: the quota is %s votes%s.",
		groupText(decimal(total)), plural(int64(e.in.Seats), "seat"), groupText(decimal(e.a.Quota.Rat())),
		exactly(e.a.Quota))
	e.line("")
	e.quotaTable()
}

func (e *explanation) quotaTable() {
	rows := table{
		header: []string{"List", "votes", "whole quotas", "remainder", "by remainder", "seats"},
		left:   []bool{true},
	}
	given := 0
	for i := range e.in.Lists {
		if !e.takesPart(i) {
			continue
		}
		votes := e.weighted(i)
		whole := int(floor(new(big.Rat).Quo(votes, e.a.Quota.Rat())).Int64())
		whole = min(whole, e.in.Lists[i].limit(e.in.Seats))
		given += whole
		spent := new(big.Rat).Mul(e.a.Quota.Rat(), new(big.Rat).SetInt64(int64(whole)))
		difference := ""
		if e.a.Seats[i] != whole {
			difference = fmt.Sprintf("%+d", e.a.Seats[i]-whole)
		}
		rows.rows = append(rows.rows, []string{
			e.in.name(i), groupText(decimal(votes)), strconv.Itoa(whole),
			groupText(decimal(spent.Sub(votes, spent))), difference, strconv.Itoa(e.a.Seats[i]),
		})
	}
	e.line("Whole quotas and remainders")
	rows.write(e)
	switch left := e.in.Seats - given; {
	case left > 0:
		e.line("  Whole quotas give %s; %d left for the largest remainders.", plural(int64(given), "seat"), left)
	case left < 0:
		e.line("  Whole quotas give %s, %d too many; they are taken back by the smallest remainders.",
			plural(int64(given), "seat"), -left)
	}
	e.line("")
}

// takesPart reports whether a list is in and has votes.
func (e *explanation) takesPart(i int) bool {
	list := e.in.Lists[i]
	return !list.Lumped && !e.a.BelowThreshold[i] && list.Votes > 0
}

func (e *explanation) weighted(i int) *big.Rat {
	list := e.in.Lists[i]
	votes := new(big.Rat).SetInt64(list.Votes)
	return votes.Mul(votes, list.Weight.orOne().Rat())
}

// exactly gives the fraction where the decimal is rounded.
func exactly(quota Ratio) string {
	if quota.denominator == 1 {
		return ""
	}
	return " (exactly " + quota.String() + ")"
}

// decimal returns a number with two places, or none where it is whole.
func decimal(value *big.Rat) string {
	if value.IsInt() {
		return value.Num().String()
	}
	return value.FloatString(2)
}
