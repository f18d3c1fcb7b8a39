// Package svg draws a small SVG picture again, such as the logo of a commission, and reads the shapes of a map.
//
// Redraw takes a strict part of SVG: svg, g, path, rect, circle, ellipse, line, polyline and polygon, with fill, stroke,
// opacity and transform. It refuses each other element by its name and line, and writes a new document from the numbers and
// colours that it understood. Nothing else of the file reaches a page: no script, style, text, address or entity.
//
// Regions reads the outlines of shapes and the names that they have, for a map that is drawn from these numbers alone.
package svg
