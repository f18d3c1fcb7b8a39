package verify_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"urna/auth"
	"urna/ballots/batch"
	"urna/elections"
	"urna/elections/participants"
	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/audit"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
)

// The folder that alterations are made in has two administrators (accounts 1 and 2), an official (3), one who uploads
// for the constituencies 1 and 3 (4), a registered account that waits (5), the lists 1 to 3, and these elections:
//
//	1  Council: constituencies 1 and 2, batches 1 to 5, votes cast online, certified
//	2  Town: constituency 3, batch 6, a tie that a lot settled, counting
//	3  Region: constituencies 4 and 5, batch 7, 16 votes cast online, keys that have not voted, open; it shows no counts yet
//	4  Late: three late batches
//	5  Stations: a constituency with three polling stations, one of them closed, and batches of the other two
//
// Batch 2 has two duplicates of lines of batch 1, batch 1 has a line with an unknown poll number. Batch 4 is retracted,
// batch 5 was retracted and restored.
var evidence = sync.OnceValues(makeEvidence)

// folder returns a copy of the folder for one test.
func folder(t *testing.T) string {
	t.Helper()
	files, err := evidence()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "data")
	for name, content := range files {
		name = filepath.Join(path, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// alter goes around the program, straight into the tables, past triggers, foreign keys and other constraints. The
// triggers are made again.
func alter(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(path, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	execute := func(statement string) (altered int64) {
		t.Helper()
		result, err := db.ExecContext(t.Context(), statement)
		if err == nil {
			altered, err = result.RowsAffected()
		}
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		return altered
	}
	execute(`PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1`)
	triggers := map[string]string{}
	rows, err := db.QueryContext(t.Context(), `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			t.Fatal(err)
		}
		triggers[name] = statement
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for name := range triggers {
		execute("DROP TRIGGER " + name)
	}
	if execute(statement) == 0 {
		t.Fatalf("want the last statement to alter a row: %s", statement)
	}
	for _, again := range triggers {
		execute(again)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// An alteration is one that a program with the database alone can make.
type alteration struct {
	statement string
	check     string // that names it
	want      string // a part of the sentence
}

// betrayed makes each alteration in a folder of its own and wants it named.
func betrayed(t *testing.T, alterations map[string]alteration) {
	t.Helper()
	for name, a := range alterations {
		t.Run(name, func(t *testing.T) {
			path := folder(t)
			alter(t, path, a.statement)
			report := verified(t, path, verify.Options{})
			for _, d := range report.Differences {
				if d.Check == a.check && strings.Contains(d.Sentence, a.want) {
					return
				}
			}
			t.Errorf("want the check %q to say %q, got %+v", a.check, a.want, report.Differences)
		})
	}
}

func TestFolder_TheFixtureHasNoDifference(t *testing.T) {
	report := verified(t, folder(t), verify.Options{})
	if len(report.Differences) > 0 {
		t.Errorf("want none, got %+v", report.Differences)
	}
}

// maker makes the folder.
type maker struct {
	*app.App

	clock *clock.Clock
	ctx   context.Context //nolint:containedctx // of the making
}

func makeEvidence() (files map[string][]byte, err error) {
	path, err := os.MkdirTemp("", "urna-evidence-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(path)) }()
	m := &maker{clock: &clock.Clock{}, ctx: context.Background()}
	if m.App, err = app.Open(m.ctx, path, apptest.Options(m.clock)); err != nil {
		return nil, err
	}
	err = m.Start(m.ctx)
	if err == nil {
		err = m.all()
	}
	if err := errors.Join(err, m.Close()); err != nil {
		return nil, err
	}
	files = map[string][]byte{}
	return files, filepath.WalkDir(path, func(name string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(path, name)
		if err == nil {
			files[relative], err = os.ReadFile(name)
		}
		return err
	})
}

func (m *maker) all() error {
	actors, err := m.accounts()
	if err != nil {
		return err
	}
	for i := range 3 {
		if _, err := m.Participants.Create(m.ctx, actors[0], participants.Draft{Name: fmt.Sprintf("List %d", i+1), Kind: participants.Party}); err != nil {
			return err
		}
	}
	for _, step := range []func([]audit.Actor) error{m.council, m.town, m.region, m.boundAndWaiting, m.late, m.stations} {
		if err := step(actors); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) accounts() (actors []audit.Actor, err error) {
	for name, role := range []auth.Role{auth.Administrator, auth.Administrator, auth.Official} {
		u, err := m.Auth.AddUser(m.ctx, audit.System(), auth.NewUser{
			Email: fmt.Sprintf("%d@example.org", name), Forename: "Test", Surname: fmt.Sprint("Account ", name), Role: role, Password: apptest.Password,
		})
		if err != nil {
			return nil, err
		}
		actors = append(actors, audit.Actor{ID: u.ID, Name: u.Surname, From: "test"})
	}
	return actors, nil
}

// boundAndWaiting adds an official with places, and registers an account.
func (m *maker) boundAndWaiting(actors []audit.Actor) error {
	in := auth.NewUser{
		Email: "3@example.org", Forename: "Test", Surname: "Account 3", Role: auth.Official, Password: apptest.Password,
		Places: []auth.Place{{ConstituencyID: 1}, {ConstituencyID: 3}},
	}
	_, err := m.Auth.AddUser(m.ctx, actors[0], in)
	if err != nil {
		return err
	}
	in.Email, in.Surname = "4@example.org", "Account 4"
	_, err = m.Auth.Register(m.ctx, audit.Actor{Name: "registration", From: "192.0.2.1"}, in)
	return err
}

// election makes an election with all lists in each constituency, open for an hour.
func (m *maker) election(actor audit.Actor, title string, view elections.PublicView, constituencies ...elections.ConstituencyDraft) (int64, error) {
	for i := range constituencies {
		for list := range 3 {
			constituencies[i].Candidacies = append(constituencies[i].Candidacies, elections.CandidacyDraft{ParticipantID: int64(list + 1)})
		}
		constituencies[i].RegisteredVoters = 1000
	}
	d := elections.Draft{
		Title: title, Kind: elections.Parliamentary, StartsAt: m.clock.Now().Add(-time.Minute), EndsAt: m.clock.Now().Add(time.Hour), OpenNow: true,
		PublicView: view, Constituencies: constituencies,
	}
	d.Rules.ThresholdPercent, d.Rules.ThresholdBase = "0", "none"
	e, err := m.Elections.Create(m.ctx, actor, d)
	if err != nil {
		return 0, err
	}
	return e.ID, nil
}

// ballotLines returns lines with the GUIDs from first on, one for each poll number.
func ballotLines(first int, pollNumbers ...int) string {
	var b strings.Builder
	for i, poll := range pollNumbers {
		fmt.Fprintf(&b, "00000000-0000-4000-8000-%012x,%d\n", first+i, poll)
	}
	return b.String()
}

// count uploads a file and waits until it is counted.
func (m *maker) count(actor audit.Actor, election, constituency int64, file string) error {
	b, err := m.Batches.Receive(m.ctx, batch.Delivery{Actor: actor, ElectionID: election, ConstituencyID: constituency, FileName: "a.csv"}, strings.NewReader(file))
	if err != nil {
		return err
	}
	return m.settle(b.ID, batch.Counted)
}

func (m *maker) settle(id int64, state batch.State) error {
	return until("counting", func() (bool, error) {
		b, err := m.Batches.Batch(m.ctx, id)
		return b.State == state, err
	})
}

// until looks again until something is done, for a minute.
func until(what string, done func() (bool, error)) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if ok, err := done(); ok || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s takes longer than a minute", what)
}
