package pages

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"urna/elections"
	"urna/internal/app/timeguard"
	"urna/internal/audit"
	"urna/internal/messages"
	"urna/web/principal"
	"urna/web/respond"
	"urna/web/view"
	"urna/web/view/kit"
)

// Clock is the part of the server's time that the pages use.
type Clock interface {
	// ClockParted returns how the machine's clock and the counted time disagree; false if they agree.
	ClockParted() (timeguard.Parting, bool)
	// ConfirmClock records which of them is right.
	ConfirmClock(ctx context.Context, actor audit.Actor, machine bool) error
}

// clockNotice returns the words of administrators' pages about a doubtful clock; nil for none.
func (p *Pages) clockNotice() *view.ClockNotice {
	if p.Clock == nil {
		return nil
	}
	parting, parted := p.Clock.ClockParted()
	if !parted {
		return nil
	}
	in := func(t time.Time) string { return t.In(p.zone()).Format("2006-01-02 15:04:05 MST") }
	notice := &view.ClockNotice{Waits: !parting.Since.IsZero(), Machine: in(parting.Machine), Counted: in(parting.Counted)}
	if notice.Waits {
		notice.Since = in(parting.Since)
	}
	return notice
}

// transitionWaits says that an election's opening or closing waits for an administrator, because the clock is in doubt and
// by one of its two times the election has begun or ended; no words if it does not.
func (p *Pages) transitionWaits(e *elections.Election, state elections.State) messages.Message {
	if p.Clock == nil {
		return messages.Message{}
	}
	parting, parted := p.Clock.ClockParted()
	if !parted || parting.Since.IsZero() {
		return messages.Message{}
	}
	reached := func(at time.Time) bool { return !at.After(parting.Machine) || !at.After(parting.Counted) }
	switch {
	case state == elections.Scheduled && reached(e.StartsAt):
		return messages.ElectionOpeningWaits()
	case state == elections.Open && reached(e.EndsAt):
		return messages.ElectionClosingWaits()
	}
	return messages.Message{}
}

// AdminClock asks which clock is right.
func (p *Pages) AdminClock(c *gin.Context) { p.showClock(c, http.StatusOK, kit.Problems{}) }

func (p *Pages) showClock(c *gin.Context, status int, problems kit.Problems) {
	personal(c)
	respond.Page(c, status, view.Clock(view.ClockPage{
		Page: p.page(c, view.SectionAdmin, messages.ClockHeading()), Notice: p.clockNotice(), Problems: problems,
	}))
}

// AdminClockConfirm records which clock is right.
func (p *Pages) AdminClockConfirm(c *gin.Context) {
	right := formValue(c, "right")
	if right != "machine" && right != "counted" {
		p.showClock(c, http.StatusUnprocessableEntity, kit.Problems{})
		return
	}
	if err := p.Clock.ConfirmClock(c.Request.Context(), principal.Actor(c), right == "machine"); err != nil {
		respond.Error(c, err)
		return
	}
	respond.SeeOther(c, "/admin/clock")
}
