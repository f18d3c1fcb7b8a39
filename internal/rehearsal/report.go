package rehearsal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"urna/client"
	"urna/internal/rehearsal/resultsfile"
	"urna/results/apportion"
)

// Report is the result of a rehearsal.
type Report struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Ballots   int64            `json:"ballots"`
	Elapsed   time.Duration    `json:"-"` // from the first upload to the last ballot counted
	Elections []ElectionReport `json:"elections"`
	// Protocols and Settled are numbers of protocols: all that were typed, and those with a mistake on purpose. Both are 0
	// if ballots were uploaded.
	Protocols int `json:"protocols,omitempty"`
	Settled   int `json:"settled,omitempty"`
	// Refused has the reason for each part of the file that could not be rehearsed.
	Refused []string `json:"refused,omitempty"`
}

// ElectionReport is the result of one election.
type ElectionReport struct {
	ID             int64                `json:"id"`
	Title          string               `json:"title"`
	Kind           string               `json:"kind"`
	Constituencies []ConstituencyReport `json:"constituencies"`
	// For presidential elections.
	Winner              string   `json:"winner,omitempty"`
	DeclaredWinner      string   `json:"declared_winner,omitempty"`
	SecondRound         []string `json:"second_round,omitempty"`
	DeclaredSecondRound []string `json:"declared_second_round,omitempty"`
	// Differences are sentences; empty if everything is as declared.
	Differences []string `json:"differences,omitempty"`
}

// ConstituencyReport is the result in one constituency.
type ConstituencyReport struct {
	ID       int64    `json:"id"`
	Name     string   `json:"name,omitempty"`
	Rows     []Row    `json:"rows"`
	Invalid  int64    `json:"invalid"`
	Blank    int64    `json:"blank"`
	Tied     []string `json:"tied,omitempty"`
	TieSeats int      `json:"tie_seats,omitempty"`
}

// Row is one candidacy, with counted and declared votes.
type Row struct {
	PollNumber    int    `json:"poll_number"`
	Name          string `json:"name"`
	Votes         int64  `json:"votes"`
	DeclaredVotes int64  `json:"declared_votes"`
	Seats         int    `json:"seats"`
	DeclaredSeats *int   `json:"declared_seats"` // nil if the file declares none
}

// Differences returns all of the report's differences.
func (r Report) Differences() []string {
	var found []string
	for _, e := range r.Elections {
		found = append(found, e.Differences...)
	}
	return found
}

// BallotsPerSecond is the speed from the first upload to the last ballot counted.
func (r Report) BallotsPerSecond() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Ballots) / r.Elapsed.Seconds()
}

// compare compares the results with those that the file declares.
func (s *stood) compare(results client.Results) ElectionReport {
	report := ElectionReport{ID: s.election.ID, Title: s.definition.Title, Kind: s.definition.Kind}
	for i, part := range s.parts {
		at := slices.IndexFunc(results.Constituencies, func(c client.ConstituencyResults) bool {
			return c.ID == s.election.Constituencies[i].ID
		})
		if at < 0 {
			report.differ("constituency %d is missing from the results", s.election.Constituencies[i].ID)
			continue
		}
		s.comparePart(&report, part, results.Constituencies[at])
	}
	if d := results.Ballots.Duplicates; d != 0 {
		report.differ("%d lines were counted as duplicates, and no GUID was used twice", d)
	}
	if s.definition.Kind == "presidential" {
		s.compareOutcome(&report, results)
	}
	return report
}

func (r *ElectionReport) differ(format string, args ...any) {
	r.Differences = append(r.Differences, fmt.Sprintf(format, args...))
}

// comparePart compares votes, ballots and seats of one constituency.
func (s *stood) comparePart(report *ElectionReport, part part, got client.ConstituencyResults) {
	about := ""
	if len(s.parts) > 1 {
		about = part.definition.Name + ": "
	}
	c := ConstituencyReport{
		ID: got.ID, Name: part.definition.Name, Invalid: got.Ballots.Invalid, Blank: got.Ballots.Blank,
	}
	if len(got.Candidacies) != len(part.standing) {
		report.differ("%s%d candidacies stand, %d were set up", about, len(got.Candidacies), len(part.standing))
		return
	}
	for i, want := range part.standing {
		row := Row{
			PollNumber: i + 1, Name: want.name, Votes: got.Candidacies[i].Votes, DeclaredVotes: want.votes,
			Seats: got.Candidacies[i].Seats, DeclaredSeats: want.seats,
		}
		if row.Votes != row.DeclaredVotes {
			report.differ("%s%s: declared %d votes, counted %d", about, row.Name, row.DeclaredVotes, row.Votes)
		}
		c.Rows = append(c.Rows, row)
	}
	if c.Invalid != part.invalid {
		report.differ("%sdeclared %d invalid ballots, counted %d", about, part.invalid, c.Invalid)
	}
	if c.Blank != part.blank {
		report.differ("%sdeclared %d blank ballots, counted %d", about, part.blank, c.Blank)
	}
	if got.Tie != nil {
		c.TieSeats, c.Tied = got.Tie.Seats+got.Tie.Places, s.named(got.Tie.Participants)
	}
	if part.declared != nil {
		for _, difference := range resultsfile.Compare(*part.declared, allocation(got)) {
			report.differ("%s%s", about, difference)
		}
	}
	report.Constituencies = append(report.Constituencies, c)
}

// allocation returns the server's answer as an allocation, for the comparison.
func allocation(got client.ConstituencyResults) apportion.Allocation {
	a := apportion.Allocation{Unassigned: got.Unassigned}
	for _, candidacy := range got.Candidacies {
		a.Seats = append(a.Seats, candidacy.Seats)
	}
	if got.Tie != nil {
		open := tieOf(got, *got.Tie)
		a.Tie = &open
	}
	if got.DecidedTie != nil {
		a.Decided = &apportion.Decision{Tie: tieOf(got, got.DecidedTie.Tie)}
	}
	return a
}

func tieOf(got client.ConstituencyResults, tie client.Tie) apportion.Tie {
	t := apportion.Tie{Seats: tie.Seats}
	for i, candidacy := range got.Candidacies {
		if slices.Contains(tie.Participants, candidacy.ParticipantID) {
			t.Lists = append(t.Lists, i)
		}
	}
	return t
}

// compareOutcome compares the winner, or the candidates of the second round, in any order.
func (s *stood) compareOutcome(report *ElectionReport, results client.Results) {
	report.DeclaredWinner, report.DeclaredSecondRound = s.winner, s.secondRound
	report.SecondRound = s.named(results.SecondRound)
	if results.Winner != nil {
		report.Winner = s.names[results.Winner.ParticipantID]
	}
	sorted := func(names []string) []string { return slices.Sorted(slices.Values(names)) }
	switch {
	case s.secondRound != nil && !slices.Equal(sorted(s.secondRound), sorted(report.SecondRound)):
		report.differ("second round: declared %s, computed %s", listed(s.secondRound), listed(report.SecondRound))
	case s.winner != "" && s.winner != report.Winner:
		report.differ("winner: declared %s, computed %s", s.winner, listed([]string{report.Winner}))
	}
}

func (s *stood) named(participants []int64) []string {
	var names []string
	for _, id := range participants {
		names = append(names, s.names[id])
	}
	return names
}

func listed(names []string) string {
	if all := strings.Join(names, ", "); all != "" {
		return all
	}
	return "nobody"
}
