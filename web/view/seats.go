package view

import (
	"context"

	"urna/internal/messages"
	"urna/web/view/kit"
)

// SeatsPage shows how each seat of a constituency was given.
type SeatsPage struct {
	Page        Page
	Crumbs      []kit.Crumb
	Place       string
	Method      messages.Message
	Provisional messages.Message // "" once certified
	Tie         messages.Message // the open tie among equal claims, "" for none
	Decided     messages.Message // what the rules for ties decided, "" for nothing
	Missed      []messages.Message
	Rows        []SeatRow
	Explanation interface {
		In(ctx context.Context) string
	} // in lines and columns of a fixed width
}

// SeatRow is one seat, in the order in which the seats were given.
type SeatRow struct {
	Seat          string
	Name          string
	Own           string // the list's how-manieth seat
	Quotient      string // as computed, such as "89295 ÷ 2"
	Value         messages.Message
	RunnerUp      messages.Message
	RunnerUpValue messages.Message
	Lacked        messages.Message // votes, "" where no number suffices
}
