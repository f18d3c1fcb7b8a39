package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// ErrorPage says what could not be done.
type ErrorPage struct {
	Page    Page
	Status  string // such as "404"
	Heading messages.Message
	Message messages.Message
	Details []messages.Message
	Advice  messages.Message
	Links   []kit.Crumb
}
