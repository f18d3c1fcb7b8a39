package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"urna/client"
	"urna/internal/rehearsal"
	"urna/internal/text"
)

// SimulateCommand simulates an election with voters and officials.
type SimulateCommand struct {
	URL       string        `name:"url" placeholder:"URL" help:"The server to play on; by default one of its own, on a temporary folder."`
	Email     string        `placeholder:"E" help:"The administrator of that server. The password comes from URNA_PASSWORD or a prompt."`
	Election  int64         `placeholder:"N" help:"The election to play in, marked as a rehearsal; by default one that is made for it and ends soon after."`
	Voters    int           `default:"1000" help:"How many vote online; each gets a key."`
	Rate      float64       `placeholder:"R" help:"Voters a second; by default as fast as the server takes them."`
	Duration  time.Duration `placeholder:"D" help:"Spread the voters over this time, or with --rate: let none begin later."`
	Mix       string        `placeholder:"A=40,B=35" help:"In what proportions participants (by name or poll number, and \"blank\") get votes; by default at random."`
	Officials int           `placeholder:"K" help:"How many officials upload ballots on paper beside the voters."`
	Ballots   int           `placeholder:"B" help:"How many ballots on paper they upload together; by default as many as there are voters."`
	Invalid   part          `default:"1%" help:"How many voters first send something that must be refused, and how many paper ballots are invalid."`
	Double    part          `default:"1%" help:"How many voters try to vote twice, and how many lines repeat a ballot."`
	Seed      uint64        `default:"1" help:"Who votes what, and in which order, follows from this number."`
	Wait      time.Duration `default:"10m" help:"Wait so long for the election's end where not all votes are shown before it."`
	Mark      bool          `name:"mark-rehearsal" help:"Mark the election as a rehearsal, for good, where it is not."`
	Identity  string        `placeholder:"FILE" type:"path" env:"-" help:"The file with the identity that opens the voters' keys, if the election seals them."`
	JSON      bool          `name:"json" help:"Print one JSON object."`
}

// mostOfficials limits the officials of a simulation, because each new account costs a slow password hash.
const mostOfficials = 200

// part is a part of a whole as people write it: "1%" or "0.01".
type part float64

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *part) UnmarshalText(text []byte) error {
	number, percent := strings.CutSuffix(strings.TrimSpace(string(text)), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		value /= 100
	}
	if err != nil || math.IsNaN(value) || value < 0 || value > 1 {
		return fmt.Errorf("%q is not a part such as 1%% or 0.01", text)
	}
	*p = part(value)
	return nil
}

// Help is the text below the command's usage.
func (c *SimulateCommand) Help() string {
	return "Gives voters their keys, has them vote through POST /vote while officials upload batches, and\n" +
		"compares the results with what was accepted. No other votes may be cast in the election meanwhile. It exits\n" +
		"with 1 if anything differs, and refuses an election that is not marked as a rehearsal. For more wrong\n" +
		"keys than the server's limits let pass, start it with --rate-limit=off."
}

// Run runs the simulation and prints the report.
func (c *SimulateCommand) Run(ctx context.Context, streams *Streams) (err error) {
	s, err := c.simulation(streams)
	if err != nil {
		return &ExitError{Code: 2, Err: err}
	}
	if c.Identity != "" {
		if s.Identities, err = (identityFlags{Identity: c.Identity}).read(streams); err != nil {
			return &ExitError{Code: 2, Err: err}
		}
	}
	client, done, err := administratorAt(ctx, streams, c.URL, c.Email)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	bar := newProgressBar(streams)
	s.Waiting = func(end time.Time) {
		bar.clear()
		fmt.Fprintf(streams.Err, "every vote is answered; votes that are not shown yet appear when the election ends, at %s (--wait 0s does not wait)\n",
			end.Local().Format(time.TimeOnly))
	}
	report, err := rehearsal.Simulate(ctx, client, s, bar.show)
	bar.clear()
	switch {
	case errors.Is(err, rehearsal.ErrNoRehearsal):
		return fmt.Errorf("%w; --mark-rehearsal marks it, for good, and goes on", err)
	case errors.Is(err, rehearsal.ErrKeysSealed):
		return fmt.Errorf("%w; give --identity with the file of an identity whose recipient the election has, or --voters 0", err)
	case err != nil:
		return err
	}
	if err := c.print(streams.Out, report); err != nil {
		return err
	}
	for _, difference := range report.Differences {
		fmt.Fprintln(streams.Err, "differs:", text.Printable(difference))
	}
	if len(report.Differences) > 0 || !report.Compared {
		return &ExitError{Code: 1}
	}
	return nil
}

