package view

import (
	"urna/internal/messages"
	"urna/web/view/kit"
)

// StyleguidePage shows every part of the kit, for people who change the program. Its texts are those of other pages.
type StyleguidePage struct {
	Page  Page
	Form  kit.Problems
	Input kit.Field
	Wrong kit.Field
	Table kit.Table
	Icons []string
}

// styleguideRoles are the colours by role, as in assets/styles/1-tokens.css.
func styleguideRoles() []string {
	return []string{
		"paper", "sheet", "sunk", "ink", "ink-soft", "rule", "rule-strong", "accent", "accent-soft", "band", "warn", "warn-soft", "final", "final-soft",
		"bad", "bad-soft", "focus",
	}
}

// partName is the name of a part, as code.
func partName(name string) messages.Message { return messages.Verbatim(name) }

// guideSeats is a bar with as many lists as it takes to show a pattern, and an unassigned seat.
func guideSeats() *SeatBar {
	var blocs []Bloc
	for place := range 14 {
		blocs = append(blocs, Bloc{Name: partName(string(rune('A' + place))), Color: kit.ColorAt(place), Seats: 15 - place})
	}
	return NewSeatBar(messages.ChartsSeats(), append(blocs, Bloc{Name: messages.ChartsNotAssigned(), Seats: 1}))
}
