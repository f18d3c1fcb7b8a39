package audit

import (
	"strings"
	"time"
)

// Actor is the person or program that makes a change. Packages that must not know accounts pass it along and
// never read its fields.
type Actor struct {
	// ID is the account's id; 0 is the command line or Urna itself.
	ID int64
	// Name is the person's name with the e-mail address at that time, as "Name <address>".
	Name string
	// From is the network address, or "command line".
	From string
}

// WithoutAddress returns the name in Actor.Name, without the e-mail address.
func WithoutAddress(name string) string {
	alone, _, _ := strings.Cut(name, " <")
	return alone
}

// System is the actor of changes that Urna makes by itself.
func System() Actor { return Actor{Name: "Urna", From: "server"} }

// Event is one entry of the log.
type Event struct {
	ID      int64
	At      time.Time
	Actor   Actor
	Action  string // such as "election-created"
	Subject string // such as "election 3"
	Detail  string // a JSON object; never a secret, a key, a GUID or a vote
	Hash    string // hex SHA-256 over the hash before and this event's fields
}
