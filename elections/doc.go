// Package elections keeps participants, elections, constituencies and candidacies, and the life cycle
// of an election: scheduled, open, counting, certified.
//
// It promises that an election's state is computed in one place (StateAt), that whatever an open
// election may not do any more is refused here and not only hidden by a page, that poll numbers are
// given from 1 in the order of the participants, and that every change is an audit event in the same
// transaction. What the rules mean for the count is for package results; this package only keeps them.
package elections
