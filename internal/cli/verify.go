package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/audit/checkpoint"
	"urna/internal/text"
)

// VerifyCommand compares a data folder with its originals, or checks a results bundle by itself.
type VerifyCommand struct {
	Bundle string `arg:"" optional:"" help:"A results bundle. Without one the data folder is verified." type:"existingfile"`

	dataFlag

	Head    string `help:"A head of the audit chain that was written down outside, from a results page or a printed report: a chain without it was cut or rebuilt."`
	Scratch string `help:"A folder for temporary files, and for a private copy of the database if one is needed. Without it the system's own is used." type:"existingdir"`
	JSON    bool   `name:"json" help:"Of a data folder: print the report as one JSON object."`
	Key     string `help:"Of a bundle: the fingerprint of the key that must have signed it, from the commission's own publication."`
	Public  string `help:"Of a full bundle: the public one that must be bound to it." type:"existingfile"`
	Before  string `help:"Of a bundle of a corrected result: the bundle of the certification that it corrects. What changed is printed." type:"existingfile"`

	Witness    []string `help:"The verifier key of a witness, from its own publication: its countersignature must be there and hold. May be repeated." sep:"none" placeholder:"KEY"`
	Checkpoint []string `help:"Of a data folder: a file with a checkpoint that was kept elsewhere, such as the state of a witness. The log must contain it. May be repeated." type:"existingfile" sep:"none" placeholder:"FILE"`
}

// Run makes all checks of package verify and prints its report. If there are differences, it prints them and exits
// with 1. It changes nothing in the folder. A server may run on the folder.
func (c *VerifyCommand) Run(ctx context.Context, streams *Streams) (err error) {
	if c.Bundle != "" {
		return c.bundle(streams)
	}
	folder, err := c.read(ctx, app.ReadOptions{
		Scratch: c.Scratch, Note: func(sentence string) { fmt.Fprintln(streams.Err, text.Printable(sentence)) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	options, err := c.options()
	if err != nil {
		return err
	}
	report, err := verify.Folder(ctx, folder, options)
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(streams.Out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(report)
	} else {
		printReport(streams, report)
	}
	if err == nil && len(report.Differences) > 0 {
		return &ExitError{Code: 1}
	}
	return err
}

// options reads the values from outside the folder.
func (c *VerifyCommand) options() (o verify.Options, err error) {
	o.Head = c.Head
	for _, vkey := range c.Witness {
		key, err := checkpoint.ParseWitnessKey(strings.TrimSpace(vkey))
		if err != nil {
			return o, fmt.Errorf("--witness: %w", err)
		}
		o.Witnesses = append(o.Witnesses, key)
	}
	for _, path := range c.Checkpoint {
		signed, err := os.ReadFile(path)
		if err != nil {
			return o, fmt.Errorf("--checkpoint: %w", err)
		}
		o.Checkpoints = append(o.Checkpoints, verify.Checkpoint{Name: path, Signed: signed})
	}
	return o, nil
}

// printReport prints a report for people.
func printReport(streams *Streams, report *verify.Report) {
	for _, c := range report.Checks {
		fmt.Fprintln(streams.Out, text.Printable(c.Sentence))
	}
	if len(report.NotChecked) > 0 {
		fmt.Fprintln(streams.Out, "not checked:")
	}
	for _, n := range report.NotChecked {
		fmt.Fprintf(streams.Out, "  %s\n", text.Printable(n.Sentence))
	}
	if len(report.Differences) > 0 {
		fmt.Fprintf(streams.Out, "%d differences:\n", len(report.Differences))
	}
	for _, d := range report.Differences {
		fmt.Fprintf(streams.Out, "  %s\n", text.Printable(d.Sentence))
	}
}
