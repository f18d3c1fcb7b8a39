package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"urna/elections"
)

// machine has the places in which a system keeps its time zone.
type machine struct {
	tz    string // the variable TZ
	isSet bool
	link  string // /etc/localtime
	name  string // /etc/timezone
}

// serverTimeZone returns the IANA name of the machine's time zone, which is the default of new elections. If the zone
// is set in a way that names none, it returns UTC and a remark that says so.
func serverTimeZone() (name, remark string) {
	tz, ok := os.LookupEnv("TZ")
	return machine{tz: tz, isSet: ok, link: "/etc/localtime", name: "/etc/timezone"}.timeZone()
}

// checkTZ refuses the time zone Factory: systems have it until a person chooses a zone, so times in it would be wrong.
func checkTZ() error {
	if tz := os.Getenv("TZ"); zoneIn(strings.TrimPrefix(tz, ":")) == "Factory" {
		return fmt.Errorf("the environment variable TZ is %q, the zone of no place: set it to a name such as Europe/Belgrade, or unset it", tz)
	}
	return nil
}

func (m machine) timeZone() (name, remark string) {
	if m.isSet {
		// POSIX: after a colon, the rest is defined by the system and may be a file. Empty is UTC.
		tz := strings.TrimPrefix(m.tz, ":")
		if tz == "" {
			return time.UTC.String(), ""
		}
		if tz == m.link {
			return m.linkedZone()
		}
		if name = zoneIn(tz); elections.ValidTimeZone(name) {
			return name, ""
		}
		return time.UTC.String(), fmt.Sprintf("the environment variable TZ is %q, which is not the name of a time zone such as Europe/Belgrade: "+
			"new elections that name no time zone get UTC", m.tz)
	}
	return m.linkedZone()
}

// linkedZone returns the zone that /etc/localtime or /etc/timezone names.
func (m machine) linkedZone() (name, remark string) {
	target, err := filepath.EvalSymlinks(m.link)
	if err != nil { // a machine without either file uses UTC
		return time.UTC.String(), ""
	}
	if name = zoneIn(target); elections.ValidTimeZone(name) {
		return name, ""
	}
	if content, err := os.ReadFile(m.name); err == nil {
		if name = strings.TrimSpace(string(content)); elections.ValidTimeZone(name) {
			return name, ""
		}
	}
	return time.UTC.String(), fmt.Sprintf("%s does not tell the name of this machine's time zone: new elections that name no time zone get UTC; "+
		"set TZ to a name such as Europe/Belgrade", m.link)
}

// zoneIn returns the time zone's name in a path such as /usr/share/zoneinfo/posix/Europe/Belgrade; a name is itself.
func zoneIn(path string) string {
	if !filepath.IsAbs(path) {
		return path
	}
	_, name, _ := strings.Cut(filepath.Clean(path), "/zoneinfo/")
	return strings.TrimPrefix(name, "posix/")
}
