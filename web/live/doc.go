// Package live sends an election's changing picture to everyone who watches it, as server-sent events.
//
// It promises that a picture is drawn, compressed and turned into bytes once, however many watch; that
// pictures of one election are at most four a second, and fewer where so many watch that sending them
// would take the machine from the voters; that a watcher who connects, or comes back, gets the whole
// picture at once, so that nothing can be missed; that nobody waits for a slow watcher, who is let go
// after some seconds; that nothing is sent of a change that moved no figure which is shown, so that nobody learns
// from the feed when a single vote came; and that there are never more watchers than leave room for votes and uploads.
//
// What the picture shows, and to whom, is for whoever draws it. Watchers are nobody: no session, no
// name, no address is kept.
package live
