package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ApprovalsPage lists the acts that need, or needed, a second administrator.
type ApprovalsPage struct {
	Page Page
	Zone messages.Message // of all times
	Rows []ApprovalRow
	More string // address of the next page, "" for none
}

// ApprovalRow is one of them.
type ApprovalRow struct {
	Href     string
	Act      messages.Message
	About    Subject
	State    kit.Mark
	By       string
	Proposed Moment
	Hint     messages.Message // how it was done without a second administrator
}

// ApprovalPage is one act with the decision that this person can make.
type ApprovalPage struct {
	Page     Page
	Heading  messages.Message
	Notice   messages.Message
	State    kit.Mark
	Hint     messages.Message // how it was done without a second administrator
	About    Subject
	Details  []Detail
	What     EventRow // the exact act
	Problems kit.Problems

	Path      string
	Effect    messages.Message // of approving
	Approve   messages.Message // the button; none if this person cannot approve
	AloneFrom messages.Message // when the proposer can do it alone
	Machine   int64            // the number for the command on the machine; 0 if it is decided
	Refuse    bool
	Withdraw  bool
	Remark    kit.Field
	Reason    kit.Field
	SendAgain string // where the proposer sends the same again
	Expired   bool
}
