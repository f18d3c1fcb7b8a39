// Package picture draws the picture that messengers and social networks show of a link to an election: its name, its
// state, its sentence, the seats on a bar and the strongest lists, each with its name and numbers.
//
// It draws a Card, which the page's own model fills, and knows no election. The same card gives the same bytes. One card is
// drawn at a time, on a canvas of a byte for each pixel, so the memory is bounded: about 1 MB for the canvas, and glyphs
// that were drawn before up to a fixed number.
package picture
