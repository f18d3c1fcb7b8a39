package view

import (
	"time"

	"urna/internal/messages"
	"urna/web/wallclock"
)

// Moment is an instant as a page shows it.
type Moment struct {
	ISO  string           // for machines: RFC 3339 with the zone's offset
	Text messages.Message // for people, in the zone's own time
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
	return Moment{ISO: local.Format(time.RFC3339), Text: offset(messages.DateTime(local), t, zone), Zone: ZoneName(zone)}
}

// NewShortMoment shows an instant to the minute, as short as it can be, such as "21 Jun 20:00".
func NewShortMoment(t time.Time, zone *time.Location) Moment {
	local := t.In(zone)
	return Moment{ISO: local.Format(time.RFC3339), Text: offset(messages.ShortDayTime(local), t, zone), Zone: ZoneName(zone)}
}

// NewHour shows the clock's reading at an instant, such as "20:00", where the day is said elsewhere.
func NewHour(t time.Time, zone *time.Location) Moment {
	local := t.In(zone)
	return Moment{ISO: local.Format(time.RFC3339), Text: offset(messages.Verbatim(local.Format("15:04")), t, zone), Zone: ZoneName(zone)}
}

// offset tells the two instants apart that clocks show alike when they go back, such as "… (UTC+02:00)".
func offset(shown messages.Message, t time.Time, zone *time.Location) messages.Message {
	if !wallclock.Twice(t, zone) {
		return shown
	}
	return messages.UnitMomentInZone(shown, messages.Verbatim("UTC"+wallclock.Offset(t, zone)))
}

// NewExactMoment shows an instant to the second, such as "21 June 2020, 20:00:07".
func NewExactMoment(t time.Time, zone *time.Location) Moment {
	local := t.In(zone)
	return Moment{ISO: local.Format(time.RFC3339), Text: offset(messages.ExactDateTime(local), t, zone), Zone: ZoneName(zone)}
}
