package metrics_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"urna/internal/app/server"
	"urna/internal/testing/apptest"
	"urna/web/metrics"
)

const (
	rulesFile     = "../../deploy/prometheus/urna.rules.yml"
	dashboardFile = "../../deploy/grafana/urna.json"
)

// measured returns the labels of every measurement of a running server, by its name.
func measured(t *testing.T) map[string]map[string]bool {
	t.Helper()
	m := metrics.New("1.2.3", 0)
	e := apptest.New(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Start(t.Context(), e.App, listener, server.Options{Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	m.Request(metrics.Request{Method: http.MethodGet, Route: "/", Status: 200, Took: time.Millisecond})
	m.Commit(false, time.Millisecond, time.Millisecond, false)
	m.Commit(true, time.Millisecond, time.Millisecond, false)
	found := m.All()
	found["up"] = map[string]bool{} // Prometheus' own
	for _, labels := range found {
		labels["job"], labels["instance"] = true, true // Prometheus adds them
	}
	return found
}

// parts of an expression of PromQL, in the order in which they are tried.
var (
	quoted   = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	selector = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^{}]*\})?\s*(\()?`)
	matcher  = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)`)
	grouping = regexp.MustCompile(`\b(by|without|on|ignoring)\s*\(([^()]*)\)`)
	spans    = regexp.MustCompile(`\[[0-9]+[smhd]\]`)
)

// wrongs returns what an expression asks that no server measures: names and labels.
func wrongs(expr string, known map[string]map[string]bool) (found []string) {
	plain := spans.ReplaceAllString(quoted.ReplaceAllString(expr, `""`), "")
	grouped := map[string]bool{}
	for _, g := range grouping.FindAllStringSubmatch(plain, -1) {
		for label := range strings.SplitSeq(g[2], ",") {
			grouped[strings.TrimSpace(label)] = true
		}
	}
	plain = grouping.ReplaceAllString(plain, "")
	for _, pair := range []string{"()", "{}", "[]"} {
		if strings.Count(plain, pair[:1]) != strings.Count(plain, pair[1:]) {
			found = append(found, "not all of "+pair+" are closed")
		}
	}
	named := 0
	for _, s := range selector.FindAllStringSubmatch(plain, -1) {
		name, labels, call := s[1], s[2], s[3]
		if call != "" || slices.Contains([]string{"and", "or", "unless", "bool"}, name) {
			continue
		}
		has, ok := known[name]
		if !ok {
			found = append(found, "no measurement "+name)
			continue
		}
		named++
		for _, label := range matcher.FindAllStringSubmatch(labels, -1) {
			if !has[label[1]] {
				found = append(found, fmt.Sprintf("%s has no label %s", name, label[1]))
			}
		}
		for label := range grouped {
			if !has[label] {
				found = append(found, fmt.Sprintf("%s has no label %s", name, label))
			}
		}
	}
	if named == 0 {
		found = append(found, "no measurement at all")
	}
	return found
}

// TestWrongs_AreFound has expressions that a reader of a dashboard would not notice to be empty for ever.
func TestWrongs_AreFound(t *testing.T) {
	known := map[string]map[string]bool{"urna_a": {"state": true}, "urna_h_bucket": {"le": true}}
	for expr, want := range map[string]int{
		`urna_a`: 0, `sum by (state) (rate(urna_a{state=~"x|urna_b"}[5m])) > 0.5`: 0, `histogram_quantile(0.9, sum by (le) (rate(urna_h_bucket[1m])))`: 0,
		`urna_b`: 2, `urna_a / urna_b`: 1, `urna_a{status="1"}`: 1, `sum by (route) (urna_a)`: 1, `sum(urna_a`: 1, `time()`: 1, `urna_a{state="x"`: 2,
	} {
		if got := wrongs(expr, known); len(got) != want {
			t.Errorf("%s: want %d mistakes, got %q", expr, want, got)
		}
	}
}

