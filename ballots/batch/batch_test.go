package batch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/ballots"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/internal/testing/databasetest"
)

// env is a data folder with the services that batches need.
type env struct {
	path         string
	db           *database.DB
	elections    *elections.Service
	participants *participants.Service
	batches      *batch.Service
	election     *elections.Election
}

var official = audit.Actor{ID: 7, Name: "Olga Official", From: "test"}

// open opens the folder at path; a new one has an open election with three parties.
func open(tb testing.TB, path string, o batch.Options) *env {
	tb.Helper()
	return openThrough(tb, path, "", o)
}

// openThrough is open on a disk that SQLite knows under the name.
func openThrough(tb testing.TB, path, vfs string, o batch.Options) *env {
	tb.Helper()
	ctx := context.Background()
	if vfs == "" && !databasetest.OnPostgres() { // else the disk of the test is to know all that is written
		unpackNew(tb, path)
	}
	db, err := databasetest.OpenThrough(ctx, filepath.Join(path, "urna.db"), database.Main, vfs)
	if err != nil {
		tb.Fatal(err)
	}
	log := &audit.Log{Now: time.Now}
	h := newServices(db, log)
	h.path = path
	o.Folder, o.Stored = filepath.Join(path, "spool"), stored(db)
	if o.Now == nil {
		o.Now = time.Now
	}
	if h.batches, err = batch.New(db, log, h.elections, o); err != nil {
		tb.Fatal(err)
	}
	found, err := h.elections.Elections(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	if len(found) == 0 {
		found = append(found, h.define(tb, 3))
	}
	h.election = found[0]
	return h
}

// stored is where accepted files are if the tests run on PostgreSQL.
func stored(db *database.DB) *filestore.Database {
	if databasetest.OnPostgres() {
		return batch.Stored(db)
	}
	return nil
}

// accepted returns the files that are in the folder or in the database.
func (h *env) accepted(tb testing.TB) (names []string) {
	tb.Helper()
	names, err := filestore.InFolder(filepath.Join(h.path, "spool")).Names(context.Background())
	if err == nil && databasetest.OnPostgres() {
		var further []string
		further, err = batch.Stored(h.db).Names(context.Background())
		names = append(names, further...)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return names
}

// wantFiles compares the number of files.
func (h *env) wantFiles(tb testing.TB, want int) {
	tb.Helper()
	if names := h.accepted(tb); len(names) != want {
		tb.Errorf("want %d files, got %v", want, names)
	}
}

// newServices returns the other services that batches need.
func newServices(db *database.DB, log *audit.Log) *env {
	registered := participants.New(db, log, participants.Options{Now: time.Now})
	return &env{
		db: db, participants: registered,
		elections: elections.New(db, log, registered, elections.Options{Now: time.Now, TimeZone: "UTC"}),
	}
}

// unpackNew puts a database with an open election with three parties into a folder that has none. It is made
// once for all tests, because all its syncs would take longer than most of them.
func unpackNew(tb testing.TB, path string) {
	tb.Helper()
	name := filepath.Join(path, "urna.db")
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		return
	}
	made.Do(func() {
		first := filepath.Join(tb.TempDir(), "urna.db")
		db, err := databasetest.OpenFile(context.Background(), first, database.Main)
		if err != nil {
			tb.Fatal(err)
		}
		newServices(db, &audit.Log{Now: time.Now}).define(tb, 3)
		if err := db.Close(); err != nil {
			tb.Fatal(err)
		}
		if newDatabase, err = os.ReadFile(first); err != nil {
			tb.Fatal(err)
		}
	})
	if err := os.WriteFile(name, newDatabase, 0o600); err != nil {
		tb.Fatal(err)
	}
}

var (
	made        sync.Once
	newDatabase []byte
)

// define makes an open election with one constituency and n parties.
func (h *env) define(tb testing.TB, n int) *elections.Election {
	tb.Helper()
	d := elections.Draft{
		Title: "Council", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{}},
	}
	for i := range n {
		p, err := h.participants.Create(tb.Context(), official,
			participants.Draft{Name: fmt.Sprintf("Party %d", i+1), Kind: participants.Party})
		if err != nil {
			tb.Fatal(err)
		}
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e, err := h.elections.Create(tb.Context(), official, d)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func (h *env) start(tb testing.TB) {
	tb.Helper()
	if err := h.batches.Start(context.Background()); err != nil {
		tb.Fatal(err)
	}
}

func (h *env) close(tb testing.TB) {
	tb.Helper()
	h.batches.Stop()
	if err := h.db.Close(); err != nil {
		tb.Fatal(err)
	}
}

func (h *env) receive(tb testing.TB, content string) batch.Batch {
	tb.Helper()
	b, err := h.batches.Receive(context.Background(),
		batch.Delivery{Actor: official, ElectionID: h.election.ID, FileName: "ballots.csv"}, strings.NewReader(content))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// await waits until a batch is counted.
func (h *env) await(tb testing.TB, id int64) batch.Batch {
	tb.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		b, err := h.batches.Batch(context.Background(), id)
		if err != nil {
			tb.Fatal(err)
		}
		if b.State == batch.Counted {
			return b
		}
	}
	tb.Fatalf("batch %d was not counted in time", id)
	return batch.Batch{}
}

func (h *env) tally(tb testing.TB) ballots.Tally {
	tb.Helper()
	var found map[int64]ballots.Tally
	err := h.db.Read(context.Background(), func(tx *database.Tx) (err error) {
		found, err = ballots.Tallies(context.Background(), tx, h.election.ID)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found[h.election.Constituencies[0].ID]
}

// random returns n lines with fresh GUIDs for poll numbers 1 to polls.
func random(n, polls int) []byte {
	var b bytes.Buffer
	b.Grow(40 * n)
	for range n {
		var g ballots.GUID
		for i := range 2 {
			v := rand.Uint64()
			for j := range 8 {
				g[8*i+j] = byte(v >> (8 * j))
			}
		}
		fmt.Fprintf(&b, "%s,%d\n", g, 1+rand.IntN(polls))
	}
	return b.Bytes()
}

func BenchmarkReceiveAndCount(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				content := string(random(n, 3))
				h := open(b, b.TempDir(), batch.Options{})
				h.start(b)
				b.StartTimer()
				got := h.await(b, h.receive(b, content).ID)
				b.StopTimer()
				if got.Valid != int64(n) {
					b.Fatalf("want %d valid ballots, got %d", n, got.Valid)
				}
				h.close(b)
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "ballots/s")
		})
	}
}
