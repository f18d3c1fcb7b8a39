// Package outlines makes a small map of an election's constituencies from a GeoJSON file.
//
// Read takes polygons of longitudes and latitudes in WGS 84, finds the constituency of each by a property, projects them
// (equirectangular, with the cosine of the middle latitude), and simplifies them until the map is small. Borders that two
// constituencies share stay shared, because the lines between two junctions are simplified once and alike.
//
// A Map has whole numbers and names only. The file that was given is not kept, and nothing of it but numbers reaches a
// page. Read is bounded: a file of MaxFile bytes, MostFeatures features, and a map of at most maxMap bytes as JSON.
// Maps in SVG are not read.
package outlines
