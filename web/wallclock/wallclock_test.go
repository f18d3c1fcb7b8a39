package wallclock_test

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // whatever this machine has

	"urna/web/wallclock"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func reading(t *testing.T, s string) time.Time {
	t.Helper()
	r, ok := wallclock.Parse(s)
	if !ok {
		t.Fatalf("want %q read", s)
	}
	return r
}

func TestInstants_ReadingsThatClocksShowTwiceOrNever(t *testing.T) {
	for _, c := range []struct {
		zone, reading string
		want          []string // RFC 3339
	}{
		{"Europe/Belgrade", "2027-10-31T01:59:59.999", []string{"2027-10-31T01:59:59.999+02:00"}},
		{"Europe/Belgrade", "2027-10-31T02:00", []string{"2027-10-31T02:00:00+02:00", "2027-10-31T02:00:00+01:00"}},
		{"Europe/Belgrade", "2027-10-31T02:59:59.999", []string{"2027-10-31T02:59:59.999+02:00", "2027-10-31T02:59:59.999+01:00"}},
		{"Europe/Belgrade", "2027-10-31T03:00", []string{"2027-10-31T03:00:00+01:00"}},
		{"Europe/Belgrade", "2027-03-28T01:59", []string{"2027-03-28T01:59:00+01:00"}},
		{"Europe/Belgrade", "2027-03-28T02:00", nil},
		{"Europe/Belgrade", "2027-03-28T02:59:59.999", nil},
		{"Europe/Belgrade", "2027-03-28T03:00", []string{"2027-03-28T03:00:00+02:00"}},
		{"America/New_York", "2027-11-07T01:30", []string{"2027-11-07T01:30:00-04:00", "2027-11-07T01:30:00-05:00"}},
		{"Australia/Lord_Howe", "2027-04-04T01:45", []string{"2027-04-04T01:45:00+11:00", "2027-04-04T01:45:00+10:30"}},
		{"Australia/Lord_Howe", "2027-04-04T01:29", []string{"2027-04-04T01:29:00+11:00"}},
		{"Australia/Lord_Howe", "2027-10-03T02:15", nil},
		{"Australia/Lord_Howe", "2027-10-03T02:30", []string{"2027-10-03T02:30:00+11:00"}},
		{"Antarctica/Troll", "2027-10-31T01:30", []string{"2027-10-31T01:30:00+02:00", "2027-10-31T01:30:00Z"}},
		{"Antarctica/Troll", "2027-03-28T02:59", nil},
		{"Pacific/Apia", "2011-12-29T23:59", []string{"2011-12-29T23:59:00-10:00"}},
		{"Pacific/Apia", "2011-12-30T12:00", nil},
		{"Pacific/Apia", "2011-12-31T00:00", []string{"2011-12-31T00:00:00+14:00"}},
		{"Pacific/Kwajalein", "1969-09-30T12:00", []string{"1969-09-30T12:00:00+11:00", "1969-09-30T12:00:00-12:00"}},
		{"Asia/Kolkata", "2027-10-31T02:00", []string{"2027-10-31T02:00:00+05:30"}},
		{"UTC", "2027-10-31T02:00", []string{"2027-10-31T02:00:00Z"}},
	} {
		t.Run(c.zone+" "+c.reading, func(t *testing.T) {
			got := wallclock.Instants(reading(t, c.reading), zone(t, c.zone))
			if len(got) != len(c.want) {
				t.Fatalf("want %v, got %v", c.want, got)
			}
			for i := range got {
				if got[i].Format(time.RFC3339Nano) != c.want[i] {
					t.Errorf("want %v, got %v", c.want, got)
				}
			}
		})
	}
}

