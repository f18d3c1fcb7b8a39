package timeguard

import (
	"time"

	"golang.org/x/sys/unix"
)

// sleepSince returns a function that returns how long the machine has slept since now: CLOCK_BOOTTIME counts that
// time and CLOCK_MONOTONIC, by which Go measures, does not. Both follow the rate that NTP gives, and neither can be
// set.
func sleepSince() func() time.Duration {
	read := func() time.Duration {
		var boot, monotonic unix.Timespec
		if unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil || unix.ClockGettime(unix.CLOCK_MONOTONIC, &monotonic) != nil {
			return 0
		}
		return time.Duration(boot.Nano() - monotonic.Nano())
	}
	begun := read()
	return func() time.Duration {
		const noise = time.Second // the two are not read at the same moment
		if asleep := read() - begun; asleep > noise {
			return asleep
		}
		return 0
	}
}
