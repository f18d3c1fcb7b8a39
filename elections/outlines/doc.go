// Package outlines makes a small map of an election's constituencies from a GeoJSON or SVG file.
//
// Read takes polygons, finds the constituency of each by a property, and simplifies them until the map is small. Longitudes and
// latitudes are projected (equirectangular, with the cosine of the middle latitude); points on a plane, in metres or of a drawing, are
// taken as they are. Borders that two constituencies share stay shared, because the lines between two junctions are simplified once
// and alike. In an SVG file the properties are the id, title, name, label and data attributes of a shape or of the group around it.
//
// A Map has whole numbers and names only. The file that was given is not kept, and nothing of it but numbers reaches a
// page. Read is bounded: a file of MaxFile bytes, MostFeatures features, and a map of at most maxMap bytes as JSON.
package outlines
