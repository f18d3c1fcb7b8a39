// Package wallclock says which instants a reading of a zone's clocks is. Mostly that is one. When the clocks go back it
// is two, and when they go forward some readings do not exist; Go then picks an instant itself and does not say so. A
// reading, the date and time that clocks show, is a time.Time in UTC here, whose zone means nothing.
//
// It knows every shift that a zone can make, by whole days too, and imports nothing of ours.
package wallclock
