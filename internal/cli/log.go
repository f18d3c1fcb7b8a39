package cli

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"

	"urna/web/requestid"
)

// AfterApply applies --log-format before the command runs.
func (c *commands) AfterApply(streams *Streams) error {
	if _, already := streams.Err.(*jsonLines); c.LogFormat == "json" && !already {
		logger := slog.New(requestid.Handler(slog.NewJSONHandler(streams.Err, nil)))
		streams.Err = &jsonLines{logger: logger}
		setLogger(streams)
	}
	return nil
}

// setLogger makes the log of all packages one of these streams.
func setLogger(streams *Streams) {
	if lines, ok := streams.Err.(*jsonLines); ok {
		slog.SetDefault(lines.logger)
		return
	}
	slog.SetDefault(slog.New(requestid.Handler(slog.NewTextHandler(streams.Err, nil))))
}

// jsonLines writes each line of text as a record of the log, so that a program reads every line of standard error in one
// form.
type jsonLines struct {
	logger *slog.Logger
	mutex  sync.Mutex
	begun  []byte // a line without its end
}

// Write implements io.Writer.
func (j *jsonLines) Write(p []byte) (int, error) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.begun = append(j.begun, p...)
	for {
		line, rest, ended := bytes.Cut(j.begun, []byte("\n"))
		if !ended {
			return len(p), nil
		}
		j.begun = rest
		j.record(line)
	}
}

// end writes a last line that has no end.
func (j *jsonLines) end() {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.record(j.begun)
	j.begun = nil
}

func (j *jsonLines) record(line []byte) {
	if message := strings.TrimSpace(string(line)); message != "" {
		j.logger.InfoContext(context.Background(), message) //nolint:sloglint // the line is the message
	}
}
