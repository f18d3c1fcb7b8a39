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
//   - A forename or surname of blanks alone is refused after the JMBG and before the e-mail, because the old
//     system's clients send a blank where they have nothing to say, and expect to hear of the JMBG. Every other
//     name that is no text of one line is refused before the JMBG. Blanks around names are removed.
//   - A password that is the account's own e-mail address, in any case and among digits and signs, is
//     "Invalid password.".
//   - Times may have any precision of ISO 8601, in its basic form or its extended one, and are kept to the
//     millisecond; a date alone is its midnight. Only the offset of an extended time may come without its colon.
//     A year outside 1900 to 2200 in the server's time zone is "Invalid date and time.". Times are given back as
//     the old system's language writes them.
//   - Tokens have neither issuer nor audience, and the further claims "contract" (epms) and "family". The jmbg
//     of an account without one is 0000000000000 in them, as the old system's administrators had it. An access
//     token is good under /api/v1 too, and one of /api/v1 here; a refresh token of /api/v1 is refused here, since it
//     could otherwise be used without end, and this contract's is refused there.
//   - If registered accounts wait for an administrator, /login answers "Invalid credentials." until one is accepted. An
//     administrator's token with /register makes an account that does not wait. A registration above a bound is answered
//     with 429 or 503.
//   - A batch for a place that is not the official's is answered with a sentence that says whom to ask.
//   - Shares are rounded as that language rounds them: to the nearest hundredth of the binary fraction.
//   - The JMBG of an official who was deleted, or never had one, is the empty string.
//   - Other refusals of the services (the last administrator, a wait after failed sign-ins) carry their
//     sentence as message or msg.
package epms
