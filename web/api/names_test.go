package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// quoted writes a text as JSON.
func quoted(t *testing.T, s string) string {
	t.Helper()
	raw, err := json.Marshal(s)
	must(t, err)
	return string(raw)
}

// unshowable are texts that no door takes.
func unshowable() map[string]string {
	return map[string]string{
		"escape": "A\x1b[2J", "C1 control": "A\u009bB", "line end": "A\nB", "line end behind": "A\r\n", "tab": "A\tB",
		"line separator": "A\u2028B", "paragraph separator": "A\u2029", "override": "A\u202eB", "isolate": "A\u2066B",
		"nothing to see": "\u200b", "joiner alone": "\u200d", "filler": "\u3164", "byte order mark": "\ufeffA",
	}
}

func TestTexts_OneRuleAtEveryDoor(t *testing.T) {
	s := newEnv(t)
	made := s.json(s.administrator, http.MethodPost, "/participants", `{"name":"Alder","kind":"party","short_name":"AL"}`).want(http.StatusCreated).str("id")
	election := fmt.Sprintf(`{"title":%%s,"kind":"parliamentary","starts_at":"2050-01-01T00:00:00Z","ends_at":"2050-01-02T00:00:00Z","constituencies":[{"name":%%s,"participants":[%s]}]}`, made)
	stored := s.json(s.administrator, http.MethodPost, "/elections", fmt.Sprintf(election, `"T"`, `"N"`)).want(http.StatusCreated).str("id")
	path, constituencies := s.counting(3)
	s.close()
	batch := s.csv(s.first, path, "", lines(0, 4, 1)+lines(4, 8, 2)).want(http.StatusAccepted).str("id")
	s.counted(batch)
	tie := s.get("", path+"/results").at("constituencies", 0, "tie", "participants").([]any)
	for name, bad := range unshowable() {
		t.Run(name, func(t *testing.T) {
			text := quoted(t, bad)
			for _, c := range []struct{ method, path, body, fields string }{
				{"POST", "/participants", `{"kind":"party","name":` + text + `}`, "name"},
				{"POST", "/participants", `{"kind":"party","name":"B","short_name":` + text + `}`, "short_name"},
				{"PATCH", "/participants/" + made, `{"name":` + text + `}`, "name"},
				{"PATCH", "/participants/" + made, `{"short_name":` + text + `}`, "short_name"},
				{"POST", "/elections", fmt.Sprintf(election, text, text), "title constituencies[0].name"},
				{"PATCH", "/elections/" + stored, `{"title":` + text + `}`, "title"},
				{"PATCH", "/elections/" + stored, `{"constituencies":[{"name":` + text + `,"participants":[` + made + `]}]}`, "constituencies[0].name"},
				{"POST", "/batches/" + batch + "/retraction", `{"reason":` + text + `}`, "reason"},
				{"POST", "/batches/" + batch + "/restoration", `{"reason":` + text + `}`, "reason"},
				{"POST", path + "/lots", fmt.Sprintf(`{"constituency_id":%[1]s,"participants":[%[2]v,%[3]v],"note":%[4]s,"place":%[4]s,"witnesses":%[4]s}`,
					constituencies[0], tie[1], tie[0], text), "note place witnesses"},
			} {
				fields := s.json(s.administrator, c.method, c.path, c.body).want(http.StatusUnprocessableEntity).fields()
				for field := range strings.FieldsSeq(c.fields) {
					if fields[field] == "" || strings.Contains(fields[field], bad) {
						t.Errorf("%s %s: want %s named, got %v", c.method, c.path, field, fields)
					}
				}
			}
		})
	}
	r := s.get(s.administrator, "/participants/"+made).want(http.StatusOK)
	r.is("Alder", "name")
	r.is("AL", "short_name")
	for _, name := range []string{"می\u200cخواهم", "क्\u200dष", "👩\u200d👧", "abc\u200f שלום", " Zoé "} {
		r := s.json(s.administrator, http.MethodPost, "/participants", `{"kind":"party","name":`+quoted(t, name)+`}`).want(http.StatusCreated)
		r.is(strings.TrimSpace(name), "name")
	}
	s.json(s.administrator, http.MethodPatch, "/participants/"+made, `{"short_name":null}`).want(http.StatusOK)
}

