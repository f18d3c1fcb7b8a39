// Package participants keeps the parties (lists) and individuals who can be candidates in elections.
//
// It promises that two names that a reader cannot tell apart are not registered without a question, that the names and
// kinds of participants do not change once their election has opened, and that every change is an audit event in the same
// transaction. It does not know elections: the wiring passes in the function that returns in which elections a participant is a candidate.
// Package elections asks it who is registered, and registers the participants of an import, within its own
// transactions.
package participants
