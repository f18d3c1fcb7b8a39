package web_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"urna/elections"
)

// cdfSchema is the schema of the common data format.
func cdfSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("opendata/testdata/nist-election-results-reporting-v2.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// cdf reads an election's report, which has to fit the schema, and whose references have to lead somewhere.
func (s *site) cdf(t *testing.T, schema *jsonschema.Schema, e *elections.Election) (report map[string]any) {
	t.Helper()
	answer := s.visitor(t).send(t, http.MethodGet, "/elections/"+id(e.ID)+"/results.cdf.json", "")
	content := text(answer)
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		t.Fatalf("want a report, got %s: %s", answer.Status, content)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("want a report that fits the schema, got %v", err)
	}
	if err := json.Unmarshal([]byte(content), &report); err != nil {
		t.Fatal(err)
	}
	known, named := map[string]bool{}, map[string]string{}
	collectIDs(report, known, named)
	for reference, field := range named {
		if !known[reference] {
			t.Errorf("%s: %s leads nowhere", field, reference)
		}
	}
	return report
}

// collectIDs collects the ids of a report, and those that it refers to.
func collectIDs(value any, known map[string]bool, named map[string]string) {
	switch v := value.(type) {
	case map[string]any:
		for field, inside := range v {
			switch one := inside.(type) {
			case string:
				if field == "@id" {
					known[one] = true
				} else if strings.HasSuffix(field, "Id") && field != "VendorApplicationId" {
					named[one] = field
				}
			case []any:
				for _, item := range one {
					if reference, ok := item.(string); ok && strings.HasSuffix(field, "Ids") {
						named[reference] = field
					}
				}
			}
			collectIDs(inside, known, named)
		}
	case []any:
		for _, item := range v {
			collectIDs(item, known, named)
		}
	}
}

// cdfVotes returns the counts of the selections of a contest, by the kind of count.
func cdfVotes(t *testing.T, contest any, unit string) map[string][]int {
	t.Helper()
	all := map[string][]int{}
	for _, selection := range contest.(map[string]any)["ContestSelection"].([]any) {
		for _, count := range selection.(map[string]any)["VoteCounts"].([]any) {
			c := count.(map[string]any)
			if unit == "" || c["GpUnitId"] == unit {
				kind := c["Type"].(string)
				all[kind] = append(all[kind], int(c["Count"].(float64)))
			}
		}
	}
	return all
}

// TestOpenData_CommonDataFormat compares the report of elections of both kinds with their votes, before and after the
// certification, and with NIST's schema.
func TestOpenData_CommonDataFormat(t *testing.T) {
	s := newSite(t)
	schema := cdfSchema(t)
	e, _ := s.embargo(t, elections.RunningCount, 0)
	contest := func(report map[string]any) any {
		return report["Election"].([]any)[0].(map[string]any)["Contest"].([]any)[0]
	}
	report := s.cdf(t, schema, e)
	if got := cdfVotes(t, contest(report), ""); !slices.Equal(got["total"], embargoed) || len(got["seats"]) != len(embargoed) || report["Status"] != "unofficial-partial" {
		t.Errorf("want the running count, got %v, %v", got, report["Status"])
	}
	s.certify(t, e)
	if report := s.cdf(t, schema, e); report["Status"] != "certified" {
		t.Errorf("want it certified, got %v", report["Status"])
	}

	stations, _ := s.withStations(t)
	report = s.cdf(t, schema, stations)
	got := contest(report).(map[string]any)
	if got["SubUnitsReported"] != 2.0 || got["TotalSubUnits"] != 3.0 || report["Status"] != "unofficial-partial" {
		t.Errorf("want two of three stations, got %v of %v, %v", got["SubUnitsReported"], got["TotalSubUnits"], report["Status"])
	}

	president := s.ended(t, elections.Presidential, []string{"Ana", "Boris"}, func(d *elections.Draft) { d.Rules.BlankBallots = true })
	s.count(t, president, 0, 30, 12)
	s.counted(t, president.ID, fmt.Sprintf("%08x-0000-4000-9000-%012x,0\n%08x-0000-4000-9000-%012x,0\n", president.ID, 1, president.ID, 2))
	s.certify(t, president)
	report = s.cdf(t, schema, president)
	if got := cdfVotes(t, contest(report), "unit-election"); !slices.Equal(got["total"], []int{30, 12}) || len(got["seats"]) != 0 {
		t.Errorf("want the votes of both candidates, got %v", got)
	}
	first := report["Election"].([]any)[0].(map[string]any)["Candidate"].([]any)[0].(map[string]any)
	if first["PostElectionStatus"] != "winner" {
		t.Errorf("want the winner named, got %v", first)
	}
	others := contest(report).(map[string]any)["OtherCounts"].([]any)
	if blank := others[len(others)-1].(map[string]any)["Undervotes"]; blank != 2.0 {
		t.Errorf("want the blank ballots, got %v", blank)
	}
}

