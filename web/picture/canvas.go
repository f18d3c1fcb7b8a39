package picture

import (
	"image"
	"image/color"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// steps is the number of shades between a letter and its ground. Few of them keep the palette below 256 colours.
const steps = 8

// ramp is a colour of letters on a colour of the ground.
type ramp struct{ ink, ground color.RGBA }

// canvas is an image with a palette, which each new colour extends.
type canvas struct {
	image *image.Paletted
	at    map[color.RGBA]uint8
	ramps map[ramp][steps]uint8
}

func newCanvas() *canvas {
	return &canvas{
		image: image.NewPaletted(image.Rect(0, 0, Width, Height), nil),
		at:    map[color.RGBA]uint8{}, ramps: map[ramp][steps]uint8{},
	}
}

// index returns the palette's place of a colour, or of the nearest one when the palette is full.
func (c *canvas) index(wanted color.RGBA) uint8 {
	if at, ok := c.at[wanted]; ok {
		return at
	}
	if len(c.image.Palette) == 256 {
		return uint8(c.image.Palette.Index(wanted))
	}
	at := uint8(len(c.image.Palette))
	c.image.Palette = append(c.image.Palette, wanted)
	c.at[wanted] = at
	return at
}

// shades returns the places of the shades from the ground to the ink.
func (c *canvas) shades(r ramp) [steps]uint8 {
	if known, ok := c.ramps[r]; ok {
		return known
	}
	var all [steps]uint8
	for i := range all {
		mix := func(from, to uint8) uint8 { return uint8((int(from)*(steps-1-i) + int(to)*i) / (steps - 1)) }
		all[i] = c.index(color.RGBA{mix(r.ground.R, r.ink.R), mix(r.ground.G, r.ink.G), mix(r.ground.B, r.ink.B), 255})
	}
	c.ramps[r] = all
	return all
}

// rect fills a rectangle.
func (c *canvas) rect(r image.Rectangle, fill color.RGBA) {
	r = r.Intersect(c.image.Rect)
	at := c.index(fill)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := c.image.Pix[c.image.PixOffset(r.Min.X, y):][:r.Dx()]
		for i := range row {
			row[i] = at
		}
	}
}

// filled fills a rectangle with a colour or a pattern of stripes over it.
func (c *canvas) filled(r image.Rectangle, f Fill, ground color.RGBA) {
	c.rect(r, f.Color)
	r = r.Intersect(c.image.Rect)
	at := c.index(ground)
	const period, stripe = 14, 5
	for y := r.Min.Y; y < r.Max.Y && f.Stripes != 0; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			along := map[Stripes]int{Rising: x + y, Falling: x - y + Height, Upright: x}[f.Stripes]
			if along%period < stripe {
				c.image.Pix[c.image.PixOffset(x, y)] = at
			}
		}
	}
}

// text draws a line of letters from a point of its base line on.
func (c *canvas) text(x, y int, s string, l letters, r ramp) {
	shades := c.shades(r)
	dot := fixed.P(x, y)
	for _, char := range s {
		g := l.glyph(char)
		left, top := dot.X.Round()+g.bounds.Min.X, y+g.bounds.Min.Y
		for row := range g.bounds.Dy() {
			for column := range g.bounds.Dx() {
				shade := g.shades[row*g.bounds.Dx()+column]
				at := image.Pt(left+column, top+row)
				if shade > 0 && at.In(c.image.Rect) {
					c.image.Pix[c.image.PixOffset(at.X, at.Y)] = shades[shade]
				}
			}
		}
		dot.X += g.advance
	}
}

// glyph is a letter as it was drawn, in shades from 0 to steps-1.
type glyph struct {
	bounds  image.Rectangle // relative to the point on the base line
	shades  []uint8
	advance fixed.Int26_6
}

// letters are a face in a size, with what was drawn of it.
type letters struct {
	face  font.Face
	drawn map[rune]glyph
}

// mostGlyphs is how many letters of a face in a size are kept.
const mostGlyphs = 600

func (l letters) glyph(char rune) glyph {
	if g, ok := l.drawn[char]; ok {
		return g
	}
	bounds, mask, from, advance, _ := l.face.Glyph(fixed.Point26_6{}, char)
	g := glyph{bounds: bounds, advance: advance, shades: make([]uint8, bounds.Dx()*bounds.Dy())}
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			_, _, _, alpha := mask.At(from.X+x, from.Y+y).RGBA()
			g.shades[y*bounds.Dx()+x] = uint8((alpha*(steps-1) + 0x7fff) / 0xffff)
		}
	}
	if len(l.drawn) == mostGlyphs {
		clear(l.drawn)
	}
	l.drawn[char] = g
	return g
}

// width returns how long a line of letters is.
func (l letters) width(s string) int {
	var sum fixed.Int26_6
	for _, char := range s {
		sum += l.glyph(char).advance
	}
	return sum.Ceil()
}
