package database

import (
	"strings"

	"urna/internal/messages"
)

// The kinds of receivers of a log of changes.
const (
	LogArchive  = "archive"    // of finished segments
	LogStandby  = "standby"    // which replays it
	LogReceiver = "receiver"   // which keeps it
	LogSlot     = "slot"       // whose consumer follows it
	LogBackup   = "backup"     // a copy of all files that is being made
	LogServer   = "server-log" // the server's own log, which shows the values of refused rows
	LogUnknown  = "unknown"
)

// LogCopy is another place that has the log of changes, or waits for it.
type LogCopy struct{ Kind, Name string }

// String describes it for an operator.
func (c LogCopy) String() string {
	switch c.Kind {
	case LogArchive:
		return "the archive (archive_mode)"
	case LogStandby:
		return "the log of the standby " + c.Name
	case LogReceiver:
		return "what " + c.Name + " receives and keeps"
	case LogSlot:
		return "what the replication slot " + c.Name + " keeps or its consumer has"
	case LogBackup:
		return "the base backup that " + c.Name + " is making"
	case LogServer:
		return "the server's own log, which shows the values of refused rows (log_error_verbosity)"
	}
	return strings.TrimSpace(c.Kind + " " + c.Name)
}

// Described lists copies for an operator.
func Described(copies []LogCopy) string {
	names := make([]string, len(copies))
	for i, c := range copies {
		names[i] = c.String()
	}
	return strings.Join(names, "; ")
}

// Message is String for people, as an item of a list.
func (c LogCopy) Message() messages.Message {
	switch c.Kind {
	case LogArchive:
		return messages.KeysCopyArchive()
	case LogStandby:
		return messages.KeysCopyStandby(c.Name)
	case LogReceiver:
		return messages.KeysCopyReceiver(c.Name)
	case LogSlot:
		return messages.KeysCopySlot(c.Name)
	case LogBackup:
		return messages.KeysCopyBackup(c.Name)
	case LogServer:
		return messages.KeysCopyServerLog()
	}
	return messages.KeysCopyUnknown(c.Kind, c.Name)
}

// Enumerated lists copies for people; the zero message for none.
func Enumerated(copies []LogCopy) messages.Message {
	items := make([]messages.Message, len(copies))
	for i, c := range copies {
		items[i] = c.Message()
	}
	return messages.Enumeration(items...)
}
