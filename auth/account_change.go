package auth

import (
	"context"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/text"
)

// changeRow makes a change to an account, with the hash of its new password, and records it.
func (s *Service) changeRow(ctx context.Context, tx *database.Tx, actor audit.Actor, row *userRow, change UserChange, hash string) error {
	detail := s.apply(row, change, hash)
	if err := keepsAnAdministrator(tx, row); err != nil {
		return err
	}
	if detail["disabled"] == true {
		if err := s.onEnd(ctx, tx, row.ID); err != nil {
			return err
		}
	}
	if change.endsSignIns(detail) {
		row.SessionEpoch++
		if err := revokeFamilies(tx, s.now(), "user_id = ?", row.ID); err != nil {
			return err
		}
	}
	if err := s.placesOfChange(tx, row, change, detail); err != nil {
		return err
	}
	action := "user-changed"
	if change.Accept {
		action, row.WaitingSince = "user-accepted", nil
	}
	if err := saveUser(tx, row); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), actor, action, subject(row.ID), detail)
}

// placesOfChange gives an account the places of a change and adds them to the event's detail.
func (s *Service) placesOfChange(tx *database.Tx, row *userRow, change UserChange, detail map[string]any) error {
	if change.Places == nil {
		return nil
	}
	before, err := placesOf(tx, row.ID)
	if err != nil {
		return err
	}
	bound := change.Bound || len(*change.Places) > 0
	places, err := givePlaces(tx, row, before, bound, *change.Places, wording{s.placeNames, s.placeNames}, s.now())
	if places != nil {
		detail["places"] = places
	}
	return err
}

// checkChange refuses a change that the present account does not take.
func (s *Service) checkChange(tx *database.Tx, row userRow, change UserChange) error {
	switch {
	case row.WaitingSince != nil && !change.Accept:
		return ErrAccountWaiting
	case row.WaitingSince == nil && change.Accept:
		return ErrNotWaiting
	case change.Accept && change.alters():
		return ErrAccountWaiting // the history of accounts reads no role and no password in the event of an acceptance
	case change.Places == nil:
		return nil
	}
	role := Role(row.Role)
	if change.Role != nil {
		role = *change.Role
	}
	return s.checkPlaces(tx, role, *change.Places, len(*change.Places) > 0)
}

// alters reports whether a change is of more than places and the acceptance.
func (in UserChange) alters() bool {
	return in.Forename != nil || in.Surname != nil || in.Role != nil || in.Disabled != nil || in.Password != nil || in.MustChangePassword != nil
}

// keepsAnAdministrator refuses a changed account if no other active administrator exists.
func keepsAnAdministrator(tx *database.Tx, row *userRow) error {
	if row.Role == string(Administrator) && row.DisabledAt == nil {
		return nil
	}
	return keepAnAdministrator(tx, row.ID)
}

// endsSignIns reports whether a change, with what really changed, ends tokens and browser sessions.
func (in UserChange) endsSignIns(changed map[string]any) bool {
	_, role := changed["role"]
	_, disabled := changed["disabled"]
	return in.Password != nil || role || disabled || changed["must_change_password"] == true && in.MustChangePassword != nil
}

// apply puts a change into the row and returns what the audit log says of it.
func (s *Service) apply(row *userRow, change UserChange, hash string) map[string]any {
	detail := map[string]any{}
	set := func(name string, field *string, value string) {
		if *field != value {
			detail[name] = map[string]string{"before": *field, "after": value}
			*field = value
		}
	}
	if change.Forename != nil {
		set("forename", &row.Forename, text.Trim(*change.Forename))
	}
	if change.Surname != nil {
		set("surname", &row.Surname, text.Trim(*change.Surname))
	}
	if change.Role != nil {
		set("role", &row.Role, string(*change.Role))
	}
	if change.Password != nil {
		row.PasswordHash = hash
		row.MustChangePassword = false
		detail["password"] = "changed"
	}
	if change.MustChangePassword != nil && *change.MustChangePassword != row.MustChangePassword {
		row.MustChangePassword = *change.MustChangePassword
		detail["must_change_password"] = row.MustChangePassword
	}
	if change.Disabled != nil && *change.Disabled != (row.DisabledAt != nil) {
		row.DisabledAt = nil
		if *change.Disabled {
			row.DisabledAt = unixMilli(s.now())
		}
		detail["disabled"] = *change.Disabled
	}
	return detail
}
