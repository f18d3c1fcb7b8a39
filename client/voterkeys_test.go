package client_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"urna/client"
	"urna/internal/sealed"
)

// newIdentity returns the identity of a printing office and its recipient.
func newIdentity(t *testing.T) (sealed.Identities, string) {
	t.Helper()
	file, recipient, err := sealed.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	identities, err := sealed.ReadIdentities(bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	return identities, recipient
}

// personsIn opens a sealed file and returns the personal ids of its table.
func personsIn(t *testing.T, file []byte, with sealed.Identities) string {
	t.Helper()
	table, err := sealed.Open(bytes.NewReader(file), with)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil || len(rows) < 2 || rows[0][0] != "personal_id" || rows[0][1] != "guid" {
		t.Fatalf("want a table of keys, got %q, %v", rows, err)
	}
	var persons strings.Builder
	for _, row := range rows[1:] {
		persons.WriteString(row[0])
	}
	return persons.String()
}

// TestClient_SealedKeysAreAFileAndNoCSV issues keys of an election that seals them, and of one that does not.
func TestClient_SealedKeysAreAFileAndNoCSV(t *testing.T) {
	ada := administrator(t)
	party, err := ada.CreateParticipant(t.Context(), client.Participant{Name: "Orchard Party", Kind: "party"})
	if err != nil {
		t.Fatal(err)
	}
	office, recipient := newIdentity(t)
	made := func(title string, sealTo ...string) int64 {
		t.Helper()
		e, err := ada.CreateElection(t.Context(), client.NewElection{
			Title: title, Kind: "parliamentary", Channels: []string{"online"}, SealKeysTo: sealTo,
			StartsAt: time.Now().Add(time.Hour), EndsAt: time.Now().Add(2 * time.Hour), Rules: client.Rules{ThresholdPercent: "0", ThresholdBase: "none"},
			Constituencies: []client.NewConstituency{{Name: "North", Seats: 3, Participants: []client.Candidacy{{ID: party.ID}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if e, err = ada.Election(t.Context(), e.ID); err != nil || len(e.SealKeysTo) != len(sealTo) || len(sealTo) > 0 && e.SealKeysTo[0] != sealTo[0] {
			t.Fatalf("want the recipients %q, got %q, %v", sealTo, e.SealKeysTo, err)
		}
		return e.ID
	}
	free, fixed := made("Free"), made("Fixed", recipient)

	if file, err := ada.IssueSealedKeys(t.Context(), free, []string{recipient}, []byte("1\n2\n")); err != nil || personsIn(t, file, office) != "12" {
		t.Errorf("want sealed keys of the two, got %v", err)
	}
	if keys, err := ada.IssueKeys(t.Context(), free, []byte("3\n")); err != nil || !bytes.HasPrefix(keys, []byte("3,")) {
		t.Errorf("want CSV, got %q, %v", keys, err)
	}
	if _, err := ada.IssueSealedKeys(t.Context(), free, nil, []byte("4\n")); err == nil {
		t.Error("want no sealed keys without a recipient")
	}
	if keys, err := ada.IssueKeys(t.Context(), free, []byte("4\n")); err != nil || !bytes.HasPrefix(keys, []byte("4,")) {
		t.Errorf("want no key issued by the call without a recipient, got %q, %v", keys, err)
	}

	if file, err := ada.IssueSealedKeys(t.Context(), fixed, []string{recipient}, []byte("1\n")); err != nil || personsIn(t, file, office) != "1" {
		t.Errorf("want sealed keys, got %v", err)
	}
	keys, err := ada.IssueKeys(t.Context(), fixed, []byte("2\n"))
	refusal, ok := errors.AsType[*client.SealedKeysError](err)
	if !ok || keys != nil || personsIn(t, refusal.File, office) != "2" {
		t.Errorf("want the file in an error and nothing that looks like CSV, got %q, %v", keys, err)
	}
	_, other := newIdentity(t)
	if _, err := ada.IssueSealedKeys(t.Context(), fixed, []string{other}, []byte("5\n")); err == nil {
		t.Error("want keys for others refused")
	} else if problem, ok := errors.AsType[*client.ProblemError](err); !ok || problem.Code != "sealed-to-others" {
		t.Errorf("want sealed-to-others, got %v", err)
	}
}

// TestClient_OpenKeysInThePlaceOfSealedOnesAreAnError asks a server that does not know seal_to.
func TestClient_OpenKeysInThePlaceOfSealedOnesAreAnError(t *testing.T) {
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query().Get("seal_to")
		_, _ = io.WriteString(w, "1,5f0c7c9e-3d2b-4a57-9a0e-0f6a3b1c9d11\n")
	}))
	defer server.Close()
	c, err := client.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if keys, err := c.IssueSealedKeys(t.Context(), 1, []string{"age1a", "age1b"}, []byte("1\n")); err == nil || keys != nil || asked != "age1a age1b" {
		t.Errorf("want an error and no keys, got %q, %v for %q", keys, err, asked)
	}
}
