package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const times = `"open_now":true,"starts_at":"2020-06-21T07:00:00+02:00","ends_at":"2020-06-21T20:00:00+02:00"`

// participants registers parties and returns their ids.
func (s *env) participants(names ...string) []string {
	s.t.Helper()
	var ids []string
	for _, name := range names {
		r := s.json(s.administrator, "POST", "/participants", fmt.Sprintf(`{"name":%q,"kind":"party"}`, name)).want(http.StatusCreated)
		ids = append(ids, r.str("id"))
	}
	return ids
}

func TestElections_DefaultsAndShape(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One", "Two")
	body := fmt.Sprintf(`{"title":"Assembly","kind":"parliamentary",%s,"constituencies":[{"participants":[%s,{"id":%s,"weight":"27/20","exempt":true,"max_seats":12}]}]}`,
		times, ids[1], ids[0])
	r := s.json(s.administrator, "POST", "/elections", body).want(http.StatusCreated)
	r.is("counting", "state")
	r.is("2020-06-21T07:00:00+02:00", "starts_at")
	r.is("Europe/Belgrade", "time_zone")
	r.is("turnout", "public_view")
	r.is("[batches online]", "channels")
	r.is("dhondt", "rules", "method")
	r.is("5", "rules", "threshold_percent")
	r.is("valid-party-votes", "rules", "threshold_base")
	r.is(">=", "rules", "threshold_comparison")
	r.is("false", "rules", "blank_ballots")
	r.is("[lot]", "rules", "tie_break")
	r.is("false", "rehearsal")
	r.is("Nationwide", "constituencies", 0, "name")
	r.is("250", "constituencies", 0, "seats")
	r.is("<nil>", "constituencies", 0, "registered_voters")
	r.is("<nil>", "constituencies", 0, "declared_votes_cast")
	r.is(ids[1], "constituencies", 0, "participants", 0, "id")
	r.is("1", "constituencies", 0, "participants", 0, "poll_number")
	r.is("2", "constituencies", 0, "participants", 1, "poll_number")
	r.is("27/20", "constituencies", 0, "participants", 1, "weight")
	r.is("12", "constituencies", 0, "participants", 1, "max_seats")
	// Anyone may read it.
	s.get("", "/elections/"+r.str("id")).want(http.StatusOK).is("Assembly", "title")
	s.get("", "/elections").want(http.StatusOK).is("Assembly", "items", 0, "title")
}

func TestElections_ThresholdStaysExact(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One")
	for _, percent := range []string{"0.1", "3", "3.25", "0"} {
		body := fmt.Sprintf(`{"title":"A","kind":"parliamentary",%s,"rules":{"threshold_percent":%s},"constituencies":[{"participants":[%s]}]}`,
			times, percent, ids[0])
		s.json(s.administrator, "POST", "/elections", body).want(http.StatusCreated).is(percent, "rules", "threshold_percent")
	}
}

