package archtest

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// Who calls over HTTP and who answers: names of net/http that only one side has a use for. Constants,
// headers and cookies are both sides' words.
var (
	calling = []string{
		"Client", "DefaultClient", "DefaultTransport", "Get", "Head", "NewRequest", "NewRequestWithContext",
		"Post", "PostForm", "RoundTripper", "Transport",
	}
	answering = []string{
		"DefaultServeMux", "FileServer", "FileServerFS", "Handle", "HandleFunc", "Handler", "HandlerFunc",
		"ListenAndServe", "ListenAndServeTLS", "NewResponseController", "NewServeMux", "ResponseWriter",
		"Serve", "ServeMux", "ServeTLS", "Server",
	}
)

func TestStructure_OnlyWebServesAndOnlyClientCalls(t *testing.T) {
	for _, p := range packages(t) {
		serves, calls := within(p.name, "web"), p.name == "client"
		for _, s := range p.sources {
			if at := p.imports["github.com/gin-gonic/gin"]; at == s.path && !serves {
				t.Errorf("%s: want the router known in web only", s.path)
			}
			for _, name := range uses(s.file, "net/http") {
				switch {
				case !serves && !calls:
					t.Errorf("%s: want no HTTP outside web and client, found http.%s", s.path, name)
				case !calls && slices.Contains(calling, name):
					t.Errorf("%s: want HTTP calls in client only, found http.%s", s.path, name)
				case !serves && slices.Contains(answering, name):
					t.Errorf("%s: want HTTP served in web only, found http.%s", s.path, name)
				}
			}
		}
	}
}

func TestStructure_OnlyStoresKnowTheDatabase(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains([]string{"internal/database", "internal/sqlite", "internal/postgres", "internal/audit"}, p.name) {
			continue
		}
		domain := within(p.name, "internal/database/filestore") || within(p.name, "internal/app/move") || within(p.name, "auth") || within(p.name, "elections") || within(p.name, "ballots") || within(p.name, "results")
		for _, s := range p.sources {
			if domain && strings.HasPrefix(path.Base(s.path), "store") {
				continue
			}
			for _, spec := range s.file.Imports {
				imported := strings.Trim(spec.Path.Value, `"`)
				if imported == "database/sql" || strings.HasPrefix(imported, "gorm.io/") || strings.Contains(imported, "sqlite3") {
					t.Errorf("%s: want %s imported in store*.go of the domain packages only", s.path, imported)
				}
			}
		}
	}
}

// jsonReaders are the files that may read JSON with encoding/json: the strict reader itself, those that read parts of
// what it has checked, and those whose JSON is the program's own or chooses no more than the words of a refusal.
var jsonReaders = []string{
	"internal/text/strictjson/", "client/", "web/api/decode.go", "web/api/election_input.go", "web/vote/vote.go", "web/epms/fields.go", "internal/rehearsal/resultsfile/object.go",
	"web/api/openapi.go", "web/api/openapi_schema.go", "web/api/openapi_example.go", "web/pages/audit_detail.go", "web/epms/callers.go", "auth/approval_acts.go", "auth/approval_history.go", "auth/account_changes.go", "elections/approval.go",
	"internal/audit/replay.go", "internal/audit/replay_compare.go", "internal/audit/changes.go", // of events
	"elections/certification_compare.go", "elections/corrections_compare.go",
	"auth/passkeys.go",                // challenges that it stored itself
	"internal/testing/authenticator/", // options of the server under test
}

// TestStructure_JSONFromOutsideIsReadStrictly keeps a new reader of JSON from taking bytes that are no text, or the last of two.
func TestStructure_JSONFromOutsideIsReadStrictly(t *testing.T) {
	for _, p := range packages(t) {
		for _, s := range p.sources {
			known := slices.ContainsFunc(jsonReaders, func(reader string) bool { return strings.HasPrefix(s.path, reader) })
			for _, name := range uses(s.file, "encoding/json") {
				if (name == "Unmarshal" || name == "NewDecoder") && !known {
					t.Errorf("%s: want JSON read by strictjson, found json.%s", s.path, name)
				}
			}
		}
	}
}

