// Package turnout keeps what officials report while people vote: how many voters have come so far, for each polling
// station (for the constituency, if it has no stations) at each hour that the election names.
//
// It promises that no report is ever changed or deleted: another figure for the same place and hour is a report of its
// own, with a reason. A figure that is lower than an earlier hour's, or above the number of registered voters, needs a
// reason, too. Reports are apart from ballots: no figure of this package enters a count, and none tells a count by
// participant, so that they are public at any time.
package turnout
