package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"urna/internal/rehearsal/resultsfile"
	"urna/internal/text"
	"urna/results/apportion"
	"urna/results/explanation"
)

// AllocateCommand computes the seats or the winner of results files and compares them with what the
// files declare.
type AllocateCommand struct {
	Files   []string `arg:"" name:"file" help:"Results files (JSON), or the names of built-in ones."`
	JSON    bool     `name:"json" help:"Print one JSON array with an object for each file." xor:"form"`
	Explain bool     `help:"Explain every seat: threshold, quotients, runners-up, margins." xor:"form"`

	TieBreak []string `name:"tie-break" placeholder:"RULE,..." help:"Rules for ties in the order in which they are asked: more-votes, fewer-votes, list-order (the earlier place in the file). A lot decides what they leave."`
}

// Help is the text below the command's usage.
func (c *AllocateCommand) Help() string {
	return "Exits with 1 if an outcome differs from the declared one, and with 2 if a file cannot be read\n" +
		"or nothing in the files can be computed. A refused case is reported and does not count as a\n" +
		"difference. Built-in files: " + strings.Join(resultsfile.Names(), ", ") + "."
}

// Run prints the outcome of every file to s.Out, and differences and refusals to s.Err.
func (c *AllocateCommand) Run(s *Streams) error {
	run := &allocateRun{command: c, streams: s}
	var err error
	if run.tieBreaks, err = tieBreaksOf(c.TieBreak); err != nil {
		return err
	}
	reports := []fileReport{}
	for _, name := range c.Files {
		reports = append(reports, run.file(name))
	}
	if c.JSON {
		encoder := json.NewEncoder(s.Out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		if err := encoder.Encode(reports); err != nil {
			return err
		}
	}
	for _, line := range append(run.refusals, run.differences...) {
		fmt.Fprintln(s.Err, text.Printable(line))
	}
	if len(run.differences) > 0 {
		return &ExitError{Code: 1}
	}
	if run.unreadable || run.computed == 0 {
		return &ExitError{Code: 2}
	}
	return nil
}

// tieBreaksOf reads the rules of --tie-break.
func tieBreaksOf(names []string) (rules []apportion.TieBreak, err error) {
	for _, name := range names {
		rules = append(rules, apportion.TieBreak(name))
	}
	if err := apportion.CheckTieBreaks(rules); err != nil {
		return nil, fmt.Errorf("--tie-break: %w", err)
	}
	return rules, nil
}

// fileReport is what --json prints about a file: cases or rounds, never both.
type fileReport struct {
	File   string `json:"file"`
	ID     string `json:"id"`
	Cases  any    `json:"cases,omitempty"`
	Rounds any    `json:"rounds,omitempty"`
	Error  string `json:"error,omitempty"` // why the whole file is refused
}

type caseReport struct {
	ID             string         `json:"id"`
	Seats          []int          `json:"seats"`
	BelowThreshold []string       `json:"below_threshold"`
	Tie            *tieReport     `json:"tie"`
	DecidedTie     *decidedReport `json:"decided_tie,omitempty"`
	Unassigned     int            `json:"unassigned"`
	Error          string         `json:"error"`
}

type roundReport struct {
	Winner      *string        `json:"winner"`
	SecondRound []string       `json:"second_round"`
	Tie         *tieReport     `json:"tie"`
	DecidedTie  *decidedReport `json:"decided_tie,omitempty"`
	Error       string         `json:"error,omitempty"`
}

type tieReport struct {
	Names []string `json:"names"`
	Seats int      `json:"seats"`
}

// decidedReport is a tie for which the rules for ties decided something. The open tie is what they left.
type decidedReport struct {
	tieReport

	Given []givenReport `json:"given"`
}

type givenReport struct {
	Name string             `json:"name"`
	Rule apportion.TieBreak `json:"rule"`
}

func newDecidedReport(d *apportion.Decision, name func(int) string) *decidedReport {
	if d == nil {
		return nil
	}
	report := &decidedReport{tieReport: *newTieReport(&d.Tie, name), Given: []givenReport{}}
	for _, given := range d.Given {
		report.Given = append(report.Given, givenReport{name(given.List), given.Rule})
	}
	return report
}

// print prints what the rules decided.
func (d *decidedReport) print(w io.Writer) {
	if d == nil {
		return
	}
	fmt.Fprintf(w, "  A tie of %s for %d, decided by the rules:\n", text.Printable(strings.Join(d.Names, ", ")), d.Seats)
	for _, given := range d.Given {
		fmt.Fprintf(w, "    %s: %s\n", given.Rule, text.Printable(given.Name))
	}
}

func newTieReport(tie *apportion.Tie, name func(int) string) *tieReport {
	if tie == nil {
		return nil
	}
	report := &tieReport{Seats: tie.Seats}
	for _, list := range tie.Lists {
		report.Names = append(report.Names, name(list))
	}
	return report
}

// allocateRun collects the results of all files.
type allocateRun struct {
	command     *AllocateCommand
	streams     *Streams
	tieBreaks   []apportion.TieBreak
	differences []string
	refusals    []string
	unreadable  bool
	computed    int // cases and rounds
}

// text returns the writer for tables and explanations. With --json it discards them.
func (r *allocateRun) text() io.Writer {
	if r.command.JSON {
		return io.Discard
	}
	return r.streams.Out
}

func (r *allocateRun) file(name string) fileReport {
	file, err := resultsfile.Open(name)
	if err != nil {
		r.unreadable = true
		r.refusals = append(r.refusals, "refused: "+err.Error())
		return fileReport{File: name, Cases: []caseReport{}, Error: err.Error()}
	}
	file.DecideTies(r.tieBreaks)
	report := fileReport{File: name, ID: file.ID}
	fmt.Fprintf(r.text(), "%s\n\n", text.Printable(name+": "+file.Name+", "+file.Date))
	if file.Presidential() {
		report.Rounds, err = r.rounds(name, file)
		if err != nil {
			report.Error = err.Error()
		}
		return report
	}
	cases := []caseReport{}
	for _, c := range file.Cases {
		cases = append(cases, r.allocation(name, c))
	}
	report.Cases = cases
	return report
}

func (r *allocateRun) refuse(where string, err error) string {
	r.refusals = append(r.refusals, fmt.Sprintf("refused: %s: %v", where, err))
	fmt.Fprintf(r.text(), "Refused: %s\n\n", text.Printable(err.Error()))
	return err.Error()
}

// allocation computes, prints and compares one case.
func (r *allocateRun) allocation(file string, c resultsfile.Case) caseReport {
	report := caseReport{ID: c.ID, Seats: []int{}, BelowThreshold: []string{}}
	if report.ID == "" {
		report.ID = c.Name
	}
	where := fmt.Sprintf("%s: %s", file, report.ID)
	fmt.Fprintf(r.text(), "%s: %d seats, %s\n", text.Printable(c.Name), c.Seats, text.Printable(string(c.Method)))
	in, err := c.Input()
	if err != nil {
		report.Error = r.refuse(where, err)
		return report
	}
	result, err := apportion.Allocate(in)
	silent := errors.Is(err, apportion.ErrNoVotes)
	if silent {
		result, err = apportion.Allocation{
			Seats: make([]int, len(in.Lists)), BelowThreshold: make([]bool, len(in.Lists)), Unassigned: in.Seats,
		}, nil
	}
	if err != nil {
		if errors.Is(err, apportion.ErrQuota) { // the votes are the reason, not the file
			report.Unassigned = in.Seats
		}
		report.Error = r.refuse(where, err)
		return report
	}
	r.computed++
	for _, difference := range resultsfile.Compare(c, result) {
		r.differences = append(r.differences, where+": "+difference)
	}
	report.Seats, report.Unassigned = result.Seats, result.Unassigned
	for i, below := range result.BelowThreshold {
		if below {
			report.BelowThreshold = append(report.BelowThreshold, c.Lists[i].Name)
		}
	}
	named := func(list int) string { return c.Lists[list].Name }
	report.Tie, report.DecidedTie = newTieReport(result.Tie, named), newDecidedReport(result.Decided, named)
	if r.command.Explain && !silent {
		fmt.Fprintln(r.text())
		if explained, err := explanation.New(printableNames(in), result); err != nil {
			r.refuse(where, err)
		} else {
			fmt.Fprint(r.text(), explained.In(context.Background()))
		}
		fmt.Fprintln(r.text())
	} else {
		printAllocation(r.text(), c, result, report.DecidedTie)
	}
	return report
}

// printableNames returns a copy of a case whose names can be printed.
func printableNames(in apportion.Input) apportion.Input {
	in.Lists = slices.Clone(in.Lists)
	for i := range in.Lists {
		in.Lists[i].Name = text.Printable(in.Lists[i].Name)
	}
	return in
}

// printAllocation prints the table of a case.
func printAllocation(w io.Writer, c resultsfile.Case, result apportion.Allocation, decided *decidedReport) {
	valid := c.Valid
	if valid == 0 {
		for _, list := range c.Lists {
			valid += list.Votes
		}
	}
	rows := [][]string{{"List", "votes", "share", "seats", "declared", ""}}
	for i, list := range c.Lists {
		row := []string{list.Name, grouped(list.Votes), share(list.Votes, valid), strconv.Itoa(result.Seats[i]), "–", ""}
		if list.Seats != nil {
			row[4] = strconv.Itoa(*list.Seats)
		}
		switch {
		case list.Lumped:
			row[5] = "not a list"
		case result.BelowThreshold[i]:
			row[5] = "below the threshold"
		case result.Tie != nil && slices.Contains(result.Tie.Lists, i):
			row[5] = "tied for one more"
		}
		rows = append(rows, row)
	}
	printColumns(w, rows)
	if result.ThresholdVotes > 0 {
		fmt.Fprintf(w, "  The threshold is %s votes.\n", grouped(result.ThresholdVotes))
	}
	decided.print(w)
	if result.Tie != nil {
		fmt.Fprintf(w, "  TIE: seats that exact arithmetic leaves open among the tied lists: %d\n", result.Tie.Seats)
	}
	if result.Unassigned > 0 {
		reason := ""
		if !slices.ContainsFunc(c.Lists, func(l resultsfile.List) bool { return l.Votes > 0 }) {
			reason = ". No list has a vote."
		}
		fmt.Fprintf(w, "  Seats that no list could take: %d%s\n", result.Unassigned, reason)
	}
	fmt.Fprintln(w)
}

// rounds computes, prints and compares a presidential file.
func (r *allocateRun) rounds(name string, file *resultsfile.File) ([]roundReport, error) {
	reports := []roundReport{}
	if file.Problem != nil {
		r.refuse(name, file.Problem)
		return reports, file.Problem
	}
	for i, round := range file.Rounds {
		race, err := file.Race(i)
		if err != nil {
			return reports, err
		}
		fmt.Fprintf(r.text(), "Round %d: %s\n", i+1, text.Printable(string(race.Rule)))
		outcome, err := apportion.Elect(race)
		if err != nil {
			message := r.refuse(fmt.Sprintf("%s: round %d", name, i+1), err)
			reports = append(reports, roundReport{Error: message})
			continue
		}
		r.computed++
		report := newRoundReport(round, outcome)
		reports = append(reports, report)
		r.printRound(round, outcome, report)
		if i == len(file.Rounds)-1 {
			if difference := resultsfile.CompareWinner(file, outcome); difference != "" {
				r.differences = append(r.differences, name+": "+difference)
			}
		}
	}
	return reports, nil
}

func newRoundReport(round resultsfile.Round, outcome apportion.Outcome) roundReport {
	names := func(candidates []int) []string {
		var names []string
		for _, candidate := range candidates {
			names = append(names, round.Candidates[candidate].Name)
		}
		return names
	}
	report := roundReport{SecondRound: names(outcome.SecondRound)}
	if outcome.Winner >= 0 {
		report.Winner = &round.Candidates[outcome.Winner].Name
	}
	named := func(candidate int) string { return round.Candidates[candidate].Name }
	report.Tie, report.DecidedTie = newTieReport(outcome.Tie, named), newDecidedReport(outcome.Decided, named)
	return report
}

func (r *allocateRun) printRound(round resultsfile.Round, outcome apportion.Outcome, report roundReport) {
	valid := round.Valid
	if valid == 0 {
		for _, candidate := range round.Candidates {
			valid += candidate.Votes
		}
	}
	rows := [][]string{{"Candidate", "votes", "share"}}
	for _, candidate := range round.Candidates {
		rows = append(rows, []string{candidate.Name, grouped(candidate.Votes), share(candidate.Votes, valid)})
	}
	printColumns(r.text(), rows)
	if outcome.Base > 0 {
		fmt.Fprintf(r.text(), "  A majority is more than half of %s: %s votes.\n",
			grouped(outcome.Base), grouped(outcome.Base/2+1))
	}
	report.DecidedTie.print(r.text())
	switch {
	case report.Winner != nil:
		fmt.Fprintf(r.text(), "  Elected: %s\n\n", text.Printable(*report.Winner))
	case report.Tie != nil:
		fmt.Fprintf(r.text(), "  TIE of %s for %d\n\n", text.Printable(strings.Join(report.Tie.Names, ", ")), report.Tie.Seats)
	default:
		fmt.Fprintf(r.text(), "  No majority. Second round: %s\n\n", text.Printable(strings.Join(report.SecondRound, ", ")))
	}
}

// share returns votes as a percentage of the valid votes.
func share(votes, valid int64) string {
	ratio, err := apportion.NewRatio(votes, valid)
	if err != nil {
		return "–"
	}
	percent := new(big.Rat).Mul(ratio.Rat(), big.NewRat(100, 1))
	return percent.FloatString(2) + " %"
}
