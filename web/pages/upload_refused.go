package pages

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"

	"urna/ballots/batch"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text/csvtext"
	"urna/web/view"
)

// fileProblems shows a malformed file's problems line by line.
func fileProblems(ctx context.Context, file refusedFile) view.RefusedFile {
	shown := view.RefusedFile{Name: file.name}
	f, ok := errors.AsType[*problem.Error](file.reason)
	if !ok {
		return shown
	}
	shown.Message = f.Message
	if len(f.Fields) == 1 && f.Fields[0].Name == "file" {
		shown.Message = f.Fields[0].Message
		return shown
	}
	bad := batch.BadLines(file.reason)
	for i, field := range f.Fields {
		line := refusedLine(field)
		if i < len(bad) {
			line.Before, line.Wrong, line.After = bad[i].Before, bad[i].Wrong, bad[i].After
			if bad[i].Cut {
				line.After += "…"
			}
		}
		shown.Lines = append(shown.Lines, line)
	}
	if len(bad) > 0 {
		all, _ := f.Extra["problems"].(int64)
		shown.Bad, shown.BadKept, shown.BadOfMany = badLinesCSV(ctx, bad), int64(len(bad)), all > int64(len(bad))
	}
	return shown
}

// refusedLine shows a problem with a line of a file, whose field is named "line N".
func refusedLine(field problem.Field) view.RefusedLine {
	where := messages.Verbatim(field.Name)
	if what, number, _ := strings.Cut(field.Name, " "); what == "line" {
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			where = messages.ComponentsLineNumber(n)
		}
	}
	return view.RefusedLine{Where: where, Message: field.Message}
}

// badLinesCSV is a CSV file of the bad lines of a file, as a data URL. The refused file is stored nowhere, so there is no
// address to download its lines from.
func badLinesCSV(ctx context.Context, lines []batch.BadLine) string {
	var b strings.Builder
	w := csvtext.NewWriter(&b)
	_ = w.Write("line", "content", "problem") // a strings.Builder takes everything
	for _, line := range lines {
		_ = w.Write(line.Number, line.Text(), line.Message.In(ctx))
	}
	_ = w.Flush()
	return "data:text/csv;charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(b.String()))
}