func TestGap_NamesWhatExists(t *testing.T) {
	for _, c := range []struct{ zone, reading, from, to string }{
		{"Europe/Belgrade", "2027-03-28T02:30", "2027-03-28T02:00", "2027-03-28T03:00"},
		{"Australia/Lord_Howe", "2027-10-03T02:00", "2027-10-03T02:00", "2027-10-03T02:30"},
		{"Antarctica/Troll", "2027-03-28T01:00", "2027-03-28T01:00", "2027-03-28T03:00"},
		{"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T00:00", "2011-12-31T00:00"},
		{"America/Santiago", "2027-09-05T00:30", "2027-09-05T00:00", "2027-09-05T01:00"},
	} {
		from, to, skipped := wallclock.Gap(reading(t, c.reading), zone(t, c.zone))
		if !skipped || from != reading(t, c.from) || to != reading(t, c.to) {
			t.Errorf("%s %s: want from %s to %s, got from %s to %s", c.zone, c.reading, c.from, c.to, from, to)
		}
		if first := wallclock.First(reading(t, c.reading), zone(t, c.zone)); wallclock.Of(first, zone(t, c.zone)) != to {
			t.Errorf("%s: want %s first, got %s", c.zone, to, first)
		}
	}
	if _, _, skipped := wallclock.Gap(reading(t, "2027-03-28T03:00"), zone(t, "Europe/Belgrade")); skipped {
		t.Error("want no gap at a reading that exists")
	}
}

// TestInstants_EveryInstantIsOneOfItsReading writes and reads random instants back, in zones of every kind.
func TestInstants_EveryInstantIsOneOfItsReading(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{
		"Europe/Belgrade", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll", "Africa/Casablanca",
		"Europe/Amsterdam", "Asia/Manila", "America/Juneau", "Europe/Dublin", "Africa/Monrovia", "Asia/Gaza",
	}
	first, last := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	for range 20_000 {
		z := zone(t, names[r.IntN(len(names))])
		at := time.UnixMilli(first + r.Int64N(last-first))
		switch r.IntN(4) {
		case 0: // where Go's own bounds of zones are wrong
			at = time.Date(at.Year(), time.December, 31, r.IntN(24), r.IntN(60), 0, 0, z)
		case 1, 2: // near where the clocks shift
			if from, _ := at.In(z).ZoneBounds(); !from.IsZero() {
				at = from.Add(time.Duration(r.Int64N(int64(6*time.Hour))) - 3*time.Hour).Truncate(time.Millisecond)
			}
		}
		again, ok := wallclock.Parse(wallclock.Format(at, z))
		if !ok || again != wallclock.Of(at, z) {
			t.Fatalf("%s %s: want the reading %s, got %s", z, at, wallclock.Of(at, z), again)
		}
		there := 0
		for _, instant := range wallclock.Instants(again, z) {
			if wallclock.Of(instant, z) != again {
				t.Fatalf("%s %s: want only instants that read so, got %s", z, at, instant)
			}
			if instant.Equal(at) {
				there++
			}
		}
		if there != 1 {
			t.Fatalf("%s %s: want the instant once among %v", z, at, wallclock.Instants(again, z))
		}
	}
}

func TestParse_RefusesWhatNoCalendarHas(t *testing.T) {
	for _, s := range []string{
		"", "tomorrow", "2027-02-29T07:00", "2027-13-01T07:00", "2027-00-01T07:00", "2027-01-01T24:00", "2027-01-01T23:60",
		"2027-06-30T23:59:60", "2027-01-01", "07:00", "27-01-01T07:00", "2027-01-01T7:00", "2027-01-01T07:00Z", "2027-01-01T07:00:00.1234",
	} {
		if got, ok := wallclock.Parse(s); ok {
			t.Errorf("%q: want it refused, got %s", s, got)
		}
	}
	for s, want := range map[string]string{
		"2027-04-11 07:00": "2027-04-11T07:00", "2027-04-11T07:00:00": "2027-04-11T07:00", "2027-04-11T07:00:30.5": "2027-04-11T07:00:30.500",
		"12027-04-11T07:00": "12027-04-11T07:00",
	} {
		if got, ok := wallclock.Parse(s); !ok || wallclock.Format(got, time.UTC) != want {
			t.Errorf("%q: want %s, got %s", s, want, got)
		}
	}
}
