package explanation

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"urna/internal/messages"
	"urna/results/apportion"
)

// Text is the explanation of an allocation. It knows no language until it is rendered.
type Text struct {
	in      apportion.Input
	a       apportion.Allocation
	margins []apportion.Margin
}

// New returns the explanation of what apportion.Allocate returned for in (after AllocateByDivisor, the single seats are
// left out). The errors are those of Allocate for an input that it refuses.
func New(in apportion.Input, a apportion.Allocation) (*Text, error) {
	margins, err := apportion.Margins(in, a)
	if err != nil {
		return nil, err
	}
	return &Text{in: in, a: a, margins: margins}, nil
}

// In returns the text in the language of the context: lines of at most 96 characters, unless a name or a table is wider,
// and tables in columns of a fixed width. It is for reading; its wording may change.
func (t *Text) In(ctx context.Context) string {
	w := &writer{Text: t, ctx: ctx}
	w.title()
	w.threshold()
	if t.in.Method.HasQuota() {
		w.quota()
	} else {
		w.divisors()
	}
	w.seats()
	w.ties()
	w.result()
	return w.String()
}

// writer is the text in one language while it grows.
type writer struct {
	strings.Builder
	*Text
	ctx context.Context //nolint:containedctx // it carries the language
}

// heading begins a part of the text.
func (w *writer) heading(m messages.Message) { fmt.Fprintln(w, m.In(w.ctx)) }

// line writes a sentence of a part.
func (w *writer) line(m messages.Message) { wrap(w, m.In(w.ctx)) }

// end ends a part of the text.
func (w *writer) end() { fmt.Fprintln(w) }

func (w *writer) title() {
	lumped := w.names(func(i int) bool { return w.in.Lists[i].Lumped })
	lists := messages.ExplanationLists(int64(len(w.in.Lists) - len(lumped)))
	w.heading(messages.ExplanationTitle(lists, methodName(w.in.Method), int64(w.in.Seats)))
	if len(lumped) > 0 {
		w.heading(messages.ExplanationLumped(listed(lumped)))
	}
	w.end()
}

func (w *writer) threshold() {
	w.heading(messages.ExplanationHeadingThreshold())
	threshold := w.in.Threshold
	switch {
	case threshold.Passing != nil:
		w.line(messages.ExplanationThresholdDecidedElsewhere(listed(w.pick(threshold.Passing))))
	case threshold.Base == "" || threshold.Base == apportion.BaseNone:
		w.line(messages.ExplanationNoThreshold())
		w.end()
		return
	default:
		w.line(w.neededVotes())
	}
	for i, list := range w.in.Lists {
		if list.ThresholdPercent != nil && threshold.Base != apportion.BaseQuota && threshold.Passing == nil {
			w.line(messages.ExplanationOwnThreshold(w.name(i), plainOrZero(*list.ThresholdPercent)))
		}
	}
	if exempt := w.names(func(i int) bool { return w.in.Lists[i].Exempt }); len(exempt) > 0 {
		w.line(messages.ExplanationExempt(listed(exempt)))
	}
	w.line(messages.ExplanationKeptOut(listed(w.names(func(i int) bool { return w.a.BelowThreshold[i] }))))
	w.end()
}

// neededVotes returns the sentence about the threshold in votes.
func (w *writer) neededVotes() messages.Message {
	threshold, needed := w.in.Threshold, messages.ExplanationVotes(w.a.ThresholdVotes)
	moreThan := threshold.Comparison == apportion.MoreThan
	if threshold.Base == apportion.BaseQuota {
		votes, seats := messages.ExplanationValidVotes(w.a.ThresholdBase), messages.UnitSeats(int64(w.in.Seats))
		if moreThan {
			return messages.ExplanationThresholdQuotaMoreThan(votes, seats, needed)
		}
		return messages.ExplanationThresholdQuotaAtLeast(votes, seats, needed)
	}
	votes, percent := votesOf(threshold.Base, w.a.ThresholdBase), plainOrZero(threshold.Percent)
	if moreThan {
		return messages.ExplanationThresholdMoreThan(percent, votes, needed)
	}
	return messages.ExplanationThresholdAtLeast(percent, votes, needed)
}

func (w *writer) divisors() {
	w.heading(messages.ExplanationHeadingRule())
	w.line(methodRule(w.in.Method))
	w.line(messages.ExplanationLargestQuotients())
	if w.in.Method.FirstSeatFree() {
		w.line(messages.ExplanationFirstSeatFree())
	}
	w.weights(messages.ExplanationWeightOfQuotients)
	w.limits()
	w.end()
}

// weights names the lists whose votes do not count one to one.
func (w *writer) weights(sentence func(list messages.Message, factor messages.Message) messages.Message) {
	one := new(big.Rat).SetInt64(1)
	for i, list := range w.in.Lists {
		if list.Weight.IsSet() && list.Weight.Rat().Cmp(one) != 0 {
			w.line(sentence(w.name(i), messages.Decimal(list.Weight.Plain())))
		}
	}
}

// limits names the lists that got all the seats they have candidates for.
func (w *writer) limits() {
	for i, list := range w.in.Lists {
		if most := list.MostSeats(w.in.Seats); list.MaxSeats != 0 && !list.Lumped && w.a.Seats[i] == most {
			w.line(messages.ExplanationMostSeats(w.name(i), int64(most)))
		}
	}
}

