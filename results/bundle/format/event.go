package format

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Genesis is the hash that the first event follows.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Event is a line of the audit log's entry. The time is in Unix milliseconds, as it is hashed.
type Event struct {
	ID        int64  `json:"id"`
	At        int64  `json:"at"`
	ActorID   int64  `json:"actor_id"`
	ActorName string `json:"actor_name"`
	ActorFrom string `json:"actor_from"`
	Action    string `json:"action"`
	Subject   string `json:"subject"`
	Detail    string `json:"detail"`
	Hash      string `json:"hash"`
}

// Follows reports whether the event's hash follows from the hash before it and its own fields: the SHA-256 of the JSON
// array of the hash before and all fields.
func (e *Event) Follows(previous string) bool {
	// Marshalling strings and integers cannot fail.
	fields, _ := json.Marshal([]any{previous, e.ID, e.At, e.ActorID, e.ActorName, e.ActorFrom, e.Action, e.Subject, e.Detail})
	sum := sha256.Sum256(fields)
	return e.Hash == hex.EncodeToString(sum[:])
}
