package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"urna/internal/app/verify"
)

// TestFolder_NamesWhatContradictsTheCertifications alters the evidence that is kept of an election that was corrected and is being
// corrected again: the figures and the bundles of its certifications.
func TestFolder_NamesWhatContradictsTheCertifications(t *testing.T) {
	report := verified(t, furnish(t), verify.Options{})
	if len(report.Differences) > 0 {
		t.Fatalf("want no difference, got %+v", report.Differences)
	}
	for _, c := range report.Checks {
		if c.Check == "certifications" && (c.Counts["figures"] != 3 || c.Counts["bundles"] != 6) {
			t.Errorf("want the figures of three certifications and the bundles of three, got %+v", c)
		}
	}
	const corrected = ` WHERE election_id = (SELECT max(election_id) FROM corrections) AND number = 1`
	bundles := func(name string, change func(path string) error) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			found, err := filepath.Glob(filepath.Join(path, "bundles", name))
			if err != nil || len(found) == 0 {
				t.Fatalf("want bundles, got %v, %v", found, err)
			}
			if err := change(found[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
	altered := func(statement string) func(*testing.T, string) {
		return func(t *testing.T, path string) { t.Helper(); alter(t, path, statement) }
	}
	for name, c := range map[string]struct {
		change func(*testing.T, string)
		want   string
	}{
		"figures": {
			altered(`UPDATE certified_figures SET document = CAST(replace(CAST(document AS TEXT), 'Islands', 'Island') AS BLOB)` + corrected),
			"certification 1: the stored figures have not the SHA-256",
		},
		"no figures":               {altered(`DELETE FROM certified_figures` + corrected), "certification 1: its figures are not stored"},
		"figures of another":       {altered(`UPDATE certified_figures SET number = 9` + corrected), "figures are stored, and there is no such certification"},
		"no bundle":                {altered(`DELETE FROM certified_bundles` + corrected), "certification 1, full bundle: it was not kept"},
		"a bundle more":            {altered(`INSERT INTO certified_bundles SELECT 2, number, form, file, bytes, sha256 FROM certified_bundles` + corrected), "which no correction reopened"},
		"another hash":             {altered(`UPDATE certified_bundles SET sha256 = zeroblob(32)` + corrected), "is not the one that was kept"},
		"a file that is gone":      {bundles("*-full-*.zip", os.Remove), "is not the one that was kept"},
		"a file that was cut":      {bundles("*-public-*.zip", func(p string) error { return os.Truncate(p, 100) }), "is not the one that was kept"},
		"a certification's number": {altered(`UPDATE certifications SET number = 7 WHERE number = 2`), "the record of its certification is missing"},
		"a correction's figures":   {altered(`UPDATE corrections SET figures = lower(hex(zeroblob(32))) WHERE number = 2`), "is not one of the figures that were certified before"},
		"a correction's time":      {altered(`UPDATE corrections SET certified_at = 1 WHERE number = 2`), "is not that of the correction"},
		"a confirmation's number":  {altered(`UPDATE confirmations SET number = 5 WHERE number = 2`), "number is not what event"},
	} {
		t.Run(name, func(t *testing.T) {
			path := furnish(t)
			c.change(t, path)
			report := verified(t, path, verify.Options{})
			for _, d := range report.Differences {
				if strings.Contains(d.Sentence, c.want) {
					return
				}
			}
			t.Errorf("want %q, got %+v", c.want, report.Differences)
		})
	}
}