func TestAlerts_AskForWhatIsMeasured(t *testing.T) {
	known := measured(t)
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert       string
				Expr        string
				For         string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	content, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(content)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	handbook, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			rules++
			for _, wrong := range wrongs(rule.Expr, known) {
				t.Errorf("%s: %s: %s", rule.Alert, rule.Expr, wrong)
			}
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" || !slices.Contains([]string{"warning", "critical"}, rule.Labels["severity"]) {
				t.Errorf("%s: want a severity, a summary, and a description that says what to do", rule.Alert)
			}
			if _, err := time.ParseDuration(rule.For); rule.For != "" && err != nil {
				t.Errorf("%s: for: %v", rule.Alert, err)
			}
			if !strings.Contains(string(handbook), "`"+rule.Alert+"`") {
				t.Errorf("want the alert %s in docs/operating.md", rule.Alert)
			}
		}
	}
	if rules < 10 {
		t.Errorf("want the alerts, got %d", rules)
	}
}

// TestAlerts_PromtoolAcceptsThem has Prometheus' own tool check the rules and play their tests. The task "promtool" brings
// it; with the variable CI the test fails without it.
func TestAlerts_PromtoolAcceptsThem(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("promtool is not on this machine, and CI is set")
	}
	if err != nil {
		t.Skip("promtool is not on this machine: go tool task promtool")
	}
	for _, args := range [][]string{{"check", "rules", "urna.rules.yml"}, {"check", "config", "prometheus.yml"}, {"test", "rules", "urna.test.yml"}} {
		command := exec.CommandContext(t.Context(), promtool, args...)
		command.Dir = "../../deploy/prometheus"
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, output)
		}
	}
}

func TestDashboard_ShowsWhatIsMeasured(t *testing.T) {
	known := measured(t)
	var dashboard struct {
		UID           string `json:"uid"`
		Title         string `json:"title"`
		SchemaVersion int    `json:"schemaVersion"`
		Panels        []struct {
			ID      int    `json:"id"`
			Type    string `json:"type"`
			Title   string `json:"title"`
			GridPos struct{ X, Y, W, H int }
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	content, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.UID == "" || dashboard.Title == "" || dashboard.SchemaVersion == 0 || len(dashboard.Panels) < 15 {
		t.Fatalf("want a dashboard, got %q with %d panels", dashboard.Title, len(dashboard.Panels))
	}
	var shown strings.Builder
	ids, cells := map[int]bool{}, map[[2]int]string{}
	for _, panel := range dashboard.Panels {
		if panel.Title == "" || ids[panel.ID] || len(panel.Targets) == 0 || panel.GridPos.X+panel.GridPos.W > 24 {
			t.Errorf("want a title, a number of its own, an expression and a place in 24 columns, got %+v", panel)
		}
		ids[panel.ID] = true
		for x := range panel.GridPos.W {
			for y := range panel.GridPos.H {
				at := [2]int{panel.GridPos.X + x, panel.GridPos.Y + y}
				if other := cells[at]; other != "" {
					t.Fatalf("want no panel over another, got %q over %q", panel.Title, other)
				}
				cells[at] = panel.Title
			}
		}
		for _, target := range panel.Targets {
			shown.WriteString(target.Expr + "\n")
			for _, wrong := range wrongs(target.Expr, known) {
				t.Errorf("%s: %s: %s", panel.Title, target.Expr, wrong)
			}
		}
	}
	for name := range known {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "urna_") && !strings.Contains(shown.String(), base) && !slices.Contains([]string{"urna_build_info", "urna_metrics_published_timestamp_seconds"}, name) {
			t.Errorf("want %s on the dashboard", name)
		}
	}
}

// TestMeasurements_AreDocumented compares the table of docs/operating.md.
func TestMeasurements_AreDocumented(t *testing.T) {
	handbook, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range measured(t) {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if base != "up" && !strings.Contains(string(handbook), "`"+base) {
			t.Errorf("want %s in docs/operating.md", base)
		}
	}
}
