package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"
)

// The size of each picture in pixels, which is that of cards on most networks.
const (
	Width  = 1200
	Height = 630
)

// Card is what a picture shows. All texts are in the reader's language. Texts without room are cut with an ellipsis.
type Card struct {
	Title   string
	States  []State
	Lead    string // the sentence
	Facts   []Fact // shown if there are no rows
	Bar     []Segment
	Line    string // names the majority in the middle of the bar; "" for none
	Rows    []Row
	Heads   [2]string // of the rows' shares and seats
	Address string    // where the page is
	Time    string    // of the figures
}

// State is a word about the election.
type State struct {
	Text string
	Kind Kind
}

// Kind chooses the colours of a state.
type Kind int

// The kinds.
const (
	Plain Kind = iota
	Final
	Provisional
	Wrong
)

// Stripes is a pattern over a colour.
type Stripes int

// The patterns.
const (
	Rising Stripes = iota + 1
	Falling
	Upright
)

// Fill is what a list is drawn with.
type Fill struct {
	Color   color.RGBA
	Stripes Stripes // 0 for none
}

// Segment is a list's part of the bar.
type Segment struct {
	Name  string
	Seats int
	Fill  Fill
}

// Row is a list with its numbers.
type Row struct {
	Name  string
	Fill  Fill
	Share string
	Seats string // "" if none are given
	Part  float64
}

// Fact is a number with its name.
type Fact struct{ Value, Name string }

// The colours are those of light pages.
//
//nolint:gochecknoglobals // constants, which Go has not for these types
var (
	paper     = color.RGBA{0xfa, 0xf9, 0xf6, 255}
	ink       = color.RGBA{0x1a, 0x23, 0x28, 255}
	soft      = color.RGBA{0x50, 0x5c, 0x65, 255}
	rule      = color.RGBA{0xdf, 0xdb, 0xd1, 255}
	band      = color.RGBA{0x0b, 0x3b, 0x45, 255}
	white     = color.RGBA{255, 255, 255, 255}
	stateInks = map[Kind]ramp{
		Plain:       {white, color.RGBA{0x2c, 0x58, 0x61, 255}},
		Final:       {color.RGBA{0x17, 0x68, 0x3c, 255}, color.RGBA{0xe2, 0xf1, 0xe7, 255}},
		Provisional: {color.RGBA{0x7a, 0x57, 0x0b, 255}, color.RGBA{0xf8, 0xf0, 0xdc, 255}},
		Wrong:       {color.RGBA{0xa2, 0x24, 0x2a, 255}, color.RGBA{0xfb, 0xe9, 0xe7, 255}},
	}
)

const (
	margin = 60
	inner  = Width - 2*margin
	foot   = Height - 62 // rows end above it
)

// Draw returns the card as a PNG.
func Draw(c Card) ([]byte, error) {
	drawing.Lock()
	defer drawing.Unlock()
	on := newCanvas()
	on.rect(on.image.Rect, paper)
	y := on.head(c)
	y = on.lead(c, y)
	y = on.bar(c, y)
	if len(c.Rows) > 0 {
		on.rows(c, y)
	} else {
		on.facts(c, y)
	}
	on.foot(c)
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&b, on.image); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return b.Bytes(), nil
}

// head draws the band with the name and the states, and returns where it ends.
func (c *canvas) head(card Card) int {
	title := in(style{true, 52})
	lines := title.wrap(card.Title, 2)
	if len(lines) > 1 {
		title = in(style{true, 44})
		lines = title.wrap(card.Title, 2)
	}
	end := 96 + 58*len(lines)
	c.rect(image.Rect(0, 0, Width, end), band)
	x, states := margin, in(style{true, 24})
	for _, s := range card.States {
		colors, text := stateInks[s.Kind], states.short(s.Text, Width-margin-x-36)
		to := x + states.width(text) + 32
		if to > Width-margin {
			break
		}
		c.rect(image.Rect(x, 26, to, 66), colors.ground)
		c.text(x+16, 54, text, states, colors)
		x = to + 12
	}
	for i, line := range lines {
		c.text(margin, 124+58*i, line, title, ramp{white, band})
	}
	return end
}

// lead draws the sentence.
func (c *canvas) lead(card Card, y int) int {
	large := in(style{true, 40})
	lines := large.wrap(card.Lead, 3)
	step := 50
	if len(lines) > 2 {
		large, step = in(style{true, 32}), 41
		lines = large.wrap(card.Lead, 3)
	}
	for i, line := range lines {
		c.text(margin, y+56+step*i, line, large, ramp{ink, paper})
	}
	return y + 30 + step*len(lines)
}

