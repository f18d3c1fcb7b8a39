// Package auth keeps accounts: users with the role of administrator or official, their passwords
// (argon2id), and the tokens of API clients.
//
// It promises that an unknown user, a wrong password and a disabled account are not distinguishable
// outside, neither by the answer nor by its time; that passwords and refresh tokens are stored only as
// hashes; that disabling an account or changing its password ends its tokens; and that every change is
// an audit event in the same transaction. What a change depends on, such as the current password or the number of
// administrators, is checked in that transaction too. Browser sessions are kept by package web, which asks here at
// each request whether the account is still valid.
//
// An official uploads everywhere, or for the account's places only. Places are ids of constituencies and polling stations; that they exist
// is asked through Options.PlaceNames, and package ballots/batch asks MayUpload where it accepts a batch. A registered
// account waits until an administrator accepts it, if the server says so, and signs in nowhere before.
//
// Names follow the one rule for short texts (problem.InText), e-mail addresses the stricter one. Two addresses
// are the same if their text.Key is: at registration, sign-in, deletion and on the command line, and where guesses are
// counted. Accounts of earlier versions whose addresses have become the same are found by their address to the letter.
//
// A password is checked, compared and hashed in its normal form, NFKC (NIST SP 800-63B, 5.1.1.2). A hash of an earlier
// version, which is of the password as it was typed, is replaced at the first sign-in with it.
//
// Tokens carry a claim that says for which contract they were issued. Those of /epms have neither issuer nor audience,
// because its clients decode them with a plain JWT library; those of /api/v1 have both. A refresh token works at its
// own contract alone. Tokens of earlier versions, without the claim, work at both until they expire.
package auth
