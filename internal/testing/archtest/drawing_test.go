package archtest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A node is one package and the packages of ours that its code may import. Tests may import any package.
type node struct {
	name string
	may  []string // with a trailing "/...", the package and all below it
}

// The drawing lists every package, from main down to the foundations. ARCHITECTURE.md shows it (architecture_test.go).
var drawing = []node{
	{"main", []string{"internal/cli"}},
	{"internal/cli", []string{"client", "auth", "elections/...", "ballots/...", "results/...", "web/...", "assets", "internal/..."}},
	{"internal/app/server", []string{"internal/app", "internal/app/backup", "internal/app/datafolder", "web", "web/epms", "auth", "web/metrics", "internal/database"}},
	{"internal/app/verify", []string{
		"internal/app", "internal/app/anchor", "auth", "elections/...", "ballots/...", "results", "results/bundle", "results/bundle/verify", "internal/audit", "internal/database",
		"internal/audit/countersign", "internal/audit/checkpoint",
	}},
	{"internal/app/move", []string{
		"internal/app", "internal/app/backup", "internal/app/verify", "ballots/...", "results/bundle", "internal/audit", "internal/database", "internal/database/filestore",
	}},
	{"internal/app/restore", []string{
		"internal/app", "internal/app/anchor", "internal/app/backup", "internal/app/datafolder", "internal/app/verify", "internal/audit", "internal/database",
		"internal/sealed",
	}},
	{"internal/app", []string{
		"internal/app/datafolder", "internal/app/anchor", "internal/app/backup", "web/publicurl", "internal/problem/warning", "internal/app/openfiles",
		"auth", "elections/...", "ballots/...", "results/...", "internal/database", "internal/sqlite", "internal/postgres", "internal/audit", "internal/approval", "internal/app/timeguard",
		"internal/audit/countersign", "internal/database/filestore",
	}},

	// Serving.
	{"web", []string{
		"web/publicurl", "web/help",
		"web/pages", "web/api", "web/epms", "web/vote", "web/cache", "web/respond", "web/view/...", "web/principal", "web/deadline", "web/live", "web/negotiate", "web/connections",
		"auth", "elections/...", "ballots/...", "results/...", "assets", "internal/audit", "internal/app/openfiles", "web/wallclock", "web/requestid",
		"internal/audit/countersign", "internal/problem/warning",
	}},
	{"web/pages", []string{
		"internal/app/backup", "internal/problem/warning",
		"web/publicurl", "web/help", "web/opendata", "web/picture",
		"web/cache", "web/respond", "web/view/...", "web/principal", "web/deadline", "web/upload", "web/live", "web/letters",
		"auth", "elections/...", "ballots/...", "results/...", "assets", "internal/audit", "internal/app/timeguard", "web/wallclock", "internal/approval", "internal/sealed",
		"internal/audit/countersign", "internal/audit/checkpoint",
	}},
	{"web/api", []string{
		"internal/app/backup", "web/opendata",
		"web/cache", "web/respond", "web/view", "web/principal", "web/deadline", "web/upload",
		"auth", "elections/...", "ballots/...", "results/...", "assets", "internal/audit", "internal/approval", "internal/sealed", "internal/audit/countersign",
	}},
	{"web/epms", []string{
		"web/respond", "web/principal", "web/deadline", "web/upload",
		"auth", "elections/...", "ballots/...", "results/...", "internal/database", "internal/audit",
	}},
	{"web/vote", []string{"web/respond", "ballots/online"}},
	{"web/letters", []string{"web/view", "ballots/online", "elections", "assets", "internal/sealed"}},
	{"web/help", []string{"assets"}},
	{"web/principal", []string{"auth", "internal/audit"}},
	{"web/connections", nil},
	{"web/deadline", nil},
	{"web/upload", []string{"web/deadline"}},
	{"web/live", []string{"web/negotiate", "internal/app/openfiles"}},
	{"web/view", []string{"web/view/kit", "assets", "web/wallclock"}},
	{"web/view/kit", []string{"assets"}},
	{"web/opendata", []string{"web/cache", "results", "results/bundle/format", "elections"}},
	{"web/picture", []string{"results/document/faces"}},
	{"web/cache", []string{"web/respond", "results"}},
	{"web/respond", []string{"web/negotiate", "web/requestid", "internal/approval"}},
	{"web/negotiate", nil},

	// Deciding. What counts never knows who votes: no path leads from ballots or results to auth.
	{"results/mirror", []string{"results", "elections"}},
	{"results/bundle", []string{
		"results", "results/bundle/format", "ballots", "elections", "results/apportion", "internal/database", "internal/database/filestore", "internal/audit", "internal/audit/checkpoint",
	}},
	// What an auditor reads: the verifier, the formats and the allocation.
	{"results/bundle/verify", []string{"results/bundle/format", "results/apportion", "internal/audit/checkpoint"}},
	{"results/document/faces", nil},
	{"results/document", []string{"results/document/faces", "results", "results/bundle/format", "results/explanation", "ballots", "elections", "internal/audit"}},
	{"results/explanation", []string{"results/apportion"}},
	{"results/bundle/format", nil},
	{"results", []string{
		"results/explanation", "results/bundle/format", "ballots", "ballots/online", "elections", "results/apportion", "internal/database", "internal/audit",
		"internal/approval",
	}},
	{"results/apportion", nil},
	{"ballots/batch", []string{"ballots", "elections", "internal/database/filestore", "internal/database", "internal/audit", "internal/approval"}},
	{"ballots/protocol/scan", []string{"internal/database", "internal/database/filestore"}},
	{"ballots/protocol", []string{"ballots", "elections", "internal/database", "internal/audit", "internal/approval"}},
	{"ballots/online", []string{
		"ballots", "elections", "internal/database", "internal/audit", "internal/ratelimit", "internal/approval", "internal/sealed",
	}},
	{"ballots", []string{"elections", "internal/database", "internal/audit"}},
	{"elections", []string{"elections/participants", "elections/outlines", "elections/svg", "internal/database", "internal/audit", "internal/approval", "internal/sealed"}},
	{"elections/outlines", []string{"elections/svg"}},
	{"elections/svg", nil},
	{"elections/turnout", []string{"elections", "internal/database", "internal/audit"}},
	{"elections/participants", []string{"internal/database", "internal/audit"}},
	{"auth", []string{"internal/database", "internal/audit", "internal/ratelimit", "internal/approval"}},

	// Calling from outside, as any client would.
	{"client", nil},
	{"internal/rehearsal", []string{"client", "internal/rehearsal/resultsfile", "results/apportion", "internal/sealed"}},
	{"internal/rehearsal/resultsfile", []string{"results/apportion"}},
	{"internal/audit/witness", []string{"internal/audit/checkpoint", "internal/database"}},

	// Foundations.
	{"internal/app/datafolder", []string{"internal/database"}},
	{"internal/app/anchor", []string{"internal/database", "internal/audit"}},
	{"internal/app/backup", []string{"internal/app/anchor", "internal/app/datafolder", "internal/audit", "internal/database", "internal/sealed"}},
	{"internal/problem/warning", nil},
	{"web/publicurl", []string{"internal/database", "internal/audit"}},
	{"internal/database", nil},
	{"internal/database/filestore", []string{"internal/database"}},
	{"internal/sqlite", []string{"internal/database"}},
	{"internal/postgres", []string{"internal/database"}},
	{"internal/audit", []string{"internal/database"}},
	{"internal/audit/countersign", []string{"internal/audit", "internal/audit/checkpoint", "internal/database"}},
	{"internal/audit/checkpoint", nil},
	{"internal/approval", []string{"internal/audit"}},
	{"internal/sealed", nil},
	{"internal/problem", nil},
	{"internal/messages", nil},
	{"internal/messages/generate", nil},
	{"internal/text", nil},
	{"internal/text/csvtext", nil},
	{"internal/text/strictjson", nil},
	{"internal/ratelimit", nil},
	{"internal/app/openfiles", nil},
	{"internal/cli/systemd", nil},
	{"internal/app/timeguard", nil},
	{"web/wallclock", nil},
	{"web/requestid", nil},
	{"web/metrics", nil},
	{"assets", nil},

	// Tests of the whole, from outside.
	{"internal/testing/archtest", nil},
	{"internal/testing/authenticator", nil},
	{"internal/testing/clock", nil},
	{"internal/testing/mermaid", nil},
	{"internal/testing/releases", nil},
	{"internal/testing/apptest", []string{"internal/app", "internal/testing/clock", "auth", "elections", "elections/participants", "ballots/online", "internal/audit", "internal/database", "internal/audit/countersign", "internal/audit/checkpoint", "internal/testing/databasetest"}},
	{"internal/testing/servertest", []string{"internal/testing/apptest", "internal/app/server", "web"}},
	{"internal/testing/program", nil},
	{"internal/testing/faultvfs", nil},
	{"internal/testing/month", nil},
	{"internal/testing/faults", nil},
	{"internal/testing/postgres", []string{"internal/testing/program"}},
	{"internal/testing/browser", []string{"internal/testing/program"}},
	{"internal/testing/crash", []string{"internal/testing/program", "internal/testing/apptest"}},
	{"internal/testing/failover", []string{"client", "internal/testing/program", "internal/testing/postgres"}},
	{"internal/testing/standby", []string{"internal/testing/program", "internal/testing/apptest", "internal/testing/databasetest", "internal/testing/postgres", "internal/app"}},
	{"internal/testing/epms", []string{"internal/testing/program"}},
	{"internal/testing/generated", nil},
	{"internal/testing/deployment", []string{"internal/testing/program"}},
	{"internal/testing/databasetest", []string{"internal/database", "internal/sqlite", "internal/postgres", "internal/testing/postgres"}},
	{"internal/testing/vote", []string{"internal/testing/program", "internal/testing/apptest"}},
	{"internal/testing/attack", nil},
	{"internal/testing/ingest", []string{"internal/testing/program", "client"}},
	{"internal/testing/papers", []string{
		"internal/testing/program", "internal/testing/apptest", "internal/testing/clock", "client", "auth", "elections",
	}},
	{"internal/testing/pages", nil},
	{"internal/testing/visits", []string{"internal/database", "internal/testing/databasetest"}},
	{"internal/testing/soak", []string{"internal/testing/program", "client", "internal/rehearsal"}},
	{"internal/testing/watch", []string{"internal/testing/program", "client", "internal/rehearsal"}},
	{"internal/testing/stations", []string{"internal/testing/program", "client"}},
}

