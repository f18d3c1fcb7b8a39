package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/format"
	"urna/results/bundle/verify"
)

// TestVerify_EachLineIsReadStrictly changes one line at a time and signs the outcome again: a line that is not written
// as it is written, and what adds up although it is not so, is named.
func TestVerify_EachLineIsReadStrictly(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	full := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Full)))
	public := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
	formerFull, formerPublic := read(t, "testdata/batches-certified-full.zip"), read(t, "testdata/batches-certified-public.zip")
	capital := func(s string) string { return strings.Replace(s, "0a1a7c86", "0A1A7C86", 1) }
	for name, c := range map[string]struct {
		bundle   []byte
		entry    string
		from, to string
		change   func(string) string // in place of from and to
		says     string
	}{
		"another first line":         {bundle: full, entry: "ballots.csv", from: "guid,", to: "id,", says: "does not begin with"},
		"no line end at the end":     {bundle: full, entry: "ballots.csv", change: func(s string) string { return strings.TrimSuffix(s, "\n") }, says: "does not end"},
		"a field more":               {bundle: formerPublic, entry: "batch-sums.csv", from: "1,1,6\n", to: "1,1,6,1\n", says: "not 3 fields"},
		"a field less":               {bundle: formerPublic, entry: "batch-sums.csv", from: "1,1,6\n", to: "1,6\n", says: "not 3 fields"},
		"a number below zero":        {bundle: formerPublic, entry: "batch-sums.csv", from: "1,1,6\n", to: "1,1,-6\n", says: "no count"},
		"a GUID in capitals":         {bundle: full, entry: "ballots.csv", change: capital, says: "no GUID"},
		"a GUID that is none":        {bundle: full, entry: "ballots.csv", from: "0a1a7c86-", to: "0g1a7c86-", says: "no GUID"},
		"a sum of an unknown batch":  {bundle: formerPublic, entry: "batch-sums.csv", from: "2,2,3\n", to: "2,2,3\n9,1,1\n", says: "batch 9, which does not count"},
		"a sum of a retracted one":   {bundle: formerPublic, entry: "batch-sums.csv", from: "2,2,3\n", to: "2,2,3\n3,3,5\n", says: "batch 3, which does not count"},
		"a sum in two parts":         {bundle: formerPublic, entry: "batch-sums.csv", from: "1,1,6\n", to: "1,1,3\n1,1,3\n", says: "line 4: out of order"},
		"sums out of order":          {bundle: formerPublic, entry: "batch-sums.csv", from: "2,1,5\n2,2,3\n", to: "2,2,3\n2,1,5\n", says: "line 7: out of order"},
		"batches out of order":       {bundle: formerPublic, entry: "batch-sums.csv", from: "1,3,1\n2,1,5\n", to: "2,1,5\n1,3,1\n", says: "line 6: out of order"},
		"an endless poll number":     {bundle: formerPublic, entry: "batch-sums.csv", from: "1,3,1\n", to: "1,100000,1\n", says: "no poll number"},
		"blank without the rule":     {bundle: formerPublic, entry: "online-sums.csv", from: "2,1,1\n", to: "3,0,1\n", says: "which does not exist"},
		"a vote moved in the sums":   {bundle: formerFull, entry: "batch-sums.csv", from: "1,1,6\n1,2,6\n", to: "1,1,5\n1,2,7\n", says: "constituency 1, poll number 1"},
		"a field more in a sum":      {bundle: public, entry: "sums.csv", from: "1,1,6\n", to: "1,1,6,1\n", says: "not 3 fields"},
		"a sum below zero":           {bundle: public, entry: "sums.csv", from: "1,1,6\n", to: "1,1,-6\n", says: "no count"},
		"a sum of no number":         {bundle: public, entry: "sums.csv", from: "2,2,4\n", to: "2,2,4\n3,1,1\n", says: "sum 3, which is none of the figures"},
		"the sum 0":                  {bundle: public, entry: "sums.csv", from: "1,0,2\n", to: "0,0,2\n", says: "sum 0, which is none of the figures"},
		"merged sums out of order":   {bundle: public, entry: "sums.csv", from: "2,1,6\n2,2,4\n", to: "2,2,4\n2,1,6\n", says: "line 7: out of order"},
		"an unknown number in a sum": {bundle: public, entry: "sums.csv", from: "1,3,1\n", to: "1,9,1\n", says: "which does not exist"},
		"a vote moved in a sum":      {bundle: full, entry: "sums.csv", from: "1,1,6\n1,2,6\n", to: "1,1,5\n1,2,7\n", says: "constituency 1, poll number 1"},
		"a vote moved between sums":  {bundle: full, entry: "sums.csv", from: "1,1,6\n", to: "1,1,5\n", says: "constituency 1, poll number 1"},
		"a ballot from nowhere":      {bundle: full, entry: "ballots.csv", from: ",1,3\n", to: ",7,3\n", says: "none of this election"},
		"a ballot beyond all":        {bundle: full, entry: "ballots.csv", from: ",1,9\n", to: ",1,100000\n", says: "no poll number"},
		"a line of an unknown batch": {bundle: full, entry: "lines-not-counted.csv", from: ",2,9,1,", to: ",9,9,1,", says: "none that counts"},
		"a line of a retracted one":  {bundle: full, entry: "lines-not-counted.csv", from: ",2,9,1,", to: ",3,9,1,", says: "none that counts"},
		"a line numbered 0":          {bundle: full, entry: "lines-not-counted.csv", from: ",2,9,1,", to: ",2,0,1,", says: "none that counts"},
		"a line beyond all":          {bundle: full, entry: "lines-not-counted.csv", from: ",2,9,1,", to: ",2,9000000000000000000,1,", says: "none that counts"},
		"lines out of order": {bundle: full, entry: "lines-not-counted.csv", change: func(s string) string {
			l := strings.SplitAfter(s, "\n")
			return l[0] + l[2] + l[1] + strings.Join(l[3:], "")
		}, says: "out of order"},
		"a line twice": {bundle: full, entry: "lines-not-counted.csv", change: func(s string) string {
			l := strings.SplitAfter(s, "\n")
			return l[0] + l[1] + strings.Join(l[1:], "")
		}, says: "out of order"},
		"a duplicate of nothing":     {bundle: full, entry: "lines-not-counted.csv", from: "3c6ef362-0000-4000-8000-000000000003", to: "3c6ef362-0000-4000-8000-000000000004", says: "no line holds its GUID"},
		"a duplicate after the last": {bundle: full, entry: "lines-not-counted.csv", change: func(s string) string { return s + "ff112233-4455-6677-8899-aabbccddef00,1,19,3,duplicate-ballot\n" }, says: "no line holds its GUID"},
		"an invalid line elsewhere":  {bundle: full, entry: "lines-not-counted.csv", from: ",1,16,9,", to: ",1,16,8,", says: "another poll number"},
		"a definition written wider": {bundle: public, entry: "definition.json", from: "{", to: "{ ", says: "not in the form"},
		"another election's":         {bundle: public, entry: "certification.json", from: `"election_id": 1`, to: `"election_id": 2`, says: "not this election's"},
		"another form's":             {bundle: public, entry: "certification.json", from: "urna-certification-2", to: "urna-certification-1", says: "not this election's"},
		"a voided confirmation":      {bundle: public, entry: "certification.json", from: `"voided_at": null`, to: `"voided_at": "2026-03-01T14:00:00Z"`, says: "1 administrators confirmed"},
		"a confirmation of others": {bundle: public, entry: "certification.json", change: func(s string) string {
			i := strings.LastIndex(s, `"figures_sha256": "`) + 19
			return s[:i] + "00" + s[i+2:]
		}, says: "1 administrators confirmed"},
		"an event that is none":       {bundle: full, entry: "audit.jsonl", from: "{", to: "[", says: "cannot be read"},
		"a number of events too high": {bundle: full, entry: "certification.json", from: `"audit_events": `, to: `"audit_events": 9`, says: "ends at event"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := false
			_, err := check(t, forge(t, c.bundle, in(c.entry, func(s string) string {
				now := strings.Replace(s, c.from, c.to, 1)
				if c.change != nil {
					now = c.change(s)
				}
				changed = now != s
				return now
			})))
			if !changed {
				t.Fatal("want something changed")
			}
			if !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
}

// consistent is a public bundle with other figures, made to fit: the certification names their hash, and
// results.csv holds them.
func consistent(t *testing.T, public []byte, change func(*results.Figures)) []byte {
	t.Helper()
	var figures results.Figures
	forge(t, public, in("figures.json", func(s string) string {
		if err := json.Unmarshal([]byte(s), &figures); err != nil {
			t.Fatal(err)
		}
		return s
	}))
	_, before, err := figures.Encode()
	if err != nil {
		t.Fatal(err)
	}
	change(&figures)
	document, hash, err := figures.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := format.WriteResultsCSV(&table, &figures); err != nil {
		t.Fatal(err)
	}
	return forge(t, public, func(name, content string) (string, string) {
		switch name {
		case "figures.json":
			content = string(document)
		case "certification.json":
			content = strings.ReplaceAll(content, before, hash)
		case "results.csv":
			content = table.String()
		}
		return name, content
	})
}

// TestVerify_FiguresThatWereForgedThroughout alters the figures together with everything that names them.
func TestVerify_FiguresThatWereForgedThroughout(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	public := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, bundle.Public)))
	if _, err := check(t, consistent(t, public, func(*results.Figures) {})); err != nil {
		t.Fatalf("want unchanged figures to hold, got %v", err)
	}
	for name, c := range map[string]struct {
		change func(*results.Figures)
		says   string
	}{
		"a vote":                {func(f *results.Figures) { f.Constituencies[1].Candidacies[0].Votes++ }, "not those that follow"},
		"a seat":                {func(f *results.Figures) { f.Constituencies[1].Candidacies[0].Seats++ }, "not those that follow"},
		"a share":               {func(f *results.Figures) { f.Constituencies[1].Candidacies[0].Share = "0.600001" }, "not those that follow"},
		"an elected one":        {func(f *results.Figures) { w := int64(1); f.Winner = &w }, "not those that follow"},
		"a second round":        {func(f *results.Figures) { f.SecondRound = []int64{1, 2} }, "not those that follow"},
		"a title":               {func(f *results.Figures) { f.Title = "Senate" }, "not those that follow"},
		"an invalid ballot":     {func(f *results.Figures) { f.Ballots.Invalid++; f.Constituencies[0].Ballots.Invalid++ }, "not those that follow"},
		"a tie less":            {func(f *results.Figures) { f.Constituencies[0].Tie = nil }, "not those that follow"},
		"a lot less":            {func(f *results.Figures) { f.Lots = nil }, "not those that follow"},
		"a lot that never held": {func(f *results.Figures) { f.Lots[0].Holds = false }, "not those that follow"},
		"a lot's votes":         {func(f *results.Figures) { f.Lots[0].Votes = []int64{6, 5} }, "not those that follow"},
		"a lot's votes, one": {func(f *results.Figures) {
			f.Lots = append(f.Lots, results.LotFigure{ID: 2, ConstituencyID: 2, Seats: 1, Participants: []int64{4}, Votes: []int64{}})
		}, "for which votes"},
		"a lot of another order": {func(f *results.Figures) { slices.Reverse(f.Lots[0].Participants) }, "not those that follow"},
		"a batch's order":        {func(f *results.Figures) { f.Batches[0], f.Batches[1] = f.Batches[1], f.Batches[0] }, "out of order"},
		"a batch of nowhere":     {func(f *results.Figures) { f.Batches[2].ConstituencyID = 9 }, "of no constituency"},
		"a batch that waits":     {func(f *results.Figures) { f.Batches[2].State = "queued" }, "queued"},
		"a batch's lines":        {func(f *results.Figures) { f.Batches[1].Lines++ }, "adds up 10 lines and 2 votes cast online, of which 11"},
		"a batch's own sum":      {func(f *results.Figures) { f.Batches[2].Valid = new(int64) }, "sums of its own"},
		"a retracted one counts": {func(f *results.Figures) { f.Batches[2].State = "counted" }, "batch 3 is counted, and sums have it: false"},
		"a batch in two sums":    {func(f *results.Figures) { f.Sums[1].Batches = []int64{1, 2} }, "another constituency"},
		"a batch in no sum":      {func(f *results.Figures) { f.Sums = f.Sums[1:]; f.Sums[0].ID = 1 }, "batch 1 is counted, and sums have it: false"},
		"a sum of nothing":       {func(f *results.Figures) { f.Sums = append(f.Sums, results.SumFigure{ID: 3, ConstituencyID: 1}) }, "out of order or impossible"},
		"a sum of nowhere":       {func(f *results.Figures) { f.Sums[1].ConstituencyID = 9 }, "of no constituency"},
		"a sum that is small": {func(f *results.Figures) {
			f.Sums[1].Online, f.Sums[1].Valid = 0, 8
			f.Sums = append(f.Sums, results.SumFigure{ID: 3, ConstituencyID: 2, Online: 2, Valid: 2})
		}, "sum 2 has 8 ballots, and published sums have 10 or more"},
		"online votes in two sums": {func(f *results.Figures) {
			f.Sums[1].Online, f.Sums[1].Valid = 1, 9
			f.Sums = append(f.Sums, results.SumFigure{ID: 3, ConstituencyID: 2, Online: 1, Valid: 1})
		}, "in two sums"},
		"the form before, with sums": {func(f *results.Figures) { f.Format = "urna-figures-2" }, "not those of figures in the form"},
		"a hash that is short":       {func(f *results.Figures) { f.Batches[0].SHA256 = "00" }, "no SHA-256"},
		"a hash that is none":        {func(f *results.Figures) { f.Batches[0].SHA256 = strings.Repeat("x", 64) }, "no SHA-256"},
		"an impossible phrase":       {func(f *results.Figures) { f.LotValues[0].Value = "fourteen white geese" }, `phrase of "Ada" is not the one`},
		"a phrase kept back":         {func(f *results.Figures) { f.LotValues[1].Value = "" }, `without the value of "Bob"`},
		"no phrase at all":           {func(f *results.Figures) { f.LotValues = nil }, "from the phrases of 0 people"},
		"one person's phrase":        {func(f *results.Figures) { f.LotValues = f.LotValues[:1] }, "from the phrases of 1 people"},
		"phrases in other order":     {func(f *results.Figures) { slices.Reverse(f.LotValues) }, "not in the order"},
		"a person twice":             {func(f *results.Figures) { f.LotValues[1].Name = "Ada" }, "twice"},
		"a phrase twice":             {func(f *results.Figures) { f.LotValues[1] = f.LotValues[0]; f.LotValues[1].Name = "Bob" }, "twice"},
		"a public value more": {func(f *results.Figures) {
			f.LotValues = append(f.LotValues, results.LotValueFigure{Name: "lottery", Value: "7"})
		}, "not in the order"},
		"a formula of before": {func(f *results.Figures) { f.Lots[0].Formula = 0 }, "not here"},
		"an unknown formula": {func(f *results.Figures) {
			f.Lots[0].Formula, f.Seed = 1, &results.SeedFigure{Phrase: "x", Commitment: results.SeedCommitment("x")}
		}, "not here"},
		"a reason less":                     {func(f *results.Figures) { f.OpenPoints = f.OpenPoints[:1] }, "the open point retraction-after-end of constituency 2 has no reason"},
		"an empty reason":                   {func(f *results.Figures) { f.OpenPoints[0].Reason = "" }, "has no reason"},
		"a reason without an administrator": {func(f *results.Figures) { f.OpenPoints[0].Administrator = "" }, "no administrator"},
		"a reason for nowhere":              {func(f *results.Figures) { f.OpenPoints[0].ConstituencyID = 7 }, "does not exist"},
		"a reason for nothing": {func(f *results.Figures) {
			f.OpenPoints = append(f.OpenPoints, results.OpenPointFigure{Code: "no-ballots", ConstituencyID: 1, Facts: []int64{}, Reason: "x", Administrator: "Eve"})
			slices.SortFunc(f.OpenPoints, func(a, b results.OpenPointFigure) int { return strings.Compare(a.Code, b.Code) })
		}, "no-ballots of constituency 1 was lifted and does not follow"},
		"reasons out of order": {func(f *results.Figures) { f.OpenPoints[0], f.OpenPoints[1] = f.OpenPoints[1], f.OpenPoints[0] }, "out of order"},
		"a retraction less":    {func(f *results.Figures) { f.Batches[2].RetractedAfterEnd = 0 }, "was lifted and does not follow"},
		"a retraction more":    {func(f *results.Figures) { f.Batches[2].RetractedAfterEnd = 2 }, "for the facts [3 1 0]; here they are [3 2 0]"},
		"keys of nowhere":      {func(f *results.Figures) { f.VoterKeys = []results.KeysFigure{{ConstituencyID: 9}} }, "voter keys of constituency 9"},
		"keys of no roll":      {func(f *results.Figures) { f.VoterKeys = []results.KeysFigure{{ConstituencyID: 2, Keys: 3}} }, "there are 3 voter keys"},
		"a roll out of order":  {func(f *results.Figures) { f.Rolls = append(f.Rolls, f.Rolls[0]) }, "roll 1 is out of order"},
		"more sealed than replaced": {func(f *results.Figures) {
			f.VoterKeys = []results.KeysFigure{{ConstituencyID: 2, Keys: 1, Replaced: 1, ReplacedSealed: 2}}
		}, "the numbers of voter keys of constituency 2 cannot be"},
		"sealed to a name": {func(f *results.Figures) { f.Rolls[0].SealedTo = []string{"the printing office"} }, "which is no recipient"},
		"keys without registered voters": {func(f *results.Figures) {
			f.VoterKeys, f.Rolls[0].Keys = []results.KeysFigure{{ConstituencyID: 2, Keys: 101}}, 101
		}, "more-keys-than-registered of constituency 2 has no reason"},
		"late keys": {func(f *results.Figures) {
			f.VoterKeys = []results.KeysFigure{{ConstituencyID: 2, Keys: 2, Replaced: 1, ReplacedAfterOpening: 1}}
		}, "keys-after-opening of constituency 2 has no reason"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, consistent(t, public, c.change)); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
}

