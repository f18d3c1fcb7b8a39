package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"urna/internal/database"
)

// election posts an election with the given members before its constituency.
func (s *env) election(members, participant string) *reply {
	s.t.Helper()
	return s.json(s.administrator, http.MethodPost, "/elections",
		fmt.Sprintf(`{"title":"A","kind":"parliamentary",%s,"constituencies":[{"participants":[%s]}]}`, members, participant))
}

func TestElections_YearsThatNobodyCanMean(t *testing.T) {
	s := newEnv(t)
	one := s.participants("One")[0]
	for name, c := range map[string]struct{ members, field string }{
		"the last second of 9999":              {`"starts_at":"2090-01-01T07:00:00Z","ends_at":"9999-12-31T23:59:59Z"`, "ends_at"},
		"the same in UTC":                      {`"time_zone":"UTC","starts_at":"2090-01-01T07:00:00Z","ends_at":"9999-12-31T23:59:59Z"`, "ends_at"},
		"the first second of 2201 here":        {`"starts_at":"2090-01-01T07:00:00Z","ends_at":"2200-12-31T23:00:00Z"`, "ends_at"},
		"the last of 1899 here":                {`"open_now":true,"starts_at":"1899-12-31T22:00:00Z","ends_at":"2090-01-01T00:00:00Z"`, "starts_at"},
		"the year 0":                           {`"open_now":true,"starts_at":"0000-01-01T00:00:00Z","ends_at":"2090-01-01T00:00:00Z"`, "starts_at"},
		"the end in the year 10000 by its own": {`"starts_at":"2090-01-01T07:00:00Z","ends_at":"9999-12-31T23:59:59-23:59"`, "ends_at"},
		"24:00":                                {`"starts_at":"2090-01-01T24:00:00Z","ends_at":"2091-01-01T00:00:00Z"`, "starts_at"},
		"a leap second":                        {`"starts_at":"2090-06-30T23:59:60Z","ends_at":"2091-01-01T00:00:00Z"`, "starts_at"},
		"an offset of a day":                   {`"starts_at":"2090-01-01T07:00:00+24:00","ends_at":"2091-01-01T00:00:00Z"`, "starts_at"},
		"an offset of 60 minutes":              {`"starts_at":"2090-01-01T07:00:00+01:60","ends_at":"2091-01-01T00:00:00Z"`, "starts_at"},
		"a decimal comma":                      {`"starts_at":"2090-01-01T07:00:00,5Z","ends_at":"2091-01-01T00:00:00Z"`, "starts_at"},
		"an hour of one digit":                 {`"starts_at":"2090-01-01T7:00:00Z","ends_at":"2091-01-01T00:00:00Z"`, "starts_at"},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.election(c.members, one)
			if fields := r.fields(); r.status != http.StatusUnprocessableEntity || len(fields) != 1 || fields[c.field] == "" {
				t.Errorf("want a 422 that names %s, got %d %s", c.field, r.status, r.raw)
			}
		})
	}
	s.get("", "/elections").want(http.StatusOK).is("[]", "items")
	// What lies just within is taken, with any offset that RFC 3339 has.
	s.election(`"open_now":true,"starts_at":"1899-12-31T23:00:00Z","ends_at":"2200-12-31T22:59:59Z"`, one).want(http.StatusCreated)
	r := s.election(`"starts_at":"2090-01-01T07:00:00.25+23:59","ends_at":"2091-01-01T00:00:00-23:59"`, one).want(http.StatusCreated)
	s.json(s.administrator, http.MethodPatch, "/elections/"+r.str("id"), `{"ends_at":"2201-06-01T00:00:00Z"}`).
		refused(http.StatusUnprocessableEntity, "invalid-input")
}

// store gives an election times around the domain.
func (s *env) store(election string, starts, ends int64) {
	s.t.Helper()
	must(s.t, s.DB.Write(s.t.Context(), func(tx *database.Tx) error {
		_, err := tx.SQL().ExecContext(s.t.Context(), `UPDATE elections SET starts_at = ?, ends_at = ?, closed_at = NULL WHERE id = ?`, starts, ends, election)
		return err
	}))
}

