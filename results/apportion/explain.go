package apportion

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Explain writes down how an allocation came about, in plain English for a reader who knows the
// law and not the code: the threshold in votes, the rule, every seat with its quotient, its
// runner-up and what that lacked, ties, and what each list was short of and could have lost. a is
// what Allocate returned for in (after AllocateByDivisor, the single seats are left out). The text
// is for reading; its wording may change. Errors are those of w, and those of Allocate for an
// input that it refuses.
func Explain(w io.Writer, in Input, a Allocation) error {
	margins, err := Margins(in, a)
	if err != nil {
		return err
	}
	text := &explanation{in: in, a: a}
	text.title()
	text.threshold()
	if in.Method.HasQuota() {
		text.quota()
	} else {
		text.divisors()
	}
	text.seats()
	text.ties()
	text.result(margins)
	_, err = io.WriteString(w, text.String())
	return err
}

// explanation is the text while it grows.
type explanation struct {
	strings.Builder
	in Input
	a  Allocation
}

func (e *explanation) line(format string, values ...any) {
	fmt.Fprintf(e, format+"\n", values...)
}

func (e *explanation) title() {
	lumped := e.names(func(i int) bool { return e.in.Lists[i].Lumped })
	e.line("%s among %s, by %s.", plural(int64(e.in.Seats), "seat"),
		plural(int64(len(e.in.Lists)-len(lumped)), "list"), descriptions[e.in.Method].name)
	if len(lumped) > 0 {
		e.line("Only counted toward totals, not a list: %s.", join(lumped))
	}
	e.line("")
}

func (e *explanation) threshold() {
	e.line("Threshold")
	threshold := e.in.Threshold
	switch {
	case threshold.Passing != nil:
		e.line("  Which lists take part was decided elsewhere: %s.",
			orNone(e.names(func(i int) bool { return slices.Contains(threshold.Passing, i) })))
	case threshold.Base == "" || threshold.Base == BaseNone:
		e.line("  There is none: every list with votes takes part.")
		e.line("")
		return
	case threshold.Base == BaseQuota:
		e.line("  A list needs %s the quota of %s valid votes ÷ %s, which is %s or more.",
			atLeast(threshold.Comparison), group(e.a.ThresholdBase), plural(int64(e.in.Seats), "seat"),
			plural(e.a.ThresholdVotes, "vote"))
	default:
		e.line("  A list needs %s %s %% of %s %s, which is %s or more.",
			atLeast(threshold.Comparison), threshold.Percent.orZero(), group(e.a.ThresholdBase),
			baseNames[threshold.Base], plural(e.a.ThresholdVotes, "vote"))
	}
	for i, list := range e.in.Lists {
		if list.ThresholdPercent != nil && threshold.Base != BaseQuota && threshold.Passing == nil {
			e.line("  %s needs %s %% instead.", e.in.name(i), list.ThresholdPercent.orZero())
		}
	}
	if exempt := e.names(func(i int) bool { return e.in.Lists[i].Exempt }); len(exempt) > 0 {
		e.line("  Exempt from it: %s.", join(exempt))
	}
	e.line("  Kept out by it: %s.", orNone(e.names(func(i int) bool { return e.a.BelowThreshold[i] })))
	e.line("")
}

func (e *explanation) divisors() {
	e.line("Rule")
	e.line("  %s", descriptions[e.in.Method].rule)
	e.line("  The seats go, one after another, to the largest of these quotients.")
	if e.in.Method.firstSeatFree() {
		e.line("  Division by 0 means a first seat ahead of all others, ranked by votes.")
	}
	e.weights("each of its quotients")
	e.limits()
	e.line("")
}

// weights names the lists whose votes do not count one to one.
func (e *explanation) weights(what string) {
	for i, list := range e.in.Lists {
		if list.Weight.IsSet() && list.Weight != (Ratio{1, 1}) {
			e.line("  %s has %s multiplied by %s.", e.in.name(i), what, list.Weight.plain())
		}
	}
}

// limits names the lists that got all the seats they have candidates for.
func (e *explanation) limits() {
	for i, list := range e.in.Lists {
		if most := list.limit(e.in.Seats); list.MaxSeats != 0 && !list.Lumped && e.a.Seats[i] == most {
			e.line("  %s has no candidates for more than %s.", e.in.name(i), plural(int64(most), "seat"))
		}
	}
}

