// Package soak keeps the real program busy for an hour and looks at whether it grows: elections open and close one after
// the other, voters vote, officials upload, people sign in, read pages and watch. Memory, goroutines, open files and the
// write-ahead log must be as large at the end as after the first quarter, and urna verify must find nothing.
//
// Among the other tests it runs for seconds, which shows that it works; `go tool task soak` takes an hour.
package soak
