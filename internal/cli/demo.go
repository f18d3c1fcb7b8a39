package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"urna/client"
	"urna/internal/rehearsal"
	"urna/internal/rehearsal/resultsfile"
	"urna/internal/text"
)

// demoFiles are the elections that the demonstration counts: seats, and a first round.
func demoFiles() []string { return []string{"rs-narodna-skupstina-2020", "ge-president-2018"} }

// The size of the demonstration: enough voters for half an hour, in an election that is open for one.
const (
	demoVoters = 36_000
	demoGuests = 3  // voters who get letters
	demoRate   = 20 // a second
	demoPapers = 12_000
	demoLasts  = time.Hour
)

// DemoCommand shows an election that is open, with simulated voters and letters to three others, one with polling stations
// in several states, one with a tie, one that is certified, and two real ones, counted from every single ballot.
type DemoCommand struct {
	Addr string `help:"The address to listen on; port 0 picks a free one." default:"127.0.0.1:8080"`
}

// Help is the text below the command's usage.
func (c *DemoCommand) Help() string {
	return "In one election simulated voters vote, its page updates automatically, and letters to three more voters\n" +
		"let you vote too. One election has polling stations that sent ballots or a protocol, were closed or\n" +
		"are awaited, one has a tie that waits for its lot, one is certified, with its signed bundle. Meanwhile Serbia's National Assembly of 2020 and the first round of Georgia's presidential\n" +
		"election of 2018, some five million ballots, are written, uploaded and counted while the pages show\n" +
		"it. All of it lives in a temporary folder that is removed at the end (Ctrl+C)."
}

// Run starts the server, prints its address and the sign-ins, counts the elections, and serves until the context ends.
func (c *DemoCommand) Run(ctx context.Context, streams *Streams) (err error) {
	own, err := startTemporaryAt(ctx, streams, c.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("something else listens on %s already; choose another port, such as --addr 127.0.0.1:8081, or --addr 127.0.0.1:0 for any", c.Addr)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	var played sync.WaitGroup // waits for the simulated voters before the server stops
	defer played.Wait()

	// If the server fails, the demonstration ends early; normally Ctrl+C ends it.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-own.server.Failed:
			cancel(err)
		case <-ctx.Done():
		}
	}()
	if err = c.show(ctx, streams, own, &played); err == nil {
		<-ctx.Done()
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// show prints the addresses and sign-ins, starts the simulated voters, and counts the elections.
func (c *DemoCommand) show(ctx context.Context, streams *Streams, own *temporary, played *sync.WaitGroup) error {
	administrator, err := client.New(own.URL)
	if err != nil {
		return err
	}
	if err := administrator.SignIn(ctx, own.AdminEmail, own.AdminPassword); err != nil {
		return err
	}
	email, password := "official@urna.example", rand.Text()
	_, err = administrator.CreateAccount(ctx, client.NewAccount{
		Email: email, Forename: "Olga", Surname: "Official", Role: "official", Password: password,
	})
	if err != nil {
		return err
	}
	official := administrator.As()
	if err := official.SignIn(ctx, email, password); err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "Urna is at %s\n\n", own.URL)
	for _, account := range [][3]string{
		{"administrator:", own.AdminEmail, own.AdminPassword},
		{"official:", email, password},
	} {
		fmt.Fprintf(streams.Out, "  %-15s %-27s password %s\n", account[0], account[1], account[2])
	}
	open, err := rehearsal.CreateElection(ctx, administrator, "Tree Council", demoLasts, demoVoters+demoGuests+2*demoPapers)
	if err != nil {
		return err
	}
	letters, err := writeDemoLetters(ctx, own, administrator, open.ID)
	if err != nil {
		return err
	}
	draft, err := draftOfNext(ctx, administrator)
	if err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "\nSimulated voters are voting; the page updates automatically: %s/elections/%d\n", own.URL, open.ID)
	fmt.Fprintf(streams.Out, "A draft, which only administrators see: %s/admin/elections/%d\n", own.URL, draft.ID)
	fmt.Fprintf(streams.Out, "Vote there too, with the letters to %d voters: %s\n", demoGuests, letters.file)
	fmt.Fprintf(streams.Out, "The voting page, with the key of the first letter: %s\n", letters.link)
	played.Go(func() { play(ctx, streams, administrator, open) })
	if err := showTurnout(ctx, streams, own, administrator, official); err != nil {
		return err
	}
	if err := showStations(ctx, streams, own, administrator, official); err != nil {
		return err
	}
	if err := showEnded(ctx, streams, own, administrator, official); err != nil {
		return err
	}
	fmt.Fprint(streams.Out, "\nCounting two real elections, ballot by ballot. Everything is temporary; Ctrl+C ends it.\n\n")
	for _, name := range demoFiles() {
		if err := conduct(ctx, streams, name, administrator, official); err != nil {
			return err
		}
	}
	fmt.Fprintf(streams.Out, "\nBoth are counted. See %s\n", own.URL)
	return nil
}

