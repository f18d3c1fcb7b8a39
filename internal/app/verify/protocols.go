package verify

import "context"

// checkProtocols compares what people typed of protocols with its commitments, and the states of protocols with that. The
// recount compares the tallies with the protocols that are in the count.
func checkProtocols(_ context.Context, r *run) error {
	found, err := r.Protocols.Compare(r.tx, r.elections, r.differs)
	if err != nil {
		return err
	}
	r.protocols = found.Sums
	if found.Protocols > 0 {
		r.checked(map[string]int64{"protocols": found.Protocols, "entries": found.Entries}, "protocols: %d protocols were compared with "+
			"their %d entries and the settlements, and the entries with the SHA-256 that the log has", found.Protocols, found.Entries)
	}
	return nil
}
