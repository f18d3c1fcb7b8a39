package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"urna/internal/app"
	"urna/internal/text"
)

// DoctorCommand looks for everything on a machine that could keep a server from working, and says the remedy.
type DoctorCommand struct {
	dataFlag

	TLSCert      string        `name:"tls-cert" help:"The certificate of the server, if it has one of its own." type:"path"`
	Scratch      string        `help:"With --database: the folder of the server's temporary files." placeholder:"FOLDER" type:"path"`
	BackupFolder string        `help:"The folder of the server's backups." type:"path"`
	BackupEvery  time.Duration `help:"How often backups are made." default:"1h"`
	JSON         bool          `name:"json" help:"Print the findings as one JSON object." env:"-"`
}

// severity is how grave a finding is.
type severity string

const (
	fine    severity = "ok"
	warning severity = "warning" // it works, and should be better
	fault   severity = "fault"   // it does not work, or will not for long
	skipped severity = "skipped" // it was not checked
)

// finding is the outcome of one check. The names of its JSON fields stay.
type finding struct {
	Check    string   `json:"check"`
	Verdict  severity `json:"verdict"`
	Sentence string   `json:"sentence"`
	Remedy   string   `json:"remedy,omitempty"`
}

// Run makes all checks and exits with 1 if there is a fault. A server may run on the folder. Beside files for the time
// of a sync, which it removes, it writes nothing.
func (c *DoctorCommand) Run(ctx context.Context, streams *Streams) error {
	if err := c.fill(&app.Options{}); err != nil {
		return err
	}
	findings := []finding{
		c.permissions(), c.disk(), c.syncs(), c.clockNow(ctx), openFiles(), c.schema(ctx), c.secrets(ctx), c.certificate(time.Now()),
		c.backups(time.Now()), c.others(),
	}
	if c.Database != "" { // whose backups and readers are PostgreSQL's
		findings = []finding{c.permissions(), c.room(ctx), c.clockNow(ctx), openFiles(), c.schema(ctx), c.secrets(ctx), c.certificate(time.Now())}
	}
	if c.JSON {
		encoder := json.NewEncoder(streams.Out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(map[string]any{"findings": findings}); err != nil {
			return err
		}
	} else {
		printFindings(streams, findings)
	}
	for _, f := range findings {
		if f.Verdict == fault {
			return &ExitError{Code: 1}
		}
	}
	return nil
}

func printFindings(streams *Streams, findings []finding) {
	for _, f := range findings {
		mark := strings.ToUpper(string(f.Verdict))
		if f.Verdict == fine {
			mark = "ok"
		}
		fmt.Fprintf(streams.Out, "%-8s %s: %s\n", mark, f.Check, text.Printable(f.Sentence))
		if f.Remedy != "" {
			fmt.Fprintf(streams.Out, "         remedy: %s\n", text.Printable(f.Remedy))
		}
	}
}
