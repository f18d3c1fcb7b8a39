package verify

import "context"

// checkFiles compares the batches' files with the hashes of the accepted ones, and the ledger with the files.
func checkFiles(ctx context.Context, r *run) error {
	files := r.AcceptedFiles(r.Scratch)
	n, err := files.Compare(ctx, r.tx, r.elections, r.shows, r.differs)
	if err != nil {
		return err
	}
	r.checked(map[string]int64{"files": n.Files, "lines": n.Lines}, "files: %d accepted files were read and their SHA-256 compared; "+
		"their %d lines decided who holds each GUID, which was compared with the ledger and the lines that do not count", n.Files, n.Lines)
	for _, id := range n.Skipped {
		r.notChecked("the ledger of election %d against its files: the lines of a file could not be read", id)
	}
	unknown, err := files.Unknown(ctx, r.DB)
	for _, name := range unknown {
		r.checked(nil, "files: spool/%s is not known to the database; it was accepted with another one, or its upload was cut", name)
	}
	return err
}
