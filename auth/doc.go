// Package auth keeps accounts: users with the role of administrator or official, their passwords
// (argon2id), and the tokens of API clients.
//
// It promises that an unknown user, a wrong password and a disabled account are told apart by nobody
// outside, neither by the answer nor by its time; that passwords and refresh tokens are stored only as
// hashes; that disabling an account or changing its password ends its tokens; and that every change is
// an audit event in the same transaction. Browser sessions are kept by package web, which asks here at
// each request whether the account still stands.
package auth
