package auth

import "urna/internal/problem"

// What this package refuses, beside invalid fields (a problem of kind Invalid that names each).
var (
	// ErrCredentials is the one answer to an unknown user, a wrong password and a disabled account.
	ErrCredentials = problem.New(problem.Unauthenticated, "invalid-credentials", "The e-mail or the password is wrong.")
	// ErrPasswordNotText is returned for a password whose bytes are no text in UTF-8: a program that guessed at their
	// meaning would take several passwords for one.
	ErrPasswordNotText = problem.New(problem.Invalid, "password-not-text", "The password is not text in UTF-8. Enter it again; a program must send it in UTF-8.")
	// ErrAccountChanged is returned if an account's sign-ins ended during a change of it.
	ErrAccountChanged = problem.New(problem.Conflict, "account-changed",
		"Your account was changed in another window meanwhile, and nothing was changed here. Sign in again.")
	// ErrToken is returned for a missing, damaged, expired or revoked token.
	ErrToken = problem.New(problem.Unauthenticated, "invalid-token", "The token is missing, damaged or no longer valid. Sign in again.")
	// ErrUnknownUser is returned for a user id or e-mail that does not exist.
	ErrUnknownUser = problem.New(problem.NotFound, "unknown-user", "There is no such user.")
	// ErrEmailTaken is returned for an e-mail that another account has.
	ErrEmailTaken = problem.New(problem.Conflict, "email-taken", "Another account has this e-mail already.")
	// ErrJMBGTaken is returned for a JMBG that another account has.
	ErrJMBGTaken = problem.New(problem.Conflict, "jmbg-taken", "Another account has this JMBG already.")
	// ErrLastAdministrator is returned for a change that would leave no active administrator.
	ErrLastAdministrator = problem.New(problem.Conflict, "last-administrator", "This is the last active administrator; make another one first.")
	// ErrSecondFactorNeeded is returned where the password was right and a code is needed as well.
	ErrSecondFactorNeeded = problem.New(problem.Unauthenticated, "second-factor-needed", "Enter the code of your authenticator app too.")
	// ErrSecondFactor is returned for a code that is wrong, used or out of time.
	ErrSecondFactor = problem.New(problem.Unauthenticated, "wrong-code", "This code is wrong or was used before. Wait for the next one.")
	// ErrPasswordChangeNeeded is returned where a person must choose another password first.
	ErrPasswordChangeNeeded = problem.New(problem.Forbidden, "password-change-needed", "Sign in on the page and choose a new password first.")
	// ErrSecondFactorRequired is returned where the server asks administrators for a second factor and this
	// one has none.
	ErrSecondFactorRequired = problem.New(problem.Forbidden, "second-factor-required", "This server asks administrators for a second factor; set yours up on the page first.")
	// ErrTooManySignIns is returned where too many sign-ins failed; its Extra holds "retry_after" in seconds.
	ErrTooManySignIns = problem.New(problem.TooMany, "too-many-requests", "Too many sign-ins failed. Wait a little and try again.")
	// ErrSetupLink is returned for a setup link that is wrong, used, or came too late.
	ErrSetupLink = problem.New(problem.NotFound, "setup-link", "This setup link is not valid, or was used before.")
	// ErrForbidden is returned where the person's role may not do this.
	ErrForbidden = problem.New(problem.Forbidden, "forbidden", "Your role may not do this.")
)
