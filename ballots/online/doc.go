// Package online is the place of voter keys and votes cast online: issuing keys, casting, the group commit
// and the close. Nothing of it is built yet; an election may name the channel, and takes no votes through
// it.
package online
