//nolint:thelper // the parts of one long test: their failures belong to their lines
package epms

import (
	"net/http"
	"testing"
	"time"
)

// made is a participant as getParticipants lists it.
type made struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Individual bool   `json:"individual"`
}

func (w *world) participants(t *testing.T) {
	const path = "/epms/createParticipant"
	checkMissing(t, w.administrator, path, "name", "individual")
	for name, value := range nameless {
		t.Run(name, func(t *testing.T) {
			for _, individual := range []any{true, false, "yes"} { // the name is checked before the rest
				w.administrator.post(t, path, object{"name": value, "individual": individual}).refused(t, "Invalid name.")
			}
			w.administrator.post(t, path, object{"name": value}).refused(t, "Field individual is missing.")
		})
	}
	w.administrator.post(t, path, object{"name": "X", "individual": "yes"}).refused(t, "Invalid individual.")

	want := []made{
		{1, "Zeta", false},
		{2, "Ana Anić", true},
		{3, "Alpha", false},
		{4, "Мира Мирић", true},
		{5, "Mid", false},
		{6, "Bo", true},
		{7, "Small", false},
	}
	for _, p := range want {
		w.administrator.post(t, path, object{"name": p.Name, "individual": p.Individual}).is(t, http.StatusOK, object{"id": p.ID})
		if p.Individual {
			w.individuals = append(w.individuals, p.ID)
		} else {
			w.parties = append(w.parties, p.ID)
		}
	}
	w.administrator.get(t, "/epms/getParticipants").is(t, http.StatusOK, object{"participants": want})
	w.administrator.call(t, http.MethodGet, "/epms/getParticipants", object{"name": "X"}).
		is(t, http.StatusOK, object{"participants": want})
	w.administrator.post(t, path, object{"name": "   ", "individual": false}).refused(t, "Invalid name.")
	w.administrator.post(t, path, object{"name": " می\u200cخواهم ", "individual": false}).is(t, http.StatusOK, object{"id": 8})
}

// parliament is a valid election in the far past, with one field changed.
func (w *world) parliament(field string, value any) object {
	return copyWith(object{
		"start": "2001-06-16T15:55:46", "end": "2001-06-16T20:00:00", "individual": false, "participants": w.parties,
	}, field, value)
}

func (w *world) electionsRefused(t *testing.T) {
	const path = "/epms/createElection"
	checkMissing(t, w.administrator, path, "start", "end", "individual", "participants")

	for name, value := range map[string]any{
		"blank": " ", "a word": "now", "a number": 20010616, "a list": []string{"2001-06-16T15:55:46"}, "an empty list": []string{},
		"month 13": "2001-13-16T15:55:46", "31 June": "2001-06-31T15:55:46", "29 February 2001": "2001-02-29T15:55:46",
		"hour 25": "2001-06-16T25:00:00", "minute 60": "2001-06-16T15:60:00", "second 61": "2001-06-16T15:55:61",
		"offset of a day": "2001-06-16T15:55:46+24:00", "a zone's name": "2001-06-16T15:55:46 CET", "day first": "16.06.2001 15:55",
		"more behind": "2001-06-16T15:55:46Z and more", "year 0": "0000-06-16T15:55:46", "blanks around": " 2001-06-16T15:55:46",
		"one dash": "200106-16T15:55:46+0100", "the other dash": "2001-0616T15:55:46", "one dash, a date alone": "200106-16",
		"one colon": "2001-06-16T15:5546", "the other colon": "2001-06-16T1555:46Z", "one colon, basic date": "20010616T1555:46",
		"basic date, extended time": "20010616T15:55:46+01:00", "extended date, basic time": "2001-06-16T155546Z",
		"extended date, basic minutes": "2001-06-16 1555", "basic date, extended minutes": "20010616T15:55",
		"no sign before the offset": "2001-06-16T1555460100", "basic time, extended offset": "20010616T155546+01:00",
		"half an offset": "2001-06-16T15:55:46+010", "an offset's colon alone": "2001-06-16T15:55:46+01:", "sign alone": "2001-06-16T15:55:46+",
		"slashes": "2001/06/16T15:55:46", "no digits of ASCII": "٢٠٠١-06-16T15:55:46",
		"year 1899": "1899-12-31T12:00:00", "year 1899 by the server's zone": "1900-01-01T00:30:00+12:00",
		"year 2201": "2201-01-01T12:00:00", "year 2201 by the server's zone": "2200-12-31T23:30:00Z", "year 9999": "9999-12-31T23:59:59Z",
	} {
		t.Run(name, func(t *testing.T) {
			// The participants are wrong too: the times are checked before them.
			for _, field := range []string{"start", "end"} {
				w.administrator.post(t, path, copyWith(w.parliament(field, value), "participants", []int64{99})).
					refused(t, "Invalid date and time.")
			}
		})
	}
	for name, end := range map[string]string{
		"the end is the start": "2001-06-16T15:55:46", "the end before the start": "2001-06-16T15:55:45",
		"the end is the start, written otherwise": "2001-06-16T13:55:46Z", "a year before": "2000-06-16T20:00:00",
	} {
		t.Run(name, func(t *testing.T) {
			w.administrator.post(t, path, w.parliament("end", end)).refused(t, "Invalid date and time.")
		})
	}
	parties, person := w.parties, w.individuals[0]
	for name, value := range map[string]any{
		"none": []int64{}, "one": parties[:1], "unknown": []int64{parties[0], 99}, "unknown, 0": []int64{parties[0], 0},
		"negative": []int64{parties[0], -1}, "repeated": []int64{parties[0], parties[1], parties[0]},
		"of the other kind": []int64{parties[0], person}, "words": []string{"a", "b"}, "a word": "1,3", "a number": 1,
		"an object": object{"id": 1}, "null among them": []any{parties[0], parties[1], nil}, "booleans": []bool{true, true},
		"fractions": []float64{1.5, 3.5}, "beyond all numbers": []any{parties[0], 1e30}, "lists": []any{[]int64{1}, []int64{3}},
	} {
		t.Run(name, func(t *testing.T) {
			w.administrator.post(t, path, w.parliament("participants", value)).refused(t, "Invalid participants.")
		})
	}
	w.administrator.post(t, path, w.parliament("individual", true)).refused(t, "Invalid participants.")
	w.administrator.post(t, path, copyWith(w.parliament("individual", true), "participants", append(w.individuals[:2:2], parties[0]))).
		refused(t, "Invalid participants.")
	w.administrator.post(t, path, w.parliament("individual", "no")).refused(t, "Invalid participants.")
	w.administrator.get(t, "/epms/getElections").is(t, http.StatusOK, object{"elections": []any{}})
}