func TestParticipants_SaysWhoLooksTheSame(t *testing.T) {
	s := newEnv(t)
	add := func(name, kind string) *reply {
		return s.json(s.administrator, http.MethodPost, "/participants", `{"kind":"`+kind+`","name":`+quoted(t, name)+`}`).want(http.StatusCreated)
	}
	first := add("Alder Alliance", "party")
	if _, said := first.body["similar"]; said {
		t.Errorf("want no participant named, got %s", first.raw)
	}
	id := first.str("id")
	all := []string{id}
	for _, name := range []string{"alder  alliance", "Alder\u00a0Alliance", "Ａlder Alliance", "Alder Alli\u200bance", "Alder Alliance"} {
		r := add(name, "party")
		r.is(fmt.Sprint(all), "similar")
		all = append(all, r.str("id"))
	}
	for _, r := range []*reply{add("Elder Alliance", "party"), add("Alder Alliance", "individual"), s.get(s.administrator, "/participants/"+id)} {
		if _, said := r.body["similar"]; said {
			t.Errorf("want no participant named, got %s", r.raw)
		}
	}
	other := add("Birch", "party").str("id")
	s.json(s.administrator, http.MethodPatch, "/participants/"+other, `{"name":"ALDER ALLIANCE"}`).want(http.StatusOK).is(fmt.Sprint(all), "similar")
	if r := s.json(s.administrator, http.MethodPatch, "/participants/"+other, `{"name":"Birch"}`).want(http.StatusOK); r.body["similar"] != nil {
		t.Errorf("want no participant named, got %s", r.raw)
	}
}

func TestElections_ConstituenciesOfOneNameAndNamesOfDigits(t *testing.T) {
	s := newEnv(t)
	digits := s.json(s.administrator, http.MethodPost, "/participants", `{"name":"２","kind":"party"}`).want(http.StatusCreated).str("id")
	alder := s.json(s.administrator, http.MethodPost, "/participants", `{"name":"Alder","kind":"party"}`).want(http.StatusCreated).str("id")
	body := func(channels, constituencies string) string {
		return `{"title":"T","kind":"parliamentary","starts_at":"2050-01-01T00:00:00Z","ends_at":"2050-01-02T00:00:00Z",` + channels + `"constituencies":[` + constituencies + `]}`
	}
	twins := `{"name":"North","participants":[` + alder + `]},{"name":" NORTH ","participants":[` + alder + `]}`
	fields := s.json(s.administrator, http.MethodPost, "/elections", body("", twins)).refused(http.StatusUnprocessableEntity, "invalid-input").fields()
	if !strings.Contains(fields["constituencies[1].name"], `"North"`) {
		t.Errorf("want the second refused with the first's name, got %v", fields)
	}
	e := s.json(s.administrator, http.MethodPost, "/elections", body("", `{"name":"North","participants":[`+alder+`]}`)).want(http.StatusCreated).str("id")
	s.json(s.administrator, http.MethodPatch, "/elections/"+e, `{"constituencies":[`+twins+`]}`).refused(http.StatusUnprocessableEntity, "invalid-input")
	fields = s.json(s.administrator, http.MethodPost, "/elections", body("", `{"participants":[`+alder+`,`+digits+`]}`)).refused(http.StatusUnprocessableEntity, "invalid-input").fields()
	if !strings.Contains(fields["constituencies[0].participants[1].id"], "２") {
		t.Errorf("want the participant named, got %v", fields)
	}
	s.json(s.administrator, http.MethodPost, "/elections", body(`"channels":["batches"],`, `{"participants":[`+alder+`,`+digits+`]}`)).want(http.StatusCreated)
	s.json(s.administrator, http.MethodPatch, "/elections/"+e, `{"constituencies":[{"participants":[`+digits+`]}]}`).refused(http.StatusUnprocessableEntity, "invalid-input")
	s.json(s.administrator, http.MethodPatch, "/participants/"+alder, `{"name":"02"}`).refused(http.StatusUnprocessableEntity, "invalid-input")
}
