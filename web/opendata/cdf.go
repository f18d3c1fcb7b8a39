package opendata

import (
	"encoding/json"
	"strings"
	"time"

	"urna/elections"
	"urna/results"
	"urna/web/cache"
)

// CDFType is the content type of an election report.
const CDFType = "application/json; charset=utf-8"

// The parts of NIST SP 1500-100, Election Results Reporting, version 2, that Urna fills. Names and the order of their
// fields are those of the standard.
type (
	cdfReport struct {
		Type        string        `json:"@type"`
		Format      string        `json:"Format"`
		Generated   string        `json:"GeneratedDate"`
		Issuer      string        `json:"Issuer"`
		Short       string        `json:"IssuerAbbreviation"`
		IsTest      bool          `json:"IsTest"`
		TestType    string        `json:"TestType,omitempty"`
		Status      string        `json:"Status"`
		First       int           `json:"SequenceStart"`
		Last        int           `json:"SequenceEnd"`
		Application string        `json:"VendorApplicationId"`
		Elections   []cdfElection `json:"Election"`
		Units       []cdfUnit     `json:"GpUnit"`
		Parties     []cdfParty    `json:"Party,omitempty"`
	}
	cdfElection struct {
		Type       string         `json:"@type"`
		Name       cdfText        `json:"Name"`
		Kind       string         `json:"Type"`
		Start      string         `json:"StartDate"`
		End        string         `json:"EndDate"`
		Scope      string         `json:"ElectionScopeId"`
		Identifier []cdfID        `json:"ExternalIdentifier"`
		Status     []cdfStatus    `json:"CountStatus"`
		Ballots    []cdfBallots   `json:"BallotCounts"`
		Candidates []cdfCandidate `json:"Candidate,omitempty"`
		Contests   []cdfContest   `json:"Contest"`
	}
	cdfContest struct {
		ID         string         `json:"@id"`
		Type       string         `json:"@type"`
		Name       string         `json:"Name"`
		District   string         `json:"ElectionDistrictId"`
		Variation  string         `json:"VoteVariation"`
		Allowed    int            `json:"VotesAllowed,omitempty"`
		Elected    int            `json:"NumberElected,omitempty"`
		Order      int            `json:"SequenceOrder"`
		Reported   *int           `json:"SubUnitsReported,omitempty"`
		Expected   *int           `json:"TotalSubUnits,omitempty"`
		Status     []cdfStatus    `json:"CountStatus"`
		Others     []cdfOthers    `json:"OtherCounts"`
		Selections []cdfSelection `json:"ContestSelection"`
	}
	cdfSelection struct {
		ID         string     `json:"@id"`
		Type       string     `json:"@type"`
		Parties    []string   `json:"PartyIds,omitempty"`
		Candidates []string   `json:"CandidateIds,omitempty"`
		Order      int        `json:"SequenceOrder"`
		Votes      []cdfVotes `json:"VoteCounts"`
	}
	cdfVotes struct {
		Type  string `json:"@type"`
		Unit  string `json:"GpUnitId"`
		Kind  string `json:"Type"`
		Count int64  `json:"Count"`
	}
	cdfBallots struct {
		Type     string `json:"@type"`
		Unit     string `json:"GpUnitId"`
		Kind     string `json:"Type"`
		Cast     int64  `json:"BallotsCast"`
		Rejected int64  `json:"BallotsRejected"`
	}
	cdfOthers struct {
		Type  string `json:"@type"`
		Unit  string `json:"GpUnitId"`
		Blank int64  `json:"Undervotes"`
	}
	cdfStatus struct {
		Type   string `json:"@type"`
		Kind   string `json:"Type"`
		Status string `json:"Status"`
	}
	cdfCandidate struct {
		ID         string  `json:"@id"`
		Type       string  `json:"@type"`
		Name       cdfText `json:"BallotName"`
		Status     string  `json:"PostElectionStatus,omitempty"`
		Identifier []cdfID `json:"ExternalIdentifier"`
	}
	cdfParty struct {
		ID         string   `json:"@id"`
		Type       string   `json:"@type"`
		Name       cdfText  `json:"Name"`
		Short      *cdfText `json:"Abbreviation,omitempty"`
		Color      string   `json:"Color,omitempty"`
		Identifier []cdfID  `json:"ExternalIdentifier"`
	}
	cdfUnit struct {
		ID         string   `json:"@id"`
		Type       string   `json:"@type"`
		Name       cdfText  `json:"Name"`
		Kind       string   `json:"Type"`
		Other      string   `json:"OtherType"`
		Parts      []string `json:"ComposingGpUnitIds,omitempty"`
		Registered *int64   `json:"VotersRegistered,omitempty"`
		Voters     int64    `json:"VotersParticipated"`
		Reported   *int     `json:"SubUnitsReported,omitempty"`
		Expected   *int     `json:"TotalSubUnits,omitempty"`
		Identifier []cdfID  `json:"ExternalIdentifier,omitempty"`
	}
	cdfID struct {
		Type  string `json:"@type"`
		Kind  string `json:"Type"`
		Other string `json:"OtherType"`
		Value string `json:"Value"`
	}
	cdfText struct {
		Type string      `json:"@type"`
		Text []cdfString `json:"Text"`
	}
	cdfString struct {
		Type     string `json:"@type"`
		Language string `json:"Language"`
		Content  string `json:"Content"`
	}
)

