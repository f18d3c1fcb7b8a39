package month

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"urna/client"
	"urna/internal/testing/apptest"
)

// unpack writes the data folder of version 0.1.0.
func unpack(t *testing.T, to string) {
	t.Helper()
	file, err := os.Open("../releases/testdata/0.1.0/data.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	compressed, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(compressed)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil || !filepath.IsLocal(header.Name) {
			t.Fatal(header, err)
		}
		content, err := io.ReadAll(archive)
		name := filepath.Join(to, header.Name)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// define makes an election with two lists.
func (o *operator) define(t *testing.T, title string, starts time.Time, long time.Duration, channel string) client.Election {
	t.Helper()
	var lists []client.Candidacy
	for i := range 2 {
		p, err := o.ada.CreateParticipant(t.Context(), client.Participant{Name: fmt.Sprintf("%s list %d", title, i+1), Kind: "party"})
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, client.Candidacy{ID: p.ID})
	}
	e, err := o.ada.CreateElection(t.Context(), client.NewElection{
		Title: title, Kind: "parliamentary", StartsAt: starts, EndsAt: starts.Add(long), OpenNow: !starts.After(time.Now()), Channels: []string{channel},
		Rules:          client.Rules{Method: "dhondt", ThresholdPercent: "0", ThresholdBase: "none"},
		Constituencies: []client.NewConstituency{{Name: "All", Seats: 7, Participants: lists}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// upload sends a file of the election with files, and waits until it is counted.
func (o *operator) upload(t *testing.T) {
	t.Helper()
	var file strings.Builder
	lines := 20 + o.random.IntN(60)
	for range lines {
		o.lines++
		fmt.Fprintf(&file, "00000000-0000-4000-8000-%012x,%d\n", o.lines, 1+o.random.IntN(10)/6)
	}
	id, err := o.olga.Upload(t.Context(), o.files.ID, o.files.Constituencies[0].ID, "a.csv", int64(file.Len()), func() io.ReadCloser { return io.NopCloser(strings.NewReader(file.String())) })
	if err != nil {
		t.Fatal(err)
	}
	o.accepted[id] = int64(lines)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		b, err := o.olga.Batch(t.Context(), id)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the batch counted, got %+v, %v", b, err)
		}
		if b.State == "counted" {
			return
		}
	}
}

// issue issues the voter keys before the opening, and waits for the opening.
func (o *operator) issue(t *testing.T, voters int) {
	t.Helper()
	var roll bytes.Buffer
	for i := range voters {
		fmt.Fprintf(&roll, "voter-%d\n", i)
	}
	table, err := o.ada.IssueKeys(t.Context(), o.online.ID, roll.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if strings.HasPrefix(row[0], "voter-") {
			o.keys = append(o.keys, client.VoterKey{PersonalID: row[0], GUID: row[1]})
		}
	}
	o.await(t, o.online.ID, "open")
}

// votesOfDay is a group of votes, which is committed at once.
const votesOfDay = 8

// vote casts the votes of a day at the same time. Each is on disk before its answer.
func (o *operator) vote(t *testing.T) {
	t.Helper()
	voting := o.ada.Voting(votesOfDay)
	defer voting.Close()
	type answered struct {
		client.VoteAnswer

		err error
	}
	answers := make(chan answered, votesOfDay)
	for i := range votesOfDay {
		key, list := o.keys[o.voted+i], 1+o.random.IntN(2)
		go func() {
			answer, err := voting.Cast(t.Context(), key, list)
			answers <- answered{answer, err}
		}()
	}
	for range votesOfDay {
		if a := <-answers; a.err != nil || a.Refusal != "" {
			t.Fatalf("want the vote accepted, got %+v", a)
		}
	}
	o.voted += votesOfDay
}

// await waits until an election has a state.
func (o *operator) await(t *testing.T, id int64, state string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		e, err := o.ada.Election(t.Context(), id)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want the election %s, got %s, %v", state, e.State, err)
		}
		if e.State == state {
			return
		}
	}
}

// certify has both administrators confirm an election that has ended, with a reason for each open point.
func (o *operator) certify(t *testing.T, e client.Election) {
	t.Helper()
	o.await(t, e.ID, "counting")
	for _, by := range []*client.Client{o.ada, o.bob} {
		reasons := o.settled(t, e.ID)
		if _, err := by.CertifyDespite(t.Context(), e.ID, client.Proof{Password: apptest.Password}, reasons); err != nil {
			t.Fatal(err)
		}
	}
	o.await(t, e.ID, "certified")
	r, err := o.ada.Results(t.Context(), e.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.certified[e.ID] = r
}

// settled waits until nothing but a reason is missing, such as the end of the close, and returns the reasons.
func (o *operator) settled(t *testing.T, id int64) map[string]string {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		at, err := o.ada.Certification(t.Context(), id)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("want an election that can be certified, got %+v, %v", at, err)
		}
		reasons, ready := map[string]string{}, true
		for _, p := range at.OpenPoints {
			ready = ready && p.Liftable
			if p.Lifted == nil {
				reasons[p.Code] = "It is a simulated month."
			}
		}
		if ready {
			return reasons
		}
	}
}

// compare wants everything that was answered: each batch with its lines, each certified result as it was.
func (o *operator) compare(t *testing.T) {
	t.Helper()
	var lines int64
	for id, want := range o.accepted {
		b, err := o.olga.Batch(t.Context(), id)
		if err != nil || b.Lines != want || b.State != "counted" {
			t.Errorf("want batch %d with %d lines, counted, got %+v, %v", id, want, b, err)
		}
		lines += want
	}
	for id, want := range o.certified {
		got, err := o.ada.Results(t.Context(), id)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("want election %d as it was certified, %v: %s", id, err, diff)
		}
		cast := lines
		if id == o.online.ID {
			cast = int64(o.voted)
		}
		if got.Ballots.Cast != cast {
			t.Errorf("want the %d ballots of election %d that were accepted, got %d", cast, id, got.Ballots.Cast)
		}
	}
}
