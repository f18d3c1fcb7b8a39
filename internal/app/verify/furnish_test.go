package verify_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"urna/auth"
	"urna/ballots/batch"
	"urna/ballots/protocol"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/audit/checkpoint"
	"urna/internal/audit/countersign"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/results"
)

// furnish returns a copy of that folder.
func furnish(t *testing.T) string {
	t.Helper()
	furnished.once.Do(func() {
		path := folder(t)
		addFurtherRows(t, path)
		files := map[string][]byte{}
		err := filepath.WalkDir(path, func(name string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			files[strings.TrimPrefix(name, path)], err = os.ReadFile(name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		furnished.files = files
	})
	path := filepath.Join(t.TempDir(), "data")
	for name, content := range furnished.files {
		name = filepath.Join(path, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// addFurtherRows signs in, begins a second factor, commits a seed, sets the public address, and has witnesses
// countersign the log.
func addFurtherRows(t *testing.T, path string) {
	t.Helper()
	env := apptest.Open(t, path, &clock.Clock{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	u, err := env.Auth.User(t.Context(), 3)
	must(err)
	_, err = env.Auth.SignIn(t.Context(), u.Email, apptest.Password, "192.0.2.1")
	must(err)
	_, err = env.Auth.IssueTokens(t.Context(), u)
	must(err)
	enrolment, err := env.Auth.BeginSecondFactor(t.Context(), audit.System(), 3)
	must(err)
	code, err := totp.GenerateCode(enrolment.Secret, env.Clock.Now())
	must(err)
	_, err = env.Auth.ConfirmSecondFactor(t.Context(), audit.System(), 3, code)
	must(err)
	must(env.Results.CommitLotValue(t.Context(), audit.Actor{ID: 1, Name: "Ada"}, 3, results.LotValueDraft{Name: "Ada", Commitment: strings.Repeat("ab", 32)}))
	must(env.PublicURL.Remember(t.Context(), audit.System(), "https://vote.example.org"))
	for _, name := range []string{"one", "other"} {
		must(addCountersignature(t, env, name))
	}
	must(addProtocols(t, env))
	must(addStations(t, env))
	must(addCorrection(t, env))
	must(addCorrections(t, env))
	must(env.Close())
	addPasskey(t, path)
}

// addProtocols makes an election that shows its counts, with protocols: one that was settled and explained, one of which
// the first entry is in and another person types the second one, and one that was reopened.
func addProtocols(t *testing.T, env *apptest.Env) error {
	t.Helper()
	ada := audit.Actor{ID: 1, Name: "Ada"}
	now := env.Clock.Now()
	e, err := env.Elections.Create(t.Context(), ada, elections.Draft{
		Title: "Protocols", Kind: elections.Parliamentary, StartsAt: now, EndsAt: now.Add(time.Hour), OpenNow: true, PublicView: elections.RunningCount,
		Constituencies: []elections.ConstituencyDraft{{
			Name: "Hills", Seats: 3, Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}, {ParticipantID: 2}},
			Stations: []elections.StationDraft{{Number: "1"}, {Number: "2"}, {Number: "3"}},
		}},
	})
	if err != nil {
		return err
	}
	stations, err := env.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		return err
	}
	of := stations[e.Constituencies[0].ID]
	one, two := protocol.Person{Actor: audit.Actor{ID: 2, Name: "Bea"}, Administrator: true}, protocol.Person{Actor: audit.Actor{ID: 3, Name: "Cid"}, Administrator: true}
	enter := func(by protocol.Person, station int, first, second string) error {
		_, err := env.Protocols.Enter(t.Context(), by, protocol.Entry{
			StationID: of[station].ID, Numbers: map[string]string{"fields.found_in_box": "40", "fields.invalid": "3", "votes.1": first, "votes.2": second},
		})
		return err
	}
	_, named := env.Protocols.NameCoordinator(t.Context(), ada, protocol.Coordinator{ElectionID: e.ID, ConstituencyID: e.Constituencies[0].ID, AccountID: 3, Name: "Cid"})
	file, received := env.Scans.Receive(t.Context(), strings.NewReader("%PDF-1.7\n%%EOF\n"))
	_, scanned := env.Protocols.AttachScan(t.Context(), one, protocol.Scan{
		StationID: of[0].ID, SHA256: file.SHA256, Bytes: file.Bytes, MediaType: file.MediaType, FileName: "a.pdf",
	})
	err = errors.Join(named, received, scanned, enter(one, 0, "34", "3"), enter(two, 0, "33", "4"), enter(one, 1, "30", "7"), enter(one, 2, "29", "8"), enter(two, 2, "29", "8"))
	if err != nil {
		return err
	}
	_, settled := env.Protocols.Settle(t.Context(), two, of[0].ID, []protocol.Decision{{Name: "votes.1", Typed: "33"}, {Name: "votes.2", Typed: "4"}}, "")
	_, drafted := env.Protocols.SaveDraft(t.Context(), two, protocol.Draft{StationID: of[1].ID, Numbers: map[string]string{"votes.1": "3"}})
	_, reopened := env.Protocols.Reopen(t.Context(), ada, of[2].ID, "the wrong paper")
	return errors.Join(settled, drafted, reopened, env.Protocols.Explain(t.Context(), two, of[0].ID, "W3", "a village"))
}

// addStations makes an open election with polling stations, one of them amended.
func addStations(t *testing.T, env *apptest.Env) error {
	t.Helper()
	ada, start := audit.Actor{ID: 1, Name: "Ada"}, env.Clock.Now()
	e, err := env.Elections.Create(t.Context(), ada, elections.Draft{
		Title: "Stations", Kind: elections.Parliamentary, StartsAt: start.Add(-time.Hour), EndsAt: start.Add(time.Hour), OpenNow: true,
		Constituencies: []elections.ConstituencyDraft{{
			Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}},
			Stations:    []elections.StationDraft{{Number: "1", Name: "School", RegisteredVoters: 120}, {Number: "2", Kind: elections.PostalStation}},
		}},
	})
	if err != nil {
		return err
	}
	nationwide := e.Constituencies[0].ID
	added, err := env.Elections.AddStation(t.Context(), ada, e.ID, nationwide, elections.StationDraft{Number: "3"}, "it was forgotten")
	if err != nil {
		return err
	}
	d := added.Draft()
	d.Place, d.RegisteredVoters = "Main Street", 80
	_, err = env.Elections.ChangeStation(t.Context(), ada, added.ID, "", d, "the roll of March")
	_, other := env.Elections.CorrectRegisteredVoters(t.Context(), ada, e.ID, map[int64]int64{nationwide: 5000}, "the roll of March")
	_, made := env.Auth.AddUser(t.Context(), ada, auth.NewUser{
		Email: "station@example.org", Forename: "Sta", Surname: "Tion", Role: auth.Official, Password: apptest.Password,
		Places: []auth.Place{{StationID: added.ID}},
	})
	return errors.Join(err, other, made)
}

// addCorrection opens a correction of the certified election, by which online votes are annulled too.
func addCorrection(t *testing.T, env *apptest.Env) error {
	t.Helper()
	e, err := env.Elections.Election(t.Context(), 1)
	if err != nil {
		return err
	}
	north := e.Constituencies[0].ID
	_, err = env.Elections.OpenCorrection(t.Context(), audit.Actor{ID: 1, Name: "Ada"}, e.ID, elections.CorrectionDraft{
		Reason: "a ballot box was open", OrderedBy: "the court", Constituencies: []int64{north},
		Stations: []elections.StationOrder{{ConstituencyID: north, Act: elections.Repeat}},
	})
	waits, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		return fmt.Errorf("want the correction to wait, got %w", err)
	}
	_, err = env.Approvals.Decide(t.Context(), audit.Actor{ID: 2, Name: "Bea"}, waits.ID, auth.Decision{Approve: true})
	return err
}

// addCountersignature registers a witness, which countersigns the present head.
func addCountersignature(t *testing.T, env *apptest.Env, name string) error {
	t.Helper()
	signer, err := checkpoint.GenerateWitness(name)
	if err != nil {
		return err
	}
	if _, err := env.Countersign.Register(t.Context(), audit.System(), countersign.Draft{Key: signer.String(), Operator: "Party " + name}); err != nil {
		return err
	}
	return env.Countersign.Accept(t.Context(), apptest.Countersigned(t, env.Countersign, signer, env.Clock.Now()))
}

// addCorrections makes a certified election with two polling stations, of which a correction had the first one counted
// again, and opens another correction.
func addCorrections(t *testing.T, env *apptest.Env) error {
	t.Helper()
	ada, bea, now := audit.Actor{ID: 1, Name: "Account 0"}, audit.Actor{ID: 2, Name: "Account 1"}, env.Clock.Now()
	e, err := env.Elections.Create(t.Context(), ada, elections.Draft{
		Title: "Corrected", Kind: elections.Parliamentary, StartsAt: now.Add(-2 * time.Hour), EndsAt: now.Add(-time.Hour), OpenNow: true, Confirmations: 1,
		Channels: []elections.Channel{elections.Batches},
		Constituencies: []elections.ConstituencyDraft{{
			Name: "Islands", Seats: 3, Candidacies: []elections.CandidacyDraft{{ParticipantID: 1}, {ParticipantID: 2}},
			Stations: []elections.StationDraft{{Number: "1"}, {Number: "2"}},
		}},
	})
	if err != nil {
		return err
	}
	all, err := env.Elections.Stations(t.Context(), e.ID)
	if err != nil {
		return err
	}
	stations := all[e.Constituencies[0].ID]
	closed := func() (bool, error) {
		e, err := env.Elections.Election(t.Context(), e.ID)
		return err == nil && e.ClosedAt != nil, err
	}
	env.Start(t)
	if err := until("the close", closed); err != nil {
		return err
	}
	send := func(station, first int, votes ...int) int64 {
		b, err := env.Batches.Receive(t.Context(), batch.Delivery{
			Actor: ada, ElectionID: e.ID, StationID: stations[station].ID, FileName: "a.csv",
		}, strings.NewReader(ballotLines(first, votes...)))
		if err == nil {
			err = rests(t, env, b.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.ID
	}
	certify := func() error {
		final, err := env.Results.Final(t.Context(), e.ID)
		if err != nil {
			return err
		}
		var reasons []results.Reason
		for _, p := range final.OpenPoints {
			reasons = append(reasons, results.Reason{Point: p.Key(), Text: "checked"})
		}
		_, err = env.Results.Certify(t.Context(), ada, e.ID, "", reasons...)
		return err
	}
	correct := func() error {
		env.Clock.Move(24 * time.Hour)
		_, err := env.Elections.OpenCorrection(t.Context(), ada, e.ID, elections.CorrectionDraft{
			Reason: "counted wrongly", OrderedBy: "District court", Stations: []elections.StationOrder{{StationID: stations[0].ID}},
		})
		return agreed(t, env, bea, err)
	}
	first := send(0, 9000, 1, 1, 2)
	send(1, 9100, 2, 2, 1, 1, 1)
	if err := errors.Join(certify(), correct()); err != nil {
		return err
	}
	_, err = env.Batches.Retract(t.Context(), ada, first, "counted again")
	if err := errors.Join(agreed(t, env, bea, err), rests(t, env, first)); err != nil {
		return err
	}
	send(0, 9200, 1, 1, 2, 2)
	return errors.Join(certify(), correct())
}

// agreed has an administrator approve an act if it waits.
func agreed(t *testing.T, env *apptest.Env, by audit.Actor, err error) error {
	t.Helper()
	waiting, ok := errors.AsType[*approval.Waiting](err)
	if !ok {
		return err
	}
	_, err = env.Approvals.Decide(t.Context(), by, waiting.ID, auth.Decision{Approve: true})
	return err
}

// rests waits until a batch is counted or retracted.
func rests(t *testing.T, env *apptest.Env, id int64) error {
	t.Helper()
	return until("counting", func() (bool, error) {
		b, err := env.Batches.Batch(t.Context(), id)
		return b.State == batch.Counted || b.State == batch.Retracted, err
	})
}