// bar draws the seats side by side.
func (c *canvas) bar(card Card, y int) int {
	seats := 0
	for _, s := range card.Bar {
		seats += s.Seats
	}
	if seats == 0 {
		return y
	}
	small := in(style{false, 20})
	top := y + 14
	if card.Line != "" {
		text := small.short(card.Line, inner)
		c.text((Width-small.width(text))/2, y+24, text, small, ramp{soft, paper})
		top = y + 36
	}
	before, labels := 0, in(style{true, 24})
	for _, s := range card.Bar {
		from, to := margin+inner*before/seats, margin+inner*(before+s.Seats)/seats
		before += s.Seats
		gap := 3
		if to-from < 8 {
			gap = 1
		}
		c.filled(image.Rect(from, top, to-gap, top+56), s.Fill, paper)
		c.segmentLabel(s, image.Rect(from, top, to-gap, top+56), labels)
	}
	if card.Line != "" {
		c.rect(image.Rect(Width/2-2, top-8, Width/2+2, top+64), ink)
	}
	return top + 64
}

// segmentLabel writes name and seats into a segment that has room for them.
func (c *canvas) segmentLabel(s Segment, r image.Rectangle, l letters) {
	if s.Fill.Stripes != 0 {
		return
	}
	colors := ramp{white, s.Fill.Color}
	if luminance(s.Fill.Color) > 0.32 {
		colors.ink = ink
	}
	for _, text := range []string{fmt.Sprintf("%s %d", s.Name, s.Seats), strconv.Itoa(s.Seats)} {
		if l.width(text) <= r.Dx()-20 {
			c.text(r.Min.X+10, r.Min.Y+37, text, l, colors)
			return
		}
	}
}

// luminance is roughly how bright a colour is, from 0 to 1.
func luminance(c color.RGBA) float64 {
	square := func(v uint8) float64 { return float64(v) / 255 * float64(v) / 255 }
	return 0.2126*square(c.R) + 0.7152*square(c.G) + 0.0722*square(c.B)
}

// columns are the widths of the columns of shares and of seats.
//
//nolint:gochecknoglobals // a constant
var columns = [2]int{160, 150}

// rows draws as many lists as have room, each with its name, numbers and share.
func (c *canvas) rows(card Card, y int) {
	const step = 44
	y += 20
	name, number, small := in(style{false, 26}), in(style{true, 26}), in(style{false, 20})
	right := Width - margin
	for i := len(card.Heads) - 1; i >= 0 && y+28+step <= foot; i-- {
		if head := small.short(card.Heads[i], columns[i]-10); head != "" {
			c.text(right-small.width(head), y+18, head, small, ramp{soft, paper})
			right -= columns[i]
		}
	}
	y += 24
	for i, row := range card.Rows {
		base := y + step*i
		if base+step > foot {
			return
		}
		c.filled(image.Rect(margin, base+8, margin+26, base+34), row.Fill, paper)
		right := Width - margin
		if row.Seats != "" {
			c.text(right-number.width(row.Seats), base+30, row.Seats, number, ramp{ink, paper})
			right -= columns[1]
		}
		share := name.short(row.Share, 200)
		c.text(right-name.width(share), base+30, share, name, ramp{ink, paper})
		right -= columns[0]
		const bars = 280
		c.rect(image.Rect(right-bars, base+14, right, base+28), rule)
		c.rect(image.Rect(right-bars, base+14, right-bars+int(bars*min(max(row.Part, 0), 1)), base+28), row.Fill.Color)
		c.text(margin+42, base+30, name.short(row.Name, right-bars-margin-66), name, ramp{ink, paper})
	}
}

// facts draws numbers with their names, side by side.
func (c *canvas) facts(card Card, y int) {
	value, name := in(style{true, 52}), in(style{false, 26})
	const most = 3
	if len(card.Facts) == 0 || y+130 > foot {
		return
	}
	list := card.Facts[:min(most, len(card.Facts))]
	width := inner / len(list)
	c.rect(image.Rect(margin, y+28, Width-margin, y+30), rule)
	for i, f := range list {
		x := margin + width*i
		c.text(x, y+96, value.short(f.Value, width-20), value, ramp{ink, paper})
		c.text(x, y+136, name.short(f.Name, width-20), name, ramp{soft, paper})
	}
}

// foot says where the page is and of when the figures are.
func (c *canvas) foot(card Card) {
	small := in(style{false, 24})
	c.rect(image.Rect(margin, Height-54, Width-margin, Height-52), rule)
	at := small.short(card.Time, inner/2)
	c.text(Width-margin-small.width(at), Height-20, at, small, ramp{soft, paper})
	c.text(margin, Height-20, small.short(card.Address, inner-small.width(at)-30), small, ramp{soft, paper})
}
