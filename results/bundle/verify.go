package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"urna/ballots"
	"urna/elections"
	"urna/internal/text/csvtext"
	"urna/internal/text/strictjson"
	"urna/results"
)

// The largest documents that Verify reads into memory; everything else it reads as a stream.
const maxDocument = 64 << 20

// Report is what the check of a bundle came to.
type Report struct {
	Form        Form
	Title       string
	ElectionID  int64
	Figures     string // hex SHA-256
	Fingerprint string // of the key that signed it
	Proved      []string
	Cannot      []string
}

// ErrContradiction is returned for a bundle that was signed as it is and contradicts itself.
var ErrContradiction = errors.New("the bundle contradicts itself")

func contradiction(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrContradiction, fmt.Sprintf(format, args...))
}

// check is a bundle on its way through the checks.
type check struct {
	container *container
	report    *Report
	files     map[string]*zip.File

	election      *elections.Election
	document      []byte // the figures
	figures       results.Figures
	certification certification
	tallies       map[int64]ballots.Tally
	batches       []ballots.BatchSum // with the sums that were counted
	byBatch       map[int64]*ballots.BatchSum
	sums          map[int64]map[int]int64 // by constituency: the batches' and online sums
	ballots       int64
}

// Verify checks the bundle in a file. The error is ErrNotGenuine for one that is not as it was signed,
// ErrContradiction for one whose parts do not fit together, or of reading. Memory does not grow with the
// ballots.
func Verify(path string) (*Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	return verify(file, info.Size())
}

