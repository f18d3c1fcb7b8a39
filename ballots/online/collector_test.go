package online

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
)

// TestQueue_ACloseCommitsEarlierVotes queues a vote and the close of its election before the collector starts to read
// either: the vote came first and counts, in whichever order the collector sees them.
func TestQueue_ACloseCommitsEarlierVotes(t *testing.T) {
	const tries = 20 // the collector sees the close first in one of two
	folder := t.TempDir()
	db, err := databasetest.OpenFile(t.Context(), filepath.Join(folder, "urna.db"), database.Main)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	log := &audit.Log{Now: time.Now}
	registered := participants.New(db, log, participants.Options{Now: time.Now})
	registry := elections.New(db, log, registered, elections.Options{Now: time.Now, TimeZone: "UTC"})
	p, err := registered.Create(t.Context(), audit.System(), participants.Draft{Name: "Alder", Kind: participants.Party})
	if err != nil {
		t.Fatal(err)
	}
	e, err := registry.Create(t.Context(), audit.System(), elections.Draft{
		Title: "Shut", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		Channels: []elections.Channel{elections.Online},
		Constituencies: []elections.ConstituencyDraft{{Seats: 1, Candidacies: []elections.CandidacyDraft{
			{ParticipantID: p.ID},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), db, log, registry, Options{Now: time.Now, Secret: make([]byte, 32), Folder: filepath.Join(folder, "rolls")})
	if err != nil {
		t.Fatal(err)
	}
	issued, err := s.Issue(t.Context(), audit.System(), e.ID, func(yield func(Voter, error) bool) {
		for i := range tries {
			if !yield(Voter{Line: int64(i + 1), PersonalID: fmt.Sprint("voter ", i)}, nil) {
				return
			}
		}
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = issued.Close() }()
	for key, err := range issued.Keys() {
		if err != nil {
			t.Fatal(err)
		}
		s.queue = newVoteQueue(s)
		told := make(chan error, 1)
		go func() {
			told <- s.Cast(t.Context(), Vote{Credentials: Credentials{PersonalID: key.PersonalID, GUID: key.GUID}, Candidate: "1"})
		}()
		for s.queue.pending.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		go s.queue.closeElection(e.ID)
		time.Sleep(5 * time.Millisecond)
		s.running.Go(s.queue.collect)
		s.running.Go(s.queue.commitGroups)
		if err := <-told; err != nil {
			t.Errorf("want a vote counted that came before the close, got %v", err)
		}
		s.queue.stop()
		s.running.Wait()
	}
}
