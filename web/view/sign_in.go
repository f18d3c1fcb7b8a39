package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// SignInPage is the way in.
type SignInPage struct {
	Page     Page
	Email    string
	Next     string // where to go afterwards
	Problems kit.Problems
}

// SignInCodePage asks for the second factor.
type SignInCodePage struct {
	Page           Page
	Heading, Intro messages.Message
	Next           string
	Code           kit.Field
	Passkey        *PasskeyButton // nil for an account without a passkey
	Problems       kit.Problems
}

// SetupPage makes the first administrator.
type SetupPage struct {
	Page     Page
	Action   string
	Fields   []kit.Field
	Problems kit.Problems
}
