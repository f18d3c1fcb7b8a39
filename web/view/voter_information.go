package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// VoterInformationPage asks for what an election tells its voters.
type VoterInformationPage struct {
	Page     Page
	Notice   messages.Message
	Problems kit.Problems
	Action   string
	Sample   string // address of a letter as it would be printed
	File     string // address of the file for a printing office
	Fixed    bool   // the election is certified or withdrawn: nothing changes any more

	Contact, Sender kit.Field
	Languages       kit.Field
	Boxes           []Box
	HidesID         kit.Field
	HidesIDTicked   bool
	Logo            kit.Field
	Shown           *LetterLogo // the logo that is stored; nil for none
	WithoutLogo     kit.Field
	Texts           []LetterTextForm
}

// LetterTextForm asks for what letters say in a language.
type LetterTextForm struct {
	Tag, Language                   string
	Greeting, Instructions, Closing kit.Field
	Open                            bool
}