// tablePackage is what the test reads of a data package.
type tablePackage struct {
	Resources []struct {
		Name, Path string
		Schema     struct {
			Fields []struct {
				Name, Type  string
				Constraints struct{ Required bool }
			}
			PrimaryKey []string
		}
	}
}

// TestOpenData_DataPackageDescribesTheTables reads every table that the package names, by its own columns and types.
func TestOpenData_DataPackageDescribesTheTables(t *testing.T) {
	s := newSite(t)
	e, _ := s.withStations(t)
	v := s.visitor(t)
	folder := "/elections/" + id(e.ID) + "/"
	var p tablePackage
	if err := json.Unmarshal([]byte(text(v.send(t, http.MethodGet, folder+"datapackage.json", ""))), &p); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range p.Resources {
		names = append(names, r.Name)
		answer := v.send(t, http.MethodGet, folder+r.Path, "")
		rows, err := csv.NewReader(strings.NewReader(text(answer))).ReadAll()
		if err != nil || answer.StatusCode != http.StatusOK || len(rows) < 2 {
			t.Fatalf("%s: want a table, got %s, %d lines, %v", r.Path, answer.Status, len(rows), err)
		}
		var columns []string
		for _, f := range r.Schema.Fields {
			columns = append(columns, f.Name)
		}
		if !slices.Equal(rows[0], columns) {
			t.Errorf("%s: want the columns %v, got %v", r.Path, columns, rows[0])
			continue
		}
		keys := map[string]bool{}
		for _, row := range rows[1:] {
			var parts []string
			for i, f := range r.Schema.Fields {
				if err := fits(f.Type, f.Constraints.Required, row[i]); err != nil {
					t.Errorf("%s, column %s: %v", r.Path, f.Name, err)
				}
				if slices.Contains(r.Schema.PrimaryKey, f.Name) {
					parts = append(parts, row[i])
				}
			}
			key := strings.Join(parts, "|")
			if parts != nil && keys[key] {
				t.Errorf("%s: want each key once, got %s again", r.Path, key)
			}
			keys[key] = true
		}
	}
	if want := []string{"results", "constituencies", "stations"}; !slices.Equal(names, want) {
		t.Errorf("want the tables %v, got %v", want, names)
	}
}

// fits reports why a cell is not of a column's type.
func fits(kind string, required bool, cell string) (err error) {
	if cell == "" {
		if required {
			return errors.New("want a value, got none")
		}
		return nil
	}
	switch kind {
	case "integer":
		_, err = strconv.ParseInt(cell, 10, 64)
	case "number":
		_, err = strconv.ParseFloat(cell, 64)
	case "boolean":
		if cell != "true" && cell != "false" {
			err = fmt.Errorf("want true or false, got %q", cell)
		}
	case "datetime":
		_, err = time.Parse(time.RFC3339Nano, cell)
	case "string":
	default:
		err = fmt.Errorf("a type %q is not known", kind)
	}
	return err
}

// newsFeed is what the test reads of an Atom feed.
type newsFeed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string   `xml:"id"`
	Updated string   `xml:"updated"`
	Entries []struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Content string `xml:"content"`
	} `xml:"entry"`
}

