package epms

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"urna/elections"
)

// The forms of ISO 8601 that are read. A date alone is its midnight; a time may end after the hour or the minute. The
// basic form has no separators anywhere; the extended one has all of them, and its offset may come without its colon.
// The groups are year, month, day, hour, minute, second, fraction, sign of the offset, and its hours and minutes.
var (
	basicTime = regexp.MustCompile(
		`^(\d{4})(\d\d)(\d\d)(?:[Tt ](\d\d)(?:(\d\d)(?:(\d\d)(?:[.,](\d{1,9}))?)?)?([Zz]|[+-](\d\d)(\d\d)?)?)?$`)
	extendedTime = regexp.MustCompile(
		`^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?([Zz]|[+-](\d\d)(?::?(\d\d))?)?)?$`)
)

// parseTime reads a time of a year that an election may have in the given zone, in which one without an offset is
// meant. Anything finer than a millisecond is dropped.
func parseTime(s string, zone *time.Location) (t time.Time, withOffset, ok bool) {
	m := basicTime.FindStringSubmatch(s)
	if m == nil {
		m = extendedTime.FindStringSubmatch(s)
	}
	if m == nil {
		return time.Time{}, false, false
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(m[i]) // digits, or none
		return n
	}
	year, month, day, hour, minute, second := number(1), time.Month(number(2)), number(3), number(4), number(5), number(6)
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if date.Month() != month || date.Day() != day || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false, false
	}
	milliseconds, _ := strconv.Atoi((m[7] + "000")[:3])
	at := zone
	if withOffset = m[8] != ""; withOffset {
		if at, ok = offsetZone(m[8], number(9), number(10)); !ok {
			return time.Time{}, false, false
		}
	}
	t = time.Date(year, month, day, hour, minute, second, milliseconds*1e6, at)
	return t, withOffset, elections.InYears(t, zone)
}

// offsetZone returns the zone of an offset that begins with Z or a sign.
func offsetZone(offset string, hours, minutes int) (*time.Location, bool) {
	if hours > 23 || minutes > 59 {
		return nil, false
	}
	seconds := 3600*hours + 60*minutes
	if offset[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), true
}

// formatTime writes an instant as it reads in the zone: whole seconds, or six digits behind the point
// where it has a fraction.
func formatTime(t time.Time, zone *time.Location, withOffset bool) string {
	layout := []string{"2006-01-02T15:04:05"}
	t = t.In(zone)
	if t.Nanosecond() != 0 {
		layout = append(layout, ".000000")
	}
	if withOffset {
		layout = append(layout, "-07:00")
	}
	return t.Format(strings.Join(layout, ""))
}
