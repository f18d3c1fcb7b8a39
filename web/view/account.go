package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// AccountPage is a person's own account.
type AccountPage struct {
	Page         Page
	Notice       messages.Message // what was just done
	Name, Email  string
	Role         messages.Message
	SecondFactor messages.Message // whether it is on
	Sessions     []SessionRow
	Others       int // sessions beside this one
}

// SessionRow is one browser that is signed in.
type SessionRow struct {
	ID      string
	Browser messages.Message
	Agent   string // the browser's own name for itself
	From    string
	Since   Moment
	This    bool // the one that looks
}

// PasswordPage asks for another password.
type PasswordPage struct {
	Page                  Page
	Forced                bool // before anything else
	Email                 string
	Current, Fresh, Again kit.Field
	Problems              kit.Problems
}

// SecondFactorPage shows the state of a person's second factor.
type SecondFactorPage struct {
	Page        Page
	Required    bool             // before anything else
	Notice      messages.Message // what was just done
	On          bool             // an app or a passkey is set up
	App         bool             // an authenticator app is set up
	Pending     bool             // an app is begun, and not confirmed yet
	QR          QR
	Secret      string
	SecretURL   string // otpauth://...
	Code        kit.Field
	Password    kit.Field
	AskPassword bool // for the acts that a fresh sign-in may do without
	// CodesPassword is the password's field in the form for new recovery codes, which is beside
	// another one with the same field.
	CodesPassword kit.Field
	Passkeys      PasskeysBox
	Problems      kit.Problems
}

// QR is a QR code as a path in a square of Size modules.
type QR struct {
	Title messages.Message
	Size  string
	Path  string
}

// RecoveryCodesPage shows recovery codes this once.
type RecoveryCodesPage struct {
	Page    Page
	Heading messages.Message
	Email   string
	Made    Moment
	Codes   []string
	Next    string
}