// create makes an election and remembers how getElections must list it.
func (w *world) create(t *testing.T, start, end, startBack, endBack string, individual bool) int64 {
	t.Helper()
	ids, names := w.parties, map[int64]string{1: "Zeta", 2: "Ana Anić", 3: "Alpha", 4: "Мира Мирић", 5: "Mid", 6: "Bo", 7: "Small"}
	if individual {
		ids = w.individuals
	}
	var listed []object
	var numbers []int
	for i, id := range ids {
		listed = append(listed, object{"id": id, "name": names[id]})
		numbers = append(numbers, i+1)
	}
	w.administrator.post(t, "/epms/createElection", object{
		"start": start, "end": end, "individual": individual, "participants": ids,
	}).is(t, http.StatusOK, object{"pollNumbers": numbers})
	var all struct {
		Elections []struct {
			ID int64 `json:"id"`
		} `json:"elections"`
	}
	w.administrator.get(t, "/epms/getElections").into(t, &all)
	if len(all.Elections) != len(w.elections)+1 {
		t.Fatalf("want %d elections, got %d", len(w.elections)+1, len(all.Elections))
	}
	id := all.Elections[len(w.elections)].ID
	w.elections = append(w.elections, object{
		"id": id, "start": startBack, "end": endBack, "individual": individual, "participants": listed,
	})
	return id
}

