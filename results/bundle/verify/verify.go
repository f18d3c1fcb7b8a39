package verify

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"urna/internal/audit/checkpoint"
	"urna/results/bundle/format"
)

// Report is the outcome of the check of a bundle.
type Report struct {
	Form        format.Form
	Title       string
	ElectionID  int64
	Figures     string // hex SHA-256
	Number      int    // of the certification
	Corrects    string // hex SHA-256 of the figures that these correct, "" of a first certification
	Fingerprint string // of the key that signed it
	Log         string // the verifier key of the audit log; "" for a bundle of an earlier version
	Seen        []checkpoint.Seen
	Proved      []string
	Cannot      []string

	figures format.Figures
}

// ErrContradiction is returned for a bundle with a valid signature that contradicts itself.
var ErrContradiction = errors.New("the bundle contradicts itself")

func contradiction(text string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrContradiction, fmt.Sprintf(text, args...))
}

// check is the state of one check.
type check struct {
	container *format.Container
	report    *Report
	files     map[string]*zip.File

	election      *format.Definition
	document      []byte // the figures
	figures       format.Figures
	certification format.Certification
	tallies       map[int64]Tally // by constituency
	batches       []batchCount
	byBatch       map[int64]*batchCount
	merged        []format.SumFigure      // of the figures, with what was counted
	sums          map[int64]map[int]int64 // by constituency: the batches' and online sums
	stations      stations
	ballots       int64
	tree          checkpoint.Range // over the audit log of the full form
	foreign       map[int64]int64  // by batch: its duplicates whose GUID another constituency's batch holds
}

// File checks the bundle in a file. The error is format.ErrNotGenuine for a file that differs from what was signed,
// ErrContradiction for a bundle whose parts do not fit together, or that of reading.
func File(path string) (*Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	return Bundle(file, info.Size())
}

// Bundle is File for a bundle of so many bytes.
func Bundle(file io.ReaderAt, size int64) (*Report, error) {
	opened, err := format.Open(file, size)
	if err != nil {
		return nil, err
	}
	c := &check{
		container: opened, report: &Report{Fingerprint: format.Fingerprint(opened.Key)}, files: map[string]*zip.File{},
		tallies: map[int64]Tally{}, byBatch: map[int64]*batchCount{}, sums: map[int64]map[int]int64{}, foreign: map[int64]int64{},
	}
	c.proved("Every byte of this file is as it was signed with the key %s.", c.report.Fingerprint)
	steps := []func() error{c.form, c.documents, c.batchFigures, c.stationFigures, c.protocolFigures, c.correctionFigures, c.sumFigures, c.addSums}
	if err := run(steps); err != nil {
		return nil, err
	}
	steps = []func() error{c.countSums, c.countStations, c.recompute, c.approvals, c.openPoints, c.stationsTable, c.lots, c.confirmations, c.accountChanges, c.witnesses}
	if c.report.Form == format.Full {
		steps = []func() error{c.countBallots, c.countStations, c.recompute, c.approvals, c.openPoints, c.stationsTable, c.lots, c.confirmations, c.accountChanges, c.auditLog, c.witnesses}
	}
	if err := run(steps); err != nil {
		return nil, err
	}
	c.limits()
	c.report.figures = c.figures
	return c.report, nil
}

func run(steps []func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *check) proved(text string, args ...any) {
	c.report.Proved = append(c.report.Proved, fmt.Sprintf(text, args...))
}

// form finds out which form this is: the entries must be exactly those of one, in their order.
func (c *check) form() error {
	var names []string
	for _, f := range c.container.Zip.File {
		names = append(names, f.Name)
		c.files[f.Name] = f
	}
	for _, form := range []format.Form{format.Full, format.Public} {
		for _, figures := range format.FiguresFormats() {
			for _, more := range [][2]bool{{false, false}, {true, false}, {true, true}} {
				if slices.Equal(names, form.Entries(figures, more[0], more[1])) {
					c.report.Form = form
					return nil
				}
			}
		}
	}
	return contradiction("its entries are %q, which are those of no form", names)
}

// limits says what a bundle cannot prove.
func (c *check) limits() {
	c.report.Cannot = append(c.report.Cannot,
		"Whose key signed it: compare the fingerprint with the one that the electoral commission published, or give it with --key.",
		"That the ballots are those that voters cast: a batch is as honest as the official who made it. To check a batch, compare the SHA-256 of its file with the one in "+format.FiguresFile+".",
		"That votes cast online came from voters: the bundle counts them, and keeps no tie to any voter, so that who voted what cannot be found out.")
	if c.report.Form == format.Public {
		c.report.Cannot = append(c.report.Cannot,
			"That the event of the audit log that the certification names is the certification of these figures: the full form has the event, and this one only its hash.",
			"That the sums are the sums of single ballots, and what the audit log says: that is in the full form. This one holds a commitment to it, so that the full one cannot be exchanged later: urna verify FULL.zip --public THIS.zip compares.")
	} else {
		c.report.Cannot = append(c.report.Cannot,
			"That the audit log tells everything: it tells what passed through Urna, in an order that cannot be changed; compare its head with copies and printouts of the results page.")
	}
}
