package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// CorrectionsPage lists the corrections of a certified result for everybody.
type CorrectionsPage struct {
	Page        Page
	Title, Back string
	Corrections []Correction
}

// AdminCorrectionsPage opens and ends corrections of a certified result.
type AdminCorrectionsPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Title    string
	Notice   messages.Message
	Problems kit.Problems
	Public   string // the address of the public page
	Open     *OpenCorrection
	Cannot   messages.Message // why no correction can be opened; zero if one can
	Form     *CorrectionForm  // nil if none can be opened
	Earlier  []Correction
}

// CorrectionForm asks for a correction.
type CorrectionForm struct {
	Action    string
	OrderedBy kit.Field
	Reason    kit.Field
	Stations  kit.Field // a text with a station on each line
	Act       kit.Field
	Acts      []kit.Option
	Online    []OnlineChoice // constituencies with votes cast online
	OnlineBad messages.Message
	Second    bool // another administrator approves
	Proof     []kit.Field
	Passkey   *PasskeyButton
}

// OnlineChoice is a constituency whose online votes can be annulled.
type OnlineChoice struct {
	ID, Name string
	Chosen   bool
}

// OpenCorrection is the open correction with the next steps.
type OpenCorrection struct {
	Correction
	Places  []PlaceToCorrect
	Certify string // address
	End     string // address that ends it
	Reason  kit.Field
}

// PlaceToCorrect is a place of the open correction with the pages on which it is corrected.
type PlaceToCorrect struct {
	Name  messages.Message
	Links []kit.Crumb
}

// Correction is a correction as everybody sees it.
type Correction struct {
	ID         string // of its part of the page
	Heading    messages.Message
	State      kit.Mark
	OrderedBy  string
	Reason     string
	Opened     messages.Markup
	Ended      messages.Markup // zero if it was not ended
	Certified  *Moment         // nil if it is not certified
	Places     []messages.Message
	Online     []string // constituencies whose online votes are annulled
	Before     string   // SHA-256
	After      string   // "" before it is certified
	Changes    *ChangesTable
	BundleLink []Link
}

// ChangesTable is what a correction changed.
type ChangesTable struct {
	Winner messages.Message // zero if none changed
	Groups []ChangeGroup    // none: nothing changed
	Seats  bool             // the election has seats
}

// ChangeGroup are the changed rows of a constituency, or of the whole election.
type ChangeGroup struct {
	Heading messages.Message
	Rows    []ChangeRow
}

// ChangeRow is a row with numbers before and after.
type ChangeRow struct {
	Name  messages.Message
	Votes *ChangeCells
	Seats *ChangeCells
}

// ChangeCells are a number before and after, and the difference with its sign.
type ChangeCells struct{ Before, After, Difference messages.Message }

// CorrectionNotice leads from the page of an election to its corrections.
type CorrectionNotice struct {
	Correcting messages.Message // zero if no correction is open
	Corrected  messages.Markup  // zero if none was certified
	Has        bool             // Corrected is set
	Href       string
}
