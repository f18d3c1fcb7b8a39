// Package failover runs two processes of Urna over a PostgreSQL primary with its standby while people vote and officials upload,
// takes one part after the other away, and then looks for each answered vote by its key and each answered batch by its number.
package failover