// TestVerify_FormerFiguresThatWereForgedThroughout alters the sums of batches in figures of a format before.
func TestVerify_FormerFiguresThatWereForgedThroughout(t *testing.T) {
	public := read(t, "testdata/batches-certified-public.zip")
	if _, err := check(t, consistent(t, public, func(*results.Figures) {})); err != nil {
		t.Fatalf("want unchanged figures to hold, got %v", err)
	}
	for name, c := range map[string]struct {
		change func(*results.Figures)
		says   string
	}{
		"a batch's lines":    {func(f *results.Figures) { f.Batches[1].Lines++ }, "with 10 lines, of which 9"},
		"a retracted one's":  {func(f *results.Figures) { *f.Batches[2].Valid = 1 }, "retracted with 5 lines, of which 1"},
		"a batch's sums":     {func(f *results.Figures) { f.Batches[1].Valid = nil }, "has no sums"},
		"another phrase":     {func(f *results.Figures) { f.Seed.Phrase = "fourteen white geese" }, "not the one that was committed"},
		"a phrase kept back": {func(f *results.Figures) { f.Seed.Phrase = "" }, "not here"},
		"no phrase at all":   {func(f *results.Figures) { f.Seed = nil }, "not here"},
		"merged sums":        {func(f *results.Figures) { f.Sums = []results.SumFigure{{ID: 1}} }, "have no sums"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, consistent(t, public, c.change)); !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("want it refused saying %q, got %v", c.says, err)
			}
		})
	}
}

