package apportion

// Admission is what a threshold lets in.
type Admission struct {
	// Passing holds the indexes of the lists that are in, ascending: Threshold.Passing of an input
	// whose threshold was decided elsewhere.
	Passing []int
	// Base and Votes are as Allocation.ThresholdBase and Allocation.ThresholdVotes.
	Base, Votes int64
}

// Admit measures the input's lists against its threshold without allocating seats, for thresholds
// that look at more than the votes the seats are allocated by: the input then holds the sums of the
// whole election. The errors are those of Allocate.
func Admit(in Input) (Admission, error) {
	if err := in.check(); err != nil {
		return Admission{}, err
	}
	gate, err := newGate(in)
	if err != nil {
		return Admission{}, err
	}
	admission := Admission{Passing: []int{}, Base: gate.base, Votes: gate.votes}
	for i, list := range in.Lists {
		if gate.admits(i, list.Votes) {
			admission.Passing = append(admission.Passing, i)
		}
	}
	return admission, nil
}
