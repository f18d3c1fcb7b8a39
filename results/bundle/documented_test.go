package bundle_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"urna/internal/approval"
	"urna/internal/text/csvtext"
	"urna/results"
	"urna/results/bundle"
	"urna/results/bundle/format"
)

// documented is docs/exports.md.
func documented(t *testing.T) string {
	t.Helper()
	return string(must[[]byte](t)(os.ReadFile("../../docs/exports.md")))
}

// rowsOf returns the cells of the first table below a heading.
func rowsOf(t *testing.T, document, heading string) (rows [][]string) {
	t.Helper()
	_, below, found := strings.Cut(document, "\n"+heading)
	if !found {
		t.Fatalf("want the heading %q", heading)
	}
	for line := range strings.Lines(below[strings.Index(below, "| ---"):]) {
		if !strings.HasPrefix(line, "|") {
			break
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	return rows[1:]
}

// stationsCSV writes the table of polling stations with the columns of a standing.
func stationsCSV(s *format.Standing) func(io.Writer, *results.Figures) error {
	return func(w io.Writer, f *results.Figures) error {
		return format.WriteStationsTable(csvtext.NewWindowsWriter(w), f, nil, s)
	}
}

// TestExports_ColumnsAreThoseThatAreDocumented compares the first line of each export with docs/exports.md.
func TestExports_ColumnsAreThoseThatAreDocumented(t *testing.T) {
	standing := &format.Standing{}
	for heading, write := range map[string][2]func(io.Writer, *results.Figures) error{
		"## results.csv":        {format.WriteResultsCSV, standing.WriteResultsCSV},
		"## constituencies.csv": {format.WriteConstituenciesCSV, standing.WriteConstituenciesCSV},
		"## stations.csv":       {stationsCSV(nil), stationsCSV(standing)},
	} {
		var columns []string
		for _, row := range rowsOf(t, documented(t), heading) {
			columns = append(columns, strings.Split(row[0], ", ")...)
		}
		var out bytes.Buffer
		if err := write[0](&out, &results.Figures{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Split(strings.TrimSuffix(out.String(), "\r\n"), ","); !slices.Equal(got, columns) {
			t.Errorf("%s: documented are %v, written %v", heading, columns, got)
		}
		for _, row := range rowsOf(t, documented(t), "## provisional and as_of") {
			columns = append(columns, row[0])
		}
		out.Reset()
		if err := write[1](&out, &results.Figures{}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Split(strings.TrimSuffix(out.String(), "\r\n"), ","); !slices.Equal(got, columns) {
			t.Errorf("%s outside bundles: documented are %v, written %v", heading, columns, got)
		}
	}
}

// TestExports_EachValueStandsInItsColumn writes figures whose numbers all differ.
func TestExports_EachValueStandsInItsColumn(t *testing.T) {
	voters := int64(1000)
	f := &results.Figures{Constituencies: []results.ConstituencyFigure{{
		ID: 2, Name: `North, "upper"`, Seats: 30, Unassigned: 4, ThresholdVotes: 50,
		Ballots: results.BallotFigures{Valid: 600, Blank: 70, Invalid: 80, Duplicates: 9, Cast: 680, Online: 110, RegisteredVoters: &voters},
		Candidacies: []results.CandidacyFigure{{
			PollNumber: 12, ParticipantID: 13, Name: "=Čista; lista", Votes: 140, Share: json.Number("0.264151"), Seats: 15, BelowThreshold: true,
		}},
	}, {ID: 3, Name: "South"}}}
	for want, write := range map[string]func(io.Writer, *results.Figures) error{
		"2,\"North, \"\"upper\"\"\",12,13,'=Čista; lista,140,0.264151,15,true\r\n":                      format.WriteResultsCSV,
		"2,\"North, \"\"upper\"\"\",30,1000,680,110,600,70,80,9,50,4\r\n3,South,0,,0,0,0,0,0,0,0,0\r\n": format.WriteConstituenciesCSV,
	} {
		var out bytes.Buffer
		if err := write(&out, f); err != nil {
			t.Fatal(err)
		}
		if _, got, _ := strings.Cut(out.String(), "\r\n"); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

// TestBundle_HoldsWhatIsDocumented compares the entries of both forms, their order and the first lines of the
// tables among them with docs/exports.md.
func TestBundle_HoldsWhatIsDocumented(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	rows := rowsOf(t, documented(t), "### What is inside")
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		file := read(t, must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form)))
		opened := must[*zip.Reader](t)(zip.NewReader(bytes.NewReader(file), int64(len(file))))
		var entries, want []string
		for _, file := range opened.File {
			entries = append(entries, file.Name)
		}
		for _, row := range rows {
			if row[1] == "both" || row[1] == string(form) { // "with stations" is in TestBundle_HasThePollingStations
				want = append(want, strings.Trim(row[0], "`"))
			}
		}
		if !slices.Equal(entries, want) {
			t.Errorf("%s: documented are %v, written %v", form, want, entries)
		}
		for _, row := range rows {
			name, columns := strings.Trim(row[0], "`"), regexp.MustCompile("^`([^`]*,[^`]*)`").FindStringSubmatch(row[2])
			i := slices.Index(entries, name)
			if i < 0 || columns == nil {
				continue
			}
			content := string(must[[]byte](t)(io.ReadAll(must[io.ReadCloser](t)(opened.File[i].Open()))))
			if first, _, _ := strings.Cut(content, "\n"); first != columns[1] {
				t.Errorf("%s: documented is %q, written %q", name, columns[1], first)
			}
		}
	}
}

// TestClear_WhatIsGoneIsWrittenAgain clears the folder of bundles, with what a killed process left there.
func TestClear_WhatIsGoneIsWrittenAgain(t *testing.T) {
	h := newApp(t)
	e := h.certified(t)
	before := map[string][]byte{}
	paths := map[bundle.Form]string{}
	for _, form := range []bundle.Form{bundle.Full, bundle.Public} {
		paths[form] = must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form))
		before[paths[form]] = read(t, paths[form])
	}
	folder := h.folder + "/bundles"
	if err := os.WriteFile(folder+"/draft-1", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := h.bundles.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(folder)); len(left) != 0 {
		t.Errorf("want nothing left, got %v", left)
	}
	for form, path := range paths {
		if again := must[string](t)(h.bundles.Bundle(t.Context(), e.ID, form)); again != path || !bytes.Equal(read(t, again), before[path]) {
			t.Errorf("%s: want the same bytes at the same place", form)
		}
	}
}

// TestClear_KeepsBundlesOfUnknownCertifications clears the folder beside a database that has lost a certification.
func TestClear_KeepsBundlesOfUnknownCertifications(t *testing.T) {
	h := newApp(t)
	h.certified(t)
	folder := h.folder + "/bundles"
	name := strings.Repeat("ab", 8) + "-public.zip"
	for _, content := range []string{"first", "second"} {
		if err := os.WriteFile(folder+"/"+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := h.bundles.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(folder)); len(left) != 1 {
		t.Errorf("want the folder of orphans alone, got %v", left)
	}
	for path, want := range map[string]string{name: "first", "2-" + name: "second"} {
		if got := read(t, folder+"/orphans/"+path); string(got) != want {
			t.Errorf("%s: want %q, got %q", path, want, got)
		}
	}
}

// TestApprovals_FieldsAreThoseThatAreDocumented compares the fields, the acts and the details of approvals with
// docs/exports.md.
func TestApprovals_FieldsAreThoseThatAreDocumented(t *testing.T) {
	section := "### Approvals, and changes of accounts"
	var names []string
	texts := map[string]string{}
	for _, row := range rowsOf(t, documented(t), section) {
		names = append(names, strings.Trim(row[0], "`"))
		texts[strings.Trim(row[0], "`")] = row[1]
	}
	var fields []string
	for field := range reflect.TypeFor[results.ApprovalFigure]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields = append(fields, name)
	}
	if !slices.Equal(names, fields) {
		t.Errorf("documented are %v, written %v", names, fields)
	}
	for _, act := range approval.Acts() {
		if !strings.Contains(texts["act"], "`"+string(act)+"`") {
			t.Errorf("want the act %s documented", act)
		}
	}
}
