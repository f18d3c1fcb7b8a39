package auth

import "urna/internal/fault"

// What this package refuses, beside invalid fields (a fault of kind Invalid that names each).
var (
	// ErrCredentials is the one answer to an unknown user, a wrong password and a disabled account.
	ErrCredentials = fault.New(fault.Unauthenticated, "invalid-credentials", "The e-mail or the password is wrong.")
	// ErrToken is returned for a missing, damaged, expired or revoked token.
	ErrToken = fault.New(fault.Unauthenticated, "invalid-token", "The token is missing, damaged or no longer valid. Sign in again.")
	// ErrUnknownUser is returned for a user id or e-mail that does not exist.
	ErrUnknownUser = fault.New(fault.NotFound, "unknown-user", "There is no such user.")
	// ErrEmailTaken is returned for an e-mail that another account has.
	ErrEmailTaken = fault.New(fault.Conflict, "email-taken", "Another account has this e-mail already.")
	// ErrJMBGTaken is returned for a JMBG that another account has.
	ErrJMBGTaken = fault.New(fault.Conflict, "jmbg-taken", "Another account has this JMBG already.")
	// ErrLastAdministrator is returned for a change that would leave no active administrator.
	ErrLastAdministrator = fault.New(fault.Conflict, "last-administrator", "This is the last active administrator; make another one first.")
	// ErrForbidden is returned where the person's role may not do this.
	ErrForbidden = fault.New(fault.Forbidden, "forbidden", "Your role may not do this.")
)
