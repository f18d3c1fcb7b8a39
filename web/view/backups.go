package view

import "urna/internal/messages"

// BackupsPage shows administrators the backups that the server makes by itself.
type BackupsPage struct {
	Page     Page
	Notice   messages.Message
	Schedule *BackupSchedule // nil without one
}

// BackupSchedule is the state of the schedule.
type BackupSchedule struct {
	Running        bool
	Folder         string
	Every, Kept    messages.Message
	To             []string // none: not encrypted
	Next           Moment
	Paused, Failed messages.Message // no sentence if it is not so
	Files          []BackupRow      // newest first
}

// BackupRow is one backup.
type BackupRow struct {
	Name      string
	Made      Moment
	Size      messages.Message
	Encrypted bool
}

// Warning is one thing that an operator should know, as every page of an administrator shows it.
type Warning struct {
	Code             string
	Sentence, Detail messages.Message
	Path             string
}
