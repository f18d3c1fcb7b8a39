package auth

import (
	"context"
	"math"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/ratelimit"
)

// Registration says who makes accounts of officials beside administrators.
type Registration string

// The rules of registration.
const (
	RegistrationClosed  Registration = ""        // no other person
	RegistrationOpen    Registration = "open"    // everybody; the account works at once
	RegistrationApprove Registration = "approve" // everybody; the account waits for an administrator
)

const (
	// mostRegistered bounds the accounts that wait, so that registrations do not fill the database.
	mostRegistered = 1000
	// freeRegistrations is how many registrations an hour from one address cause no wait, if accounts wait.
	freeRegistrations = 20
)

// Register makes an account of an official who asked for it. It waits until an administrator accepts it
// (UserChange.Accept) or deletes it. Beside the refusals of AddUser: ErrTooManyWaiting, and ErrTooManyRegistrations
// from one address. Each registration counts, also a refused one, because it tells which e-mails have accounts.
func (s *Service) Register(ctx context.Context, actor audit.Actor, in NewUser) (User, error) {
	if err := s.limitRegistrations(actor.From); err != nil {
		return User{}, err
	}
	if err := roomToWait(s.db.Reader(ctx)); err != nil { // before the password is hashed
		return User{}, err
	}
	in.Role, in.Places, in.Bound = Official, nil, false
	row, err := s.newRow(ctx, actor, in)
	if err != nil {
		return User{}, err
	}
	row.WaitingSince = unixMilli(s.now())
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		if err := roomToWait(tx); err != nil {
			return err
		}
		return s.add(ctx, tx, actor, &row, nil)
	})
	return row.user(), err
}

// limitRegistrations counts a registration from an address, or refuses it during a wait.
func (s *Service) limitRegistrations(from string) error {
	_, wait := s.registrations.Reserve(ratelimit.Key{Of: "register " + place(from), Free: freeRegistrations})
	if wait == 0 {
		return nil
	}
	seconds := int64(math.Ceil(wait.Seconds()))
	return ErrTooManyRegistrations.With(messages.RefusalTooManyRegistrationsWait(seconds)).WithExtra("retry_after", seconds)
}

func roomToWait(db database.Source) error {
	n, err := countWaiting(db)
	if err != nil {
		return err
	}
	if n >= mostRegistered {
		return ErrTooManyWaiting
	}
	return nil
}

// Refuse deletes an account that waits. Refusals: ErrUnknownUser, ErrNotWaiting.
func (s *Service) Refuse(ctx context.Context, actor audit.Actor, id int64) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findUser(tx, "id = ?", id)
		if err != nil {
			return err
		}
		if row.WaitingSince == nil {
			return ErrNotWaiting
		}
		return s.deleteRow(ctx, tx, actor, &row)
	})
}
