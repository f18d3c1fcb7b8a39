package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// UploadPage is the form that takes files.
type UploadPage struct {
	Page    Page
	Title   string // of the election
	Marks   []kit.Mark
	Closed  messages.Message // why there is no form; none if there is one
	Late    messages.Message // that files are late now; none if they are not
	Action  string
	Yours   messages.Message // for which constituencies the official uploads; none without a choice
	Place   kit.Field
	Places  []kit.Option // empty where the official has just one constituency to upload for
	PlaceID string       // that one's id
	// Station is the field for a polling station, without a name if no constituency has any; Stations are its suggestions.
	Station  kit.Field
	Stations []string
	MaxBytes string
	MaxSize  messages.Message
	Sample   []string // the first lines of a file for this election
	Template string   // address of an empty file with the columns
	// Protocols is where the paper of a polling station is typed instead; "" if the person types none.
	Protocols string
	// Refused are the files of this upload that were refused, CheckedIn says what became of the others.
	Refused   []RefusedFile
	CheckedIn messages.Message
	Problems  kit.Problems
}

// RefusedFile is a file that was refused, with its first problems.
type RefusedFile struct {
	Name    string
	Message messages.Message
	Lines   []RefusedLine // the first of them
	// Bad are all the lines that are kept, as a CSV file in a data URL; "" if there are none.
	Bad       string
	BadKept   int64 // how many
	BadOfMany bool  // the file has more
}

// RefusedLine is a problem with a file.
type RefusedLine struct {
	Where   messages.Message // such as "Line 17"
	Message messages.Message
	// Before, Wrong and After are the line around its wrong value; all are empty if no line is shown.
	Before, Wrong, After string
}

func (l RefusedLine) shown() bool { return l.Before+l.Wrong+l.After != "" }
