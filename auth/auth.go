package auth

import (
	"time"

	"urna/internal/audit"
)

// Role says what a person may do.
type Role string

// The roles.
const (
	// Administrator registers participants and users and creates elections.
	Administrator Role = "administrator"
	// Official uploads batches of ballots.
	Official Role = "official"
	// Observer reads what administrators read of elections, and changes nothing but the own account.
	Observer Role = "observer"
)

// User is one account.
type User struct {
	ID        int64
	Email     string
	Forename  string
	Surname   string
	JMBG      string // optional national id, "" where none
	Role      Role
	Disabled  bool
	CreatedAt time.Time
	// MustChangePassword sends the person through a password change before anything else.
	MustChangePassword bool
	// SecondFactor tells that sign-ins ask for more than the password: an authenticator app or a passkey is set up.
	SecondFactor bool
	// Authenticator tells that an authenticator app is set up.
	Authenticator bool
	// Passkeys is the number of passkeys, those of a former domain included.
	Passkeys int
	// SessionEpoch grows with each change that ends the account's browser sessions; a session of an
	// earlier epoch is worth nothing.
	SessionEpoch int64
	// Bound tells that an official uploads for the account's places only, for none if it has none; else everywhere. A bound
	// observer reads those elections only that are places of the account.
	Bound bool
	// Waiting tells that the account was registered, and signs in once an administrator has accepted it.
	Waiting bool
}

// Name returns forename and surname.
func (u User) Name() string { return u.Forename + " " + u.Surname }

// Actor returns the user as the audit log names them, calling from the given address.
func (u User) Actor(from string) audit.Actor {
	return audit.Actor{ID: u.ID, Name: u.Name() + " <" + u.Email + ">", From: from}
}

// NewUser has the fields of a new account.
type NewUser struct {
	Email    string
	Forename string
	Surname  string
	JMBG     string // optional
	Role     Role
	Password string // as Rule says
	Rule     PasswordRule
	// MustChangePassword asks for another password at the first sign-in.
	MustChangePassword bool
	// Places bind an official or an observer to them. Bound without places is an official who uploads nowhere yet.
	Places []Place
	Bound  bool
}

// UserChange is a change to an account; nil fields stay as they are.
type UserChange struct {
	Forename *string
	Surname  *string
	Role     *Role
	Disabled *bool
	Password *string
	// MustChangePassword asks for another password at the next sign-in.
	MustChangePassword *bool
	// Places bind an official to them; an empty list lets the account upload everywhere or, if Bound is set, nowhere yet.
	Places *[]Place
	Bound  bool
	// Accept lets an account sign in that waits for it. The same change may give places, and changes nothing else.
	Accept bool
	// Reason is why, for a change that needs a second administrator.
	Reason string
}

// PasswordRule says what a new password must be like.
type PasswordRule int

// The password rules.
const (
	// PasswordOfTwelve asks for 12 characters, and refuses what people choose most often.
	PasswordOfTwelve PasswordRule = iota
	// PasswordOfEPMS is the EPMS contract's rule: 8 to 255 characters with a digit, a lower-case and an
	// upper-case letter.
	PasswordOfEPMS
)

// Tokens is what an API client gets at sign-in and at each refresh.
type Tokens struct {
	Access    string
	Refresh   string
	ExpiresIn time.Duration // of the access token
}
