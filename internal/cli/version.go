package cli

import (
	"fmt"
	"runtime/debug"
)

// version is set at release builds with -ldflags "-X urna/internal/cli.version=1.2.3".
var version = ""

// VersionCommand prints the version.
type VersionCommand struct{}

// Run prints the version and what the binary was built with.
func (c *VersionCommand) Run(streams *Streams) error {
	_, err := fmt.Fprintf(streams.Out, "urna %s\n", currentVersion())
	return err
}

// currentVersion returns the release's version, else the revision the binary was built from.
func currentVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "development " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "development"
}
