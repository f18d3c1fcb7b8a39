package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"urna/internal/app"
	"urna/internal/audit"
	"urna/internal/text"
	"urna/results"
	"urna/results/mirror"
)

// ResultsCommand copies what anyone may see of an election to other programs. A server may run on the folder.
type ResultsCommand struct {
	dataFlag

	Election int64  `arg:"" help:"The number of the election."`
	Format   string `help:"The form of the copy: json has all tables, csv one table, sql a script for psql." enum:"json,csv,sql" default:"json" env:"-"`
	Table    string `help:"Of csv: the table." enum:"${results_tables}" default:"tallies" env:"-"`
	Postgres string `help:"Write into this PostgreSQL database instead of printing: postgres://USER:PASSWORD@HOST/DATABASE. URNA_POSTGRES keeps the password out of the list of processes." placeholder:"URL"`
	Schema   string `help:"Of sql and --postgres: the schema of the tables. It belongs to one data folder." default:"urna"`
	Scratch  string `help:"A folder for a private copy of the database, if one is needed. Without it the system's own is used." type:"existingdir"`
}

// Help is the text below the command's usage.
func (c *ResultsCommand) Help() string {
	return "Counts by participant are left out until the rules of the election show them. A copy replaces the\n" +
		"earlier copy of the same election. docs/results-elsewhere.md describes the tables."
}

// Run prints the copy, or writes it to PostgreSQL.
func (c *ResultsCommand) Run(ctx context.Context, streams *Streams) (err error) {
	if err := mirror.CheckSchema(c.Schema); err != nil {
		return fmt.Errorf("--schema: %w", err)
	}
	folder, err := c.read(ctx, app.ReadOptions{
		Scratch: c.Scratch, Note: func(sentence string) { fmt.Fprintln(streams.Err, text.Printable(sentence)) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	copied, err := folder.Results.Copy(ctx, c.Election)
	if err != nil {
		return err
	}
	if err := folder.Unchanged(); err != nil {
		return err
	}
	if copied.Results == nil && (c.Postgres != "" || c.Format != "csv") {
		fmt.Fprintln(streams.Err, "counts by participant are left out: they may not be shown now")
	}
	if c.Postgres == "" {
		return c.print(streams, copied)
	}
	err = mirror.WritePostgres(ctx, c.Postgres, c.Schema, copied, func(event int64) (hash string, err error) {
		err = audit.EachHash(ctx, folder.DB.Pool(), event, event, func(_ int64, found string) error {
			hash = found
			return nil
		})
		return hash, err
	})
	if err == nil {
		fmt.Fprintf(streams.Err, "election %d is in the schema %s, as of event %d of the audit log\n", c.Election, c.Schema, copied.Audit.Events)
	}
	return err
}

// print writes the copy to the standard output.
func (c *ResultsCommand) print(streams *Streams, copied *results.Copy) (err error) {
	out := bufio.NewWriter(streams.Out)
	switch c.Format {
	case "csv":
		err = mirror.WriteCSV(out, copied, c.Table)
	case "sql":
		err = mirror.WriteScript(out, copied, c.Schema)
	default:
		err = mirror.WriteJSON(out, copied)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// resultsTables are the values of --table.
func resultsTables() string {
	var names []string
	for _, t := range mirror.Tables() {
		names = append(names, t.Name)
	}
	return strings.Join(names, ",")
}
