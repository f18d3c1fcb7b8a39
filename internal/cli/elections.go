package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/problem"
	"urna/internal/text"
)

// ElectionsCommand imports, exports and lists definitions of elections. A server may run on the folder.
type ElectionsCommand struct {
	List     ElectionsListCommand     `cmd:"" help:"List all elections, drafts too."`
	Import   ElectionsImportCommand   `cmd:"" help:"Make an election from a definition file (JSON)."`
	Export   ElectionsExportCommand   `cmd:"" help:"Print an election's definition, as import reads it."`
	Publish  ElectionsPublishCommand  `cmd:"" help:"Publish a draft: everybody sees the election from then on."`
	Delete   ElectionsDeleteCommand   `cmd:"" help:"Delete a draft. The audit log keeps a record of it."`
	Withdraw ElectionsWithdrawCommand `cmd:"" help:"Withdraw a published election that is not held, if it has no ballot and no voter key."`
}

// Help is the text below the command's usage.
func (c *ElectionsCommand) Help() string {
	return "A definition is everything that an election is before its first ballot: title, times, rules,\n" +
		"participants, constituencies and candidacies. docs/definition.md describes the file."
}

// withFolder runs fn with a data folder that exists.
func (d dataFlag) withFolder(ctx context.Context, fn func(*app.App) error) (err error) {
	f, err := d.openFolder(ctx, app.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return fn(f)
}

// ElectionsListCommand lists elections.
type ElectionsListCommand struct{ dataFlag }

// Run prints a table of all elections, newest start first.
func (c *ElectionsListCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withFolder(ctx, func(f *app.App) error {
		s := f.Elections
		all, err := s.ElectionsAndDrafts(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tSTATE\tSTART\tCONSTITUENCIES\tTITLE")
		for _, e := range all {
			fmt.Fprintf(table, "%d\t%s\t%s\t%d\t%s\n", e.ID, e.StateAt(s.Now()),
				e.StartsAt.In(e.Location()).Format(time.RFC3339), len(e.Constituencies), text.Printable(e.Title))
		}
		return table.Flush()
	})
}

// ElectionsImportCommand creates an election from a definition.
type ElectionsImportCommand struct {
	dataFlag

	File    string `arg:"" help:"The definition file; - is standard input."`
	OpenNow bool   `help:"Import an election whose start is in the past: it opens at once, and nothing of its definition can be changed afterwards."`
	Draft   bool   `help:"Import a draft, which only administrators see until it is published."`
}

// Run imports the file and prints the election's id. Problems go to s.Err, one on each line. At a terminal
// it asks whether a start in the past is intended.
func (c *ElectionsImportCommand) Run(ctx context.Context, streams *Streams) error {
	source, err := c.read(streams)
	if err != nil {
		return err
	}
	definition, err := elections.ReadDefinition(source)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return c.withFolder(ctx, func(f *app.App) error {
		s := f.Elections
		before, err := f.Participants.All(ctx)
		if err != nil {
			return err
		}
		definition.OpenNow, definition.AsDraft = c.OpenNow, c.Draft
		e, err := s.Import(ctx, commandLine(), definition)
		if onlyAsks(err) && c.File != "-" && confirms(streams, askToOpen) {
			definition.OpenNow = true
			e, err = s.Import(ctx, commandLine(), definition)
		}
		explainFields(streams, c.File+": ", err)
		if err != nil {
			return fmt.Errorf("nothing was imported: %w", err)
		}
		noteLookalikes(streams, e, before)
		what := "election"
		if e.IsDraft {
			what = "draft of election"
		}
		_, err = fmt.Fprintf(streams.Out, "imported %s %d: %s\n", what, e.ID, text.Printable(e.Title))
		return err
	})
}

// noteLookalikes names the participants that an import registered and that look like others.
func noteLookalikes(streams *Streams, e *elections.Election, before []participants.Participant) {
	alike := participants.NewLookalikes(before)
	seen := map[int64]bool{}
	for _, p := range before {
		seen[p.ID] = true
	}
	for _, constituency := range e.Constituencies {
		for _, candidacy := range constituency.Candidacies {
			if seen[candidacy.ParticipantID] {
				continue
			}
			seen[candidacy.ParticipantID] = true
			p := participants.Participant{ID: candidacy.ParticipantID, Name: candidacy.Name, Kind: e.Kind.Participants()}
			for _, other := range alike.Of(p.Kind, p.Name, p.ID) {
				fmt.Fprintf(streams.Err, "note: participant %d, %q, is new and looks the same as participant %d, %q; "+
					"if they are the same, choose %[3]d instead on the election's page\n", p.ID, p.Name, other.ID, other.Name)
			}
			alike.Add(p)
		}
	}
}

// askToOpen is the question about a start in the past.
const askToOpen = "The start is in the past. The election opens at once, " +
	"and nothing of its definition can be changed afterwards.\nOpen it now? [y/N] "

// explainFields writes the problems of single fields, each line with something before it.
func explainFields(streams *Streams, before string, err error) {
	refusal, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return
	}
	for _, field := range refusal.Fields {
		message := strings.Replace(field.Message.String(), "set open_now to true", "use --open-now", 1)
		fmt.Fprintln(streams.Err, text.Printable(before+field.Name+": "+message))
	}
}

// onlyAsks reports whether the only problem is a start in the past, which the person can confirm.
func onlyAsks(err error) bool {
	refusal, ok := errors.AsType[*problem.Error](err)
	return ok && len(refusal.Fields) == 1 && refusal.Fields[0].Name == elections.OpenNow
}

// confirms asks a question at the terminal and reports whether the answer is yes. Without a terminal it returns false.
func confirms(streams *Streams, question string) bool {
	input, ok := streams.In.(*os.File)
	if !ok || !term.IsTerminal(int(input.Fd())) {
		return false
	}
	fmt.Fprint(streams.Err, question)
	answer, err := bufio.NewReader(input).ReadString('\n')
	if err != nil {
		return false
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

func (c *ElectionsImportCommand) read(streams *Streams) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(streams.In)
	}
	return os.ReadFile(c.File)
}

// ElectionsExportCommand prints a definition.
type ElectionsExportCommand struct {
	dataFlag

	Election int64 `arg:"" help:"The election's id, as list shows it."`
}

// Run prints the election's definition.
func (c *ElectionsExportCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withFolder(ctx, func(f *app.App) error {
		s := f.Elections
		e, err := s.ElectionOrDraft(ctx, c.Election)
		if err != nil {
			return err
		}
		stations, err := s.Stations(ctx, e.ID)
		if err != nil {
			return err
		}
		return e.Definition(stations).Write(streams.Out)
	})
}
