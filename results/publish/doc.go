// Package publish is the place of exports and of the signed results bundle with its verification. Nothing of
// it is built yet.
package publish
