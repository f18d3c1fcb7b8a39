package opendata

import (
	"bytes"
	"context"
	"io"
	"strconv"

	"urna/internal/text/csvtext"
	"urna/results"
	"urna/results/bundle/format"
	"urna/web/cache"
)

// CSVType is the content type of every table.
const CSVType = "text/csv; charset=utf-8; header=present"

// ResultsCSV draws one line for each candidacy.
func ResultsCSV(public *results.Public) (cache.Drawing, error) {
	return table(public, "results", (*format.Standing).WriteResultsCSV)
}

// ConstituenciesCSV draws one line for each constituency.
func ConstituenciesCSV(public *results.Public) (cache.Drawing, error) {
	return table(public, "constituencies", (*format.Standing).WriteConstituenciesCSV)
}

// table draws an export of the results. Its name and its last columns tell whether they are provisional.
func table(public *results.Public, what string, export func(*format.Standing, io.Writer, *results.Figures) error) (cache.Drawing, error) {
	r, err := public.Count()
	if err != nil {
		return cache.Drawing{}, err
	}
	figures, err := results.NewFigures(r, nil)
	if err != nil {
		return cache.Drawing{}, err
	}
	var b bytes.Buffer
	if err := export(&format.Standing{Provisional: r.Provisional, AsOf: r.UpdatedAt}, &b, figures); err != nil {
		return cache.Drawing{}, err
	}
	return cache.Drawing{ContentType: CSVType, FileName: fileName(what, r, ".csv"), Body: b.Bytes(), Until: public.Until}, nil
}

// StationsCSV draws one line for each polling station and candidacy.
func StationsCSV(t *results.StationTable) (cache.Drawing, error) {
	var b bytes.Buffer
	standing := &format.Standing{Provisional: t.Results.Provisional, AsOf: t.Results.UpdatedAt}
	if err := format.WriteStationsTable(csvtext.NewWindowsWriter(&b), t.Figures, t.Votes, standing); err != nil {
		return cache.Drawing{}, err
	}
	return cache.Drawing{ContentType: CSVType, FileName: fileName("stations", t.Results, ".csv"), Body: b.Bytes(), Until: t.Until}, nil
}

// fileName returns the name of a download, which tells whether the results are provisional.
func fileName(what string, r *results.Results, ending string) string {
	name := what + "-" + strconv.FormatInt(r.Election.ID, 10)
	if r.Provisional {
		name += "-provisional"
	}
	return name + ending
}

// reports writes the turnout reports of an election.
type reports interface {
	WriteCSV(ctx context.Context, electionID int64, w io.Writer) error
}

// TurnoutCSV draws one line for each turnout report.
func TurnoutCSV(ctx context.Context, r reports, electionID int64) (cache.Drawing, error) {
	var b bytes.Buffer
	err := r.WriteCSV(ctx, electionID, &b)
	return cache.Drawing{ContentType: CSVType, FileName: "turnout-" + decimal(electionID) + ".csv", Body: b.Bytes()}, err
}
