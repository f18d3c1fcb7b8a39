package verify

import (
	"context"
	"fmt"

	"urna/ballots"
)

// checkSecrets compares the secret files with the fingerprints that the database has of them.
func checkSecrets(ctx context.Context, r *run) error {
	states, err := r.Folder.Secrets(ctx, r.tx)
	if err != nil {
		return err
	}
	var compared int64
	for _, s := range states {
		switch {
		case s.Missing:
			r.notChecked("whether %s is the right file: it is not in this folder", s.Name)
		case !s.Same:
			r.differs(ballots.Difference{
				Table: "folder_secrets", Row: s.Name, Sentence: fmt.Sprintf("%s is another file than the one that this folder was used with", s.Name),
			})
			compared++
		default:
			compared++
		}
	}
	r.checked(map[string]int64{"secrets": compared}, "secrets: %d files were compared with the fingerprints that the database has of them", compared)
	return nil
}
