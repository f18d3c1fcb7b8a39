package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Account is a user as the server lists it.
type Account struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Role  string `json:"role"`

	Everywhere bool    `json:"everywhere"` // an official who uploads for every place
	Places     []Place `json:"places"`     // else the official's places
	Waiting    bool    `json:"waiting"`    // registered, and not accepted by an administrator yet
}

// Place is where an official uploads: a constituency or a polling station, one of the two.
type Place struct {
	ConstituencyID int64 `json:"constituency_id,omitempty"`
	StationID      int64 `json:"station_id,omitempty"`
}

// NewAccount is a user to be made.
type NewAccount struct {
	Email    string `json:"email"`
	Forename string `json:"forename"`
	Surname  string `json:"surname"`
	Role     string `json:"role"`
	Password string `json:"password"`

	Places []Place `json:"places,omitempty"` // of an official; if empty, the official uploads everywhere
}

// Participant is a party or an individual.
type Participant struct {
	ID   int64  `json:"id,omitempty"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// NewElection is an election to be made.
type NewElection struct {
	Title          string            `json:"title"`
	Names          map[string]string `json:"names,omitempty"` // the title in other languages, by BCP 47 tag
	Kind           string            `json:"kind"`
	StartsAt       time.Time         `json:"starts_at"`
	EndsAt         time.Time         `json:"ends_at"`
	BatchesUntil   *time.Time        `json:"batches_until,omitempty"` // from then on a batch is late
	OpenNow        bool              `json:"open_now,omitempty"`      // a start in the past is meant
	Draft          bool              `json:"draft,omitempty"`         // only administrators see it until PublishElection
	TimeZone       string            `json:"time_zone,omitempty"`
	PublicView     string            `json:"public_view,omitempty"`
	Channels       []string          `json:"channels"`
	Rules          Rules             `json:"rules"`
	Rehearsal      bool              `json:"rehearsal"`
	SealKeysTo     []string          `json:"seal_keys_to,omitempty"`  // recipients of age, to whom all voter keys are sealed
	ProtocolForm   string            `json:"protocol_form,omitempty"` // of polling stations: "plain", "rs" or "ge"
	Constituencies []NewConstituency `json:"constituencies"`

	// TurnoutReportsAt are hours of turnout reports: times of day such as "11:00", or instants in RFC 3339.
	TurnoutReportsAt []string `json:"turnout_reports_at,omitempty"`
}

// Rules are an election's rules.
type Rules struct {
	Method              string      `json:"method,omitempty"`
	ThresholdPercent    json.Number `json:"threshold_percent,omitempty"`
	ThresholdBase       string      `json:"threshold_base,omitempty"`
	ThresholdComparison string      `json:"threshold_comparison,omitempty"`
	Majority            string      `json:"majority,omitempty"`
	MajorityBase        string      `json:"majority_base,omitempty"`
	BlankBallots        bool        `json:"blank_ballots"`
	PublishEveryStation bool        `json:"publish_every_station,omitempty"`
	TieBreak            []string    `json:"tie_break,omitempty"` // such as "more-votes"; a lot is the last one and may be left out
}

// NewConstituency is a constituency to be made.
type NewConstituency struct {
	Name              string            `json:"name"`
	Names             map[string]string `json:"names,omitempty"` // in other languages, by BCP 47 tag
	Seats             int               `json:"seats"`
	RegisteredVoters  *int64            `json:"registered_voters"`
	DeclaredVotesCast *int64            `json:"declared_votes_cast"`
	Participants      []Candidacy       `json:"participants"`
	// Stations are all polling stations of the constituency; nil leaves those of a stored election as they are.
	Stations []NewStation `json:"stations,omitempty"`
}

// NewStation is a polling station to be made.
type NewStation struct {
	Number           string `json:"number"`
	Name             string `json:"name,omitempty"`
	Place            string `json:"place,omitempty"`
	RegisteredVoters *int64 `json:"registered_voters,omitempty"`
	Kind             string `json:"kind,omitempty"` // "" is "ordinary"
}

// Candidacy is a participant in a constituency; its position in the list is its poll number.
type Candidacy struct {
	ID       int64  `json:"id"`
	Weight   string `json:"weight,omitempty"`
	Exempt   bool   `json:"exempt"`
	MaxSeats int    `json:"max_seats,omitempty"`

	ThresholdPercent json.Number `json:"threshold_percent,omitempty"`
}

// Election is what the server says of an election.
type Election struct {
	ID             int64      `json:"id"`
	Title          string     `json:"title"`
	State          string     `json:"state"`
	EndsAt         time.Time  `json:"ends_at"`
	BatchesUntil   *time.Time `json:"batches_until"`
	Channels       []string   `json:"channels"`
	Rehearsal      bool       `json:"rehearsal"`
	SealKeysTo     []string   `json:"seal_keys_to"`
	ProtocolForm   string     `json:"protocol_form"`
	Rules          Rules      `json:"rules"`
	Constituencies []struct {
		ID           int64  `json:"id"`
		Name         string `json:"name"`
		Participants []struct {
			ID         int64  `json:"id"`
			PollNumber int    `json:"poll_number"`
			Name       string `json:"name"`
		} `json:"participants"`
	} `json:"constituencies"`
}

// BatchWaiting is the state of a late batch that waits for an administrator's decision.
const BatchWaiting = "waiting"

// BatchState is the state of a batch.
type BatchState struct {
	ID         int64  `json:"id"`
	StationID  *int64 `json:"station_id"` // nil where the constituency has no polling stations
	State      string `json:"state"`      // such as "counted", or BatchWaiting
	Lines      int64  `json:"lines"`
	Valid      int64  `json:"valid"`
	Invalid    int64  `json:"invalid"`
	Duplicates int64  `json:"duplicates"`
	Failure    string `json:"failure"`
	// Late says why the batch was late and what was decided about it; nil if it was not late.
	Late *struct {
		Cause     string `json:"cause"` // "after-confirmation", "after-batches-until" or "place-complete"
		State     string `json:"state"` // "waiting", "approved" or "refused"
		Reason    string `json:"reason"`
		DecidedBy string `json:"decided_by"`
		Remark    string `json:"remark"`
	} `json:"late"`
}

// Results are an election's results.
type Results struct {
	State   string `json:"state"`
	Ballots struct {
		Invalid    int64 `json:"invalid"`
		Blank      int64 `json:"blank"`
		Duplicates int64 `json:"duplicates"`
		Cast       int64 `json:"cast"`
	} `json:"ballots"`
	Constituencies []ConstituencyResults `json:"constituencies"`
	Winner         *struct {
		ParticipantID int64 `json:"participant_id"`
	} `json:"winner"`
	SecondRound []int64 `json:"second_round"`
	// Stations are nil if the election has no polling stations.
	Stations *StationCounts `json:"stations"`
}

// StationCounts are numbers of polling stations.
type StationCounts struct {
	Expected   int    `json:"expected"` // all but the annulled and the closed ones
	Counted    int    `json:"counted"`
	Annulled   int    `json:"annulled"`
	Closed     int    `json:"closed"`
	Registered *int64 `json:"registered_voters"` // of the expected stations; nil if that of any is unknown

	RegisteredCounted *int64 `json:"registered_voters_counted"`
	CouldTurn         string `json:"could_turn"` // whether missing stations could change the result: "yes", "no", "unknown" or ""
}

// ConstituencyResults are one constituency's.
type ConstituencyResults struct {
	ID         int64 `json:"id"`
	Unassigned int   `json:"unassigned_seats"`
	Ballots    struct {
		Blank      int64 `json:"blank"`
		Invalid    int64 `json:"invalid"`
		Duplicates int64 `json:"duplicates"`
	} `json:"ballots"`
	Candidacies []struct {
		ParticipantID int64 `json:"participant_id"`
		Votes         int64 `json:"votes"`
		Seats         int   `json:"seats"`
	} `json:"candidacies"`
	Tie        *Tie        `json:"tie"`         // nil if none is open
	DecidedTie *DecidedTie `json:"decided_tie"` // nil if the rules for ties decided nothing

	Stations *StationCounts `json:"stations"` // nil without polling stations
}

// Tie is a tie for seats, or for places in the second round.
type Tie struct {
	Seats        int     `json:"seats"`
	Places       int     `json:"places"`
	Participants []int64 `json:"participants"`
}

// DecidedTie is a tie for which the election's rules for ties decided something. The open tie is what they left.
type DecidedTie struct {
	Tie

	Given []struct {
		ParticipantID int64  `json:"participant_id"`
		Rule          string `json:"rule"` // such as "more-votes"
	} `json:"given"`
}

// CreateAccount makes a user. If the answer was lost, the account with the e-mail address counts as the one that was
// made: the address must not have been used before.
func (c *Client) CreateAccount(ctx context.Context, a NewAccount) (Account, error) {
	var made Account
	repeated, err := c.do(ctx, call{method: http.MethodPost, path: "/users", in: a, out: &made})
	var refusal *ProblemError
	if repeated && errors.As(err, &refusal) && refusal.Code == "email-taken" {
		accounts, err := all[Account](ctx, c, "/users")
		if err != nil {
			return Account{}, err
		}
		if i := slices.IndexFunc(accounts, func(x Account) bool { return x.Email == a.Email }); i >= 0 {
			return accounts[i], nil
		}
	}
	return made, err
}

// DisableAccount disables a user, who can no longer sign in. An administrator may need a second one: *WaitingError.
func (c *Client) DisableAccount(ctx context.Context, id int64) error {
	_, err := c.do(ctx, call{method: http.MethodPatch, path: idPath("/users", id), in: map[string]bool{"disabled": true}})
	return err
}

// Participants returns every participant.
func (c *Client) Participants(ctx context.Context) ([]Participant, error) {
	return all[Participant](ctx, c, "/participants")
}

// CreateParticipant registers a participant.
func (c *Client) CreateParticipant(ctx context.Context, p Participant) (Participant, error) {
	_, err := c.do(ctx, call{method: http.MethodPost, path: "/participants", in: p, out: &p})
	return p, err
}

// CreateElection makes an election. If the answer was lost, it reads the list before it asks again, so that the
// election is not made twice: a new one with the title counts as the one that was made.
func (c *Client) CreateElection(ctx context.Context, e NewElection) (Election, error) {
	before, err := all[Election](ctx, c, "/elections")
	if err != nil {
		return Election{}, err
	}
	known := map[int64]bool{}
	for _, old := range before {
		known[old.ID] = true
	}
	var made Election
	_, err = c.do(ctx, call{
		method: http.MethodPost, path: "/elections", in: e, out: &made,
		carriedOut: func(ctx context.Context) (bool, error) {
			now, err := all[Election](ctx, c, "/elections")
			for _, x := range now {
				if !known[x.ID] && x.Title == e.Title {
					made = x
					return true, nil
				}
			}
			return false, err
		},
	})
	return made, err
}

// Election returns an election.
func (c *Client) Election(ctx context.Context, id int64) (Election, error) {
	var e Election
	_, err := c.do(ctx, call{method: http.MethodGet, path: idPath("/elections", id), out: &e})
	return e, err
}

// PublishElection makes a draft public. openNow is needed if its start is more than a minute in the past.
func (c *Client) PublishElection(ctx context.Context, id int64, openNow bool) (Election, error) {
	var e Election
	_, err := c.do(ctx, call{
		method: http.MethodPost, path: idPath("/elections", id) + "/publication", in: map[string]bool{"open_now": openNow}, out: &e,
	})
	return e, err
}

// WithdrawElection withdraws a published election without ballots and voter keys. If a second administrator must approve
// that, the error is *WaitingError.
func (c *Client) WithdrawElection(ctx context.Context, id int64, reason string) (Election, error) {
	var e Election
	_, err := c.do(ctx, call{
		method: http.MethodPost, path: idPath("/elections", id) + "/withdrawal", in: map[string]string{"reason": reason}, out: &e,
	})
	return e, err
}

// DeleteDraft deletes an election that was never published.
func (c *Client) DeleteDraft(ctx context.Context, id int64) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, path: idPath("/elections", id)})
	return err
}

// DeleteParticipant deletes a participant that was never a candidate in a published election.
func (c *Client) DeleteParticipant(ctx context.Context, id int64) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, path: idPath("/participants", id)})
	return err
}

// MarkRehearsal marks an election as a rehearsal, for good.
func (c *Client) MarkRehearsal(ctx context.Context, id int64) (Election, error) {
	var e Election
	_, err := c.do(ctx, call{method: http.MethodPatch, path: idPath("/elections", id), in: map[string]bool{"rehearsal": true}, out: &e})
	return e, err
}

// Upload sends a batch and returns its id once the server has it on disk. open returns the content for each try;
// it must return the same size bytes each time. A late batch is accepted too, and waits (BatchWaiting). A repeated upload
// that the server already has counts as accepted.
func (c *Client) Upload(ctx context.Context, electionID, constituencyID int64, name string, size int64, open func() io.ReadCloser) (int64, error) {
	return c.upload(ctx, electionID, url.Values{"constituency_id": {strconv.FormatInt(constituencyID, 10)}, "file_name": {name}}, size, open)
}

// UploadStation is Upload for a polling station.
func (c *Client) UploadStation(ctx context.Context, electionID, stationID int64, name string, size int64, open func() io.ReadCloser) (int64, error) {
	return c.upload(ctx, electionID, url.Values{"station_id": {strconv.FormatInt(stationID, 10)}, "file_name": {name}}, size, open)
}

func (c *Client) upload(ctx context.Context, electionID int64, query url.Values, size int64, open func() io.ReadCloser) (int64, error) {
	var accepted BatchState
	repeated, err := c.do(ctx, call{
		method: http.MethodPost, path: idPath("/elections", electionID) + "/batches", query: query,
		body: open, size: size, out: &accepted,
	})
	var refusal *ProblemError
	if repeated && errors.As(err, &refusal) && refusal.Code == "same-file" && refusal.BatchID != 0 {
		return refusal.BatchID, nil
	}
	return accepted.ID, err
}

// Batch returns the state of a batch.
func (c *Client) Batch(ctx context.Context, id int64) (BatchState, error) {
	var b BatchState
	_, err := c.do(ctx, call{method: http.MethodGet, path: idPath("/batches", id), out: &b})
	return b, err
}

// Results returns an election's results.
func (c *Client) Results(ctx context.Context, electionID int64) (Results, error) {
	var r Results
	_, err := c.do(ctx, call{method: http.MethodGet, path: idPath("/elections", electionID) + "/results", out: &r})
	return r, err
}
