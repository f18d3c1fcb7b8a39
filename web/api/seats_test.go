package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// accounted fails the test unless the seats of each constituency of an answer are given, tied or unassigned, so many
// unassigned as wanted.
func (r *reply) accounted(t *testing.T, unassigned ...int) {
	t.Helper()
	number := func(path ...any) int {
		t.Helper()
		n, err := strconv.Atoi(r.str(path...))
		must(t, err)
		return n
	}
	for i, want := range unassigned {
		sum := number("constituencies", i, "unassigned_seats")
		if sum != want {
			t.Errorf("constituency %d: want %d seats unassigned, got %d", i+1, want, sum)
		}
		for k := range r.at("constituencies", i, "candidacies").([]any) {
			sum += number("constituencies", i, "candidacies", k, "seats")
		}
		if r.at("constituencies", i, "tie") != nil {
			sum += number("constituencies", i, "tie", "seats")
		}
		if seats := number("constituencies", i, "seats"); sum != seats {
			t.Errorf("constituency %d: want its %d seats given, tied or unassigned, got %d", i+1, seats, sum)
		}
	}
}

// TestResults_EverySeatIsAccountedFor counts ballots in some of an election's constituencies: none in one, invalid
// ones alone in another, a tie in a third.
func TestResults_EverySeatIsAccountedFor(t *testing.T) {
	s := newEnv(t)
	path, parts := s.counting(5, 4, 7, 3)
	s.close()
	s.get("", path+"/results").want(http.StatusOK).accounted(t, 5, 4, 7, 3)
	s.counted(s.csv(s.first, path, "?constituency_id="+parts[0], lines(0, 20, 1)+lines(20, 29, 2)).want(http.StatusAccepted).str("id"))
	s.counted(s.csv(s.first, path, "?constituency_id="+parts[2], lines(40, 44, 9)).want(http.StatusAccepted).str("id"))
	s.counted(s.csv(s.first, path, "?constituency_id="+parts[3], lines(50, 54, 1)+lines(54, 58, 2)).want(http.StatusAccepted).str("id"))
	r := s.get("", path+"/results").want(http.StatusOK)
	r.accounted(t, 0, 4, 7, 0)
	r.is("1", "constituencies", 3, "tie", "seats")
	r.is("0", "constituencies", 3, "tie", "places")

	rows, err := csv.NewReader(strings.NewReader(string(s.get("", path+"/constituencies.csv").want(http.StatusOK).raw))).ReadAll()
	must(t, err)
	at := slices.Index(rows[0], "unassigned_seats")
	if at < 0 {
		t.Fatalf("want the column unassigned_seats, got %v", rows[0])
	}
	if got := strings.Join([]string{rows[1][at], rows[2][at], rows[3][at], rows[4][at]}, " "); got != "0 4 7 0" {
		t.Errorf("want 0, 4, 7 and 0 unassigned seats exported, got %s", got)
	}
	tie := r.at("constituencies", 3, "tie", "participants").([]any)
	s.json(s.administrator, "POST", path+"/lots", fmt.Sprintf(`{"constituency_id":%s,"participants":[%s,%s]}`, parts[3], tie[1], tie[0])).want(http.StatusCreated)
	reasons := fmt.Sprintf(`{"password":%q,"reasons":{"no-ballots:%s":"nobody lives there"}}`, password, parts[1])
	figures := s.json(s.administrator, "POST", path+"/certification", reasons).want(http.StatusOK).str("figures")
	s.get("", path+"/results").want(http.StatusOK).accounted(t, 0, 4, 7, 0)
	s.bundles(path, figures)
}

// TestResults_ThePresidentsSeatIsAccountedFor counts until a candidate is elected, with no one elected before: no vote,
// a second round, ties for one and for two places in it.
func TestResults_ThePresidentsSeatIsAccountedFor(t *testing.T) {
	s := newEnv(t)
	var ids []string
	for _, name := range []string{"Ana", "Boris", "Vera"} {
		ids = append(ids, s.json(s.administrator, "POST", "/participants", fmt.Sprintf(`{"name":%q,"kind":"individual"}`, name)).want(http.StatusCreated).str("id"))
	}
	for majority, want := range map[string][]struct{ unassigned, tied, places int }{
		"absolute":  {{1, 0, 0}, {1, 0, 2}, {1, 0, 1}, {1, 0, 0}, {0, 0, 0}},
		"plurality": {{1, 0, 0}, {0, 1, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
	} {
		r := s.json(s.administrator, "POST", "/elections", fmt.Sprintf(`{"title":"P","kind":"presidential",%s,"rules":{"majority":%q},"constituencies":[{"participants":[%s]}]}`,
			times, majority, strings.Join(ids, ","))).want(http.StatusCreated)
		path := "/elections/" + r.str("id")
		// Nothing; 4, 4, 4; 6, 4, 4; 6, 5, 4; 20, 5, 4.
		for i, file := range []string{"", lines(0, 4, 1) + lines(4, 8, 2) + lines(8, 12, 3), lines(12, 14, 1), lines(14, 15, 2), lines(15, 29, 1)} {
			if file != "" {
				s.counted(s.csv(s.first, path, "", file).want(http.StatusAccepted).str("id"))
			}
			r := s.get("", path+"/results").want(http.StatusOK)
			r.accounted(t, want[i].unassigned)
			if want[i].tied+want[i].places > 0 {
				r.is(strconv.Itoa(want[i].tied), "constituencies", 0, "tie", "seats")
				r.is(strconv.Itoa(want[i].places), "constituencies", 0, "tie", "places")
			} else {
				r.is("<nil>", "constituencies", 0, "tie")
			}
		}
	}
}
