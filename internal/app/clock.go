package app

import (
	"context"
	"errors"
	"time"

	"urna/internal/app/timeguard"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
)

// ErrClocksAgree is returned for the confirmation of a clock while nothing is to be confirmed.
var ErrClocksAgree = problem.New(problem.Conflict, "clocks-agree", messages.RefusalClocksAgree())

// compareClock compares the machine's clock with the time of the last event.
func (a *App) compareClock(ctx context.Context) error {
	events, err := audit.NewReader(a.DB.Pool()).Events(ctx, audit.Filter{Limit: 1})
	if err == nil && len(events) == 1 {
		a.Time.NotBefore(events[0].At)
	}
	return err
}

// ClockParted returns how the machine's clock and the counted time disagree; false if they agree.
func (a *App) ClockParted() (timeguard.Parting, bool) { return a.Time.Parted() }

// doubtedTime returns the time of the machine's clock until an administrator has confirmed which time is right.
func (a *App) doubtedTime() (machine time.Time, doubtful bool) {
	p, parted := a.Time.Parted()
	return p.Machine, parted && !p.Since.IsZero()
}

// ConfirmClock records which clock is right, the machine's or the counted time, and uses it from then on.
func (a *App) ConfirmClock(ctx context.Context, actor audit.Actor, machine bool) error {
	p, parted := a.Time.Parted()
	if !parted {
		return ErrClocksAgree
	}
	right := map[bool]string{true: "machine", false: "counted"}[machine]
	err := a.DB.Write(ctx, func(tx *database.Tx) error {
		return a.Log.Append(ctx, tx.SQL(), actor, "clock-confirmed", "", map[string]any{
			"right": right, "machine": p.Machine.UTC(), "counted": p.Counted.UTC(),
		})
	})
	if err != nil {
		return err
	}
	if err := a.Time.Confirm(machine); !errors.Is(err, timeguard.ErrNotParted) { // they agree again by themselves
		return err
	}
	return nil
}
