package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"urna/internal/rehearsal"
	"urna/internal/rehearsal/resultsfile"
	"urna/internal/text"
)

// RehearseCommand replays a real election from its official results, ballot by ballot or as protocols.
type RehearseCommand struct {
	File  string `arg:"" help:"A results file (JSON), or the name of a built-in one."`
	URL   string `name:"url" placeholder:"URL" help:"The server to rehearse on; by default one of its own, on a temporary folder."`
	Email string `placeholder:"E" help:"The administrator of that server. The password comes from URNA_PASSWORD or a prompt."`
	JSON  bool   `name:"json" help:"Print one JSON object."`

	Protocols bool `name:"protocols" help:"Type the votes as protocols of polling stations, each by two officials, instead of uploading ballots."`

	TieBreak []string `name:"tie-break" placeholder:"RULE,..." help:"The rules for ties of the election, such as more-votes,lot; by default a lot."`
}

// Help is the text below the command's usage.
func (c *RehearseCommand) Help() string {
	return "Sets the file's election up, writes one ballot with a fresh GUID for every real one, uploads\n" +
		"them as a temporary official, waits for the count, and prints it beside what the authorities\n" +
		"declared. With --protocols, two officials type the protocols of polling stations instead; one of\n" +
		"these has a ballot in the wrong row, on purpose, and is settled. Exits with 1 if anything differs,\n" +
		"and with 2 if the file cannot be read or nothing in it can be rehearsed. Built-in files:\n" +
		strings.Join(resultsfile.Names(), ", ") + "."
}

// Run rehearses the file and prints the outcome.
func (c *RehearseCommand) Run(ctx context.Context, streams *Streams) (err error) {
	file, err := resultsfile.Open(c.File)
	if err != nil {
		return &ExitError{Code: 2, Err: err}
	}
	rules, err := tieBreaksOf(c.TieBreak)
	if err != nil {
		return err
	}
	file.DecideTies(rules)
	client, done, err := administratorAt(ctx, streams, c.URL, c.Email)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	bar := newProgressBar(streams)
	rehearse := rehearsal.Rehearse
	if c.Protocols {
		rehearse = rehearsal.RehearseProtocols
	}
	report, err := rehearse(ctx, client, file, bar.show)
	bar.clear()
	switch {
	case errors.Is(err, rehearsal.ErrNothingToRehearse):
		return &ExitError{Code: 2, Err: err}
	case err != nil:
		return err
	}
	if err := c.print(streams.Out, report); err != nil {
		return err
	}
	for _, refused := range report.Refused {
		fmt.Fprintln(streams.Err, "refused:", text.Printable(refused))
	}
	differences := report.Differences()
	for _, difference := range differences {
		fmt.Fprintln(streams.Err, "differs:", text.Printable(difference))
	}
	if len(differences) > 0 {
		return &ExitError{Code: 1}
	}
	return nil
}

// rehearsalOutput is what --json prints.
type rehearsalOutput struct {
	rehearsal.Report
	Equal            bool    `json:"equal"`
	ElapsedSeconds   float64 `json:"elapsed_seconds"`
	BallotsPerSecond float64 `json:"ballots_per_second"`
}

func (c *RehearseCommand) print(w io.Writer, report rehearsal.Report) error {
	if c.JSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		return encoder.Encode(rehearsalOutput{
			Report: report, Equal: len(report.Differences()) == 0,
			ElapsedSeconds: report.Elapsed.Seconds(), BallotsPerSecond: report.BallotsPerSecond(),
		})
	}
	for _, e := range report.Elections {
		printElection(w, e)
	}
	if c.Protocols {
		_, err := fmt.Fprintf(w, "%s ballots in %.1f s; protocols, typed twice: %s, of these settled: %s\n",
			grouped(report.Ballots), report.Elapsed.Seconds(), grouped(int64(report.Protocols)), grouped(int64(report.Settled)))
		return err
	}
	_, err := fmt.Fprintf(w, "%s ballots in %.1f s: %s ballots per second, from the first upload to the last one counted\n",
		grouped(report.Ballots), report.Elapsed.Seconds(), grouped(int64(report.BallotsPerSecond())))
	return err
}

// printConstituency prints a table of one constituency's rows.
func printConstituency(w io.Writer, c rehearsal.ConstituencyReport, presidential bool) {
	if c.Name != "" {
		fmt.Fprintln(w, text.Printable(c.Name))
	}
	rows := [][]string{{"List", "votes", "seats", "declared"}}
	if presidential {
		rows = [][]string{{"Candidate", "votes"}}
	}
	for _, row := range c.Rows {
		cells := []string{row.Name, grouped(row.Votes)}
		if !presidential {
			declared := "–"
			if row.DeclaredSeats != nil {
				declared = strconv.Itoa(*row.DeclaredSeats)
			}
			cells = append(cells, strconv.Itoa(row.Seats), declared)
		}
		rows = append(rows, cells)
	}
	printColumns(w, rows)
	fmt.Fprintf(w, "  Ballots that are blank: %s, invalid: %s\n", grouped(c.Blank), grouped(c.Invalid))
	if len(c.Tied) > 0 {
		fmt.Fprintf(w, "  TIE of %s for %d\n", text.Printable(strings.Join(c.Tied, ", ")), c.TieSeats)
	}
	fmt.Fprintln(w)
}

// printElection prints an election's counted votes and seats beside the declared seats.
func printElection(w io.Writer, e rehearsal.ElectionReport) {
	fmt.Fprintf(w, "%s (election %d)\n\n", text.Printable(e.Title), e.ID)
	presidential := e.Kind == "presidential"
	for _, c := range e.Constituencies {
		printConstituency(w, c, presidential)
	}
	if e.Winner != "" {
		fmt.Fprintf(w, "  Elected: %s\n", text.Printable(e.Winner))
	}
	if e.DeclaredWinner != "" {
		fmt.Fprintf(w, "  Declared elected: %s\n", text.Printable(e.DeclaredWinner))
	}
	if len(e.SecondRound) > 0 {
		fmt.Fprintf(w, "  Second round: %s\n", text.Printable(strings.Join(e.SecondRound, ", ")))
	}
	if len(e.DeclaredSecondRound) > 0 {
		fmt.Fprintf(w, "  Declared second round: %s\n", text.Printable(strings.Join(e.DeclaredSecondRound, ", ")))
	}
	if presidential {
		fmt.Fprintln(w)
	}
}
