// Package pages measures how many public pages, files and lists the built program serves a second, as ratios to its
// own /healthz in the same run: first while nothing changes, then while large batches of ballots are counted.
package pages