// seats writes the table of the single seats; with a quota, of those that no whole quota paid for.
func (w *writer) seats() {
	heading, quotient, theirs := messages.ExplanationHeadingSeatBySeat(), messages.ExplanationColumnQuotient(), messages.ExplanationColumnRunnerUpsQuotient()
	if w.in.Method.HasQuota() {
		heading, quotient, theirs = messages.ExplanationHeadingSeatsByRemainders(), messages.ExplanationColumnRemainder(), messages.ExplanationColumnRunnerUpsRemainder()
	}
	t := table{
		header: w.words(messages.ExplanationColumnSeat(), messages.ExplanationColumnList(), messages.ExplanationColumnSeatOfList(),
			messages.ExplanationColumnDivision(), quotient, messages.ExplanationColumnRunnerUp(), theirs, messages.ExplanationColumnLacked()),
		left: []bool{false, true, false, false, false, true},
	}
	for i, step := range w.a.Steps {
		if !step.WholeQuota || step.ByLot || step.TieBreak != "" {
			t.rows = append(t.rows, w.seat(i, step))
		}
	}
	if len(t.rows) == 0 {
		return
	}
	if w.in.Method.HasQuota() {
		t.drop(3)
	}
	w.heading(heading)
	t.write(w)
	w.line(messages.ExplanationRunnerUpNote())
	w.end()
}

// seat returns the row of one seat.
func (w *writer) seat(i int, step apportion.Step) []string {
	row := []string{
		strconv.Itoa(i + 1), w.name(step.List).In(w.ctx), strconv.Itoa(step.Seat) + ".",
		w.grouped(step.Quotient.String()), w.grouped(step.Quotient.Decimal(2)), "", "", "",
	}
	switch {
	case step.ByLot:
		row[5] = messages.ExplanationByLot().In(w.ctx)
	case step.TieBreak != "":
		row[5] = messages.ExplanationByRule(Reason(step.TieBreak)).In(w.ctx)
	case step.RunnerUp >= 0:
		row[5] = w.name(step.RunnerUp).In(w.ctx)
		row[6] = w.grouped(step.RunnerUpQuotient.Decimal(2))
		row[7] = "–"
		if step.Margin > 0 {
			row[7] = messages.ExplanationVotes(step.Margin).In(w.ctx)
		}
	default:
		row[5] = messages.ExplanationNoOtherList().In(w.ctx)
	}
	return row
}

func (w *writer) ties() {
	if decided := w.a.Decided; decided != nil {
		w.heading(messages.ExplanationHeadingDecided())
		w.line(messages.ExplanationTiedForLast(listed(w.pick(decided.Tie.Lists)), int64(decided.Tie.Seats)))
		for _, given := range decided.Given {
			w.line(messages.ExplanationGivenByRule(w.name(given.List), Reason(given.Rule)))
		}
		if left := w.a.Tie; left != nil {
			w.line(messages.ExplanationLeftByRules(listed(w.pick(left.Lists))))
		} else if left := w.a.Settled; left != nil {
			w.line(messages.ExplanationLeftByRules(listed(w.pick(left.Lists))))
		}
		w.end()
	}
	if tie := w.a.Settled; tie != nil {
		w.heading(messages.ExplanationHeadingLot())
		w.line(messages.ExplanationTiedForLast(listed(w.pick(tie.Lists)), int64(tie.Seats)))
		w.end()
	}
	if tie := w.a.Tie; tie != nil {
		w.heading(messages.ExplanationHeadingTie())
		w.line(messages.ExplanationSameClaim(listed(w.pick(tie.Lists)), int64(tie.Seats)))
		w.line(messages.ExplanationTieNote())
		w.end()
	}
	if w.a.Unassigned > 0 {
		w.heading(messages.ExplanationUnassigned(int64(w.a.Unassigned)))
		w.end()
	}
}

// result writes the table of the lists.
func (w *writer) result() {
	t := table{
		header: append(w.words(messages.ExplanationColumnList(), messages.ExplanationColumnVotes(), messages.ExplanationColumnSeats(),
			messages.ExplanationColumnOneMore(), messages.ExplanationColumnKeeps()), ""),
		left: []bool{true, false, false, false, false, true},
	}
	for i, list := range w.in.Lists {
		if list.Lumped {
			continue
		}
		row := []string{w.name(i).In(w.ctx), w.number(list.Votes), strconv.Itoa(w.a.Seats[i]), "–", "–", ""}
		if short := w.margins[i].Short; short > 0 {
			row[3] = messages.ExplanationVotesMore(short).In(w.ctx)
		}
		switch spare := w.margins[i].Spare; {
		case spare == 0:
			row[4] = messages.ExplanationNotOneFewer().In(w.ctx)
		case spare > 0:
			row[4] = messages.ExplanationVotesFewer(spare).In(w.ctx)
		}
		switch {
		case w.a.BelowThreshold[i]:
			row[5] = messages.ExplanationBelowThreshold().In(w.ctx)
		case w.a.Tie != nil && slices.Contains(w.a.Tie.Lists, i):
			row[5] = messages.ExplanationTiedForOneMore().In(w.ctx)
		}
		t.rows = append(t.rows, row)
	}
	w.heading(messages.ExplanationHeadingResult())
	t.write(w)
	w.line(messages.ExplanationResultNote())
}
