package approval

import (
	"time"

	"urna/internal/messages"
)

// AccountChange is a change of an account by another person or by a command on the machine: of its password, second
// factor or e-mail, or to an enabled administrator.
type AccountChange struct {
	UserID int64
	What   string // ChangedPassword and so on
	By     string
	At     time.Time
}

// The values of AccountChange.What. They are stable: clients have them.
const (
	ChangedPassword = "password"
	ChangedFactor   = "second-factor"
	ChangedEmail    = "email"
	// BecameAdministrator: the account was made, promoted or enabled.
	BecameAdministrator = "administrator"
)

// ConfirmsNothing is how long an account confirms and approves nothing after such a change.
const ConfirmsNothing = 24 * time.Hour

// Sentence says who changed what of the named person, and when.
func (c AccountChange) Sentence(of string) messages.Message {
	at := messages.Minute(c.At)
	switch c.What {
	case ChangedFactor:
		return messages.CertificationFactorChanged(c.By, of, at)
	case ChangedEmail:
		return messages.CertificationEmailChanged(c.By, of, at)
	case BecameAdministrator:
		return messages.CertificationMadeAdministrator(c.By, of, at)
	default:
		return messages.CertificationPasswordChanged(c.By, of, at)
	}
}

// Until returns the time from which the account confirms again, in words.
func (c AccountChange) Until() string {
	return messages.Minute(c.At.Add(ConfirmsNothing).Add(time.Minute - 1))
}
