package wallclock

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reach is more than any zone's clocks differ from UTC, or shift at once.
const reach = 50 * time.Hour

// Of returns what a zone's clocks show at an instant.
func Of(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// Instants returns all instants at which a zone's clocks show a reading, in order: none where they skip it.
func Instants(reading time.Time, zone *time.Location) []time.Time {
	var found []time.Time
	for _, p := range periods(reading, zone) {
		t := reading.Add(-p.offset).In(zone)
		if !t.Before(p.from) && t.Before(p.to) {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return found
}

// Twice reports whether a zone's clocks show what they show at an instant at another one too.
func Twice(t time.Time, zone *time.Location) bool { return len(Instants(Of(t, zone), zone)) > 1 }

// Gap returns the readings between which a zone's clocks jump over one that does not exist: to is the first that
// exists again.
func Gap(reading time.Time, zone *time.Location) (from, to time.Time, skipped bool) {
	before := period{}
	for i, p := range periods(reading, zone) {
		if i > 0 {
			from, to = p.from.UTC().Add(before.offset), p.from.UTC().Add(p.offset)
			if !reading.Before(from) && reading.Before(to) {
				return from, to, true
			}
		}
		before = p
	}
	return time.Time{}, time.Time{}, false
}

// First returns the first instant at which a zone's clocks show a reading or, where they skip it, a later one.
func First(reading time.Time, zone *time.Location) time.Time {
	if found := Instants(reading, zone); len(found) > 0 {
		return found[0]
	}
	_, to, _ := Gap(reading, zone)
	return Instants(to, zone)[0]
}

// period is a time in which a zone's clocks keep their distance from UTC.
type period struct {
	from, to time.Time
	offset   time.Duration
}

// periods returns those in which clocks may show a reading, in order; the first begins, and the last ends, where it no
// longer matters.
func periods(reading time.Time, zone *time.Location) []period {
	var list []period
	last := reading.Add(reach)
	for at := reading.Add(-reach); at.Before(last); {
		_, to := at.In(zone).ZoneBounds()
		if to.IsZero() || to.After(last) {
			to = last
		}
		if !to.After(at) { // as ZoneBounds says on the last day of leap years
			to = at.Add(time.Hour)
		}
		_, seconds := at.In(zone).Zone()
		offset := time.Duration(seconds) * time.Second
		if n := len(list); n > 0 && list[n-1].offset == offset {
			list[n-1].to = to
		} else {
			list = append(list, period{from: at, to: to, offset: offset})
		}
		at = to
	}
	return list
}

// form is a reading as an input of the type datetime-local sends it; people write a blank for the T.
var form = regexp.MustCompile(`^(\d{4,6})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$`)

// Parse reads a reading such as "2027-10-31T02:30", with seconds and thousandths where there are some. It returns false
// for anything else, and for dates and times that no calendar has.
func Parse(s string) (reading time.Time, ok bool) {
	m := form.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return time.Time{}, false
	}
	n := make([]int, len(m))
	for i, digits := range m[1:] {
		n[i+1], _ = strconv.Atoi(digits) // digits, or none
	}
	thousandths, _ := strconv.Atoi((m[7] + "000")[:3])
	reading = time.Date(n[1], time.Month(n[2]), n[3], n[4], n[5], n[6], thousandths*int(time.Millisecond), time.UTC)
	same := reading.Month() == time.Month(n[2]) && reading.Day() == n[3] && reading.Hour() == n[4] && reading.Minute() == n[5] && reading.Second() == n[6]
	return reading, same
}

// Format writes what a zone's clocks show at an instant as Parse reads it: to the minute, and finer where it is.
func Format(t time.Time, zone *time.Location) string {
	layout := "2006-01-02T15:04"
	reading := Of(t, zone)
	switch {
	case reading.Nanosecond() != 0:
		layout += ":05.000"
	case reading.Second() != 0:
		layout += ":05"
	}
	return reading.Format(layout)
}

// Offset writes how far a zone's clocks are from UTC at an instant, such as "+02:00"; old ones have seconds.
func Offset(t time.Time, zone *time.Location) string {
	return strings.TrimSuffix(t.In(zone).Format("-07:00:00"), ":00")
}
