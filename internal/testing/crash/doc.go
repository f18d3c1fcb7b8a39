// Package crash ends the real program as a power cut would, in the middle of its work, starts it again
// on the same data folder, and looks through the API at whether the count is still exact.
package crash
