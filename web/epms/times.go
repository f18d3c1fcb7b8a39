package epms

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// isoTime is a date, and a time of any precision, with or without an offset, in the extended or the
// basic form of ISO 8601.
var isoTime = regexp.MustCompile(
	`^(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?)?$`)

// parseTime reads a time; one without an offset is in the given zone. What is finer than a millisecond
// is dropped.
func parseTime(s string, zone *time.Location) (t time.Time, withOffset, ok bool) {
	m := isoTime.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false, false
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(m[i]) // digits, or none
		return n
	}
	year, month, day, hour, minute, second := number(1), time.Month(number(2)), number(3), number(4), number(5), number(6)
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if year < 1 || date.Month() != month || date.Day() != day || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false, false
	}
	milliseconds, _ := strconv.Atoi((m[7] + "000")[:3])
	withOffset = m[8] != "" || m[9] != ""
	if withOffset {
		offset := 3600*number(10) + 60*number(11)
		if number(10) > 23 || number(11) > 59 {
			return time.Time{}, false, false
		}
		if m[9] == "-" {
			offset = -offset
		}
		zone = time.FixedZone("", offset)
	}
	return time.Date(year, month, day, hour, minute, second, milliseconds*1e6, zone), withOffset, true
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
