package protocol

import (
	"urna/elections"
	"urna/internal/messages"
)

// inBox returns the ballots in the box: the number of the form, or what the votes, blank and invalid ballots add up to.
func (in *input) inBox() (name string, n int64) {
	if n, has := in.field(elections.FieldFoundInBox); has {
		return FieldNumber(elections.FieldFoundInBox), n
	}
	return FieldNumber(elections.FieldInvalid), in.sum()
}

// leastBallots is how many ballots a share must be of to say anything. A warning about fewer would also tell, in the figures,
// how a few people voted.
const leastBallots = 10

// few reports whether there are fewer ballots in the box.
func (in *input) few() bool {
	_, n := in.inBox()
	return n < leastBallots
}

func findMoreFound(in *input) []Finding {
	signed, has := in.field(elections.FieldSigned)
	name, found := in.inBox()
	if !has || found <= signed {
		return nil
	}
	return at(name, messages.ProtocolChecksMoreFound(found, in.label(FieldNumber(elections.FieldSigned)), signed))
}

func findPapers(in *input) []Finding {
	received, has := in.field(elections.FieldReceived)
	unused, hasUnused := in.field(elections.FieldUnused)
	spoiled, _ := in.field(elections.FieldSpoiled)
	_, found := in.inBox()
	if used := unused + spoiled + found; has && (hasUnused && used != received || used > received) {
		name := FieldNumber(elections.FieldReceived)
		return at(name, messages.ProtocolChecksPapers(in.label(name), received, used))
	}
	return nil
}

func findOneList(in *input) (found []Finding) {
	all := in.values.votesInAll()
	for i, c := range in.place.Candidacies {
		votes := in.values[in.lists()[i]]
		if len(in.place.Candidacies) > 1 && !in.few() && 100*votes > int64(in.form.OneListPercent)*all {
			found = append(found, Finding{
				Number:  in.lists()[i],
				Message: messages.ProtocolChecksOneList(c.Name, votes, all, int64(in.form.OneListPercent)),
			})
		}
	}
	return found
}

func findInvalid(in *input) []Finding {
	invalid, _ := in.field(elections.FieldInvalid)
	_, all := in.inBox()
	if in.few() || 100*invalid <= int64(in.form.InvalidPercent)*all {
		return nil
	}
	return at(FieldNumber(elections.FieldInvalid), messages.ProtocolChecksInvalid(invalid, all, int64(in.form.InvalidPercent)))
}

func findBlankColumn(in *input) []Finding {
	if in.few() || in.values.votesInAll() > 0 || len(in.place.Candidacies) == 0 {
		return nil
	}
	return at(VotesNumber(in.place.Candidacies[0].PollNumber), messages.ProtocolChecksBlankColumn())
}

func findMoreSigned(in *input) []Finding {
	signed, hasSigned := in.field(elections.FieldSigned)
	registered, has := in.field(elections.FieldRegistered)
	if !has || !hasSigned || signed <= registered {
		return nil
	}
	name := FieldNumber(elections.FieldSigned)
	return at(name, messages.ProtocolChecksMoreSigned(in.label(name), signed, in.label(FieldNumber(elections.FieldRegistered)), registered))
}

func findRegistered(in *input) []Finding {
	registered, has := in.field(elections.FieldRegistered)
	if !has || in.station.RegisteredVoters == 0 || registered == in.station.RegisteredVoters {
		return nil
	}
	name := FieldNumber(elections.FieldRegistered)
	return at(name, messages.ProtocolChecksRegistered(in.label(name), registered, in.station.RegisteredVoters))
}
