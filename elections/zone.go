package elections

import (
	"regexp"
	"time"
)

// zoneForm is what the names of time zones look like: parts that begin with a capital letter. What a machine has
// beside them (localtime, posixrules, right/…, posix/…) begins otherwise.
var zoneForm = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*$`)

// ValidTimeZone reports whether an election can have the time zone: the IANA name of one that this program knows.
// Names that are no place's time zone are refused: Local, Factory, and the machine's own files such as localtime.
func ValidTimeZone(name string) bool {
	if !zoneForm.MatchString(name) || name == "Local" || name == "Factory" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}
