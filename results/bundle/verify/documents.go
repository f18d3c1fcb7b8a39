package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"urna/internal/text/strictjson"
	"urna/results/bundle/format"
)

// maxDocument is the largest document that is read into memory; everything else is read as a stream.
const maxDocument = 64 << 20

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
	definition, err := c.read(format.DefinitionFile)
	if err != nil {
		return err
	}
	if c.election, err = format.ReadDefinition(definition); err != nil {
		return contradiction("%s", err.Error())
	}
	if again, _, err := c.election.Encode(); err != nil || !bytes.Equal(again, definition) {
		return contradiction("the definition is not in the form in which it is written")
	}
	if c.document, err = c.read(format.FiguresFile); err != nil {
		return err
	}
	if err := strictjson.Unmarshal(c.document, &c.figures); err != nil {
		return contradiction("the figures cannot be read: %s", err.Error())
	}
	if !slices.Contains(format.FiguresFormats(), c.figures.Format) {
		return fmt.Errorf("the figures are in the form %q, which this version of Urna does not know; check the bundle with a newer version", c.figures.Format)
	}
	if _, byBatch := c.files[format.BatchSumsFile]; byBatch != format.SumsOfBatches(c.figures.Format) {
		return contradiction("its entries are not those of figures in the form %q", c.figures.Format)
	}
	_, hash, err := c.figures.Encode()
	if err != nil {
		return err
	}
	certified, err := c.read(format.CertificationFile)
	if err != nil {
		return err
	}
	if err := strictjson.Unmarshal(certified, &c.certification); err != nil {
		return contradiction("the certification cannot be read: %s", err.Error())
	}
	if c.certification.Format != format.CertificationFormatOf(c.figures.Format) || c.certification.ElectionID != c.election.ID {
		return contradiction("the certification is not this election's")
	}
	if c.certification.Figures != hash {
		return contradiction("certified were figures with the SHA-256 %s; these have %s", c.certification.Figures, hash)
	}
	c.report.Title, c.report.ElectionID, c.report.Figures = c.election.Title, c.election.ID, hash
	return nil
}

// batchFigures reads the batches of the figures. Their sums are counted again.
func (c *check) batchFigures() error {
	last := int64(0)
	for _, b := range c.figures.Batches {
		if b.ID <= last || c.election.Constituency(b.ConstituencyID) == nil {
			return contradiction("batch %d is out of order or of no constituency of this election", b.ID)
		}
		last = b.ID
		if b.State != "counted" && b.State != "retracted" {
			return contradiction("batch %d is %s", b.ID, b.State)
		}
		if err := errors.Join(c.lateBatch(b), c.checkBatchSums(b)); err != nil {
			return err
		}
		if sum, err := hex.DecodeString(b.SHA256); err != nil || len(sum) != sha256.Size {
			return contradiction("batch %d: %q is no SHA-256", b.ID, b.SHA256)
		}
		c.batches = append(c.batches, batchCount{figure: format.BatchFigure{
			ID: b.ID, ConstituencyID: b.ConstituencyID, StationID: b.StationID, State: b.State, SHA256: strings.ToLower(b.SHA256), Bytes: b.Bytes, Lines: b.Lines,
			RetractedAfterEnd: b.RetractedAfterEnd, Late: b.Late,
		}})
	}
	for i := range c.batches {
		c.byBatch[c.batches[i].figure.ID] = &c.batches[i]
	}
	return nil
}

// add changes a constituency's count.
func (c *check) add(constituency int64, change func(*Tally)) {
	t, ok := c.tallies[constituency]
	if !ok {
		t = Tally{Votes: map[int]int64{}}
	}
	change(&t)
	c.tallies[constituency] = t
}
