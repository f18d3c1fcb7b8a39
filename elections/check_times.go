package elections

import (
	"slices"
	"time"

	"urna/internal/messages"
	"urna/internal/problem"
)

// The years in which an election may start and end, in its own time zone.
const (
	firstYear = 1900
	lastYear  = 2200
)

// past is how far back a start may lie without a question: clocks differ, and a form takes time to send.
const past = time.Minute

// OpenNow is the name of the field for a draft's OpenNow.
const OpenNow = "open_now"

// InYears reports whether an instant's year, in a zone, is one that an election may have.
func InYears(t time.Time, zone *time.Location) bool {
	year := t.In(zone).Year()
	return firstYear <= year && year <= lastYear
}

// checkTimes adds the problems of the times; before is the election as it is stored, nil for a new one.
// Times that stay as they are need not be what a new one must be.
func (d *Draft) checkTimes(c *problem.Checks, before *Election) {
	zone, err := time.LoadLocation(d.TimeZone)
	chosen := before == nil || d.TimeZone != before.TimeZone
	if err != nil || chosen && !ValidTimeZone(d.TimeZone) {
		c.Add("time_zone", messages.FieldTimeZoneUnknown())
		zone = time.UTC
	}
	starts := before == nil || !d.StartsAt.Equal(before.StartsAt) || d.TimeZone != before.TimeZone
	ends := before == nil || !d.EndsAt.Equal(before.EndsAt) || d.TimeZone != before.TimeZone
	switch {
	case d.StartsAt.IsZero():
		c.Add("starts_at", messages.FieldEnterStart())
	case starts && !InYears(d.StartsAt, zone):
		c.Add("starts_at", messages.FieldYearRange(firstYear, lastYear))
	}
	switch {
	case d.EndsAt.IsZero():
		c.Add("ends_at", messages.FieldEnterEnd())
	case ends && !InYears(d.EndsAt, zone):
		c.Add("ends_at", messages.FieldYearRange(firstYear, lastYear))
	case d.EndsAt.UnixMilli() <= d.StartsAt.UnixMilli():
		c.Add("ends_at", messages.FieldEndAfterStart())
	}
	if d.BatchesUntil == nil {
		return
	}
	switch {
	case !slices.Contains(d.Channels, Batches):
		c.Add("batches_until", messages.FieldUntilWithoutBatches())
	case !InYears(*d.BatchesUntil, zone):
		c.Add("batches_until", messages.FieldYearRange(firstYear, lastYear))
	case d.BatchesUntil.UnixMilli() < d.EndsAt.UnixMilli():
		c.Add("batches_until", messages.FieldUntilBeforeEnd())
	}
}

// checkOpening asks for a confirmation if the draft opens the election at once, which cannot be undone. A start
// that stays as it is was asked about before, and a draft does not open.
func (d *Draft) checkOpening(c *problem.Checks, before *Election, now time.Time) {
	if d.AsDraft || d.OpenNow || d.StartsAt.IsZero() || !d.StartsAt.Before(now.Add(-past)) || before != nil && d.StartsAt.Equal(before.StartsAt) {
		return
	}
	if !d.EndsAt.After(now) {
		c.Add(OpenNow, messages.FieldOverAtOnce())
		return
	}
	c.Add(OpenNow, messages.FieldOpensAtOnce())
}

// instants that every reader can write, in whatever zone: RFC 3339 has four digits for the year.
//
//nolint:gochecknoglobals // never written
var (
	firstInstant = time.Date(0, time.January, 2, 0, 0, 0, 0, time.UTC)
	lastInstant  = time.Date(9999, time.December, 30, 23, 59, 59, 0, time.UTC)
)

// storedInstant returns a stored time. One that was stored before years were bounded, and that could not be
// written in every zone, comes out as the nearest one that can: else one such election would keep everybody from
// reading all others.
func storedInstant(ms int64) time.Time {
	switch t := time.UnixMilli(ms); {
	case t.Before(firstInstant):
		return firstInstant
	case t.After(lastInstant):
		return lastInstant
	default:
		return t
	}
}
