package apportion

import (
	"errors"
	"flag"
	"math/rand/v2"
	"reflect"
	"testing"
)

var cases = flag.Int("cases", 100_000, "random allocations for TestTwoImplementationsAgree")

var seed = flag.Uint64("seed", 1, "seed for TestTwoImplementationsAgree")

// TestTwoImplementationsAgree compares Allocate and AllocateByDivisor. By hand, with -cases
// 100000000 and a seed of one's own.
func TestTwoImplementationsAgree(t *testing.T) {
	draw := drawFrom(rand.New(rand.NewPCG(*seed, 0)))
	cases, ties, refused := *cases, 0, 0
	if testing.Short() {
		cases /= 10
	}
	for range cases {
		in := randomInput(draw)
		tie, err := agree(t, in)
		if tie {
			ties++
		}
		if err != nil {
			refused++
		}
	}
	t.Logf("%d cases, %d with a tie, %d refused", cases, ties, refused)
	if ties < cases/100 || refused > cases/4 {
		t.Errorf("want at least 1 %% ties and at most 25 %% refusals of %d, got %d and %d", cases, ties, refused)
	}
}

func FuzzTwoImplementationsAgree(f *testing.F) {
	random := rand.New(rand.NewPCG(2, 0))
	for range 20 {
		data := make([]byte, 100)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := randomInput(drawFromBytes(data))
		_, _ = agree(t, in)
		checkSum(t, in)
	})
}

// agree fails the test where the implementations differ on the input, or on the same input after
// a lot, and reports whether there was a tie and which error both returned.
func agree(t *testing.T, in Input) (tie bool, err error) {
	t.Helper()
	first, err := Allocate(in)
	second, errSecond := AllocateByDivisor(in)
	if !sameError(err, errSecond) {
		t.Fatalf("errors differ on %+v:\n%v\n%v", in, err, errSecond)
	}
	if err != nil {
		return false, err
	}
	if first.Tie != nil && len(in.Lots) == 0 {
		tie = true
		settled := in
		settled.Lots = []Lot{{Lists: first.Tie.Lists[:1]}, {Lists: first.Tie.Lists}}
		_, _ = agree(t, settled)
	}
	first.Steps = nil
	if !reflect.DeepEqual(first, second) {
		t.Fatalf("on %+v:\nby quotients %+v tie %v\nby divisor   %+v tie %v", in, first, first.Tie, second, second.Tie)
	}
	return tie, nil
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return errors.Is(a, b)
	}
	for _, sentinel := range []error{
		ErrUnknownMethod, ErrNoSeats, ErrNoVotes, ErrNegative, ErrThreshold, ErrWeight, ErrLot,
		ErrTooLarge, ErrQuota, ErrTieBreak,
	} {
		if errors.Is(a, sentinel) != errors.Is(b, sentinel) {
			return false
		}
	}
	return true
}

// checkSum fails the test where seats, tied seats and unassigned seats do not add up.
func checkSum(t interface {
	Helper()
	Fatalf(string, ...any)
}, in Input,
) {
	t.Helper()
	result, err := Allocate(in)
	if err != nil {
		return
	}
	total := result.Unassigned
	for _, seats := range result.Seats {
		total += seats
	}
	if result.Tie != nil {
		total += result.Tie.Seats
		if result.Tie.Seats < 1 || result.Tie.Seats >= len(result.Tie.Lists) {
			t.Fatalf("a tie of %d lists for %d seats", len(result.Tie.Lists), result.Tie.Seats)
		}
	}
	if total != in.Seats || result.Unassigned < 0 {
		t.Fatalf("want %d seats in all, got %d with %d unassigned", in.Seats, total, result.Unassigned)
	}
}