func verify(file io.ReaderAt, size int64) (*Report, error) {
	opened, err := openContainer(file, size)
	if err != nil {
		return nil, err
	}
	c := &check{
		container: opened, report: &Report{Fingerprint: fingerprint(opened.key)}, files: map[string]*zip.File{},
		tallies: map[int64]ballots.Tally{}, byBatch: map[int64]*ballots.BatchSum{}, sums: map[int64]map[int]int64{},
	}
	c.proved("Every byte of this file is as it was signed with the key %s.", c.report.Fingerprint)
	steps := []func() error{c.form, c.documents, c.batchFigures, c.addSums}
	if err := run(steps); err != nil {
		return nil, err
	}
	steps = []func() error{c.countSums, c.recompute, c.lots, c.confirmations}
	if c.report.Form == Full {
		steps = []func() error{c.countBallots, c.recompute, c.lots, c.confirmations, c.auditLog}
	}
	if err := run(steps); err != nil {
		return nil, err
	}
	c.limits()
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

func (c *check) proved(format string, args ...any) {
	c.report.Proved = append(c.report.Proved, fmt.Sprintf(format, args...))
}

// form finds out which form this is: the entries must be exactly those of one, in their order.
func (c *check) form() error {
	var names []string
	for _, f := range c.container.zip.File {
		names = append(names, f.Name)
		c.files[f.Name] = f
	}
	for _, form := range []Form{Full, Public} {
		if slices.Equal(names, form.entries()) {
			c.report.Form = form
			return nil
		}
	}
	return contradiction("its entries are %q, which are those of no form", names)
}

// read returns a whole entry.
func (c *check) read(name string) ([]byte, error) {
	f := c.files[name]
	if f.UncompressedSize64 > maxDocument {
		return nil, contradiction("%s is larger than such a file can be", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", name, err)
	}
	defer func() { _ = r.Close() }() // only read
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", name, err)
	}
	return content, nil
}

// documents reads the definition, the figures and the certification.
func (c *check) documents() error {
	definition, err := c.read(definitionFile)
	if err != nil {
		return err
	}
	if c.election, err = results.DecodeDefinition(definition); err != nil {
		return contradiction("%s", err.Error())
	}
	if again, _, err := results.EncodeDefinition(c.election); err != nil || !bytes.Equal(again, definition) {
		return contradiction("the definition is not in the form in which it is written")
	}
	if c.document, err = c.read(figuresFile); err != nil {
		return err
	}
	if err := strictjson.Unmarshal(c.document, &c.figures); err != nil {
		return contradiction("the figures cannot be read: %s", err.Error())
	}
	_, hash, err := c.figures.Encode()
	if err != nil {
		return err
	}
	certified, err := c.read(certificationFile)
	if err != nil {
		return err
	}
	if err := strictjson.Unmarshal(certified, &c.certification); err != nil {
		return contradiction("the certification cannot be read: %s", err.Error())
	}
	if c.certification.Format != certificationFormat || c.certification.ElectionID != c.election.ID {
		return contradiction("the certification is not this election's")
	}
	if c.certification.Figures != hash {
		return contradiction("certified were figures with the SHA-256 %s; these have %s", c.certification.Figures, hash)
	}
	c.report.Title, c.report.ElectionID, c.report.Figures = c.election.Title, c.election.ID, hash
	return nil
}

// batchFigures takes the batches from the figures; their sums are counted anew.
func (c *check) batchFigures() error {
	last := int64(0)
	for _, b := range c.figures.Batches {
		if b.ID <= last || c.election.Constituency(b.ConstituencyID) == nil {
			return contradiction("batch %d is out of order or of no constituency of this election", b.ID)
		}
		last = b.ID
		counted := b.Valid + b.Invalid + b.Duplicates
		if b.State == "counted" && counted != b.Lines || b.State == "retracted" && counted != 0 || b.State != "counted" && b.State != "retracted" {
			return contradiction("batch %d is %s with %d lines, of which %d are in the count", b.ID, b.State, b.Lines, counted)
		}
		sum, err := decodeHash(b.SHA256)
		if err != nil {
			return contradiction("batch %d: %s", b.ID, err.Error())
		}
		c.batches = append(c.batches, ballots.BatchSum{
			ID: b.ID, ConstituencyID: b.ConstituencyID, State: b.State, SHA256: sum, Bytes: b.Bytes, Lines: b.Lines,
		})
	}
	for i := range c.batches {
		c.byBatch[c.batches[i].ID] = &c.batches[i]
	}
	return nil
}

// add changes a constituency's count.
func (c *check) add(constituency int64, change func(*ballots.Tally)) {
	t, ok := c.tallies[constituency]
	if !ok {
		t = ballots.Tally{ConstituencyID: constituency, Votes: map[int]int64{}}
	}
	change(&t)
	c.tallies[constituency] = t
}

// recompute draws the figures up from what was counted, in both ways, and compares every byte.
func (c *check) recompute() error {
	lots, seed := c.recorded()
	for _, second := range []bool{false, true} {
		again, err := results.Recompute(c.figures.Format, results.Parts{
			Election: c.election, Tallies: c.tallies, Lots: lots, Seed: seed, Batches: c.batches,
		}, second)
		if errors.Is(err, results.ErrFormat) {
			return fmt.Errorf("bundle: the figures are in the form %q, which this version of Urna does not know; check the bundle with a newer version: %w",
				c.figures.Format, err)
		}
		if err != nil {
			return contradiction("the figures cannot be computed again: %s", err.Error())
		}
		document, _, err := again.Encode()
		if err != nil {
			return err
		}
		if !bytes.Equal(document, c.document) {
			return contradiction("the figures are not those that follow from the ballots. %s", results.Difference(c.document, document))
		}
	}
	if err := c.resultsTable(); err != nil {
		return err
	}
	for i := range c.figures.Constituencies {
		k := &c.figures.Constituencies[i]
		if k.Problem != "" || k.Tie != nil && k.Tie.SettledBy == nil {
			return contradiction("%s was certified with its seats undecided", k.Name)
		}
	}
	c.proved("Votes, shares, seats, and who is elected follow from the counts by the election's rules: both ways of finding them agree with the figures to the last byte.")
	if c.figures.Format != results.FiguresFormat {
		c.report.Cannot = append(c.report.Cannot, "The number of unassigned seats, from the figures alone: they are in the form "+c.figures.Format+
			" of earlier versions of Urna, which writes 0 unassigned seats for a constituency without votes.")
	}
	return nil
}

// resultsTable compares the table of results with the figures, in the form in which it is written and in that of bundles
// from before texts were kept from being taken for formulas.
func (c *check) resultsTable() error {
	written, err := c.read(resultsFile)
	if err != nil {
		return err
	}
	var today, before bytes.Buffer
	err = errors.Join(
		writeResults(csvtext.NewWindowsWriter(&today), &c.figures, nil), writeResults(csvtext.NewWindowsWriter(&before).Bare(), &c.figures, nil))
	if err != nil {
		return err
	}
	if !bytes.Equal(written, today.Bytes()) && !bytes.Equal(written, before.Bytes()) {
		return contradiction("%s does not hold the figures", resultsFile)
	}
	return nil
}

// limits says what a bundle cannot prove.
func (c *check) limits() {
	c.report.Cannot = append(c.report.Cannot,
		"Whose key signed it: compare the fingerprint with the one that the electoral commission published, or give it with --key.",
		"That the ballots are those that voters cast: a batch is as honest as the official who made it. Whoever has a batch's file can compare its SHA-256 with the one in "+figuresFile+".",
		"That votes cast online came from voters: the bundle counts them, and keeps no tie to any voter, so that nobody can learn who voted what.")
	if c.report.Form == Public {
		c.report.Cannot = append(c.report.Cannot,
			"That the sums per batch are the sums of single ballots, and what the audit log says: that is in the full form. This one holds a commitment to it, so that the full one cannot be exchanged later: urna verify FULL.zip --public THIS.zip compares.")
	} else {
		c.report.Cannot = append(c.report.Cannot,
			"That the audit log tells everything: it tells what passed through Urna, in an order that cannot be changed; compare its head with copies and printouts of the results page.")
	}
}

// recorded returns the lots and the seed phrase that the figures hold.
func (c *check) recorded() ([]results.Lot, *results.Seed) {
	var lots []results.Lot
	for _, l := range c.figures.Lots {
		lots = append(lots, results.Lot{
			ID: l.ID, ConstituencyID: l.ConstituencyID, Seats: l.Seats, Participants: l.Participants, Votes: l.Votes,
			Seeded: l.Seeded, Place: l.Place, Witnesses: l.Witnesses, Note: l.Note,
		})
	}
	if c.figures.Seed == nil {
		return lots, nil
	}
	return lots, &results.Seed{Commitment: c.figures.Seed.Commitment, Phrase: c.figures.Seed.Phrase}
}

// lots repeats the reproducible lots.
func (c *check) lots() error {
	seed := c.figures.Seed
	if seed != nil && seed.Phrase != "" && results.SeedCommitment(seed.Phrase) != seed.Commitment {
		return contradiction("the revealed seed phrase is not the one that was committed")
	}
	holding, seeded := 0, 0
	for _, l := range c.figures.Lots {
		if l.Holds {
			holding++
		}
		if len(l.Votes) != len(l.Participants) {
			return contradiction("lot %d does not say for which votes it was drawn", l.ID)
		}
		if !l.Seeded {
			continue
		}
		seeded++
		part := c.election.Constituency(l.ConstituencyID)
		if seed == nil || seed.Phrase == "" || part == nil {
			return contradiction("lot %d was drawn from a seed phrase that is not here", l.ID)
		}
		var drawn []elections.Candidacy
		for _, k := range part.Candidacies {
			if slices.Contains(l.Participants, k.ParticipantID) {
				drawn = append(drawn, k)
			}
		}
		if !slices.Equal(results.SeededOrder(seed.Phrase, part.Name, drawn), l.Participants) {
			return contradiction("lot %d is not in the order that the seed phrase gives", l.ID)
		}
	}
	if holding > 0 {
		c.proved("%d ties were settled by lots that were drawn for these very participants, seats and votes; %d were drawn from the seed phrase, and drawing again gives the same order.", holding, seeded)
	}
	return nil
}

// confirmations checks that as many administrators as the election asks for confirmed these figures.
func (c *check) confirmations() error {
	by := map[int64]bool{}
	var names []string
	for _, k := range c.certification.Confirmations {
		if k.VoidedAt == nil && k.Figures == c.certification.Figures && !by[k.AdministratorID] {
			by[k.AdministratorID] = true
			names = append(names, k.Administrator)
		}
	}
	if c.certification.Required != c.election.Confirmations || len(by) < c.election.Confirmations {
		return contradiction("%d administrators confirmed the figures, and the election asks for %d", len(by), c.election.Confirmations)
	}
	c.proved("These figures were confirmed by %s, as the election asks.", strings.Join(names, " and "))
	return nil
}