const (
	cdf        = "ElectionResults."
	scopeID    = "unit-election"
	undefined  = "und" // BCP 47: names are written as the election has them, in no language that Urna knows
	cdfContent = "total"
)

// CDF draws an election report in NIST's common data format. issuer names who publishes it, version the program.
func CDF(public *results.Public, issuer, version string) (cache.Drawing, error) {
	r, err := public.Count()
	if err != nil {
		return cache.Drawing{}, err
	}
	report := cdfReport{
		Type: cdf + "ElectionReport", Format: "summary-contest", Generated: r.UpdatedAt.UTC().Format(time.RFC3339), Issuer: issuer, Short: "Urna",
		IsTest: r.Election.Rehearsal, Status: reportStatus(r), First: 1, Last: 1, Application: "Urna " + version,
		Elections: []cdfElection{cdfElectionOf(r)}, Units: cdfUnits(r),
	}
	if r.Election.Rehearsal {
		report.TestType = "rehearsal"
	}
	if r.Election.Kind == elections.Parliamentary {
		report.Parties = cdfParties(r)
	}
	body, err := json.MarshalIndent(report, "", "  ")
	return cache.Drawing{ContentType: CDFType, FileName: fileName("results", r, ".cdf.json"), Body: append(body, '\n'), Until: public.Until}, err
}

// reportStatus says what the report is worth. Without polling stations nothing tells that the count is complete.
func reportStatus(r *results.Results) string {
	switch {
	case !r.Provisional && r.Election.Correction > 0 && r.State == elections.Certified:
		return "correction"
	case !r.Provisional:
		return "certified"
	case complete(r, r.Stations):
		return "unofficial-complete"
	default:
		return "unofficial-partial"
	}
}

// complete reports whether the ballots of all expected polling stations are in the count, after the end.
func complete(r *results.Results, c *results.StationCounts) bool {
	return r.State != elections.Open && r.BatchesWaiting == 0 && r.LateBatchesWaiting == 0 && c != nil && c.Counted == c.Expected
}

func cdfElectionOf(r *results.Results) cdfElection {
	e := r.Election
	v := cdfElection{
		Type: cdf + "Election", Name: textOf(e.Title), Kind: "general", Start: e.StartsAt.In(e.Location()).Format(time.DateOnly),
		End: e.EndsAt.In(e.Location()).Format(time.DateOnly), Scope: scopeID, Identifier: identifier("election", e.ID), Status: countStatus(r, r.Stations),
		Ballots: []cdfBallots{},
	}
	if e.SecondRoundOf != 0 {
		v.Kind = "runoff"
	}
	for i := range r.Constituencies {
		v.Ballots = append(v.Ballots, ballotCounts(unitID(r.Constituencies[i].ID), r.Constituencies[i].Ballots))
	}
	v.Ballots = append(v.Ballots, ballotCounts(scopeID, r.Ballots))
	if e.Kind == elections.Parliamentary {
		for i := range r.Constituencies {
			v.Contests = append(v.Contests, partyContest(r, i))
		}
		return v
	}
	v.Contests = []cdfContest{candidateContest(r)}
	for i := range r.Participants {
		v.Candidates = append(v.Candidates, cdfCandidateOf(r, &r.Participants[i]))
	}
	return v
}

// partyContest is the allocation of one constituency.
func partyContest(r *results.Results, at int) cdfContest {
	part := &r.Constituencies[at]
	unit := unitID(part.ID)
	c := cdfContest{
		ID: "contest-" + decimal(part.ID), Type: cdf + "PartyContest", Name: part.Name, District: unit, Variation: "proportional", Order: at + 1,
		Status: countStatus(r, part.Stations), Others: []cdfOthers{otherCounts(unit, part.Ballots)}, Selections: []cdfSelection{},
	}
	c.Reported, c.Expected = subUnits(part.Stations)
	for i := range part.Candidacies {
		k := &part.Candidacies[i]
		c.Selections = append(c.Selections, cdfSelection{
			ID: c.ID + "-" + decimal(int64(k.PollNumber)), Type: cdf + "PartySelection", Parties: []string{partyID(k.ParticipantID)}, Order: k.PollNumber,
			Votes: []cdfVotes{votesOf(unit, cdfContent, k.Votes), votesOf(unit, "seats", int64(k.Seats))},
		})
	}
	return c
}

