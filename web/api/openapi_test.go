package api_test

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"urna/web/api"
)

func TestDescription_ListsEveryHandler(t *testing.T) {
	handlers := reflect.TypeFor[*api.API]()
	operations := 0
	for path, methods := range api.Described() {
		if strings.HasPrefix(path, api.Base) { // the others are handled elsewhere
			operations += len(methods)
		}
	}
	if want := handlers.NumMethod(); want != operations {
		t.Errorf("want %d operations, one for each handler, got %d", want, operations)
	}
}

func TestDescription_EveryReferenceLeadsSomewhere(t *testing.T) {
	s := newEnv(t)
	r := s.get("", "/openapi.json").want(http.StatusOK)
	r.is("3.1.0", "openapi")
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`"\$ref": "#/([^"]+)"`).FindAllStringSubmatch(string(r.raw), -1) {
		var path []any
		for step := range strings.SplitSeq(match[1], "/") {
			path = append(path, step)
		}
		r.at(path...)
		used[match[1]] = true
	}
	schemas, _ := r.at("components", "schemas").(map[string]any)
	for name := range schemas {
		if !used["components/schemas/"+name] {
			t.Errorf("schema %s is used nowhere", name)
		}
	}
}

func TestDescription_KnowsTheFieldsOfAnswers(t *testing.T) {
	s := newEnv(t)
	path, _ := s.counting(5)
	s.counted(s.csv(s.first, path, "", lines(0, 3, 1)+lines(0, 1, 2)).want(http.StatusAccepted).str("id"))
	schemas, _ := s.get("", "/openapi.json").at("components", "schemas").(map[string]any)
	for name, answer := range map[string]any{
		"Election": s.get("", path).body, "Constituency": s.get("", path).at("constituencies", 0),
		"Rules": s.get("", path).at("rules"), "Candidacy": s.get("", path).at("constituencies", 0, "participants", 0),
		"Results": s.get("", path+"/results").body, "Ballots": s.get("", path+"/results").at("ballots"),
		"ConstituencyResult": s.get("", path+"/results").at("constituencies", 0),
		"CandidacyResult":    s.get("", path+"/results").at("constituencies", 0, "candidacies", 0),
		"ParticipantResult":  s.get("", path+"/results").at("participants", 0),
		"Batch":              s.get(s.first, path+"/batches").at("items", 0),
		"InvalidLine":        s.get(s.first, "/batches/1/invalid").at("items", 0),
		"DryRun":             s.csv(s.first, path, "?dry_run=true", lines(0, 1, 1)).body,
		"SampleLine":         s.csv(s.first, path, "?dry_run=true", lines(0, 1, 1)).at("samples", "duplicates", 0),
		"User":               s.get(s.administrator, "/users").at("items", 0),
		"Me":                 s.get(s.first, "/me").body,
		"Participant":        s.get(s.administrator, "/participants").at("items", 0),
		"Tokens":             s.signIn("ana@example.org").body,
		"VoterKeys":          s.get(s.administrator, path+"/voter-keys").body,
		"AuditEvent":         s.get(s.administrator, "/audit-events").at("items", 0),
	} {
		schema, _ := schemas[name].(map[string]any)
		properties, _ := schema["properties"].(map[string]any)
		fields, _ := answer.(map[string]any)
		for field := range fields {
			if _, ok := properties[field]; !ok {
				t.Errorf("%s: the description does not know %s", name, field)
			}
		}
		required, _ := schema["required"].([]any)
		for _, field := range required {
			if _, ok := fields[field.(string)]; !ok {
				t.Errorf("%s: the answer lacks %s", name, field)
			}
		}
	}
}

func TestDocs_NeedNoNetworkAndNoScript(t *testing.T) {
	s := newEnv(t)
	page := string(s.get("", "/docs").want(http.StatusOK).raw)
	for _, never := range []string{"<script", "style=", "<style", "http://", "https://"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q in it", never)
		}
	}
	if regexp.MustCompile(`<[^>]+\son\w+=`).MatchString(page) {
		t.Error("the page has an event handler in it")
	}
	for path, methods := range api.Described() {
		shown := regexp.MustCompile(`:(\w+)`).ReplaceAllString(path, "{$1}")
		for _, method := range methods {
			if !strings.Contains(page, "<code>"+method+" "+shown+"</code>") {
				t.Errorf("%s %s is missing from the page", method, shown)
			}
		}
	}
}
