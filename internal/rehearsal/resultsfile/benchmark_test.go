package resultsfile

import (
	"testing"

	"urna/results/apportion"
)

// BenchmarkAllocateSpain allocates the 52 constituencies of the Congreso of November 2019.
func BenchmarkAllocateSpain(b *testing.B) {
	inputs := spain(b)
	b.ResetTimer()
	for b.Loop() {
		for _, in := range inputs {
			if _, err := apportion.Allocate(in); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkMarginsSpain adds the margins of every list.
func BenchmarkMarginsSpain(b *testing.B) {
	inputs := spain(b)
	b.ResetTimer()
	for b.Loop() {
		for _, in := range inputs {
			result, err := apportion.Allocate(in)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := apportion.Margins(in, result); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func spain(b *testing.B) []apportion.Input {
	b.Helper()
	file, err := Open("es-congreso-2019-11")
	if err != nil {
		b.Fatal(err)
	}
	var inputs []apportion.Input
	for _, c := range file.Cases {
		in, err := c.Input()
		if err != nil {
			b.Fatal(err)
		}
		inputs = append(inputs, in)
	}
	return inputs
}
