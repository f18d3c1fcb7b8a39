package cli

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/audit"
)

// sealedFolder makes a data folder with an open election that shows its turnout only, and so many counted votes for
// one participant after another.
func sealedFolder(t *testing.T, votes []int) string {
	t.Helper()
	path, actor := t.TempDir(), audit.System()
	f, err := openFolder(t.Context(), path, app.Options{Create: true, Parts: app.Accounts | app.Batches})
	if err != nil {
		t.Fatal(err)
	}
	constituency := elections.ConstituencyDraft{Seats: 5}
	var file strings.Builder
	for i, n := range votes {
		p, err := f.Participants.Create(t.Context(), actor, participants.Draft{Name: fmt.Sprintf("List %c", 'A'+i), Kind: participants.Party})
		if err != nil {
			t.Fatal(err)
		}
		constituency.Candidacies = append(constituency.Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
		for range n {
			fmt.Fprintf(&file, "00000000-0000-4000-8000-%012x,%d\n", file.Len(), i+1)
		}
	}
	e, err := f.Elections.Create(t.Context(), actor, elections.Draft{
		Title: "Sealed", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		PublicView: elections.TurnoutOnly, Constituencies: []elections.ConstituencyDraft{constituency},
	})
	if err != nil {
		t.Fatal(err)
	}
	countAll(t, f, e.ID, file.String())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCommands_TellNoCountBeforeTheEnd runs what looks into a data folder while counts are embargoed.
func TestCommands_TellNoCountBeforeTheEnd(t *testing.T) {
	path := sealedFolder(t, []int{1013, 751, 347})
	counts := regexp.MustCompile(`\b(1013|751|347)\b`)
	for command, says := range map[string]string{
		"elections list":          "Sealed",
		"elections export 1":      `"public_view": "turnout"`,
		"keys count --election 1": "0 keys",
		"users list":              "ROLE",
		"verify":                  "2111 ballots",
	} {
		var printed bytes.Buffer
		code := Main(append(strings.Fields(command), "--data", path), &Streams{In: strings.NewReader(""), Out: &printed, Err: &printed})
		if code != 0 || !strings.Contains(printed.String(), says) {
			t.Errorf("%s: want exit 0 and %q, got %d and\n%s", command, says, code, &printed)
		}
		if found := counts.FindString(printed.String()); found != "" {
			t.Errorf("%s: want no count by participant, found %s in\n%s", command, found, &printed)
		}
	}
}
