package view

import (
	"context"

	"github.com/a-h/templ"

	"urna/internal/messages"
)

// The texts that a form's script shows are attributes of the form. A word in braces is the place of what only the
// script knows.

// sendingTexts are the texts of sending.js.
func sendingTexts(ctx context.Context) templ.Attributes {
	return templ.Attributes{
		"data-text-sending":    messages.SendingSending().In(ctx),
		"data-text-sent":       messages.SendingSent("{size}").In(ctx),
		"data-text-broken":     messages.SendingBroken().In(ctx),
		"data-text-unreadable": messages.SendingUnreadable().In(ctx),
	}
}

// uploadTexts are the texts of upload.js.
func uploadTexts(ctx context.Context) templ.Attributes {
	return templ.Attributes{
		"data-text-sending":             messages.UploadSending().In(ctx),
		"data-text-bar":                 messages.UploadBar("{file}").In(ctx),
		"data-text-sent-of":             messages.UploadSentOf("{sent}", "{size}").In(ctx),
		"data-text-storing":             messages.UploadStoring().In(ctx),
		"data-text-checked":             messages.UploadChecked().In(ctx),
		"data-text-not-taken":           messages.UploadNotTaken().In(ctx),
		"data-text-broken":              messages.UploadBroken().In(ctx),
		"data-text-unreadable":          messages.UploadUnreadable().In(ctx),
		"data-text-too-large":           messages.UploadFileTooLarge("{size}", "{limit}").In(ctx),
		"data-text-choose-constituency": messages.UploadChooseConstituencyFirst().In(ctx),
		"data-text-refused":             messages.UploadRefused("{refused}", "{all}").In(ctx),
		"data-text-refused-some":        messages.UploadRefusedSome("{refused}", "{all}").In(ctx),
		"data-text-refused-all":         messages.UploadRefusedAll("{refused}", "{all}").In(ctx),
	}
}

// protocolTexts are the texts of protocol.js.
func protocolTexts(ctx context.Context) templ.Attributes {
	return templ.Attributes{
		"data-text-saving":     messages.ProtocolsSaving().In(ctx),
		"data-text-saved":      messages.ProtocolsSavedAt("{time}").In(ctx),
		"data-text-not-saved":  messages.ProtocolsNotSaved().In(ctx),
		"data-text-signed-out": messages.ProtocolsSignedOut().In(ctx),
		"data-text-refused":    messages.ProtocolsRefused().In(ctx),
		"data-text-agrees":     messages.ProtocolsSumsAgree().In(ctx),
		"data-text-missing":    messages.ProtocolsMissingOf("{count}").In(ctx),
		"data-text-beyond":     messages.ProtocolsBeyondOf("{count}").In(ctx),
	}
}