func (s *site) news(t *testing.T, e *elections.Election, language string) (f newsFeed) {
	t.Helper()
	answer := s.visitor(t).send(t, http.MethodGet, "/elections/"+id(e.ID)+"/feed.atom", "", "Accept-Language", language)
	content := text(answer)
	if err := xml.Unmarshal([]byte(content), &f); err != nil || answer.StatusCode != http.StatusOK ||
		answer.Header.Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		t.Fatalf("want a feed, got %s, %v: %s", answer.Status, err, content)
	}
	for i, entry := range f.Entries {
		if _, err := time.Parse(time.RFC3339, entry.Updated); err != nil || !strings.HasPrefix(entry.ID, "urn:uuid:") || entry.Title == "" ||
			i > 0 && entry.Updated > f.Entries[i-1].Updated || f.Updated < entry.Updated {
			t.Errorf("want entries with id and time, newest first, got %+v", entry)
		}
	}
	return f
}

// titles returns the ids of the entries by their titles.
func (f newsFeed) titles() map[string]string {
	all := map[string]string{}
	for _, entry := range f.Entries {
		all[entry.Title] = entry.ID
	}
	return all
}

// TestOpenData_FeedTellsWhatHappened follows the feed of an election through its states, in two languages. Before counts
// may be shown it has none, and an entry has the same id in every feed.
func TestOpenData_FeedTellsWhatHappened(t *testing.T) {
	s := newMultilingualSite(t)
	e, _ := s.embargo(t, elections.TurnoutOnly, 0)
	before := s.news(t, e, "en")
	if got := before.titles(); got["The voting has begun"] == "" || got["Provisional result"] != "" || before.Lang != "en" {
		t.Errorf("want the opening and no count, got %v", got)
	}
	running, _ := s.embargo(t, elections.RunningCount, 0)
	news := s.news(t, running, "en")
	standing := news.titles()["Provisional result"]
	if standing == "" || !strings.Contains(news.Entries[0].Content, "7\u202f919") {
		t.Errorf("want the provisional result first, got %+v", news.Entries)
	}
	s.count(t, running, 0, 0, 1)
	again := s.news(t, running, "en")
	if again.titles()["Provisional result"] != standing || !strings.Contains(again.Entries[0].Content, "6\u202f144") {
		t.Errorf("want the same entry with the new count, got %+v", again.Entries)
	}
	serbian := s.news(t, running, "sr-Cyrl")
	if serbian.Lang != "sr-Cyrl" || serbian.ID != news.ID || serbian.titles()["Привремени резултат"] != standing {
		t.Errorf("want the same entries in Serbian, got %+v", serbian)
	}
	s.certify(t, e)
	after := s.news(t, e, "en").titles()
	for title, entry := range before.titles() {
		if after[title] != entry {
			t.Errorf("%s: want the id %s to stay, got %s", title, entry, after[title])
		}
	}
	if after["The result is certified"] == "" || after["The voting has ended"] == "" || after["Provisional result"] != "" {
		t.Errorf("want the certification and no provisional result, got %v", after)
	}
}

// TestOpenData_FeedOfCorrections reads the feed of a certified election that is corrected.
func TestOpenData_FeedOfCorrections(t *testing.T) {
	s := newSite(t)
	p := s.certifiedPapers(t)
	form := map[string][]string{
		"ordered_by": {"District court, 7/2027"}, "reason": {"A box was found."}, "act": {"recount"}, "stations": {"North, 1"}, "password": {password},
	}
	answer := s.signedIn(t, "administrator").post(t, "/admin/elections/"+id(p.election.ID)+"/corrections", form)
	s.approved(t, answer)
	f := s.news(t, p.election, "en")
	got := f.titles()
	if got["A correction of the certified result was opened"] == "" || got["The result is certified"] == "" {
		t.Errorf("want the certification and the correction, got %v", got)
	}
	if !strings.Contains(f.Entries[0].Content, "Ordered by: District court, 7/2027. Reason: A box was found.") {
		t.Errorf("want the reason and who ordered it, got %+v", f.Entries[0])
	}
}
