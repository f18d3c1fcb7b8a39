package cli

import (
	"fmt"
	"runtime/debug"
)

// version is the release that this source belongs to: the newest one in CHANGELOG.md. The commit tells builds of one
// release apart.
const version = "0.1.0"

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
	return version + " (" + commitOf(info.Settings) + ")"
}

// commitOf returns the commit that a build's settings name. Builds outside a clone, and "go run", name none.
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