func (w *world) times(t *testing.T) {
	// The poll numbers follow the list, not the ids.
	w.parties = []int64{w.parties[2], w.parties[0], w.parties[1], w.parties[3]}
	for _, c := range []struct{ start, end, startBack, endBack string }{
		{"2002-01-16T15:55:46", "2002-01-16T20:00:00", "2002-01-16T15:55:46", "2002-01-16T20:00:00"},
		{"2002-02-16T15:55:46+0100", "2002-02-16T20:00:00+01:00", "2002-02-16T15:55:46+01:00", "2002-02-16T20:00:00+01:00"},
		{"2002-07-16T15:55:46+0100", "2002-07-16T20:00:00Z", "2002-07-16T16:55:46+02:00", "2002-07-16T22:00:00+02:00"},
		{"2002-08-16T15:55:46", "2002-08-16T20:00:00-0330", "2002-08-16T15:55:46", "2002-08-17T01:30:00+02:00"},
		{"2002-09-16T23:30:00Z", "2002-09-17T20:00:00", "2002-09-17T01:30:00+02:00", "2002-09-17T20:00:00"},
		{"2002-10-16T15:55", "2002-10-16T20", "2002-10-16T15:55:00", "2002-10-16T20:00:00"},
		{"20021116T155546Z", "2002-11-16 20:00:00.250", "2002-11-16T16:55:46+01:00", "2002-11-16T20:00:00.250000"},
		{"20021118T1555+0100", "20021118T20-01", "2002-11-18T15:55:00+01:00", "2002-11-18T22:00:00+01:00"},
		{"20021119", "20021120 10", "2002-11-19T00:00:00", "2002-11-20T10:00:00"},
		{"2002-11-21T15+0100", "2002-11-21T19:55+02:30", "2002-11-21T15:00:00+01:00", "2002-11-21T18:25:00+01:00"},
		{"2002-12-16T15:55:46.123456+01:00", "2002-12-17", "2002-12-16T15:55:46.123000+01:00", "2002-12-17T00:00:00"},
	} {
		w.create(t, c.start, c.end, c.startBack, c.endBack, len(w.elections)%2 == 1)
	}
	w.administrator.get(t, "/epms/getElections").is(t, http.StatusOK, object{"elections": w.elections})
}

func (w *world) overlaps(t *testing.T) {
	w.create(t, "2003-06-16T10:00:00", "2003-06-16T20:00:00", "2003-06-16T10:00:00", "2003-06-16T20:00:00", false)
	for name, span := range map[string][2]string{
		"the same":              {"2003-06-16T10:00:00", "2003-06-16T20:00:00"},
		"inside":                {"2003-06-16T11:00:00", "2003-06-16T12:00:00"},
		"around":                {"2003-06-15T10:00:00", "2003-06-17T20:00:00"},
		"into its start":        {"2003-06-16T09:00:00", "2003-06-16T10:00:01"},
		"into its end":          {"2003-06-16T19:59:59", "2003-06-16T21:00:00"},
		"touching its start":    {"2003-06-16T09:00:00", "2003-06-16T10:00:00"},
		"touching its end":      {"2003-06-16T20:00:00", "2003-06-16T21:00:00"},
		"touching, in UTC":      {"2003-06-16T18:00:00Z", "2003-06-16T19:00:00Z"},
		"inside, by the offset": {"2003-06-16T07:00:00-0200", "2003-06-16T08:00:00-0200"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, individual := range []bool{false, true} { // the others' kind does not matter
				w.administrator.post(t, "/epms/createElection", object{
					"start": span[0], "end": span[1], "individual": individual, "participants": []int64{99},
				}).refused(t, "Invalid date and time.")
			}
		})
	}
	w.create(t, "2003-06-16T08:00:00", "2003-06-16T09:59:59", "2003-06-16T08:00:00", "2003-06-16T09:59:59", true)
	w.create(t, "2003-06-16T20:00:01", "2003-06-16T21:00:00", "2003-06-16T20:00:01", "2003-06-16T21:00:00", true)
	w.administrator.get(t, "/epms/getElections").is(t, http.StatusOK, object{"elections": w.elections})
}

// elsewhere makes an election through the API and wants this contract to know nothing of it.
func (w *world) elsewhere(t *testing.T) {
	var e struct {
		ID int64 `json:"id"`
	}
	a := w.administrator.post(t, "/api/v1/elections", object{
		"title": "Made elsewhere", "kind": "parliamentary", "channels": []string{"batches"}, "public_view": "running-count",
		"open_now":       true,
		"starts_at":      time.Now().Add(-time.Hour).Format(time.RFC3339),
		"ends_at":        time.Now().Add(time.Hour).Format(time.RFC3339),
		"constituencies": []object{{"name": "Nationwide", "participants": w.parties}},
	})
	if a.status != http.StatusCreated {
		t.Fatalf("want the election made, got %d %s", a.status, a.body)
	}
	a.status = http.StatusOK
	a.into(t, &e)
	w.administrator.get(t, "/epms/getElections").is(t, http.StatusOK, object{"elections": w.elections})
	for _, id := range []string{decimal(e.ID), "0", "-1", "9999", "first", "1.5", "%201x", "99999999999999999999"} {
		w.administrator.get(t, "/epms/getResults?id="+id).refused(t, "Election does not exist.")
	}
	for _, query := range []string{"", "?id=", "?election=1"} {
		w.administrator.call(t, http.MethodGet, "/epms/getResults"+query, object{"id": 1}).refused(t, "Field id is missing.")
	}
}
