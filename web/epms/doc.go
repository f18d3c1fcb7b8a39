// Package epms speaks the wire contract of the Election Process Management System, a set of older
// services whose clients go on working against Urna after changing nothing but their base address.
//
// It is an adapter over the same services as the pages and the API, and keeps nothing of its own but
// which elections were made through it, and whether their times came with an offset; it lists and
// checks only those. Everything about its answers follows the contract: the fields are checked one
// after another, the first problem is answered, and the texts are the contract's.
//
// Where the contract is silent:
//
//   - A field of another JSON type than expected is present and wrong: the answer is the field's own
//     "Invalid ...", never a failure. The numbers 0 and 1 are taken for booleans, as the old system's
//     database took them; ids are numbers.
//   - A name of blanks, which the contract takes, is kept as a dash, so that ballot papers and pages
//     show something. Blanks around names go, control characters become blanks.
//   - Times may have any precision of ISO 8601 and are kept to the millisecond; a date alone is its
//     midnight. They are given back as the old system's language writes them.
//   - Shares are rounded as that language rounds them: to the nearest hundredth of the binary fraction.
//   - The JMBG of an official who was deleted, or never had one, is the empty string.
//   - Other refusals of the services (the last administrator, a wait after failed sign-ins) carry their
//     sentence as message or msg.
package epms
