package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"urna/ballots/online"
	"urna/elections"
	"urna/internal/app"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/web/letters"
	"urna/web/publicurl"
)

// KeysCommand manages voter keys. A server may run on the folder.
type KeysCommand struct {
	Issue    KeysIssueCommand    `cmd:"" help:"Issue a key to every voter of a roll, and write the keys down, this once."`
	Revoke   KeysRevokeCommand   `cmd:"" help:"Revoke a lost key, and issue another if asked."`
	Withdraw KeysWithdrawCommand `cmd:"" help:"Revoke all unused keys of a roll whose keys have not been seen."`
	Letters  KeysLettersCommand  `cmd:"" help:"Write letters to voters from the keys that issue wrote, or from a sealed file on another machine."`
	Open     KeysOpenCommand     `cmd:"" help:"Open a sealed file to a table of keys, on the machine that has the identity."`
	Identity KeysIdentityCommand `cmd:"" help:"Make an identity, which opens sealed files, and print its recipient, to which keys are sealed."`
	Count    KeysCountCommand    `cmd:"" help:"Count an election's keys, and list its rolls."`
}

// pollFlags name an election in a data folder.
type pollFlags struct {
	dataFlag

	Election int64 `help:"The election's number, as in its address." required:""`
}

// withKeys runs fn with the voter keys of an existing data folder and the election.
func (p pollFlags) withKeys(ctx context.Context, fn func(*online.Service, *elections.Election) error) (err error) {
	return p.withFolder(ctx, func(_ *app.App, keys *online.Service, e *elections.Election) error { return fn(keys, e) })
}

