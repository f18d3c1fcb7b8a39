package explanation

import (
	"fmt"
	"math/big"
	"strconv"

	"urna/internal/messages"
)

// quota explains the quota and what whole quotas and remainders gave each list.
func (w *writer) quota() {
	w.heading(messages.ExplanationHeadingRule())
	w.line(methodRule(w.in.Method))
	w.line(messages.ExplanationWholeQuotaRule())
	w.weights(messages.ExplanationWeightOfVotes)
	w.limits()
	w.end()
	if !w.a.Quota.IsSet() {
		return
	}
	total := new(big.Rat)
	for i := range w.in.Lists {
		if w.takesPart(i) {
			total.Add(total, w.weighted(i))
		}
	}
	w.heading(messages.ExplanationHeadingQuota())
	votes, seats, quota := w.decimal(total), messages.UnitSeats(int64(w.in.Seats)), w.decimal(w.a.Quota.Rat())
	if w.a.Quota.Rat().IsInt() {
		w.line(messages.ExplanationQuota(votes, seats, quota))
	} else {
		w.line(messages.ExplanationQuotaExactly(votes, seats, quota, w.a.Quota.String()))
	}
	w.end()
	w.quotaTable()
}

func (w *writer) quotaTable() {
	t := table{
		header: w.words(messages.ExplanationColumnList(), messages.ExplanationColumnVotes(), messages.ExplanationColumnWholeQuotas(),
			messages.ExplanationColumnRemainder(), messages.ExplanationColumnByRemainder(), messages.ExplanationColumnSeats()),
		left: []bool{true},
	}
	given := 0
	for i := range w.in.Lists {
		if !w.takesPart(i) {
			continue
		}
		votes := w.weighted(i)
		quotas := new(big.Rat).Quo(votes, w.a.Quota.Rat())
		whole := int(new(big.Int).Quo(quotas.Num(), quotas.Denom()).Int64())
		whole = min(whole, w.in.Lists[i].MostSeats(w.in.Seats))
		given += whole
		spent := new(big.Rat).Mul(w.a.Quota.Rat(), new(big.Rat).SetInt64(int64(whole)))
		difference := ""
		if w.a.Seats[i] != whole {
			difference = fmt.Sprintf("%+d", w.a.Seats[i]-whole)
		}
		t.rows = append(t.rows, []string{
			w.name(i).In(w.ctx), w.decimal(votes), strconv.Itoa(whole),
			w.decimal(spent.Sub(votes, spent)), difference, strconv.Itoa(w.a.Seats[i]),
		})
	}
	w.heading(messages.ExplanationHeadingWholeQuotas())
	t.write(w)
	switch left := w.in.Seats - given; {
	case left > 0:
		w.line(messages.ExplanationSeatsLeft(messages.UnitSeats(int64(given)), int64(left)))
	case left < 0:
		w.line(messages.ExplanationSeatsTooMany(messages.UnitSeats(int64(given)), int64(-left)))
	}
	w.end()
}

// takesPart reports whether a list is in and has votes.
func (w *writer) takesPart(i int) bool {
	list := w.in.Lists[i]
	return !list.Lumped && !w.a.BelowThreshold[i] && list.Votes > 0
}

// weighted returns a list's votes multiplied by its weight.
func (w *writer) weighted(i int) *big.Rat {
	list := w.in.Lists[i]
	votes := new(big.Rat).SetInt64(list.Votes)
	if !list.Weight.IsSet() {
		return votes
	}
	return votes.Mul(votes, list.Weight.Rat())
}

// decimal returns a number with two places, or with none if it is whole.
func (w *writer) decimal(value *big.Rat) string {
	if value.IsInt() {
		return w.grouped(value.Num().String())
	}
	return w.grouped(value.FloatString(2))
}
