package pages

import (
	"strings"
	"time"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/web/view/kit"
	"urna/web/wallclock"
)

// typedTime is a time as a form has it: what a zone's clocks show, and how far they are from UTC where they show it
// twice. Together that is one instant, so that an untouched form changes nothing.
type typedTime struct{ Clock, Offset string }

// typedOf writes an instant for a form.
func typedOf(t time.Time, zone *time.Location) typedTime {
	return typedTime{Clock: wallclock.Format(t, zone), Offset: wallclock.Offset(t, zone)}
}

// readTyped returns the time that a form sent under a name.
func readTyped(value func(name string) string, name string) typedTime {
	return typedTime{Clock: value(name), Offset: value(name + kit.OffsetSuffix)}
}

// read returns the instant that was typed. A reading that the zone's clocks skip is refused, and so is one that they
// show twice if the form does not say which is meant; if that is the stored time's own, the stored time stays.
func (t typedTime) read(checks *problem.Checks, field string, zone *time.Location, stored time.Time) time.Time {
	reading, ok := wallclock.Parse(t.Clock)
	if !ok {
		checks.Add(field, messages.FieldEnterDateAndTime())
		return time.Time{}
	}
	const clock = "15:04"
	instants := wallclock.Instants(reading, zone)
	switch len(instants) {
	case 0:
		from, to, _ := wallclock.Gap(reading, zone)
		next := messages.Verbatim(to.Format(clock))
		if from.YearDay() != to.YearDay() {
			next = messages.FieldTimeOnDay(to.Format(clock), messages.Date(to))
		}
		checks.Add(field, messages.FieldTimeSkipped(zone.String(), from.Format(clock), messages.Date(from), next))
		return time.Time{}
	case 1:
		return instants[0]
	}
	for _, instant := range instants {
		if wallclock.Offset(instant, zone) == t.Offset {
			return instant
		}
	}
	if t.Offset == "" && !stored.IsZero() && wallclock.Of(stored, zone).Equal(reading) {
		return stored
	}
	checks.Add(field, messages.FieldTimeShownTwice(zone.String(), reading.Format(clock), messages.Date(reading)))
	return time.Time{}
}

// readOptional is read for a time that may be left out; nil is none.
func (t typedTime) readOptional(checks *problem.Checks, field string, zone *time.Location, stored *time.Time) *time.Time {
	if strings.TrimSpace(t.Clock) == "" {
		return nil
	}
	var before time.Time
	if stored != nil {
		before = *stored
	}
	instant := t.read(checks, field, zone, before)
	if instant.IsZero() {
		return nil
	}
	return &instant
}

// field shows the time in an input, and asks which instant is meant where the zone's clocks show it twice; a nil zone is
// one that is not known.
func (t typedTime) field(f kit.Field, zone *time.Location) kit.Field {
	f.Type, f.Value = "datetime-local", t.Clock
	reading, ok := wallclock.Parse(t.Clock)
	if !ok {
		return f
	}
	switch {
	case reading.Nanosecond() != 0:
		f.Step = "0.001"
	case reading.Second() != 0:
		f.Step = "1"
	}
	if zone == nil {
		return f
	}
	instants := wallclock.Instants(reading, zone)
	if len(instants) < 2 {
		return f
	}
	for i, instant := range instants {
		offset := wallclock.Offset(instant, zone)
		text := messages.ComponentsTimeAtOffset
		switch i {
		case 0:
			text = messages.ComponentsTimeAtOffsetFirst
		case len(instants) - 1:
			text = messages.ComponentsTimeAtOffsetLast
		}
		option := kit.Option{Value: offset, Text: text(reading.Format("15:04"), offset)}
		f.Clocks = append(f.Clocks, option)
		if offset == t.Offset {
			f.Clock = offset
		}
	}
	return f
}
