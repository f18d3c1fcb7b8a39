package format

import "time"

// The codes of open points that follow from other parts of the figures or of a full bundle.
const (
	MoreCastThanRegistered  = "more-cast-than-registered"
	MoreKeysThanRegistered  = "more-keys-than-registered"
	NoBallots               = "no-ballots"
	RetractionAfterEnd      = "retraction-after-end"
	KeysAfterOpening        = "keys-after-opening"
	DuplicatesBetweenPlaces = "duplicates-between-places"
	LateBatch               = "late-batch"
	StationAwaited          = "station-awaited"
)

// LateFigure is what was decided about a late batch. Names are without e-mail addresses.
type LateFigure struct {
	Cause      string    `json:"cause"` // after-confirmation, after-batches-until or place-complete
	AcceptedAt time.Time `json:"accepted_at"`
	Official   string    `json:"official"`
	Reason     string    `json:"reason"`     // the official's
	State      string    `json:"state"`      // approved, refused, or waiting before the certification
	DecidedBy  string    `json:"decided_by"` // "" while it waits
	Remark     string    `json:"remark"`     // of the person who decided
}

// The values of LateFigure.
const (
	LateAfterConfirmation = "after-confirmation"
	LateAfterBatchesUntil = "after-batches-until"
	LatePlaceComplete     = "place-complete"
	LateApproved          = "approved"
	LateRefused           = "refused"
	LateWaiting           = "waiting"
)

// OpenPointFigure is an open point with the written reason that lifted it.
type OpenPointFigure struct {
	Code            string  `json:"code"`
	ConstituencyID  int64   `json:"constituency_id,omitempty"` // none: the whole election
	StationID       int64   `json:"station_id,omitempty"`      // none: the constituency, or several of its stations
	Facts           []int64 `json:"facts"`                     // docs/exports.md says what they are for each code
	Reason          string  `json:"reason"`
	AdministratorID int64   `json:"administrator_id"`
	Administrator   string  `json:"administrator"` // without an e-mail address
}

// KeysFigure has the acts on the voter keys of a constituency. It exists if there was any.
type KeysFigure struct {
	ConstituencyID       int64 `json:"constituency_id"`
	Keys                 int64 `json:"keys"` // that can vote or have voted
	IssuedAfterOpening   int64 `json:"issued_after_opening"`
	Replaced             int64 `json:"replaced"`
	ReplacedAfterOpening int64 `json:"replaced_after_opening"`
	Revoked              int64 `json:"revoked"`
	ReplacedSealed       int64 `json:"replaced_sealed"` // of Replaced
}

// RollFigure is a roll of voters whose keys were put in force.
type RollFigure struct {
	ID    int64  `json:"id"`
	State string `json:"state"` // issued, or withdrawn with its unused keys
	Keys  int64  `json:"keys"`  // as they were issued
	// SealedTo are the recipients of age to which the keys were sealed; empty if the person who issued them could read them.
	SealedTo []string `json:"sealed_to"`
}
