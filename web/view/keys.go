package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// KeysPage is an election's voter keys: how many, with which rolls, and what can be done.
type KeysPage struct {
	Page      Page
	Crumbs    []kit.Crumb
	Election  string
	Marks     []kit.Mark
	Notice    messages.Message
	Problems  kit.Problems
	Count     kit.Figure
	FewVoters messages.Message // a warning; none if no constituency has few keys
	Copies    messages.Message // of the log of changes, which the close does not reach; none if there are none
	Closed    messages.Message // why no keys can be issued or revoked; none if they can

	Action      string // of the upload
	Sample      []string
	Places      bool // the election has several constituencies
	MaxSize     messages.Message
	Refused     []RefusedLine
	RefusedMore messages.Message

	Information string // address of the page of contact and letters
	Revoke      string // address
	FormKey     string // of the form that revokes
	PersonalID  kit.Field
	LetterTo    kit.Field // name and address of a replaced key's letter
	Address     kit.Field // asks for the public address; no name where it is known
	Loopback    kit.Field // the tick for an address of this computer; no name where it is not asked for
	Sealing     KeySealing
	Waiting     []kit.Crumb // keys that wait to be exported
	Rolls       []KeyRoll

	// After the opening a second administrator approves: RollReason and KeyReason ask why (no name for none), RollApproval
	// and KeyApproval are the approval with which the same is sent again.
	RollReason, KeyReason     kit.Field
	RollApproval, KeyApproval string
	KeyAct                    string // the approved act on a key, "reissue" or "revoke"; "" offers both
	// RollSeal and KeySeal ask for the recipients to whom keys are sealed; no name if the election has them.
	RollSeal, KeySeal kit.Field
}

// KeySealing is to whom all keys of the election are sealed.
type KeySealing struct {
	Action string   // address of the form
	Fixed  []string // recipients as they are shown; none leaves it to each issue
	To     kit.Field
	Reason kit.Field // for a second administrator; no name for none
}

// KeyRoll is a roll in the list.
type KeyRoll struct {
	ID       int64
	Keys     messages.Message
	State    kit.Mark
	Changed  Moment
	SealedTo []string  // recipients as they are shown; none if the keys were not sealed
	Withdraw string    // address, "" where it cannot be withdrawn
	Reason   kit.Field // asks why, for the second administrator; no name where none is needed
}

// KeyIssuePage is one roll's keys, which are being made or can be exported.
type KeyIssuePage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Election string
	Issue    KeyIssue
}

// KeyIssue is the changing part of that page.
type KeyIssue struct {
	PollURL string // asked for until the keys are issued, "" then
	Done    string // of Total, in digits
	Total   string
	Status  messages.Message
	Failure messages.Message // why there are no keys

	Issued         messages.Message // how many keys, and what to do with them
	Remark         messages.Message // on how the roll was read; may be none
	Sealed         string           // address of the sealed file; "" if the keys are not sealed
	SealedTo       []string         // recipients as they are shown
	CSV            string           // addresses; of open keys alone, as all that follows but Forget
	Letters        string
	Archive        string // of letters in several files
	Forget         string
	Address        kit.Field
	Loopback       kit.Field // the tick for an address of this computer; no name where it is not asked for
	LoopbackTicked bool
	First          kit.Field
	Most           kit.Field
	Languages      []kit.Field // of the letters: the first one, and a second one; none if there is one language
	LanguageNames  [][]kit.Option
	Problems       kit.Problems
}

// KeySealedPage shows the sealed key of one voter, this once.
type KeySealedPage struct {
	Page     Page
	Crumbs   []kit.Crumb
	Election string
	File     string   // an armored age file
	To       []string // recipients as they are shown
}
