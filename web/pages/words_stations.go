package pages

import (
	"urna/ballots"
	"urna/elections"
	"urna/internal/messages"
	"urna/results"
	"urna/web/view"
	"urna/web/view/kit"
)

// stationState names the state of a polling station for people.
func stationState(s ballots.StationState) kit.Mark {
	marks := map[ballots.StationState]kit.Mark{
		ballots.StationAwaited:  {Class: "scheduled", Text: messages.StationsStateAwaited()},
		ballots.StationReceived: {Class: "processing", Text: messages.StationsStateReceived()},
		ballots.StationCounted:  {Class: "counted", Text: messages.StationsStateCounted()},
		ballots.StationAnnulled: {Class: "retracted", Text: messages.StationsStateAnnulled()},
		ballots.StationClosed:   {Class: "retracted", Text: messages.StationsStateClosed()},
	}
	return marks[s]
}

// publicStationKind names the kind of a polling station.
func publicStationKind(k elections.StationKind) messages.Message {
	names := map[elections.StationKind]messages.Message{
		elections.OrdinaryStation: messages.StationsKindOrdinary(), elections.AbroadStation: messages.StationsKindAbroad(),
		elections.PostalStation: messages.StationsKindPostal(), elections.MobileStation: messages.StationsKindMobile(),
		elections.CentralStation: messages.StationsKindCentral(),
	}
	return names[k]
}

// withheldInWords says why the counts of a polling station are not shown; zero if they are.
func withheldInWords(w results.Withheld) messages.Message {
	return map[results.Withheld]messages.Message{
		results.Embargoed: messages.StationsEmbargoed(), results.NothingYet: messages.StationsNothingYet(), results.TooSmall: messages.StationsSmall(),
		results.Reopened: messages.StationsReopened(),
	}[w]
}

// stationsCounted says how many polling stations are counted; zero for none.
func stationsCounted(c *results.StationCounts) messages.Message {
	if c == nil {
		return messages.Message{}
	}
	sentences := []messages.Message{messages.StationsCounted(int64(c.Counted), int64(c.Expected))}
	if part := c.Part(); part >= 0 {
		sentences[0] = messages.StationsCountedPart(int64(c.Counted), int64(c.Expected), part.InPercent())
	}
	if c.Annulled > 0 {
		sentences = append(sentences, messages.StationsAnnulled(int64(c.Annulled)))
	}
	if c.Closed > 0 {
		sentences = append(sentences, messages.StationsClosed(int64(c.Closed)))
	}
	return messages.Sentences(sentences...)
}

// stationsSummary is what an election's page says about polling stations; nil for none. r is nil while counts are embargoed.
func stationsSummary(electionID int64, c *results.StationCounts, r *results.Results) *view.StationsSummary {
	if c == nil {
		return nil
	}
	s := &view.StationsSummary{Short: messages.ElectionStationsOf(int64(c.Counted), int64(c.Expected)), Counted: stationsCounted(c), Href: publicStations(electionID)}
	if r == nil {
		return s
	}
	if r.ThresholdTurn == results.TurnCould {
		s.Missing = append(s.Missing, messages.StationsCouldThreshold())
	}
	for i := range r.Constituencies {
		if says := missingStations(r, &r.Constituencies[i]); !says.IsZero() {
			s.Missing = append(s.Missing, says)
		}
	}
	return s
}

// missingStations says whether the missing polling stations of a constituency could still change its result; zero if none is
// missing.
func missingStations(r *results.Results, c *results.Constituency) messages.Message {
	if c.Turn == results.TurnNotAsked {
		return messages.Message{}
	}
	stations, voters, known := c.Stations.Missing()
	missing := messages.StationsMissing(c.Name, int64(stations), voters)
	if !known {
		missing = messages.StationsMissingUnknown(c.Name, int64(stations))
	}
	president := r.Election.Kind == elections.Presidential
	var says messages.Message
	switch {
	case c.Turn == results.TurnUnknown:
		says = messages.StationsCouldUnknown()
	case c.Turn == results.TurnCould && president:
		says = messages.StationsCouldWinner()
	case c.Turn == results.TurnCould:
		says = messages.StationsCouldSeat()
	case president:
		says = messages.StationsCouldNotWinner()
	default:
		says = messages.StationsCouldNotSeat()
	}
	return messages.Sentences(missing, says)
}
