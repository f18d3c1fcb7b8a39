package apptest

import (
	"testing"
	"time"

	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
)

// Countersigned returns the present checkpoint of a log with the signature of a witness, made at that time. It is not
// sent to the log.
func Countersigned(tb testing.TB, log *countersign.Service, witness checkpoint.WitnessSigner, at time.Time) []byte {
	tb.Helper()
	head, err := log.Head(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	key, err := checkpoint.ParseLogKey(log.Key())
	if err != nil {
		tb.Fatal(err)
	}
	_, n, err := checkpoint.Open(head.Signed, key)
	if err != nil {
		tb.Fatal(err)
	}
	signed, err := witness.Countersign(n, at)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}
