package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"urna/internal/app/move"
	"urna/internal/postgres"
	"urna/internal/text"
)

// MoveCommand moves all data between a data folder and a PostgreSQL database.
type MoveCommand struct {
	From    string `required:"" secret:"" placeholder:"FOLDER|URL" help:"The data folder, or the PostgreSQL database, that the data are in. No server may use it. URNA_FROM keeps a password out of the list of processes."`
	To      string `required:"" secret:"" placeholder:"URL|FOLDER" help:"An empty PostgreSQL database, postgres://USER:PASSWORD@HOST/DATABASE, or a new data folder. URNA_TO keeps a password out of the list of processes."`
	Secrets string `required:"" placeholder:"FOLDER" type:"path" help:"Beside a PostgreSQL database: the folder of the secret files. It is made if the data go there."`
	Scratch string `help:"A folder for temporary files. Without it the system's own is used." type:"existingdir" env:"-"`
}

// Help describes the move.
func (c *MoveCommand) Help() string {
	return "Both ends are verified in full. Browser sessions are not moved. An interrupted move is done again from the\nbeginning. docs/operating.md says when to move."
}

// Run moves the data and prints what was verified.
func (c *MoveCommand) Run(ctx context.Context, streams *Streams) error {
	o := move.Options{Scratch: c.Scratch, Operator: commandLine()}
	var err error
	if o.From, err = c.end("--from", c.From); err != nil {
		return err
	}
	if o.To, err = c.end("--to", c.To); err != nil {
		return err
	}
	r, err := move.Move(ctx, o)
	if err != nil {
		return err
	}
	printReport(streams, r.To)
	say := func(format string, args ...any) {
		fmt.Fprintln(streams.Out, text.Printable(fmt.Sprintf(format, args...)))
	}
	say("moved: %d rows and %d files; both ends were verified; the audit log had %d events, its head was %s", r.Rows, r.Files, r.Events, r.Head)
	if len(r.Left) > 0 {
		say("left behind, because the database does not know them: %s", strings.Join(r.Left, ", "))
	}
	say("no server starts on the data that were left; destroy them once the new ones are backed up")
	return nil
}

// end reads an end. The folder of the secrets belongs to the one that is a database.
func (c *MoveCommand) end(flag, value string) (move.End, error) {
	if !strings.HasPrefix(value, "postgres://") && !strings.HasPrefix(value, "postgresql://") {
		if strings.Contains(value, "://") {
			return move.End{}, errors.New(flag + ": the address of a PostgreSQL database begins with postgres://")
		}
		return move.End{Folder: value}, nil
	}
	if err := postgres.CheckURL(value); err != nil {
		return move.End{}, fmt.Errorf("%s: %w", flag, err)
	}
	return move.End{Folder: c.Secrets, Database: value}, nil
}
