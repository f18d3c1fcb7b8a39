package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
)

// request returns an act on an account.
func request(act approval.Act, actor audit.Actor, row userRow, reason string) approval.Request {
	return approval.Request{
		Act: act, Subject: subject(row.ID), Actor: actor, Reason: reason,
		Parameters: map[string]any{"email": row.Email, "name": row.user().Name()},
	}
}

// ask answers whether an act on an account may happen now: at once unless the account is an administrator's.
func (s *Service) ask(ctx context.Context, tx *database.Tx, row *userRow, r approval.Request) (*approval.Waiting, error) {
	if row.Role != string(Administrator) {
		return nil, nil //nolint:nilnil // it may
	}
	return s.approvals.Ask(ctx, tx, r)
}

// act returns the act that needs a second administrator if an administrator's account is changed like this; "" is
// none.
func (in UserChange) act(row userRow, actor audit.Actor) approval.Act {
	switch {
	case in.Role != nil && *in.Role != Administrator:
		return approval.DemoteUser
	case in.Disabled != nil && *in.Disabled && row.DisabledAt == nil:
		return approval.DisableUser
	case in.Password != nil && actor.ID != row.ID:
		return approval.ResetUser
	}
	return ""
}

// askChange is ask for a change; the hash of a new password waits beside it.
func (s *Service) askChange(ctx context.Context, tx *database.Tx, actor audit.Actor, row userRow, change UserChange, hash string) (*approval.Waiting, error) {
	act := change.act(row, actor)
	if act == "" || row.Role != string(Administrator) {
		return nil, nil //nolint:nilnil // it may
	}
	r := request(act, actor, row, change.Reason)
	changed := row
	maps.Copy(r.Parameters, s.apply(&changed, change, hash))
	if err := keepsAnAdministrator(tx, &changed); err != nil {
		return nil, err
	}
	if change.Places != nil {
		ids, stations := []int64{}, []int64{}
		for _, place := range distinct(*change.Places) {
			if place.StationID != 0 {
				stations = append(stations, place.StationID)
			} else {
				ids = append(ids, place.ConstituencyID)
			}
		}
		r.Parameters["places"] = ids
		if len(stations) > 0 {
			r.Parameters["stations"] = stations
		}
	}
	r.Secret = hash
	return s.approvals.Ask(ctx, tx, r)
}

// approvedChange are the parameters of a change as they were proposed.
type approvedChange struct {
	Forename, Surname, Role *struct{ After string }
	Disabled                *bool
	MustChangePassword      *bool    `json:"must_change_password"`
	Places                  *[]int64 // ids of constituencies
	Stations                []int64  // ids of polling stations, beside Places
}

// registerActs registers the functions that do approved acts on accounts.
func (s *Service) registerActs() {
	for act, do := range map[approval.Act]func(context.Context, *database.Tx, approval.Approved, *userRow) error{
		approval.ResetUser: s.doChange, approval.DisableUser: s.doChange, approval.DemoteUser: s.doChange,
		approval.DeleteUser: func(ctx context.Context, tx *database.Tx, a approval.Approved, row *userRow) error {
			if err := keepAnAdministrator(tx, row.ID); err != nil {
				return err
			}
			return s.deleteRow(ctx, tx, a.Proposer, row)
		},
		approval.RemoveFactor: func(ctx context.Context, tx *database.Tx, a approval.Approved, row *userRow) error {
			return s.removeFactors(ctx, tx, a.Proposer, row)
		},
	} {
		s.approvals.Register(act, func(ctx context.Context, tx *database.Tx, a approval.Approved) error {
			row, err := findUser(tx, "id = ?", approval.SubjectID(a.Subject))
			if err != nil {
				return err
			}
			return do(ctx, tx, a, &row)
		})
	}
}

// doChange makes an approved change.
func (s *Service) doChange(ctx context.Context, tx *database.Tx, a approval.Approved, row *userRow) error {
	var in approvedChange
	if err := json.Unmarshal([]byte(a.Parameters), &in); err != nil {
		return fmt.Errorf("auth: approval %d: %w", a.ID, err)
	}
	change := UserChange{Disabled: in.Disabled}
	if in.Forename != nil {
		change.Forename = &in.Forename.After
	}
	if in.Surname != nil {
		change.Surname = &in.Surname.After
	}
	if in.Role != nil {
		role := Role(in.Role.After)
		change.Role = &role
	}
	if a.Secret != "" {
		change.Password = &a.Secret // which is set: its hash is stored
	}
	change.MustChangePassword = in.MustChangePassword
	if in.Places != nil {
		places := make([]Place, 0, len(*in.Places))
		for _, c := range *in.Places {
			places = append(places, Place{ConstituencyID: c})
		}
		for _, id := range in.Stations {
			places = append(places, Place{StationID: id})
		}
		change.Places = &places
	}
	if err := errors.Join(s.beforeChange(ctx, tx), s.checkChange(tx, *row, change)); err != nil {
		return err
	}
	return s.changeRow(ctx, tx, a.Proposer, row, change, a.Secret)
}

// Approvals returns the acts that need a second administrator.
func (s *Service) Approvals() *Approvals { return s.approvals }