// TestStructure_OnlyOneWriterOfCSV keeps every CSV file free of formulas: csvtext.Writer sees to it.
func TestStructure_OnlyOneWriterOfCSV(t *testing.T) {
	for _, p := range packages(t) {
		for _, s := range p.sources {
			if slices.Contains(uses(s.file, "encoding/csv"), "NewWriter") && p.name != "internal/text/csvtext" {
				t.Errorf("%s: want CSV written by csvtext.Writer", s.path)
			}
		}
	}
}

// TestStructure_ClientNeedsTheStandardLibraryAlone keeps package client usable for other modules.
func TestStructure_ClientNeedsTheStandardLibraryAlone(t *testing.T) {
	for _, p := range packages(t) {
		for imported, at := range p.imports {
			first, _, _ := strings.Cut(imported, "/")
			if p.name == "client" && (first == "urna" || strings.Contains(first, ".")) {
				t.Errorf("%s: want the standard library alone, found %s", at, imported)
			}
		}
	}
}

// TestStructure_OnlyTestsHaveTheFailingDisk keeps what breaks on purpose out of the program.
func TestStructure_OnlyTestsHaveTheFailingDisk(t *testing.T) {
	for _, p := range packages(t) {
		if at, ok := p.imports["urna/internal/testing/faultvfs"]; ok {
			t.Errorf("%s: want internal/testing/faultvfs imported by tests only", at)
		}
	}
}

func TestStructure_EveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.sources) == 0 {
			t.Errorf("%s: want a doc.go beside the tests", p.name)
			continue
		}
		start := "Package " + p.sources[0].file.Name.Name + " "
		switch p.name {
		case "main":
			start = "Command urna "
		case "internal/messages/generate":
			start = "Command generate "
		}
		var places []string
		for _, s := range p.sources {
			// Generated files carry their generator's words before the clause.
			if s.file.Doc == nil || ast.IsGenerated(s.file) {
				continue
			}
			places = append(places, s.path)
			if !strings.HasPrefix(s.file.Doc.Text(), start) {
				t.Errorf("%s: want a package comment that begins with %q", s.path, start)
			}
		}
		switch {
		case len(places) != 1:
			t.Errorf("%s: want one package comment, found %d %v", p.name, len(places), places)
		case len(p.sources) > 1 && p.name != "main" && path.Base(places[0]) != "doc.go":
			t.Errorf("%s: want the package comment in doc.go, where a reader looks first", places[0])
		}
	}
}

// uses returns the names that the file takes from the imported package.
func uses(file *ast.File, imported string) []string {
	local := ""
	for _, spec := range file.Imports {
		if strings.Trim(spec.Path.Value, `"`) == imported {
			local = path.Base(imported)
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok && x.Name == local {
				names = append(names, selector.Sel.Name)
			}
		}
		return true
	})
	return names
}

// within reports whether the package is the named one or below it.
func within(name, tree string) bool { return matches(tree+"/...", name) }

// TestUploads_HaveOneReader keeps multipart forms to web/upload, so that all of them have the same limits and rules.
func TestUploads_HaveOneReader(t *testing.T) {
	for _, p := range packages(t) {
		if at, ok := p.imports["mime/multipart"]; ok && p.name != "web/upload" {
			t.Errorf("%s: want multipart forms read by web/upload only", at)
		}
		for _, s := range p.sources {
			for _, name := range uses(s.file, "net/http") {
				if name == "ErrNotMultipart" || name == "ErrMissingFile" {
					t.Errorf("%s: want multipart forms read by web/upload only, found http.%s", s.path, name)
				}
			}
		}
	}
}

// TestScripts_HaveHooksOfTheirOwn keeps data-testid to tests: a test's name for an element can change without breaking a
// script.
func TestScripts_HaveHooksOfTheirOwn(t *testing.T) {
	for _, f := range texts(t, ".js", ".templ") {
		if path.Ext(f.path) == ".js" && (strings.Contains(f.content, "testid") || strings.Contains(f.content, "testId")) {
			t.Errorf("%s: want elements found by a data- attribute of the script's own, not by data-testid", f.path)
		}
	}
}