// simulation checks the flags.
func (c *SimulateCommand) simulation(streams *Streams) (rehearsal.Simulation, error) {
	s := rehearsal.Simulation{
		ElectionID: c.Election, Voters: c.Voters, Rate: c.Rate, Duration: c.Duration, Mix: c.Mix,
		Officials: c.Officials, Ballots: c.Ballots, Invalid: float64(c.Invalid), Double: float64(c.Double), Seed: c.Seed,
		MarkRehearsal: c.Mark, Wait: c.Wait,
		Begun: func(e client.Election) { fmt.Fprintf(streams.Err, "playing in election %d, %q\n", e.ID, e.Title) },
	}
	switch {
	case c.Voters < 0 || c.Rate < 0 || c.Duration < 0 || c.Officials < 0 || c.Ballots < 0:
		return s, errors.New("--voters, --rate, --duration, --officials and --ballots cannot be negative")
	case math.IsNaN(c.Rate) || math.IsInf(c.Rate, 0):
		return s, errors.New("--rate is a number of voters a second, such as 50; leave it out for as fast as the server takes them")
	case c.Officials > mostOfficials:
		return s, fmt.Errorf("--officials can be %d at most: each gets an account of their own", mostOfficials)
	case c.Voters == 0 && c.Officials == 0:
		return s, errors.New("with neither --voters nor --officials there is nothing to play")
	case c.Ballots > 0 && c.Officials == 0:
		return s, errors.New("--ballots needs --officials, who upload them")
	}
	if c.Officials > 0 && c.Ballots == 0 {
		s.Ballots = max(c.Voters, 1000)
	}
	return s, nil
}

// simulationOutput is what --json prints.
type simulationOutput struct {
	rehearsal.SimulationReport
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	VotesPerSecond float64 `json:"votes_per_second"`
	P50            float64 `json:"p50_ms"`
	P95            float64 `json:"p95_ms"`
	P99            float64 `json:"p99_ms"`
}

func (c *SimulateCommand) print(w io.Writer, r rehearsal.SimulationReport) error {
	perSecond := 0.0
	if r.Elapsed > 0 {
		perSecond = float64(r.Accepted) / r.Elapsed.Seconds()
	}
	milliseconds := func(d time.Duration) float64 { return math.Round(d.Seconds()*1e5) / 100 }
	if c.JSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		return encoder.Encode(simulationOutput{
			SimulationReport: r, ElapsedSeconds: r.Elapsed.Seconds(), VotesPerSecond: perSecond,
			P50: milliseconds(r.P50), P95: milliseconds(r.P95), P99: milliseconds(r.P99),
		})
	}
	fmt.Fprintf(w, "%s (election %d)\n\n", text.Printable(r.Title), r.ElectionID)
	rows := [][]string{{"votes sent", grouped(r.Sent)}, {"accepted", grouped(r.Accepted)}}
	for _, reason := range slices.Sorted(maps.Keys(r.Refused)) {
		rows = append(rows, []string{"refused, " + reason, grouped(r.Refused[reason])})
	}
	if r.Lines > 0 {
		rows = append(rows, []string{"lines uploaded", grouped(r.Lines)},
			[]string{"of them invalid", grouped(r.Invalid)}, []string{"of them duplicates", grouped(r.Duplicates)})
	}
	printColumns(w, rows)
	fmt.Fprintf(w, "\nin %.1f s: %s votes per second; answered after %.1f ms (p50), %.1f ms (p95), %.1f ms (p99)\n",
		r.Elapsed.Seconds(), grouped(int64(perSecond)), milliseconds(r.P50), milliseconds(r.P95), milliseconds(r.P99))
	fmt.Fprintln(w, verdict(r))
	return nil
}

// verdict says whether the results match the accepted votes.
func verdict(r rehearsal.SimulationReport) string {
	switch {
	case len(r.Differences) > 0:
		return "The results are NOT what was accepted."
	case !r.Compared:
		return "The results are shown after the election's end only; nothing was compared."
	case r.Hidden > 0:
		return fmt.Sprintf("The results are what was accepted, but for the last %d votes: online votes are shown in steps of ten until the end.", r.Hidden)
	default:
		return "The results are exactly what was accepted."
	}
}
