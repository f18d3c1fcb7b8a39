package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"urna/ballots/online"
	"urna/client"
	"urna/internal/rehearsal/resultsfile"
)

// Two small elections of the demonstration that have ended, as results files. The first has the votes of Soriguera,
// Spain, 2007, where the last of seven seats was drawn by lot.
const (
	demoTie = `{"id": "demo-tie", "name": "Orchard Town Council", "method": "dhondt", "seats": 7,
		"threshold": {"percent": 5, "base": "valid-including-blank"}, "blank_votes": 6, "eligible": 292,
		"expected_tie": {"names": ["Birch Party", "Cedar Coalition"], "seats": 1}, "allow_remaining_tie": true, "parties": [
			{"name": "Alder Alliance", "votes": 99}, {"name": "Birch Party", "votes": 53},
			{"name": "Cedar Coalition", "votes": 53}, {"name": "Dogwood Democrats", "votes": 33}]}`
	demoCertified = `{"id": "demo-certified", "name": "Harbour Workers’ Union, the board", "method": "sainte-lague", "seats": 9,
		"blank_votes": 21, "invalid_votes": 14, "eligible": 1730, "parties": [
			{"name": "Crane Operators", "votes": 512, "seats": 4}, {"name": "Dockers’ List", "votes": 388, "seats": 3},
			{"name": "Offices and Stores", "votes": 203, "seats": 1}, {"name": "Pilots", "votes": 110, "seats": 1}]}`
)

// showEnded counts the two elections that have ended, certifies one, and prints their addresses.
func showEnded(ctx context.Context, streams *Streams, own *temporary, administrator, official *client.Client) error {
	var ids []int64
	for _, text := range []string{demoTie, demoCertified} {
		file, err := resultsfile.Parse([]byte(text))
		if err != nil {
			return err
		}
		report, err := conductFile(ctx, streams, file, administrator, official, nil)
		if err != nil {
			return err
		}
		ids = append(ids, report.Elections[0].ID)
	}
	tied, certified := ids[0], ids[1]
	if err := certify(ctx, administrator, certified, client.Proof{Password: own.AdminPassword}); err != nil {
		return fmt.Errorf("certify election %d: %w", certified, err)
	}
	_, err := fmt.Fprintf(streams.Out, "A tie waits for its lot; sign in as the administrator: %[1]s/admin/elections/%[2]d/certification\n"+
		"A certified election: %[1]s/elections/%[3]d\n"+
		"Its signed bundle: %[1]s/elections/%[3]d/bundle.zip\n", own.URL, tied, certified)
	return err
}

// certify certifies an election. It waits until the election is closed and counted.
func certify(ctx context.Context, administrator *client.Client, electionID int64, by client.Proof) error {
	const patience, pause = time.Minute, 50 * time.Millisecond
	for deadline := time.Now().Add(patience); ; {
		at, err := administrator.Certification(ctx, electionID)
		switch {
		case err != nil:
			return err
		case len(at.Obstacles) == 0:
			if at, err = administrator.Certify(ctx, electionID, by); err == nil && at.State != "certified" {
				err = errors.New("its state is " + at.State)
			}
			return err
		case time.Now().After(deadline):
			return errors.New(strings.Join(at.Obstacles, " "))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// demoLetters are the letters to the guests of the demonstration.
type demoLetters struct {
	file string // its address
	link string // the link in the QR code of the first letter
}

// writeDemoLetters issues keys to the guests and writes their letters to a file in the temporary folder, which is deleted
// at the end.
func writeDemoLetters(ctx context.Context, own *temporary, administrator *client.Client, electionID int64) (demoLetters, error) {
	keys, err := demoKeys(ctx, administrator, electionID)
	if err != nil {
		return demoLetters{}, fmt.Errorf("issue keys for the letters: %w", err)
	}
	e, err := own.server.App.Elections.Election(ctx, electionID)
	if err != nil {
		return demoLetters{}, err
	}
	l, err := (letterFlags{URL: own.URL, AllowLoopback: true}).letters(ctx, own.server.App.PublicURL, e)
	if err != nil {
		return demoLetters{}, err
	}
	var b bytes.Buffer
	err = l.Write(ctx, &b, func(yield func(online.Key, error) bool) {
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	})
	if err != nil {
		return demoLetters{}, err
	}
	path := filepath.Join(own.path, "letters.html")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return demoLetters{}, fmt.Errorf("write the letters: %w", err)
	}
	address := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(path), "/")}
	return demoLetters{file: address.String(), link: l.Link(keys[0])}, nil
}

// demoKeys issues a key to each guest, as a script would.
func demoKeys(ctx context.Context, administrator *client.Client, electionID int64) ([]online.Key, error) {
	keys := []online.Key{
		{PersonalID: "guest-1", Name: "Vera Voter", Email: "vera@urna.example"},
		{PersonalID: "guest-2", Name: "Boris Ballot"},
		{PersonalID: "guest-3", Name: "Paula Poll"},
	}
	var roll strings.Builder
	for _, key := range keys {
		roll.WriteString(key.PersonalID + "\n")
	}
	answer, err := administrator.IssueKeys(ctx, electionID, []byte(roll.String()))
	if err != nil {
		return nil, err
	}
	lines, err := csv.NewReader(bytes.NewReader(answer)).ReadAll()
	if err == nil && (len(lines) != len(keys) || len(keys) != demoGuests) {
		err = fmt.Errorf("%d keys for %d guests", len(lines), demoGuests)
	}
	if err != nil {
		return nil, err
	}
	for i, line := range lines {
		keys[i].GUID = line[1]
	}
	return keys, nil
}
