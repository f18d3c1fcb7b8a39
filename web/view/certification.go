package view

import (
	"slices"

	"urna/internal/messages"
	"urna/web/view/kit"
)

// CertificationPage leads an administrator from the open questions to the certified election: first the figures,
// then the acts that rest on them.
type CertificationPage struct {
	Page     Page
	Notice   messages.Message // what was just done
	Problems kit.Problems
	Address  string // of this page; its forms post below it

	Reads     bool               // the reader is an observer: the page has no forms
	Crumbs    []kit.Crumb        // of an observer, who has no menu
	Obstacles []messages.Message // why the figures cannot be confirmed now, without the points that a reason lifts
	ToLift    []PointField       // the open points that a reason lifts
	Lifted    []LiftedPoint
	Approvals []ApprovalLine // decided acts that need a second administrator
	Tie       string         // address of the first tie that is open; "" for none
	Next      kit.Crumb      // to the act that waits below the figures; no text if none does
	Lots      []LotRow

	Hash           string           // of the figures, hex SHA-256
	Asks           messages.Message // how many administrators certify
	MayConfirm     bool
	First          messages.Message   // what the first confirmation changes; zero for a later one
	AccountChanges []messages.Message // of those who confirm
	Proof          []kit.Field        // who confirms: the password again, and the code of a second factor
	Passkey        *PasskeyButton     // in the place of the code; nil for an account without a passkey
	Waits          messages.Message   // why this person cannot confirm, none if they can
	Confirmations  []ConfirmationRow
	Certified      *CertifiedBox
	Correct        string // the address of corrections; "" before the first certification
	SecondRound    *SecondRoundBox

	Figures Live // as everybody sees them
}

// TiesPage settles ties, and takes the values from which lots are drawn.
type TiesPage struct {
	Page     Page
	Notice   messages.Message // what was just done
	Problems kit.Problems
	Address  string // of the certification, below which its forms post
	Figures  *Live  // above the forms of ties; nil if no tie is open
	Ties     []TieForm
	Lots     []LotRow
	Seed     SeedBox
}

// TieForm asks for the lot that settles a tie.
type TieForm struct {
	Constituency   string
	ConstituencyID string
	What           messages.Message
	Tied           []messages.Message // who ties, each with the votes
	Places         []kit.Field
	Options        []kit.Option
	Place          kit.Field
	Witnesses      kit.Field
	Note           kit.Field
	FromSeed       bool   // the seed phrase is revealed: one button draws
	Shell          string // the line that repeats the draw
}

// LotRow is a lot that was recorded.
type LotRow struct {
	Mark     kit.Mark // holds or void
	What     messages.Message
	Order    []messages.Message
	How      messages.Message
	Recorded Moment
	Shell    string // repeats a reproducible lot
}

// SeedBox are the values from which reproducible lots are drawn.
type SeedBox struct {
	Values []LotValueRow
	// Commitment and Phrase are those of version 0.1.0, "" for none.
	Commitment, Phrase string
	// Commit offers the forms for a person's phrase, by its hash, and for a public value.
	Commit               bool
	Person, Hash, Public kit.Field
}

// LotValueRow is one of the values.
type LotValueRow struct {
	Name       string
	What       messages.Message
	Commitment string // "" of a public value
	Value      string // "" until it is revealed
	Recorded   Moment
	Reveal     *kit.Field // asks for the value; nil if it is not asked for now
}

// asks reports whether a value is asked for.
func (s SeedBox) asks() bool {
	return slices.ContainsFunc(s.Values, func(v LotValueRow) bool { return v.Reveal != nil })
}

// ConfirmationRow is one administrator's confirmation.
type ConfirmationRow struct {
	Who  string
	When Moment
	Hash string // in short
	Mark kit.Mark
}

// PointField asks for the reason that lifts an open point, whose sentence is the label.
type PointField struct {
	Key    string
	Reason kit.Field
}

// LiftedPoint is an open point with the reason that lifts it.
type LiftedPoint struct {
	Key    string
	What   messages.Message
	Reason string
	By     string
}

// ApprovalLine is a decided act that needs a second administrator.
type ApprovalLine struct {
	ID    int64
	Act   messages.Message
	About messages.Message
	Says  []messages.Message // who proposed and who decided, with their reasons
}

// CertifiedBox is the record of a certification.
type CertifiedBox struct {
	Altered     bool // the figures are others now
	When        Moment
	By          messages.Message
	Hash        string
	AuditHead   string
	Fingerprint string
	Points      []LiftedPoint
	Approvals   []ApprovalLine
	Links       []Link
}

// Link is a download.
type Link struct {
	Href string
	Text messages.Message
	Hint messages.Message
	Name string // under which a browser keeps the file, "" where the answer says so
}

// SecondRoundBox offers a second round, or leads to it.
type SecondRoundBox struct {
	Between messages.Message
	Href    string // of the one that was created; "" where it can be created
	Starts  kit.Field
	OpenNow OpenNow
	Ends    kit.Field
}
