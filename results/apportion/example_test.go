package apportion_test

import (
	"fmt"

	"urna/results/apportion"
)

// Almería elected six members of the Spanish Congress in November 2019.
func ExampleAllocate() {
	percent, err := apportion.ParseRatio("3")
	if err != nil {
		panic(err)
	}
	in := apportion.Input{
		Method: apportion.DHondt,
		Seats:  6,
		Lists: []apportion.List{
			{Name: "PSOE", Votes: 89_295},
			{Name: "VOX", Votes: 80_714},
			{Name: "PP", Votes: 78_072},
			{Name: "Podemos", Votes: 24_400},
			{Name: "Cs", Votes: 22_835},
			{Name: "others", Votes: 4_447, Lumped: true},
		},
		Blank:     2_661,
		Threshold: apportion.Threshold{Percent: percent, Base: apportion.BaseValidIncludingBlank},
	}
	result, err := apportion.Allocate(in)
	if err != nil {
		panic(err)
	}
	margins, err := apportion.Margins(in, result)
	if err != nil {
		panic(err)
	}
	last := result.Steps[5]
	fmt.Println(result.Seats[:5], "threshold:", result.ThresholdVotes)
	fmt.Printf("last seat: %s, %s = %s\n", in.Lists[last.List].Name, last.Quotient, last.Quotient.Decimal(1))
	fmt.Println("Podemos was short by", margins[3].Short)
	// Output:
	// [2 2 2 0 0] threshold: 9073
	// last seat: PP, 78072 ÷ 2 = 39036.0
	// Podemos was short by 14637
}
