// Package app opens a data folder and connects the services that work on it. Every command and every test that needs
// more than one package opens its services here, so that tests run with the connections that production has.
//
// [Open] opens the parts that its caller names. [App.Start] begins to take votes and to count batches, which only a
// program with the folder's lock may do. [App.Close] stops both and closes the folder.
//
// Package datafolder below it keeps the folder itself: its lock and its secret files. Package server above it answers
// HTTP requests. The package reads no flags and no environment.
package app