// TestVerify_WhatACertifiedFolderCannotHide certifies elections whose lots were tampered with on disk before:
// the bundle is as it was signed, and betrays it.
func TestVerify_WhatACertifiedFolderCannotHide(t *testing.T) {
	for name, c := range map[string]struct {
		statements []string
		says       string
	}{
		"the drawn order":    {[]string{`CREATE TEMP TABLE l AS SELECT lot_id, position, 3 - participant_id AS participant_id, votes FROM lot_participants`, `DELETE FROM lot_participants`, `INSERT INTO lot_participants SELECT * FROM l`, `DROP TABLE l`}, "not in the order that the seed phrase gives"},
		"the commitment":     {[]string{`UPDATE lot_values SET commitment = '` + strings.Repeat("0", 64) + `' WHERE id = 1`}, "not the one that was committed"},
		"the phrases":        {[]string{`DELETE FROM lot_values`}, "of 0 people"},
		"a phrase":           {[]string{`DELETE FROM lot_values WHERE id = 2`}, "of 1 people"},
		"a phrase kept back": {[]string{`UPDATE lot_values SET value = NULL, revealed_by = NULL, revealed_at = NULL WHERE id = 1`}, "not revealed"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newApp(t)
			e := h.certified(t, c.statements...)
			for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
				_, err := verify.File(must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form)))
				if !errors.Is(err, verify.ErrContradiction) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: want it refused saying %q, got %v", form, c.says, err)
				}
			}
		})
	}
}

