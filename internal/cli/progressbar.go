package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"urna/internal/rehearsal"
)

const (
	barWidth = 30
	barEvery = 100 * time.Millisecond
	// eraseLine moves to the line's start and clears it.
	eraseLine = "\r\x1b[2K"
)

// progressBar shows a rehearsal's progress on a terminal. Elsewhere it prints nothing.
type progressBar struct {
	out   io.Writer // nil without a terminal
	drawn time.Time
}

func newProgressBar(streams *Streams) *progressBar {
	return &progressBar{out: terminal(streams.Err)}
}

// show draws the bar again, at most ten times a second.
func (b *progressBar) show(p rehearsal.Progress) {
	if b.out == nil || p.Total == 0 || time.Since(b.drawn) < barEvery && p.Counted < p.Total {
		return
	}
	b.drawn = time.Now()
	fmt.Fprint(b.out, eraseLine, barLine(p))
}

// clear removes the bar.
func (b *progressBar) clear() {
	if b.out != nil && !b.drawn.IsZero() {
		fmt.Fprint(b.out, eraseLine)
	}
}

// barLine returns the bar: the counted part, the part that was sent and is not counted yet, and the rest.
func barLine(p rehearsal.Progress) string {
	counted := int(p.Counted * barWidth / p.Total)
	sent := max(counted, int(p.Sent*barWidth/p.Total))
	return fmt.Sprintf("%s%s%s %3d %%  %s of %s ballots counted",
		strings.Repeat("#", counted), strings.Repeat("=", sent-counted), strings.Repeat(".", barWidth-sent),
		p.Counted*100/p.Total, grouped(p.Counted), grouped(p.Total))
}
