package resultsfile

import (
	"testing"

	"urna/results/apportion"
)

func TestCompare(t *testing.T) {
	seats := func(n int) *int { return &n }
	declare := func(declared ...*int) Case {
		c := Case{}
		for i, s := range declared {
			c.Lists = append(c.Lists, List{Name: string(rune('a' + i)), Seats: s})
		}
		return c
	}
	withTie := func(c Case, tied int, names ...string) Case {
		c.ExpectedTie = &Tie{Names: names, Seats: tied}
		return c
	}
	withUnassigned := func(c Case, n int) Case {
		c.Unassigned = &n
		return c
	}
	tie := &apportion.Tie{Lists: []int{0, 1}, Seats: 1}
	for _, test := range []struct {
		name   string
		c      Case
		result apportion.Allocation
		want   int
	}{
		{"equal", declare(seats(2), seats(1)), apportion.Allocation{Seats: []int{2, 1}}, 0},
		{"different", declare(seats(3), seats(0)), apportion.Allocation{Seats: []int{2, 1}}, 2},
		{"nothing declared", declare(nil, nil), apportion.Allocation{Seats: []int{2, 1}}, 0},
		{"an outcome of the tie", declare(seats(3), seats(1)), apportion.Allocation{Seats: []int{2, 1}, Tie: tie}, 0},
		{"the other outcome", declare(seats(2), seats(2)), apportion.Allocation{Seats: []int{2, 1}, Tie: tie}, 0},
		{"the tied seat given twice", declare(seats(3), seats(2)), apportion.Allocation{Seats: []int{2, 1}, Tie: tie}, 1},
		{"the tied seat not given", declare(seats(2), seats(1)), apportion.Allocation{Seats: []int{2, 1}, Tie: tie}, 1},
		{"two seats by a tie", declare(seats(4), seats(0)), apportion.Allocation{Seats: []int{2, 1}, Tie: tie}, 2},
		{"a list outside of the tie", declare(seats(3), seats(1), seats(1)), apportion.Allocation{Seats: []int{2, 1, 0}, Tie: tie}, 1},
		{"expected tie", withTie(declare(nil, nil), 1, "b", "a"), apportion.Allocation{Seats: []int{2, 1}, Tie: tie}, 0},
		{"expected tie is missing", withTie(declare(nil, nil), 1, "b", "a"), apportion.Allocation{Seats: []int{2, 1}}, 1},
		{"expected tie for more seats", withTie(declare(nil, nil), 2, "b", "a"), apportion.Allocation{Seats: []int{2, 1}, Tie: tie}, 1},
		{"expected tie of others", withTie(declare(nil, nil, nil), 1, "b", "c"), apportion.Allocation{Seats: []int{2, 1, 0}, Tie: tie}, 1},
		{"unassigned", withUnassigned(declare(nil), 2), apportion.Allocation{Seats: []int{2}, Unassigned: 2}, 0},
		{"unassigned differs", withUnassigned(declare(nil), 2), apportion.Allocation{Seats: []int{2}, Unassigned: 1}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Compare(test.c, test.result); len(got) != test.want {
				t.Errorf("want %d differences, got %q", test.want, got)
			}
		})
	}
}

func TestCompareWinner(t *testing.T) {
	tie := &apportion.Tie{Lists: []int{0, 1}, Seats: 1}
	for _, test := range []struct {
		name   string
		winner string
		last   apportion.Outcome
		equal  bool
	}{
		{"equal", "a", apportion.Outcome{Winner: 0}, true},
		{"different", "b", apportion.Outcome{Winner: 0}, false},
		{"none declared", "", apportion.Outcome{Winner: 0}, true},
		{"a second round is missing", "a", apportion.Outcome{Winner: -1, SecondRound: []int{0, 1}}, false},
		{"allowed by the tie", "b", apportion.Outcome{Winner: -1, Tie: tie}, true},
		{"not allowed by the tie", "c", apportion.Outcome{Winner: -1, Tie: tie}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := &File{Winner: test.winner, Rounds: []Round{{Candidates: []Candidate{{"a", 2}, {"b", 1}, {"c", 1}}}}}
			if got := CompareWinner(file, test.last); (got == "") != test.equal {
				t.Errorf("want equal %t, got %q", test.equal, got)
			}
		})
	}
}