func TestElections_RefusalsNameTheFieldsOfTheBody(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One", "Two")
	for name, c := range map[string]struct{ inner, field string }{
		"time":                 {`"time_zone":"Mars/Base"`, "time_zone"},
		"method":               {`"rules":{"method":"coin"}`, "rules.method"},
		"percent is a string":  {`"rules":{"threshold_percent":"5"}`, "rules.threshold_percent"},
		"percent too high":     {`"rules":{"threshold_percent":101}`, "rules.threshold_percent"},
		"rule for ties":        {`"rules":{"tie_break":["age"]}`, "rules.tie_break"},
		"rules for ties":       {`"rules":{"tie_break":"lot"}`, "rules.tie_break"},
		"unknown rule":         {`"rules":{"treshold":5}`, "rules.treshold"},
		"channel":              {`"channels":["batches",3]`, "channels[1]"},
		"constituencies":       {`"constituencies":{}`, "constituencies"},
		"unknown participant":  {fmt.Sprintf(`"constituencies":[{"participants":[%s,4711]}]`, ids[0]), "constituencies[0].participants[1].id"},
		"no participant":       {`"constituencies":[{"participants":["x"]}]`, "constituencies[0].participants[0]"},
		"weight of wrong type": {fmt.Sprintf(`"constituencies":[{"participants":[%s,{"id":%s,"weight":1.35}]}]`, ids[0], ids[1]), "constituencies[0].participants[1].weight"},
		"unknown member":       {fmt.Sprintf(`"constituencies":[{"participants":[{"id":%s,"heft":2}]}]`, ids[0]), "constituencies[0].participants[0].heft"},
		"half a seat":          {fmt.Sprintf(`"constituencies":[{"name":"N","seats":1.5,"participants":[%s]}]`, ids[0]), "constituencies[0].seats"},
	} {
		t.Run(name, func(t *testing.T) {
			inner := c.inner
			if !strings.Contains(inner, "constituencies") {
				inner += fmt.Sprintf(`,"constituencies":[{"participants":[%s]}]`, ids[0])
			}
			body := fmt.Sprintf(`{"title":"A","kind":"parliamentary",%s,%s}`, times, inner)
			fields := s.json(s.administrator, "POST", "/elections", body).refused(http.StatusUnprocessableEntity, "invalid-input").fields()
			if len(fields) != 1 || fields[c.field] == "" {
				t.Errorf("want a problem with %s alone, got %v", c.field, fields)
			}
		})
	}
	t.Run("times", func(t *testing.T) {
		fields := s.json(s.administrator, "POST", "/elections", `{"title":"A","kind":"parliamentary","starts_at":"tomorrow","ends_at":7}`).
			refused(http.StatusUnprocessableEntity, "invalid-input").fields()
		if len(fields) != 2 || fields["starts_at"] == "" || fields["ends_at"] == "" {
			t.Errorf("want problems with both times, got %v", fields)
		}
	})
}

func TestElections_PatchKeepsWhatItDoesNotName(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One", "Two")
	body := fmt.Sprintf(`{"title":"A","kind":"parliamentary","starts_at":"2090-01-01T07:00:00Z","ends_at":"2090-01-01T20:00:00Z","rehearsal":true,
		"rules":{"method":"hare","threshold_percent":3.25,"blank_ballots":true,"tie_break":["more-votes"]},
		"constituencies":[{"name":"North","seats":7,"registered_voters":100,"declared_votes_cast":60,"participants":[{"id":%s,"exempt":true},%s]}]}`, ids[0], ids[1])
	r := s.json(s.administrator, "POST", "/elections", body).want(http.StatusCreated)
	r.is("scheduled", "state")
	path := "/elections/" + r.str("id")
	r = s.json(s.administrator, "PATCH", path, `{"title":"B","rules":{"method":"droop"}}`).want(http.StatusOK)
	r.is("B", "title")
	r.is("droop", "rules", "method")
	r.is("3.25", "rules", "threshold_percent")
	r.is("true", "rules", "blank_ballots")
	r.is("[more-votes lot]", "rules", "tie_break")
	r.is("true", "rehearsal")
	r.is("100", "constituencies", 0, "registered_voters")
	r.is("60", "constituencies", 0, "declared_votes_cast")
	r.is("true", "constituencies", 0, "participants", 0, "exempt")
	r = s.json(s.administrator, "PATCH", path, fmt.Sprintf(`{"constituencies":[{"name":"South","seats":2,"declared_votes_cast":null,"registered_voters":null,"participants":[%s]}]}`, ids[1])).want(http.StatusOK)
	r.is("South", "constituencies", 0, "name")
	r.is("<nil>", "constituencies", 0, "declared_votes_cast")
	r.is(ids[1], "constituencies", 0, "participants", 0, "id")
	if got := r.at("constituencies").([]any); len(got) != 1 {
		t.Errorf("want one constituency, got %d", len(got))
	}
	s.json(s.administrator, "PATCH", "/elections/4711", `{}`).refused(http.StatusNotFound, "unknown-election")
}

func TestElections_AnOpenedElectionStaysAsItIs(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One")
	r := s.json(s.administrator, "POST", "/elections", fmt.Sprintf(`{"title":"A","kind":"parliamentary",%s,"constituencies":[{"participants":[%s]}]}`, times, ids[0])).want(http.StatusCreated)
	s.json(s.administrator, "PATCH", "/elections/"+r.str("id"), `{"title":"B"}`).refused(http.StatusConflict, "election-not-scheduled")
}