// Every package may import these.
var anyone = []string{"internal/messages", "internal/problem", "internal/text", "internal/text/csvtext", "internal/text/strictjson"}

func TestImports_AreInTheDrawing(t *testing.T) {
	nodes := map[string]node{}
	for _, n := range drawing {
		nodes[n.name] = n
	}
	for _, p := range packages(t) {
		t.Run(p.name, func(t *testing.T) {
			n, ok := nodes[p.name]
			if !ok {
				t.Fatalf("package %s is not in the drawing", p.name)
			}
			for _, imported := range slices.Sorted(maps.Keys(p.imports)) {
				ours, ok := strings.CutPrefix(imported, "urna/")
				if !ok || slices.Contains(anyone, ours) && p.name != ours {
					continue
				}
				if !slices.ContainsFunc(n.may, func(pattern string) bool { return matches(pattern, ours) }) {
					t.Errorf("%s: want no import of %s; the drawing allows %s", p.imports[imported], ours, n.may)
				}
			}
		})
	}
}

func TestImports_DrawingNamesPackagesOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range drawing {
		if seen[n.name] {
			t.Errorf("%s is in the drawing twice", n.name)
		}
		seen[n.name] = true
	}
	for _, n := range drawing {
		for _, pattern := range append(slices.Clone(n.may), anyone...) {
			if name := strings.TrimSuffix(pattern, "/..."); name != "internal" && !seen[name] {
				t.Errorf("%s may import %s, which is not in the drawing", n.name, pattern)
			}
		}
	}
}

// TestImports_OnlyTheWiringNamesAnEngine keeps stores, services and their tests apart from the engine under them.
func TestImports_OnlyTheWiringNamesAnEngine(t *testing.T) {
	wiring := []string{"internal/cli", "internal/app", "internal/sqlite", "internal/postgres", "internal/testing/databasetest"}
	for _, p := range packages(t) {
		for _, imports := range []map[string]string{p.imports, p.testImports} {
			for _, engine := range []string{"urna/internal/sqlite", "urna/internal/postgres"} {
				if file, ok := imports[engine]; ok && !slices.Contains(wiring, p.name) {
					t.Errorf("%s: want no import of an engine; stores need internal/database, and internal/testing/databasetest opens one for tests", file)
				}
			}
		}
	}
}

// matches reports whether the pattern, which may end in "/...", covers the package.
func matches(pattern, name string) bool {
	if tree, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == tree || strings.HasPrefix(name, tree+"/")
	}
	return pattern == name
}
