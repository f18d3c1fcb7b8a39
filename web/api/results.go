package api

import (
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/results"
	"urna/web/cache"
	"urna/web/opendata"
	"urna/web/respond"
)

type resultsView struct {
	ElectionID     int64                     `json:"election_id"`
	State          elections.State           `json:"state"`
	Provisional    bool                      `json:"provisional"`
	UpdatedAt      time.Time                 `json:"updated_at"`
	BatchesWaiting int                       `json:"batches_waiting"`
	LateWaiting    int                       `json:"late_batches_waiting"`
	Ballots        ballotsView               `json:"ballots"`
	Stations       *stationsView             `json:"stations"`
	ThresholdTurn  results.Turn              `json:"could_turn_threshold,omitempty"`
	Constituencies []constituencyResultsView `json:"constituencies"`
	Participants   []participantResultsView  `json:"participants"`
	Winner         *winnerView               `json:"winner"`
	SecondRound    []int64                   `json:"second_round"`
	Altered        bool                      `json:"figures_altered"`
}

type ballotsView struct {
	Valid            int64        `json:"valid"`
	Blank            int64        `json:"blank"`
	Invalid          int64        `json:"invalid"`
	Duplicates       int64        `json:"duplicates"`
	Cast             int64        `json:"cast"`
	RegisteredVoters *int64       `json:"registered_voters"`
	Turnout          *json.Number `json:"turnout"`
}

type constituencyResultsView struct {
	ID             int64           `json:"id"`
	Name           string          `json:"name"`
	Seats          int             `json:"seats"`
	Unassigned     int             `json:"unassigned_seats"`
	ThresholdVotes int64           `json:"threshold_votes"`
	Ballots        ballotsView     `json:"ballots"`
	Stations       *stationsView   `json:"stations"`
	Candidacies    []candidacyLine `json:"candidacies"`
	Tie            *tieView        `json:"tie"`
	DecidedTie     *decidedTieView `json:"decided_tie"`
	Problem        string          `json:"problem,omitempty"`
}

type candidacyLine struct {
	PollNumber     int         `json:"poll_number"`
	ParticipantID  int64       `json:"participant_id"`
	Name           string      `json:"name"`
	Votes          int64       `json:"votes"`
	Share          json.Number `json:"share"`
	Seats          int         `json:"seats"`
	BelowThreshold bool        `json:"below_threshold"`
}

// tieView is an open tie: about seats of the constituency, or about places in the second round.
type tieView struct {
	Seats        int     `json:"seats"`
	Places       int     `json:"places"`
	Participants []int64 `json:"participants"`
}

// decidedTieView is a tie for which the rules for ties decided something. The open tie is what they left.
type decidedTieView struct {
	tieView

	Given []givenSeatView `json:"given"`
}

// givenSeatView is a seat, or a place in the second round, that a rule for ties gave.
type givenSeatView struct {
	ParticipantID int64              `json:"participant_id"`
	Rule          elections.TieBreak `json:"rule"`
}

type participantResultsView struct {
	ParticipantID int64       `json:"participant_id"`
	Name          string      `json:"name"`
	Votes         int64       `json:"votes"`
	Share         json.Number `json:"share"`
	Seats         int         `json:"seats"`
}

type winnerView struct {
	ParticipantID int64 `json:"participant_id"`
}

// Results answers GET /elections/{id}/results.
func (a *API) Results(c *gin.Context) {
	a.publicElection(c, "results", func(public *results.Public) (cache.Drawing, error) {
		r, err := public.Count()
		if err != nil {
			return cache.Drawing{}, err
		}
		return asJSON(viewResults(r), public.Until)
	})
}

// results returns the results of the election that the path names, or answers why not.
func (a *API) results(c *gin.Context) (*results.Results, bool) {
	id, ok := pathID(c, elections.ErrUnknownElection)
	if !ok {
		return nil, false
	}
	r, err := a.services.Results.Results(c.Request.Context(), id)
	if err != nil {
		respond.Error(c, err)
		return nil, false
	}
	return r, true
}

func viewResults(r *results.Results) resultsView {
	v := resultsView{
		ElectionID: r.Election.ID, State: r.State, Provisional: r.Provisional, UpdatedAt: r.UpdatedAt.UTC(),
		BatchesWaiting: r.BatchesWaiting, LateWaiting: r.LateBatchesWaiting, Ballots: viewBallots(r.Ballots),
		Constituencies: make([]constituencyResultsView, len(r.Constituencies)),
		Participants:   make([]participantResultsView, len(r.Participants)),
		SecondRound:    r.SecondRound,
		Altered:        r.Altered,
		Stations:       viewStations(r.Stations, results.TurnNotAsked), ThresholdTurn: r.ThresholdTurn,
	}
	for i, part := range r.Constituencies {
		v.Constituencies[i] = viewConstituencyResults(part)
	}
	for i, p := range r.Participants {
		v.Participants[i] = participantResultsView{
			ParticipantID: p.ID, Name: p.Name, Votes: p.Votes, Share: json.Number(p.Share.Decimal()), Seats: p.Seats,
		}
	}
	if r.Winner != 0 {
		v.Winner = &winnerView{ParticipantID: r.Winner}
	}
	return v
}

func viewBallots(b results.Ballots) ballotsView {
	v := ballotsView{
		Valid: b.Valid, Blank: b.Blank, Invalid: b.Invalid, Duplicates: b.Duplicates, Cast: b.Cast,
		RegisteredVoters: known(b.RegisteredVoters),
	}
	if b.RegisteredVoters > 0 {
		turnout := json.Number(b.Turnout().Decimal())
		v.Turnout = &turnout
	}
	return v
}

func viewConstituencyResults(part results.Constituency) constituencyResultsView {
	v := constituencyResultsView{
		ID: part.ID, Name: part.Name, Seats: part.Seats, Unassigned: part.Unassigned,
		ThresholdVotes: part.ThresholdVotes, Ballots: viewBallots(part.Ballots),
		Candidacies: make([]candidacyLine, len(part.Candidacies)),
		Problem:     part.Problem.String(), Stations: viewStations(part.Stations, part.Turn),
	}
	for i, candidacy := range part.Candidacies {
		v.Candidacies[i] = candidacyLine{
			PollNumber: candidacy.PollNumber, ParticipantID: candidacy.ParticipantID, Name: candidacy.Name,
			Votes: candidacy.Votes, Share: json.Number(candidacy.Share.Decimal()), Seats: candidacy.Seats,
			BelowThreshold: candidacy.BelowThreshold,
		}
	}
	if part.Tie != nil {
		open := viewTie(*part.Tie)
		v.Tie = &open
	}
	if part.Decided != nil {
		v.DecidedTie = &decidedTieView{tieView: viewTie(part.Decided.Tie), Given: []givenSeatView{}}
		for _, given := range part.Decided.Given {
			v.DecidedTie.Given = append(v.DecidedTie.Given, givenSeatView(given))
		}
	}
	return v
}

func viewTie(t results.Tie) tieView {
	if t.Places {
		return tieView{Places: t.Seats, Participants: t.Participants}
	}
	return tieView{Seats: t.Seats, Participants: t.Participants}
}

// ResultsCSV answers GET /elections/{id}/results.csv: a header, and one line a candidacy.
func (a *API) ResultsCSV(c *gin.Context) { a.publicElection(c, "results.csv", opendata.ResultsCSV) }

// ConstituenciesCSV answers GET /elections/{id}/constituencies.csv: a header, and one line a constituency.
func (a *API) ConstituenciesCSV(c *gin.Context) {
	a.publicElection(c, "constituencies.csv", opendata.ConstituenciesCSV)
}