// withFolder is withKeys with the folder too. The keys' secret file is opened or made only after the election is found.
func (p pollFlags) withFolder(ctx context.Context, fn func(*app.App, *online.Service, *elections.Election) error) (err error) {
	f, err := p.openFolder(ctx, app.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	e, err := f.Elections.Election(ctx, p.Election)
	if err != nil {
		return err
	}
	if err := f.OpenParts(ctx, app.VoterKeys); err != nil {
		return err
	}
	return fn(f, f.Votes, e)
}

// KeysIssueCommand issues keys for a roll.
type KeysIssueCommand struct {
	pollFlags

	sealFlag

	Roll    string `help:"The roll: a CSV file with a voter a line; - is standard input." required:""`
	Out     string `help:"The file for the keys, which must not exist yet; a sealed one if --seal-to is given or the election has recipients." required:"" type:"path"`
	Letters string `help:"A file for the letters, which must not exist yet." type:"path"`

	letterFlags
}

// Run issues the keys and writes them to the file. If writing fails, the keys are withdrawn, so that every valid key
// has been handed out.
func (c *KeysIssueCommand) Run(ctx context.Context, streams *Streams) error {
	to, err := c.recipients()
	if err != nil {
		return err
	}
	roll, closeRoll, err := openInput(streams, c.Roll)
	if err != nil {
		return err
	}
	defer closeRoll()
	return c.withFolder(ctx, func(f *app.App, keys *online.Service, e *elections.Election) error {
		files, err := c.files(ctx, f.PublicURL, e)
		if err != nil {
			return err
		}
		file, bar := online.NewRollFile(roll), newKeysBar(streams)
		issued, err := keys.IssueApproved(ctx, commandLine(), e.ID, online.Approved{}, to, file.Voters(), bar.show)
		bar.clear()
		if err != nil {
			return errors.Join(explainRoll(err), files.discard())
		}
		defer func() { _ = issued.Close() }() // only read from here on
		if err := files.write(ctx, e, issued); err != nil {
			return errors.Join(fmt.Errorf("the keys could not be written, so they are withdrawn: %w", err),
				keys.Withdraw(context.WithoutCancel(ctx), commandLine(), issued.Roll.ID, "The keys could not be written to their file."), files.remove())
		}
		_, err = fmt.Fprintf(streams.Out, "%d keys issued with roll %d%s; they are in %s and nowhere else\n", issued.Roll.Keys, issued.Roll.ID,
			sealedWords(issued.Roll.SealedTo), text.Printable(c.Out))
		if err == nil && !file.Header {
			_, err = fmt.Fprintln(streams.Out, "the roll's first line names no columns, so it was taken for a voter; withdraw the roll if it is none")
		}
		return err
	})
}

// issueFiles are the output files of an issue: the keys, and the letters if letters is not nil.
type issueFiles struct {
	table, pages *keyFile
	letters      *letters.Letters
}

// files creates the files before any key is issued, so that a file that cannot be created never causes a withdrawal.
func (c *KeysIssueCommand) files(ctx context.Context, public *publicurl.Setting, e *elections.Election) (f issueFiles, err error) {
	switch {
	case c.Letters != "" && (len(c.SealTo) > 0 || len(e.SealKeysTo) > 0):
		return f, errors.New("the keys are sealed, so no letters can be written here: leave --letters out, and write them with urna keys letters --identity")
	case c.Letters == "" && c.URL != "":
		return f, errors.New("--url is for the letters; name their file with --letters")
	case c.Letters != "":
		if f.letters, err = c.letters(ctx, public, e); err != nil {
			return f, err
		}
	}
	if f.table, err = newKeyFile(c.Out); err != nil || f.letters == nil {
		return f, err
	}
	if f.pages, err = newKeyFile(c.Letters); err != nil {
		return f, errors.Join(err, f.table.discard())
	}
	return f, nil
}

// write writes the files and syncs them to disk.
func (f issueFiles) write(ctx context.Context, e *elections.Election, issued *online.Issued) error {
	if file := issued.Sealed(); file != nil {
		_, err := io.Copy(f.table.file, file)
		return f.table.keep(err)
	}
	err := f.table.keep(letters.WriteCSV(f.table.file, e, issued.Keys()))
	switch {
	case f.pages == nil:
		return err
	case err != nil:
		return errors.Join(err, f.pages.discard())
	}
	return f.pages.keep(f.letters.Write(ctx, f.pages.file, issued.Keys()))
}

// discard closes and removes the files.
func (f issueFiles) discard() error { return f.each((*keyFile).discard) }

// remove removes the written files.
func (f issueFiles) remove() error { return f.each((*keyFile).remove) }

func (f issueFiles) each(act func(*keyFile) error) error {
	err := act(f.table)
	if f.pages != nil {
		err = errors.Join(err, act(f.pages))
	}
	return err
}

// explainRoll returns the error of a refused roll with its problems, one on each line, and how many more there are.
func explainRoll(err error) error {
	f, ok := errors.AsType[*problem.Error](err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	var b strings.Builder
	b.WriteString(f.Message.String())
	for _, field := range f.Fields {
		b.WriteString("\n  " + field.Name + ": " + field.Message.String())
	}
	if more := online.RollProblems(f); more != "" {
		b.WriteString("\n" + more)
	}
	return errors.New(b.String())
}

// KeysRevokeCommand revokes one key.
type KeysRevokeCommand struct {
	pollFlags
	sealFlag

	PersonalID string `help:"Whose key it is, as it stood in the roll." required:"" name:"personal-id"`
	Reissue    bool   `help:"Issue another key and print it, this once."`
}

// Run revokes the key. If a new key is issued, standard output has that key, or a sealed file in text, and no more.
func (c *KeysRevokeCommand) Run(ctx context.Context, streams *Streams) error {
	to, err := c.recipients()
	switch {
	case err != nil:
		return err
	case !to.IsZero() && !c.Reissue:
		return errors.New("--seal-to seals a new key: add --reissue to replace the key, or leave --seal-to out to revoke it")
	}
	return c.withKeys(ctx, func(keys *online.Service, e *elections.Election) error {
		if !c.Reissue {
			if err := keys.Revoke(ctx, commandLine(), e.ID, c.PersonalID); err != nil {
				return err
			}
			_, err := fmt.Fprintln(streams.Out, "revoked")
			return err
		}
		r, err := keys.ReissueApproved(ctx, commandLine(), e.ID, c.PersonalID, online.Approved{}, to)
		switch {
		case err != nil:
			return err
		case r.Sealed != "":
			_, err = io.WriteString(streams.Out, r.Sealed)
			return err
		}
		return letters.WriteCSV(streams.Out, e, func(yield func(online.Key, error) bool) { yield(r.Key, nil) })
	})
}

// KeysWithdrawCommand withdraws a roll.
type KeysWithdrawCommand struct {
	pollFlags

	Roll int64 `help:"The roll's number, as count lists it." required:""`
}

// Run withdraws the roll.
func (c *KeysWithdrawCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withKeys(ctx, func(keys *online.Service, e *elections.Election) error {
		rolls, err := keys.Rolls(ctx, e.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(rolls, func(r online.Roll) bool { return r.ID == c.Roll }) {
			return online.ErrUnknownRoll
		}
		if err := keys.Withdraw(ctx, commandLine(), c.Roll, ""); err != nil {
			return err
		}
		_, err = fmt.Fprintf(streams.Out, "roll %d withdrawn\n", c.Roll)
		return err
	})
}

// KeysCountCommand counts keys.
type KeysCountCommand struct{ pollFlags }

// Run prints the number of keys, and a line for every roll.
func (c *KeysCountCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withKeys(ctx, func(keys *online.Service, e *elections.Election) error {
		n, err := keys.Keys(ctx, e.ID)
		if err != nil {
			return err
		}
		rolls, err := keys.Rolls(ctx, e.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(streams.Out, "%d keys\n", n)
		for _, r := range rolls {
			fmt.Fprintf(streams.Out, "roll %d: %d keys, %s since %s%s\n", r.ID, r.Keys, r.State, r.ChangedAt.In(e.Location()).Format(time.DateTime),
				sealedWords(r.SealedTo))
		}
		return nil
	})
}

// keysBar shows the progress of an issue on a terminal. Elsewhere it prints nothing.
type keysBar struct {
	out   io.Writer // nil without a terminal
	drawn time.Time
}

func newKeysBar(streams *Streams) *keysBar {
	return &keysBar{out: terminal(streams.Err)}
}

func (b *keysBar) show(p online.Progress) {
	if b.out == nil || time.Since(b.drawn) < barEvery {
		return
	}
	b.drawn = time.Now()
	fmt.Fprintf(b.out, "%s%s voters read, %s keys stored", eraseLine, grouped(p.Read), grouped(p.Issued))
}

func (b *keysBar) clear() {
	if b.out != nil {
		fmt.Fprint(b.out, eraseLine)
	}
}
