package elections

// FewOnlineVoters is the number of online voters below which published results can tell how they voted.
const FewOnlineVoters = 10

// WithFewOnlineVoters returns the constituencies whose registered voters, of which the number is known, are fewer than
// FewOnlineVoters, if the election takes votes online. Published sums are merged so that none has fewer ballots, but a
// constituency that has fewer in all has nothing that they can be merged with: its result is published.
func (e *Election) WithFewOnlineVoters() (few []*Constituency) {
	for i := range e.Constituencies {
		c := &e.Constituencies[i]
		if e.Takes(Online) && c.RegisteredVoters > 0 && c.RegisteredVoters < FewOnlineVoters {
			few = append(few, c)
		}
	}
	return few
}