// TestElections_TimesAreKeptToTheMillisecond sends finer times, and the same body once more: what the client did not touch
// is not changed.
func TestElections_TimesAreKeptToTheMillisecond(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One")
	now := time.Now().UTC().Truncate(time.Second)
	body := func(end time.Time) string {
		const fine = "2006-01-02T15:04:05.123456Z"
		return fmt.Sprintf(`{"title":"A","kind":"parliamentary","open_now":true,"starts_at":%q,"ends_at":%q,"constituencies":[{"participants":[%s]}]}`,
			now.Add(-time.Hour).Format(fine), end.Format(fine), ids[0])
	}
	r := s.json(s.administrator, "POST", "/elections", body(now.Add(time.Hour))).want(http.StatusCreated)
	path := "/elections/" + r.str("id")
	s.json(s.administrator, "PATCH", path, body(now.Add(time.Hour))).refused(http.StatusConflict, "election-not-scheduled")
	s.json(s.administrator, "PATCH", path, body(now.Add(2*time.Hour))).want(http.StatusOK)
}

func TestElections_AnOpenElectionsEndMayMoveLaterOnly(t *testing.T) {
	s := newEnv(t)
	ids := s.participants("One", "Two")
	now := time.Now().Truncate(time.Second)
	at := func(hours int) string { return now.Add(time.Duration(hours) * time.Hour).UTC().Format(time.RFC3339) }
	body := fmt.Sprintf(`{"title":"A","kind":"parliamentary","open_now":true,"starts_at":%q,"ends_at":%q,"rules":{"threshold_percent":3.25},
		"constituencies":[{"name":"N","seats":7,"registered_voters":100,"participants":[%s,{"id":%s,"weight":"27/20"}]}]}`, at(-1), at(1), ids[0], ids[1])
	r := s.json(s.administrator, "POST", "/elections", body).want(http.StatusCreated)
	r.is("open", "state")
	path := "/elections/" + r.str("id")
	for name, change := range map[string]string{
		"earlier end":          fmt.Sprintf(`{"ends_at":%q}`, now.Add(30*time.Minute).Format(time.RFC3339)),
		"title":                `{"title":"B"}`,
		"later end and title":  fmt.Sprintf(`{"ends_at":%q,"title":"B"}`, at(2)),
		"later end and rules":  fmt.Sprintf(`{"ends_at":%q,"rules":{"method":"hare"}}`, at(2)),
		"later end and start":  fmt.Sprintf(`{"ends_at":%q,"starts_at":%q}`, at(2), at(-2)),
		"later end and seats":  fmt.Sprintf(`{"ends_at":%q,"constituencies":[{"name":"N","seats":8,"registered_voters":100,"participants":[%s,%s]}]}`, at(2), ids[0], ids[1]),
		"later end and view":   fmt.Sprintf(`{"ends_at":%q,"public_view":"running-count"}`, at(2)),
		"nothing":              `{}`,
		"the same end, of now": fmt.Sprintf(`{"ends_at":%q}`, at(1)),
	} {
		t.Run(name, func(t *testing.T) {
			s.json(s.administrator, "PATCH", path, change).refused(http.StatusConflict, "election-not-scheduled")
		})
	}
	r = s.json(s.administrator, "PATCH", path, fmt.Sprintf(`{"ends_at":%q}`, at(2))).want(http.StatusOK)
	r.is("open", "state")
	end, err := time.Parse(time.RFC3339, r.str("ends_at"))
	if err != nil || !end.Equal(now.Add(2*time.Hour)) {
		t.Errorf("want the end an hour later, got %v, %v", end, err)
	}
	r.is("A", "title")
	r.is("7", "constituencies", 0, "seats")
	r.is("27/20", "constituencies", 0, "participants", 1, "weight")
	s.get(s.administrator, "/audit-events?action=election-extended").want(http.StatusOK).is("Ana Ilić <ana@example.org>", "items", 0, "actor", "name")
}
