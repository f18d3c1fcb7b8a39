package verify_test

import (
	"bytes"
	"encoding/hex"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app/verify"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// scanned makes a folder with a scan of a protocol, and returns its path and that of the file.
func scanned(t *testing.T) (folder, file string) {
	t.Helper()
	folder = t.TempDir()
	a := apptest.Open(t, folder, &clock.Clock{})
	party, err := a.Participants.Create(t.Context(), audit.System(), participants.Draft{Name: "Trees", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	e, err := a.Elections.Create(t.Context(), audit.System(), elections.Draft{
		Title: "Assembly", Kind: elections.Parliamentary, StartsAt: a.Clock.Now().Add(-time.Hour), EndsAt: a.Clock.Now().Add(time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{
			Candidacies: []elections.CandidacyDraft{{ParticipantID: party.ID}}, Stations: []elections.StationDraft{{Number: "1"}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	stations, err := a.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	stored, err := a.Scans.Receive(t.Context(), &picture)
	if err != nil {
		t.Fatal(err)
	}
	by := protocol.Person{Actor: a.AddAccount(t, "official", auth.Official).Actor("test")}
	_, err = a.Protocols.AttachScan(t.Context(), by, protocol.Scan{
		StationID: stations[e.Constituencies[0].ID][0].ID, SHA256: stored.SHA256, Bytes: stored.Bytes, MediaType: stored.MediaType, FileName: "paper.png",
	})
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(a.ScansFolder(), hex.EncodeToString(stored.SHA256[:]))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return folder, file
}

func TestFolder_ComparesScansOfProtocols(t *testing.T) {
	folder, file := scanned(t)
	differences := func() (said []string) {
		for _, d := range verified(t, folder, verify.Options{}).Differences {
			said = append(said, d.Sentence)
		}
		return said
	}
	if said := differences(); len(said) > 0 {
		t.Errorf("want nothing found, got %q", said)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "unknown"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := differences(); len(said) > 0 {
		t.Errorf("want a file that is not known no difference, got %q", said)
	}
	if err := os.WriteFile(file, []byte("another paper"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(differences(), "\n"); !strings.Contains(said, "scan 1 of station 1") {
		t.Errorf("want the exchanged file named, got %q", said)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if said := strings.Join(differences(), "\n"); !strings.Contains(said, "missing") {
		t.Errorf("want the missing file named, got %q", said)
	}
}
