package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// version is set at release builds with -ldflags "-X urna/internal/cli.version=1.2.3".
var version = ""

// VersionCommand prints the version.
type VersionCommand struct{}

// Run prints the version and the commit.
func (c *VersionCommand) Run(streams *Streams) error {
	_, err := fmt.Fprintf(streams.Out, "urna %s\n", currentVersion())
	return err
}

// currentVersion returns the release's version and the commit that the program was built from.
func currentVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return cmp.Or(version, "development") + " (" + commitOf(info.Settings) + ")"
}

// commitOf returns the commit in what a build notes of itself. A build outside a clone has none, and neither has
// "go run".
func commitOf(settings []debug.BuildSetting) string {
	noted := map[string]string{}
	for _, s := range settings {
		noted[s.Key] = s.Value
	}
	revision := noted["vcs.revision"]
	if revision == "" {
		return "unknown commit"
	}
	text := "commit " + revision[:min(12, len(revision))]
	if noted["vcs.modified"] == "true" {
		text += ", with changes since"
	}
	return text
}