// draftOfNext makes a draft of an election in a month, of the lists that are registered.
func draftOfNext(ctx context.Context, administrator *client.Client) (client.Election, error) {
	registered, err := administrator.Participants(ctx)
	if err != nil {
		return client.Election{}, err
	}
	whole := client.NewConstituency{Name: "Nationwide", Seats: 60}
	for _, p := range registered {
		if p.Kind == "party" {
			whole.Participants = append(whole.Participants, client.Candidacy{ID: p.ID})
		}
	}
	starts := time.Now().AddDate(0, 1, 0).Truncate(time.Hour)
	return administrator.CreateElection(ctx, client.NewElection{
		Title: "Next Tree Council", Kind: "parliamentary", StartsAt: starts, EndsAt: starts.Add(12 * time.Hour), Draft: true, Rehearsal: true,
		Channels: []string{"batches", "online"}, PublicView: "turnout",
		Rules: client.Rules{
			Method: "sainte-lague", ThresholdPercent: "4", ThresholdBase: "valid-party-votes", ThresholdComparison: ">=",
		},
		Constituencies: []client.NewConstituency{whole},
	})
}

// play simulates voters and an official in the open election until all have voted or the demonstration ends. It prints
// only errors.
func play(ctx context.Context, streams *Streams, administrator *client.Client, open client.Election) {
	defer administrator.Close()
	report, err := rehearsal.Simulate(ctx, administrator, rehearsal.Simulation{
		ElectionID: open.ID, Voters: demoVoters, Rate: demoRate, Officials: 1, Ballots: demoPapers,
		Invalid: 0.01, Double: 0.01, Seed: uint64(time.Now().UnixNano()), Guests: demoGuests,
	}, nil)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(streams.Err, "the simulated voters stopped:", text.Printable(err.Error()))
	}
	for _, difference := range report.Differences {
		fmt.Fprintln(streams.Err, "differs:", text.Printable(difference))
	}
}

// conduct counts one built-in election and prints the result.
func conduct(ctx context.Context, streams *Streams, name string, administrator, official *client.Client) error {
	file, err := resultsfile.Open(name)
	if err != nil {
		return err
	}
	bar := newProgressBar(streams)
	report, err := conductFile(ctx, streams, file, administrator, official, bar.show)
	bar.clear()
	if err != nil {
		return err
	}
	outcome := "as declared"
	if len(report.Differences()) > 0 {
		outcome = "NOT as declared"
	}
	for _, e := range report.Elections {
		fmt.Fprintf(streams.Out, "%s: %s ballots counted in %.1f s, %s per second; the outcome is %s.\n", text.Printable(e.Title),
			grouped(report.Ballots), report.Elapsed.Seconds(), grouped(int64(report.BallotsPerSecond())), outcome)
	}
	return nil
}

// conductFile counts the elections of a file, and prints how they differ from what the file declares.
func conductFile(
	ctx context.Context, streams *Streams, file *resultsfile.File, administrator, official *client.Client, progress func(rehearsal.Progress),
) (rehearsal.Report, error) {
	plan, err := rehearsal.NewPlan(file, time.Now())
	if err != nil {
		return rehearsal.Report{}, err
	}
	report, err := plan.Conduct(ctx, administrator, official, progress)
	for _, difference := range report.Differences() {
		fmt.Fprintln(streams.Err, "differs:", text.Printable(difference))
	}
	return report, err
}
