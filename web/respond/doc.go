// Package respond is the one exit of every request: it writes a page, JSON or a refusal, and turns any
// error into a status, a code and a sentence. Only unexpected errors are logged, and no
// answer contains their text. It knows no domain package.
package respond
