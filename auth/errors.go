package auth

import (
	"urna/internal/messages"
	"urna/internal/problem"
)

// What this package refuses, beside invalid fields (a problem of kind Invalid that names each).
var (
	// ErrCredentials is the one answer to an unknown user, a wrong password and a disabled account.
	ErrCredentials = problem.New(problem.Unauthenticated, "invalid-credentials", messages.RefusalInvalidCredentials())
	// ErrPasswordNotText is returned for a password whose bytes are no text in UTF-8: a program that guessed at their
	// meaning would take several passwords for one.
	ErrPasswordNotText = problem.New(problem.Invalid, "password-not-text", messages.RefusalPasswordNotText())
	// ErrAccountChanged is returned if an account's sign-ins ended during a change of it.
	ErrAccountChanged = problem.New(problem.Conflict, "account-changed",
		messages.RefusalAccountChanged())
	// ErrToken is returned for a missing, damaged, expired or revoked token.
	ErrToken = problem.New(problem.Unauthenticated, "invalid-token", messages.RefusalInvalidToken())
	// ErrUnknownUser is returned for a user id or e-mail that does not exist.
	ErrUnknownUser = problem.New(problem.NotFound, "unknown-user", messages.RefusalUnknownUser())
	// ErrEmailTaken is returned for an e-mail that another account has.
	ErrEmailTaken = problem.New(problem.Conflict, "email-taken", messages.RefusalEmailTaken())
	// ErrJMBGTaken is returned for a JMBG that another account has.
	ErrJMBGTaken = problem.New(problem.Conflict, "jmbg-taken", messages.RefusalJmbgTaken())
	// ErrLastAdministrator is returned for a change that would leave no active administrator.
	ErrLastAdministrator = problem.New(problem.Conflict, "last-administrator", messages.RefusalLastAdministrator())
	// ErrSecondFactorNeeded is returned where the password was right and a code is needed as well.
	ErrSecondFactorNeeded = problem.New(problem.Unauthenticated, "second-factor-needed", messages.RefusalSecondFactorNeeded())
	// ErrSecondFactor is returned for a code that is wrong, used or out of time.
	ErrSecondFactor = problem.New(problem.Unauthenticated, "wrong-code", messages.RefusalWrongCode())
	// ErrPasskey is returned for an answer of a passkey that is not that of one of the account's at this address.
	ErrPasskey = problem.New(problem.Unauthenticated, "wrong-passkey", messages.RefusalWrongPasskey())
	// ErrPasskeyChallenge is returned if no question to a passkey waits for this answer: it is too old, was answered, or
	// was for another act.
	ErrPasskeyChallenge = problem.New(problem.Unauthenticated, "passkey-too-late", messages.RefusalPasskeyTooLate())
	// ErrPasskeyCounter is returned for a passkey whose counter did not grow: there may be a copy of it.
	ErrPasskeyCounter = problem.New(problem.Unauthenticated, "passkey-copied", messages.RefusalPasskeyCopied())
	// ErrPasskeysOff is returned on a server that offers no passkeys.
	ErrPasskeysOff = problem.New(problem.Conflict, "passkeys-off", messages.RefusalPasskeysOff())
	// ErrUnknownPasskey is returned for a passkey that the account does not have.
	ErrUnknownPasskey  = problem.New(problem.NotFound, "unknown-passkey", messages.RefusalUnknownPasskey())
	errTooManyPasskeys = problem.New(problem.Conflict, "too-many-passkeys", messages.RefusalTooManyPasskeys(mostPasskeys))
	// ErrPasswordNeeded is returned for an act that needs the person's password again, if it is missing or wrong.
	ErrPasswordNeeded = problem.New(problem.Forbidden, "password-needed", messages.RefusalPasswordNeeded())
	// ErrCodeNeeded is returned for an act that needs a code of the account's second factor, if it is missing or wrong.
	ErrCodeNeeded = problem.New(problem.Forbidden, "code-needed", messages.RefusalCodeNeeded())
	// ErrPasswordChangeNeeded is returned where a person must choose another password first.
	ErrPasswordChangeNeeded = problem.New(problem.Forbidden, "password-change-needed", messages.RefusalPasswordChangeNeeded())
	// ErrSecondFactorRequired is returned where the server asks administrators for a second factor and this
	// one has none.
	ErrSecondFactorRequired = problem.New(problem.Forbidden, "second-factor-required", messages.RefusalSecondFactorRequired())
	// ErrTooManySignIns is returned where too many sign-ins failed; its Extra holds "retry_after" in seconds.
	ErrTooManySignIns = problem.New(problem.TooMany, "too-many-requests", messages.RefusalSignInsFailed())
	// ErrSignInsBusy is returned if too many requests wait for a password hash. The password was not checked.
	ErrSignInsBusy = problem.New(problem.Busy, "sign-ins-busy", messages.RefusalSignInsBusy()).
			WithExtra("retry_after", secondsUntilTryAgain)
	// ErrSetupLink is returned for a setup link that is wrong, used, or came too late.
	ErrSetupLink = problem.New(problem.NotFound, "setup-link", messages.RefusalSetupLink())
	// ErrAccountWaits is returned for the right password of an account that an administrator has not accepted yet.
	ErrAccountWaits = problem.New(problem.Forbidden, "account-waits", messages.RefusalAccountWaits())
	// ErrAccountWaiting is returned for a change of an account that waits for an administrator.
	ErrAccountWaiting = problem.New(problem.Conflict, "account-waiting", messages.RefusalAccountWaiting())
	// ErrNotWaiting is returned for the acceptance of an account that does not wait.
	ErrNotWaiting = problem.New(problem.Conflict, "account-not-waiting", messages.RefusalAccountNotWaiting())
	// ErrTooManyWaiting is returned for a registration while as many accounts wait as may.
	ErrTooManyWaiting = problem.New(problem.Busy, "too-many-waiting", messages.RefusalTooManyWaiting()).
				WithExtra("retry_after", int64(3600))
	// ErrTooManyRegistrations is returned for a further registration from one address.
	ErrTooManyRegistrations = problem.New(problem.TooMany, "too-many-requests", messages.RefusalTooManyRegistrations())
	// ErrForbidden is returned where the person's role may not do this.
	ErrForbidden = problem.New(problem.Forbidden, "forbidden", messages.RefusalForbidden())
)
