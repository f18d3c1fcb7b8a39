package auth

import (
	"urna/internal/messages"
	"urna/internal/problem"
)

// What this package refuses, beside invalid fields (a problem of kind Invalid that names each).
var (
	// ErrCredentials is the one answer to an unknown user, a wrong password and a disabled account.
	ErrCredentials = problem.New(problem.Unauthenticated, "invalid-credentials", messages.ProblemInvalidCredentials())
	// ErrPasswordNotText is returned for a password whose bytes are no text in UTF-8: a program that guessed at their
	// meaning would take several passwords for one.
	ErrPasswordNotText = problem.New(problem.Invalid, "password-not-text", messages.ProblemPasswordNotText())
	// ErrAccountChanged is returned if an account's sign-ins ended during a change of it.
	ErrAccountChanged = problem.New(problem.Conflict, "account-changed",
		messages.ProblemAccountChanged())
	// ErrToken is returned for a missing, damaged, expired or revoked token.
	ErrToken = problem.New(problem.Unauthenticated, "invalid-token", messages.ProblemInvalidToken())
	// ErrUnknownUser is returned for a user id or e-mail that does not exist.
	ErrUnknownUser = problem.New(problem.NotFound, "unknown-user", messages.ProblemUnknownUser())
	// ErrEmailTaken is returned for an e-mail that another account has.
	ErrEmailTaken = problem.New(problem.Conflict, "email-taken", messages.ProblemEmailTaken())
	// ErrJMBGTaken is returned for a JMBG that another account has.
	ErrJMBGTaken = problem.New(problem.Conflict, "jmbg-taken", messages.ProblemJmbgTaken())
	// ErrLastAdministrator is returned for a change that would leave no active administrator.
	ErrLastAdministrator = problem.New(problem.Conflict, "last-administrator", messages.ProblemLastAdministrator())
	// ErrSecondFactorNeeded is returned where the password was right and a code is needed as well.
	ErrSecondFactorNeeded = problem.New(problem.Unauthenticated, "second-factor-needed", messages.ProblemSecondFactorNeeded())
	// ErrSecondFactor is returned for a code that is wrong, used or out of time.
	ErrSecondFactor = problem.New(problem.Unauthenticated, "wrong-code", messages.ProblemWrongCode())
	// ErrPasswordChangeNeeded is returned where a person must choose another password first.
	ErrPasswordChangeNeeded = problem.New(problem.Forbidden, "password-change-needed", messages.ProblemPasswordChangeNeeded())
	// ErrSecondFactorRequired is returned where the server asks administrators for a second factor and this
	// one has none.
	ErrSecondFactorRequired = problem.New(problem.Forbidden, "second-factor-required", messages.ProblemSecondFactorRequired())
	// ErrTooManySignIns is returned where too many sign-ins failed; its Extra holds "retry_after" in seconds.
	ErrTooManySignIns = problem.New(problem.TooMany, "too-many-requests", messages.ProblemSignInsFailed())
	// ErrSetupLink is returned for a setup link that is wrong, used, or came too late.
	ErrSetupLink = problem.New(problem.NotFound, "setup-link", messages.ProblemSetupLink())
	// ErrForbidden is returned where the person's role may not do this.
	ErrForbidden = problem.New(problem.Forbidden, "forbidden", messages.ProblemForbidden())
)
