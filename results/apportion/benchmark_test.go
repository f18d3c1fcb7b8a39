package apportion

import (
	"math/rand/v2"
	"testing"
)

// thousand returns 1,000 seats for 1,000 lists whose sizes differ as those of real lists do.
func thousand(method Method) Input {
	random := rand.New(rand.NewPCG(3, 0))
	in := Input{Method: method, Seats: 1000, Lists: make([]List, 1000)}
	for i := range in.Lists {
		in.Lists[i].Votes = random.Int64N(1 + 50_000_000/int64(i+1))
	}
	return in
}

func BenchmarkAllocate1000SeatsAmong1000Lists(b *testing.B) {
	for _, method := range Methods() {
		b.Run(string(method), func(b *testing.B) {
			in := thousand(method)
			for b.Loop() {
				mustAllocate(b, in)
			}
		})
	}
}

func BenchmarkAllocateByDivisor1000SeatsAmong1000Lists(b *testing.B) {
	for _, method := range []Method{DHondt, HuntingtonHill, Hare} {
		b.Run(string(method), func(b *testing.B) {
			in := thousand(method)
			for b.Loop() {
				if _, err := AllocateByDivisor(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMargins(b *testing.B) {
	for _, method := range []Method{DHondt, Hare} {
		b.Run(string(method), func(b *testing.B) {
			in := thousand(method)
			in.Lists = in.Lists[:30]
			in.Seats = 350
			result := mustAllocate(b, in)
			for b.Loop() {
				if _, err := Margins(in, result); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
