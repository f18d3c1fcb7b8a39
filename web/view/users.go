package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// UsersPage lists the accounts.
type UsersPage struct {
	Page   Page
	Notice messages.Message // what was just done
	Zone   messages.Message // of all times
	Users  []UserRow

	// Registration warns that anybody can register; none if not. Open says that such accounts work at once.
	Registration messages.Message
	Open         bool
	Waiting      *WaitingAccounts // nil for none
	Problems     kit.Problems     // of the form that decides about them
}

// UserRow is one account.
type UserRow struct {
	Href  string
	Name  string
	Email string
	Role  messages.Message
	Since Moment
	Marks []kit.Mark
	Self  bool // the person who looks
}

// UserFormPage asks for a new account.
type UserFormPage struct {
	Page     Page
	Fields   []kit.Field // all but the role
	Role     kit.Field
	Roles    []kit.Option
	Problems kit.Problems

	// MustChange is the box that asks for another password at the first sign-in.
	MustChange       kit.Field
	MustChangeTicked bool
	// Scope is where an official uploads.
	Scope  kit.Field
	Scopes []kit.Option
}

// UserPage is one account and what can be done with it.
type UserPage struct {
	Page     Page
	Heading  string
	Notice   messages.Message
	Path     string // of the page, under which the acts stand
	Log      string // address of what the audit log says
	Marks    []kit.Mark
	Details  []Detail
	Problems kit.Problems

	Self         bool // one's own account, of which only the name is changed here
	Disabled     bool
	SecondFactor bool
	Waiting      bool // registered, and not accepted yet

	UploadsFor  []messages.Message // the places of an official or elections of an observer, in lines; none for an administrator
	Scope       messages.Message   // what these lines are
	ScopeChange messages.Message   // names the link to their page
	Places      string             // address of their page

	Forename, Surname, Role kit.Field
	Roles                   []kit.Option
	Password                kit.Field
	Confirm                 kit.Field // the box that allows the deletion

	// Second says that a second administrator must approve acts that weaken this account; the forms then ask for a
	// reason.
	Second bool
	// ReasonOf is the form that was sent and came back, with the reason that it had.
	ReasonOf, Reason string
}

// reason asks why, in one of the forms of the page.
func (p UserPage) reason(form string) kit.Field {
	f := kit.Field{
		Name: "reason", ID: form + "-reason", Label: messages.ApprovalsNeedsReason(), Hint: messages.ApprovalsNeedsSecond(),
		Problem: p.Problems.Of(form + "-reason"), Complete: "off",
	}
	if p.ReasonOf == form {
		f.Value = p.Reason
	}
	return f
}

// optionalReason is reason for the form that changes names as well, which need no second administrator.
func (p UserPage) optionalReason() kit.Field {
	f := p.reason("change")
	f.Optional, f.Hint = true, messages.ApprovalsDemotionNeedsSecond()
	return f
}
