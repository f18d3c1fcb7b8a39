package timeguard

import "golang.org/x/sys/unix"

// synchronised reports whether a time service has synchronised the clock of the system, as the kernel says. If it does
// not say, the answer is true: then no step of the clock is taken for the first synchronisation.
func synchronised() bool {
	var state unix.Timex // no mode: it is read
	_, err := unix.Adjtimex(&state)
	return err != nil || state.Status&unix.STA_UNSYNC == 0
}
