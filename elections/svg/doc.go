// Package svg draws a small SVG picture again, such as the logo of a commission.
//
// Redraw takes a strict part of SVG: svg, g, path, rect, circle, ellipse, line, polyline and polygon, with fill, stroke,
// opacity and transform. It refuses each other element by its name and line, and writes a new document from the numbers and
// colours that it understood. Nothing else of the file reaches a page: no script, style, text, address or entity.
package svg
