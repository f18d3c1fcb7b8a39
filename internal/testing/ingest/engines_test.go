package ingest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/program"
)

var official = audit.Actor{ID: 7, Name: "Olga Official", From: "test"}

// following is how many batches follow each other, each of which has its GUIDs among those of the others.
const following = 5

// TestIngest_OnBothEngines measures, in this process, counting on SQLite and on PostgreSQL where it is told to, beside
// sqlite3's import of the same lines; else it only sees that the counts are exact. PostgreSQL works on the same processors.
func TestIngest_OnBothEngines(t *testing.T) {
	size, rounds := *lines, *pairs
	if !*measuring {
		size, rounds = tinyLines, 1
	}
	if size < 1 || size%tinyLines != 0 || rounds < 1 {
		t.Fatalf("want a multiple of %d lines, and at least one pair", tinyLines)
	}
	f := writeFile(t, size, following)
	sqlite3, _ := exec.LookPath("sqlite3")
	to := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t.Output(), "%d lines, one in a thousand a duplicate, one for an unknown poll number\n", size)
	fmt.Fprintln(to, "\tseconds\tlines/s\tprocessor: Urna\tPostgreSQL\t")
	var byImport, bySQLite, later []float64
	for range rounds {
		times := map[string]time.Duration{}
		row := func(name string, lines int64, c cost) {
			times[name] = c.took
			fmt.Fprintf(to, "%s\t%.2f\t%.0f\t%.2f\t%.2f\t\n", name, c.took.Seconds(), float64(lines)/c.took.Seconds(), c.own.Seconds(), c.server.Seconds())
		}
		for _, engine := range []string{"SQLite", "PostgreSQL"} {
			whole := f.count(t, engine, 1)
			row(engine+", one file", size, whole[0])
			parts := f.count(t, engine, following)
			row(engine+", the second to the fifth of five files", size/following*(following-1), sum(parts[1:]))
		}
		const one, five = ", one file", ", the second to the fifth of five files"
		bySQLite = append(bySQLite, ratio(times["SQLite"+one], times["PostgreSQL"+one]))
		later = append(later, ratio(times["SQLite"+five], times["PostgreSQL"+five]))
		if sqlite3 != "" && *beside && *measuring {
			row("sqlite3 .import", size, cost{took: importFile(t, sqlite3, f)})
			byImport = append(byImport, ratio(times["sqlite3 .import"], times["PostgreSQL"+one]))
		}
	}
	must(t, to.Flush())
	for _, r := range []struct {
		what   string
		ratios []float64
	}{
		{"one file on PostgreSQL, as fast as sqlite3 .import", byImport},
		{"one file on PostgreSQL, as fast as on SQLite", bySQLite},
		{"files that follow others, as fast as on SQLite", later},
	} {
		if n := len(r.ratios); n > 0 {
			slices.Sort(r.ratios)
			fmt.Fprintf(t.Output(), "%s: %.2f (median of %d; from %.2f to %.2f)\n", r.what, (r.ratios[(n-1)/2]+r.ratios[n/2])/2, n, r.ratios[0], r.ratios[n-1])
		}
	}
}

func ratio(of, by time.Duration) float64 { return of.Seconds() / by.Seconds() }

// cost is how long something took, and the processor time of this process and of PostgreSQL.
type cost struct{ took, own, server time.Duration }

func sum(all []cost) (total cost) {
	for _, c := range all {
		total.took, total.own, total.server = total.took+c.took, total.own+c.own, total.server+c.server
	}
	return total
}

// processors returns the processor time of this process, and of all processes of a PostgreSQL server.
func processors(t *testing.T, db *database.DB) (own, server time.Duration) {
	t.Helper()
	own = program.ProcessorTime(os.Getpid())
	var pids []int
	if reader := db.Reader(t.Context()).Gorm(); reader.Name() == "postgres" {
		must(t, reader.Raw("SELECT pid FROM pg_stat_activity").Scan(&pids).Error)
	}
	for _, pid := range pids {
		server += program.ProcessorTime(pid)
	}
	return own, server
}

// count counts the file in a new database, in parts of which each is sent when the one before is counted, and returns how
// long each took. All counts must be exact.
func (f *ballotFile) count(t *testing.T, engine string, parts int) (costs []cost) {
	t.Helper()
	t.Run(fmt.Sprintf("%s in %d parts", engine, parts), func(t *testing.T) { // its end closes the database
		var db *database.DB
		if engine == "SQLite" {
			db = databasetest.OpenSQLite(t, t.TempDir(), database.Main)
		} else {
			db = databasetest.OpenDurable(t, database.Main)
		}
		committed := make(chan struct{}, 1)
		batches, electionID := services(t, db, committed)
		must(t, batches.Start(t.Context()))
		defer batches.Stop()
		file, err := os.Open(f.path)
		must(t, err)
		defer func() { _ = file.Close() }() // it was only read
		var got [4]int64
		step := (len(f.offsets) - 1) / parts
		for part := range parts {
			from, to := f.offsets[part*step], f.offsets[(part+1)*step]
			own, server := processors(t, db)
			start := time.Now()
			b, err := batches.Receive(t.Context(), batch.Delivery{Actor: official, ElectionID: electionID, FileName: "ballots.csv"}, io.NewSectionReader(file, from, to-from))
			must(t, err)
			for b.State != batch.Counted {
				select { // asking the database all the time would be part of its work
				case <-committed:
				case <-time.After(time.Second):
				}
				b, err = batches.Batch(t.Context(), b.ID)
				must(t, err)
				if b.State == batch.Failed {
					t.Fatalf("want the batch counted, it failed: %s", b.Failure)
				}
			}
			c := cost{took: time.Since(start)}
			c.own, c.server = processors(t, db)
			c.own, c.server = c.own-own, c.server-server
			costs = append(costs, c)
			for i, n := range []int64{b.Lines, b.Valid, b.Invalid, b.Duplicates} {
				got[i] += n
			}
		}
		if want := [4]int64{f.lines, f.lines - f.unknown - f.duplicates, f.unknown, f.duplicates}; got != want {
			t.Errorf("want lines, valid, invalid, duplicates %v, got %v", want, got)
		}
	})
	if len(costs) != parts {
		t.FailNow()
	}
	return costs
}

// services returns what counts batches of a new election, and sends when a part of one is counted.
func services(t *testing.T, db *database.DB, committed chan<- struct{}) (batches *batch.Service, electionID int64) {
	t.Helper()
	log := &audit.Log{Now: time.Now}
	registered := participants.New(db, log, participants.Options{Now: time.Now})
	defined := elections.New(db, log, registered, elections.Options{Now: time.Now, TimeZone: "UTC"})
	d := elections.Draft{
		Title: "Measured", Kind: elections.Parliamentary, StartsAt: time.Now().Add(-time.Hour), EndsAt: time.Now().Add(time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{}},
	}
	for i := range lists {
		p, err := registered.Create(t.Context(), official, participants.Draft{Name: fmt.Sprintf("List %d", i+1), Kind: participants.Party})
		must(t, err)
		d.Constituencies[0].Candidacies = append(d.Constituencies[0].Candidacies, elections.CandidacyDraft{ParticipantID: p.ID})
	}
	e, err := defined.Create(t.Context(), official, d)
	must(t, err)
	batches, err = batch.New(db, log, defined, batch.Options{Now: time.Now, Folder: filepath.Join(t.TempDir(), "spool"), OnCommit: func(int64) {
		select {
		case committed <- struct{}{}:
		default:
		}
	}})
	must(t, err)
	return batches, e.ID
}
