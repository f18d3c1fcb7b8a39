package view

import (
	"strconv"
	"strings"
	"time"

	"urna/internal/messages"
	"urna/web/wallclock"
)

// thinSpace groups digits; it is narrow and does not break at the end of a line.
const thinSpace = "\u202f"

// Number writes a count with its digits in groups of three, such as "1 953 998".
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(thinSpace)
		}
		b.WriteRune(digit)
	}
	return sign + b.String()
}

// Size writes a number of bytes in the unit people read it in, such as "41.2 MB".
func Size(bytes int64) string {
	const kilo, mega, giga = 1_000, 1_000_000, 1_000_000_000
	switch {
	case bytes < kilo:
		return strconv.FormatInt(bytes, 10) + " B"
	case bytes < mega:
		return tenths(bytes, kilo) + " kB"
	case bytes < giga:
		return tenths(bytes, mega) + " MB"
	default:
		return tenths(bytes, giga) + " GB"
	}
}

func tenths(n, unit int64) string {
	return strconv.FormatFloat(float64(n)/float64(unit), 'f', 1, 64)
}

// Moment is an instant as a page shows it.
type Moment struct {
	ISO  string           // for machines: RFC 3339 with the zone's offset
	Text string           // for people, in the zone's own time
	Zone messages.Message // whose clocks they are, such as "Europe/Belgrade time"
}

// ZoneName says in words whose clocks a time is read from.
func ZoneName(zone *time.Location) messages.Message {
	name := zone.String()
	if name == "UTC" || name == "Etc/UTC" { // which is no local time
		return messages.UnitZoneUtc()
	}
	return messages.UnitZoneTime(name)
}

// NewMoment shows an instant to the minute in the given zone, such as "21 June 2020, 20:00".
func NewMoment(t time.Time, zone *time.Location) Moment {
	local := t.In(zone)
	return Moment{ISO: local.Format(time.RFC3339), Text: local.Format("2 January 2006, 15:04") + offset(t, zone), Zone: ZoneName(zone)}
}

// offset tells the two instants apart that clocks show alike when they go back, such as " (UTC+02:00)".
func offset(t time.Time, zone *time.Location) string {
	if !wallclock.Twice(t, zone) {
		return ""
	}
	return " (UTC" + wallclock.Offset(t, zone) + ")"
}

// NewExactMoment shows an instant to the second, such as "21 June 2020, 20:00:07".
func NewExactMoment(t time.Time, zone *time.Location) Moment {
	local := t.In(zone)
	return Moment{ISO: local.Format(time.RFC3339), Text: local.Format("2 January 2006, 15:04:05") + offset(t, zone), Zone: ZoneName(zone)}
}