// TestBundle_CommitmentCanBeCheckedByHandAndNotGuessed computes the commitment as docs/exports.md explains it,
// and has another key write a bundle of the same figures.
func TestBundle_CommitmentCanBeCheckedByHandAndNotGuessed(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	entries := func(bundles *bundle.Service) (full []byte, salt, commitment string) {
		full = read(t, must[string](t)(bundles.Bundle(t.Context(), e.ID, bundle.Full)))
		public := read(t, must[string](t)(bundles.Bundle(t.Context(), e.ID, bundle.Public)))
		forge(t, full, in("commitment-salt.txt", func(s string) string { salt = s; return s }))
		forge(t, public, in("commitment.txt", func(s string) string { commitment = s; return s }))
		return full, salt, commitment
	}
	full, salt, commitment := entries(h.bundles)
	sum := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) + "\n" }
	var list strings.Builder // as sha256sum prints it
	for _, f := range must[*zip.Reader](t)(zip.NewReader(bytes.NewReader(full), int64(len(full)))).File {
		if f.Name != "witnesses.json" {
			content := must[[]byte](t)(io.ReadAll(must[io.ReadCloser](t)(f.Open())))
			list.WriteString(strings.TrimSpace(sum(string(content))) + "  " + f.Name + "\n")
		}
	}
	if want := sum(salt + sum(list.String())); len(salt) != 65 || commitment != want {
		t.Errorf("want the commitment %s, got %s, with the salt %q", want, commitment, salt)
	}
	other := must[*bundle.Service](t)(bundle.New(h.db, h.log, h.results, h.countersign, bundle.NewKey([]byte(strings.Repeat("o", 52))), t.TempDir()))
	if _, again, _ := entries(other); again == salt {
		t.Error("want a salt that only the key's owner can compute")
	}
}

// TestBundle_EmbargoHidesThatThereWillBeOne asks for the bundle of an election that shows nothing before its end.
func TestBundle_EmbargoHidesThatThereWillBeOne(t *testing.T) {
	h := newApp(t)
	d := h.certified(t).Draft()
	d.StartsAt, d.EndsAt, d.PublicView = h.now.Now().Add(-time.Minute), h.now.Now().Add(time.Hour), elections.TurnoutOnly
	open := must[*elections.Election](t)(h.elections.Create(t.Context(), ada, d))
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		if path, err := h.bundles.Bundle(t.Context(), open.ID, form); !errors.Is(err, bundle.ErrNotCertified) {
			t.Errorf("%s: want ErrNotCertified, got %s, %v", form, path, err)
		}
	}
}
