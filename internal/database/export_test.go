package database

// LoseVersionConnection closes the connection on which commits of other processes are read, as a failure would.
func (d *DB) LoseVersionConnection() error { return d.versions.conn.Close() }
