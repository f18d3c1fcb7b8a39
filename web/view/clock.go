package view

import "urna/web/view/kit"

// ClockNotice says that the machine's clock and the counted time disagree.
type ClockNotice struct {
	Waits   bool   // for an administrator; else the counted time was confirmed
	Machine string // the time by the machine's clock
	Counted string // the time since the start of the server
	Since   string // since then elections neither open nor close
}

// ClockPage asks an administrator which clock is right.
type ClockPage struct {
	Page     Page
	Notice   *ClockNotice // nil if both agree
	Problems kit.Problems
}
