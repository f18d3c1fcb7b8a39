// Package live sends an election's changing figures to all watchers, as server-sent events.
//
// It promises:
//   - A frame is drawn, compressed and encoded once for each language, for any number of watchers.
//   - Frames of one election are at most four a second. The interval grows with the number of watchers, so that
//     sending does not slow down votes.
//   - A watcher that connects or reconnects gets the whole current frame at once, so that it misses nothing.
//   - A slow watcher delays no other watcher. It is disconnected after some seconds.
//   - A change that moves no shown figure sends nothing, so that the feed does not tell when a single vote came.
//   - The number of watchers is limited, so that open files remain for votes and uploads.
//
// The caller decides what the frame shows, and to whom. Watchers are anonymous: the package keeps no session,
// name or address.
package live