// TestElections_OneWithoutAWritableTimeHidesNoOther stores what earlier versions took.
func TestElections_OneWithoutAWritableTimeHidesNoOther(t *testing.T) {
	s := newEnv(t)
	one := s.participants("One")[0]
	good := s.election(`"starts_at":"2090-01-01T07:00:00Z","ends_at":"2091-01-01T00:00:00Z"`, one).want(http.StatusCreated)
	odd := s.election(`"starts_at":"2090-01-01T07:00:00Z","ends_at":"2091-01-01T00:00:00Z"`, one).want(http.StatusCreated).str("id")
	for name, times := range map[string][2]int64{
		"the last second of 9999":  {time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).UnixMilli()},
		"the first of the year 0":  {time.Date(-1, 12, 31, 23, 59, 59, 0, time.UTC).UnixMilli(), time.Date(2091, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()},
		"the widest that fits int": {-1 << 63, 1<<63 - 1},
	} {
		t.Run(name, func(t *testing.T) {
			s.store(odd, times[0], times[1])
			list := s.get("", "/elections").want(http.StatusOK)
			if items, _ := list.body["items"].([]any); len(items) != 2 {
				t.Errorf("want both elections, got %s", list.raw)
			}
			s.get("", "/elections/"+odd).want(http.StatusOK)
			s.get("", "/elections/"+good.str("id")).want(http.StatusOK)
		})
	}
	// And one that has not opened can be mended.
	s.store(odd, time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).UnixMilli())
	s.json(s.administrator, http.MethodPatch, "/elections/"+odd, `{"title":"B"}`).want(http.StatusOK)
	s.json(s.administrator, http.MethodPatch, "/elections/"+odd, `{"ends_at":"2092-01-01T00:00:00Z"}`).want(http.StatusOK).
		is("2092-01-01T01:00:00+01:00", "ends_at")
}

func TestElections_AStartInThePastIsAskedAbout(t *testing.T) {
	s := newEnv(t)
	one := s.participants("One")[0]
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
	times := func(starts, ends time.Duration) string {
		return fmt.Sprintf(`"starts_at":%q,"ends_at":%q`, at(starts), at(ends))
	}
	asked := func(r *reply) {
		t.Helper()
		fields := r.refused(http.StatusUnprocessableEntity, "invalid-input").fields()
		if len(fields) != 1 || !strings.Contains(fields["open_now"], "set open_now to true") {
			t.Errorf("want open_now asked for, got %v", fields)
		}
	}
	asked(s.election(times(-2*time.Minute, time.Hour), one))
	asked(s.election(`"open_now":false,`+times(-2*time.Hour, -time.Hour), one))
	if all := s.get("", "/elections").want(http.StatusOK); !strings.Contains(string(all.raw), `"items":[]`) {
		t.Errorf("want nothing stored, got %s", all.raw)
	}
	s.election(`"open_now":true,`+times(-2*time.Hour, time.Hour), one).want(http.StatusCreated).is("open", "state")
	s.election(times(-30*time.Second, time.Hour), one).want(http.StatusCreated).is("open", "state")

	// A change that opens a scheduled election is asked about as well; without one nothing is.
	path := "/elections/" + s.election(`"open_now":true,`+times(time.Hour, 2*time.Hour), one).want(http.StatusCreated).str("id")
	s.json(s.administrator, http.MethodPatch, path, `{"title":"B"}`).want(http.StatusOK).is("scheduled", "state")
	asked(s.json(s.administrator, http.MethodPatch, path, fmt.Sprintf(`{"starts_at":%q}`, at(-time.Hour))))
	s.get("", path).want(http.StatusOK).is("scheduled", "state")
	r := s.json(s.administrator, http.MethodPatch, path, fmt.Sprintf(`{"open_now":true,"starts_at":%q}`, at(-time.Hour))).want(http.StatusOK)
	r.is("open", "state")
	// Of an open one the end moves without a question.
	s.json(s.administrator, http.MethodPatch, path, fmt.Sprintf(`{"ends_at":%q}`, at(3*time.Hour))).want(http.StatusOK)
	s.json(s.administrator, http.MethodPatch, path, fmt.Sprintf(`{"open_now":true,"ends_at":%q}`, at(4*time.Hour))).want(http.StatusOK)
}
