// Package online keeps voter keys and counts the votes cast with them.
//
// A voter key is a personal id and a GUID that belong together, for one election and constituency. Issue
// makes keys for a whole roll or for none of it; Reissue replaces a lost key. Stored are two keyed
// hashes of each and whether it is used, nothing else: no name, no personal id, no GUID, no time.
//
// Cast takes a vote: the form, the key, whether it is unused, the period, the candidate, in this order.
// A good vote waits for its group: the votes of a constituency that are committed together, eight of
// them or as many as came within two seconds. One transaction sets the flags of the group's keys,
// inserts its ballots under fresh random GUIDs in their order, and adds to the tallies; each caller is
// answered after the commit. Within a group nothing that is stored tells which key cast which ballot.
//
// After an election's end the closer commits the votes that wait, marks the election as closed for good,
// gives every ballot another GUID and rewrites the database file, so that no older page is left in it or
// in its log. It goes on after a restart.
//
// The process itself sees a vote and its key together for as long as a request lasts: its operator is
// trusted. A vote that is alone in its constituency for two seconds is a group of its own.
package online