// seats writes the table of the single seats; with a quota, of those that no whole quota paid for.
func (e *explanation) seats() {
	heading, quotient := "Seat by seat", "quotient"
	if e.in.Method.HasQuota() {
		heading, quotient = "The seats by remainders", "remainder"
	}
	rows := table{
		header: []string{"Seat", "List", "its", "votes ÷ divisor", quotient, "runner-up", "its " + quotient, "it lacked"},
		left:   []bool{false, true, false, false, false, true},
	}
	for i, step := range e.a.Steps {
		if step.WholeQuota && !step.ByLot {
			continue
		}
		row := []string{
			strconv.Itoa(i + 1), e.in.name(step.List), strconv.Itoa(step.Seat) + ".",
			groupText(step.Quotient.String()), groupText(step.Quotient.Decimal(2)), "", "", "",
		}
		switch {
		case step.ByLot:
			row[5] = "(by lot)"
		case step.RunnerUp >= 0:
			row[5] = e.in.name(step.RunnerUp)
			row[6] = groupText(step.RunnerUpQuotient.Decimal(2))
			row[7] = "–"
			if step.Margin > 0 {
				row[7] = plural(step.Margin, "vote")
			}
		default:
			row[5] = "(no other list left)"
		}
		rows.rows = append(rows.rows, row)
	}
	if len(rows.rows) == 0 {
		return
	}
	if e.in.Method.HasQuota() {
		rows.drop(3)
	}
	e.line("%s", heading)
	rows.write(e)
	e.line("  The runner-up is the list that was next in line at that moment. It lacked so many votes for")
	e.line("  that one seat, everything else unchanged.")
	e.line("")
}

func (e *explanation) ties() {
	if tie := e.a.Settled; tie != nil {
		e.line("A lot decided")
		e.line("  %s tied for %s.", join(e.pick(tie.Lists)), lastSeats(tie.Seats))
		e.line("")
	}
	if tie := e.a.Tie; tie != nil {
		e.line("TIE: not decided")
		e.line("  %s have exactly the same claim to %s.", join(e.pick(tie.Lists)), lastSeats(tie.Seats))
		e.line("  Arithmetic cannot choose among them; the law, or a lot drawn under it, must.")
		e.line("")
	}
	if e.a.Unassigned > 0 {
		e.line("%s could not be given to any list: none is in that has candidates left.",
			plural(int64(e.a.Unassigned), "seat"))
		e.line("")
	}
}

// result writes the table of the lists.
func (e *explanation) result(margins []Margin) {
	rows := table{
		header: []string{"List", "votes", "seats", "one more seat with", "keeps its last with", ""},
		left:   []bool{true, false, false, false, false, true},
	}
	for i, list := range e.in.Lists {
		if list.Lumped {
			continue
		}
		row := []string{e.in.name(i), group(list.Votes), strconv.Itoa(e.a.Seats[i]), "–", "–", ""}
		if margins[i].Short > 0 {
			row[3] = plural(margins[i].Short, "vote") + " more"
		}
		switch spare := margins[i].Spare; {
		case spare == 0:
			row[4] = "not one vote fewer"
		case spare > 0:
			row[4] = "up to " + plural(spare, "vote") + " fewer"
		}
		switch {
		case e.a.BelowThreshold[i]:
			row[5] = "below the threshold"
		case e.a.Tie != nil && slices.Contains(e.a.Tie.Lists, i):
			row[5] = "tied for one more"
		}
		rows.rows = append(rows.rows, row)
	}
	e.line("Result")
	rows.write(e)
	e.line("  Both last numbers suppose that everybody else's votes stay as they are.")
}

// names returns the names of the lists for which holds is true.
func (e *explanation) names(holds func(list int) bool) []string {
	var names []string
	for i := range e.in.Lists {
		if holds(i) {
			names = append(names, e.in.name(i))
		}
	}
	return names
}

// pick returns the names of lists by their indexes.
func (e *explanation) pick(lists []int) []string {
	return e.names(func(i int) bool { return slices.Contains(lists, i) })
}
