package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// UploadsPage shows the files that wait to be confirmed.
type UploadsPage struct {
	Page     Page
	Heading  messages.Message
	Problems kit.Problems
	List     UploadList
}

// UploadList is the part of the page that changes while files are compared.
type UploadList struct {
	PollURL string // where to ask again; "" once all are compared
	Items   []UploadItem
	All     []string // the choices that one button confirms together; empty where there is no such button
	LeftOut bool     // it leaves files out that were uploaded before
	// Reason is why files among them are late; it has no name if none is.
	Reason kit.Field
}

// UploadItem is one file that waits.
type UploadItem struct {
	ID       string
	File     string
	Election string
	Station  messages.Message // none where the constituency has no polling stations
	Place    string           // the constituency, "" where there is just one
	Lines    messages.Message // how many
	Choice   string           // what its form sends
	Discard  string           // address
	Compare  string           // address of the comparison with a protocol
	NotYours messages.Message // why it can no longer be confirmed; none if it can
	Same     SameFile
	Late     messages.Message // that the file is late; none if it is not
	Reason   kit.Field        // why it is late
	Expires  Moment
	Details  []Detail
	// Sentence, Done, Total and Failed say how far comparing has come, where Result is nil.
	Sentence messages.Message
	Done     string
	Total    string
	Failed   bool
	Result   *DryRun
}

// SameFile is the batch with the same content as an upload; its zero value is none.
type SameFile struct {
	Batch int64
	Href  string // its page, "" if the reader may not see it
}

// sentence says which batch it is, with a link to its page.
func (s SameFile) sentence() messages.Markup {
	batch := messages.Element("span")
	if s.Href != "" {
		batch = messages.Link(s.Href)
	}
	return messages.UploadConfirmSameFile(batch, s.Batch)
}

// DryRun is what would be counted of a file.
type DryRun struct {
	Figures    []kit.Figure
	None       bool // nothing of it would count
	AsOf       Moment
	Waiting    messages.Message // batches that come first; none for none
	NotCounted string           // address of the lines that would not count; "" if there are none
	// Stations are the polling stations of a file that has several.
	Stations []StationDryRun
	Samples  []Sample
}

// StationDryRun is what would come of the lines of one polling station. The numbers are written as people read them.
type StationDryRun struct {
	Station                                      string
	FirstLine, Lines, Valid, Invalid, Duplicates messages.Message
	Late                                         messages.Message // none if it would not be late
}

// Sample are the first lines of a sort.
type Sample struct {
	Heading messages.Message
	TestID  string
	Lines   []InvalidLine
}