// candidateContest is the presidential contest, over all constituencies.
func candidateContest(r *results.Results) cdfContest {
	c := cdfContest{
		ID: "contest-election", Type: cdf + "CandidateContest", Name: r.Election.Title, District: scopeID, Variation: "plurality", Allowed: 1, Elected: 1, Order: 1,
		Status: countStatus(r, r.Stations), Selections: []cdfSelection{},
	}
	if r.MajorityBase > 0 {
		c.Variation = "majority"
	}
	c.Reported, c.Expected = subUnits(r.Stations)
	for i := range r.Constituencies {
		c.Others = append(c.Others, otherCounts(unitID(r.Constituencies[i].ID), r.Constituencies[i].Ballots))
	}
	c.Others = append(c.Others, otherCounts(scopeID, r.Ballots))
	for i := range r.Participants {
		p := &r.Participants[i]
		s := cdfSelection{
			ID: c.ID + "-" + decimal(p.ID), Type: cdf + "CandidateSelection", Candidates: []string{candidateID(p.ID)}, Order: i + 1, Votes: []cdfVotes{},
		}
		for j := range r.Constituencies {
			for _, k := range r.Constituencies[j].Candidacies {
				if k.ParticipantID == p.ID {
					s.Votes = append(s.Votes, votesOf(unitID(r.Constituencies[j].ID), cdfContent, k.Votes))
				}
			}
		}
		s.Votes = append(s.Votes, votesOf(scopeID, cdfContent, p.Votes))
		c.Selections = append(c.Selections, s)
	}
	return c
}

// cdfCandidateOf is a candidate, with the outcome once it is certified.
func cdfCandidateOf(r *results.Results, p *results.Participant) cdfCandidate {
	c := cdfCandidate{ID: candidateID(p.ID), Type: cdf + "Candidate", Name: textOf(p.Name), Identifier: identifier("participant", p.ID)}
	decided := r.Winner != 0 || len(r.SecondRound) > 0
	if r.Provisional || !decided {
		return c
	}
	c.Status = "defeated"
	if p.ID == r.Winner {
		c.Status = "winner"
	}
	for _, id := range r.SecondRound {
		if id == p.ID {
			c.Status = "advanced-to-runoff"
		}
	}
	return c
}

func cdfParties(r *results.Results) (all []cdfParty) {
	for i := range r.Participants {
		p := &r.Participants[i]
		v := cdfParty{
			ID: partyID(p.ID), Type: cdf + "Party", Name: textOf(p.Name), Identifier: identifier("participant", p.ID),
			Color: strings.ToLower(strings.TrimPrefix(p.Color, "#")),
		}
		if p.ShortName != "" {
			short := textOf(p.ShortName)
			v.Short = &short
		}
		all = append(all, v)
	}
	return all
}

// cdfUnits are the constituencies, and the whole that they compose.
func cdfUnits(r *results.Results) []cdfUnit {
	whole := cdfUnit{
		ID: scopeID, Type: cdf + "ReportingUnit", Name: textOf(r.Election.Title), Kind: "other", Other: "electorate", Registered: registered(r.Ballots),
		Voters: r.Ballots.Cast,
	}
	whole.Reported, whole.Expected = subUnits(r.Stations)
	units := []cdfUnit{}
	for i := range r.Constituencies {
		part := &r.Constituencies[i]
		unit := cdfUnit{
			ID: unitID(part.ID), Type: cdf + "ReportingUnit", Name: textOf(part.Name), Kind: "other", Other: "constituency",
			Registered: registered(part.Ballots), Voters: part.Ballots.Cast, Identifier: identifier("constituency", part.ID),
		}
		unit.Reported, unit.Expected = subUnits(part.Stations)
		units, whole.Parts = append(units, unit), append(whole.Parts, unit.ID)
	}
	return append(units, whole)
}

func registered(b results.Ballots) *int64 {
	if b.RegisteredVoters == 0 {
		return nil
	}
	return &b.RegisteredVoters
}

func subUnits(c *results.StationCounts) (reported, expected *int) {
	if c == nil {
		return nil, nil
	}
	return &c.Counted, &c.Expected
}

func countStatus(r *results.Results, c *results.StationCounts) []cdfStatus {
	status := "in-process"
	if !r.Provisional || complete(r, c) {
		status = "completed"
	}
	return []cdfStatus{{cdf + "CountStatus", cdfContent, status}}
}

func ballotCounts(unit string, b results.Ballots) cdfBallots {
	return cdfBallots{cdf + "BallotCounts", unit, cdfContent, b.Cast, b.Invalid}
}

func otherCounts(unit string, b results.Ballots) cdfOthers {
	return cdfOthers{cdf + "OtherCounts", unit, b.Blank}
}

func votesOf(unit, kind string, count int64) cdfVotes {
	return cdfVotes{cdf + "VoteCounts", unit, kind, count}
}

func textOf(content string) cdfText {
	return cdfText{cdf + "InternationalizedText", []cdfString{{cdf + "LanguageString", undefined, content}}}
}

func identifier(kind string, id int64) []cdfID {
	return []cdfID{{cdf + "ExternalIdentifier", "other", "urna-" + kind, decimal(id)}}
}

func unitID(constituency int64) string     { return "unit-" + decimal(constituency) }
func partyID(participant int64) string     { return "party-" + decimal(participant) }
func candidateID(participant int64) string { return "candidate-" + decimal(participant) }
