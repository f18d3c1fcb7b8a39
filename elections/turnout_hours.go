package elections

import (
	"reflect"
	"slices"
	"time"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// The bounds of the hours at which turnout is reported.
const (
	maxTurnoutEntries = 24  // in a definition
	maxTurnoutHours   = 200 // that follow from it, over all days of voting
)

// clockReading is how a definition writes a time of day.
const clockReading = "15:04"

// TurnoutHours returns the instants at which officials report how many voters have come, in their order: a time of day
// on each day on which the election's zone has it after the start and not after the end.
func (e *Election) TurnoutHours() []time.Time {
	return turnoutHours(e.TurnoutReportsAt, e.StartsAt, e.EndsAt, e.Location())
}

// turnoutHours returns at most one hour more than an election may have.
func turnoutHours(entries []string, start, end time.Time, zone *time.Location) (hours []time.Time) {
	within := func(t time.Time) bool { return t.After(start) && !t.After(end) }
	for _, entry := range entries {
		if instant, err := time.Parse(time.RFC3339, entry); err == nil {
			if within(instant) {
				hours = append(hours, instant.In(zone))
			}
			continue
		}
		clock, err := time.Parse(clockReading, entry)
		if err != nil {
			continue
		}
		year, month, day := start.In(zone).Date()
		for i := 0; len(hours) <= maxTurnoutHours; i++ {
			t := time.Date(year, month, day+i, clock.Hour(), clock.Minute(), 0, 0, zone)
			if t.After(end) {
				break
			}
			if within(t) {
				hours = append(hours, t)
			}
		}
	}
	slices.SortFunc(hours, time.Time.Compare)
	return slices.CompactFunc(hours, time.Time.Equal)
}

// completeTurnoutHours writes the entries as they are stored: times of day as 09:00, instants in UTC. Text that is
// neither stays, for check to refuse.
func (d *Draft) completeTurnoutHours() {
	var entries []string
	for _, entry := range d.TurnoutReportsAt {
		entry = text.Trim(entry)
		if t, err := time.Parse(clockReading, entry); err == nil {
			entry = t.Format(clockReading)
		} else if t, err := time.Parse(time.RFC3339, entry); err == nil {
			entry = t.UTC().Truncate(time.Second).Format(time.RFC3339)
		}
		entries = append(entries, entry)
	}
	slices.Sort(entries)
	d.TurnoutReportsAt = slices.Compact(entries)
}

// checkTurnoutHours names entries that cannot be read, and those that no hour of the voting follows from.
func (d *Draft) checkTurnoutHours(c *problem.Checks) {
	const field = "turnout_reports_at"
	if len(d.TurnoutReportsAt) > maxTurnoutEntries {
		c.Add(field, messages.FieldTooManyTurnoutHours(maxTurnoutEntries, maxTurnoutHours))
		return
	}
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil || !d.EndsAt.After(d.StartsAt) { // which checkTimes names
		return
	}
	for _, entry := range d.TurnoutReportsAt {
		_, clock := time.Parse(clockReading, entry)
		_, instant := time.Parse(time.RFC3339, entry)
		if clock != nil && instant != nil {
			c.Add(field, messages.FieldTurnoutHourUnreadable(entry))
		} else if len(turnoutHours([]string{entry}, d.StartsAt, d.EndsAt, zone)) == 0 {
			c.Add(field, messages.FieldTurnoutHourOutside(entry))
		}
	}
	if len(turnoutHours(d.TurnoutReportsAt, d.StartsAt, d.EndsAt, zone)) > maxTurnoutHours {
		c.Add(field, messages.FieldTooManyTurnoutHours(maxTurnoutEntries, maxTurnoutHours))
	}
}

// timesOfDay returns those entries that another voting period has, too.
func timesOfDay(entries []string, start, end time.Time, zone *time.Location) (kept []string) {
	for _, entry := range entries {
		if _, err := time.Parse(clockReading, entry); err == nil && len(turnoutHours([]string{entry}, start, end, zone)) > 0 {
			kept = append(kept, entry)
		}
	}
	return kept
}

// onlyAddsTurnoutHours reports whether a draft is the election with further hours, all of them after now.
func onlyAddsTurnoutHours(e *Election, d Draft, now time.Time) bool {
	was := e.Draft().definition()
	d = d.definition()
	d.keepSameInstants(&was)
	before := e.TurnoutHours()
	after := turnoutHours(d.TurnoutReportsAt, e.StartsAt, e.EndsAt, e.Location())
	d.TurnoutReportsAt = was.TurnoutReportsAt
	for _, hour := range after {
		if !hour.After(now) && !slices.ContainsFunc(before, hour.Equal) {
			return false
		}
	}
	for _, hour := range before {
		if !slices.ContainsFunc(after, hour.Equal) {
			return false
		}
	}
	return len(after) > len(before) && reflect.DeepEqual(was, d)
}
