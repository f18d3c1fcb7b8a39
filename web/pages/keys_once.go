package pages

import (
	"crypto/sha256"
	"slices"
	"sync"

	"urna/internal/messages"
	"urna/internal/problem"
)

// mostSpentForms is how many forms are remembered; the oldest is forgotten first.
const mostSpentForms = 1000

// errShownOnce is returned for a form that was sent again after it had another key issued.
var errShownOnce = problem.New(problem.Conflict, "key-shown",
	messages.RefusalKeyShown())

// spentForms remembers, in memory, which forms were sent, so that a page that is loaded again does not do the same a
// second time. Of a form it keeps a hash.
type spentForms struct {
	mutex sync.Mutex
	spent [][sha256.Size]byte
}

// spend records a form by its key and what was done with it; false if it is recorded already. A form without a key,
// as a program sends it, is never spent.
func (s *spentForms) spend(key, what string) bool {
	if key == "" {
		return true
	}
	hash := sha256.Sum256([]byte(key + "\n" + what))
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if slices.Contains(s.spent, hash) {
		return false
	}
	s.spent = append(s.spent[max(0, len(s.spent)+1-mostSpentForms):], hash)
	return true
}

// restore deletes the record of a spent form: nothing was done with it.
func (s *spentForms) restore(key, what string) {
	hash := sha256.Sum256([]byte(key + "\n" + what))
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.spent = slices.DeleteFunc(s.spent, func(other [sha256.Size]byte) bool { return other == hash })
}
