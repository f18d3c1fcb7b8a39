package rehearsal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"urna/client"
	"urna/internal/rehearsal/resultsfile"
	"urna/internal/text"
)

// farewell is the timeout for disabling the temporary official's account at the end.
const farewell = 30 * time.Second

// Rehearse rehearses a file on the client's server. The client is signed in as an administrator. Rehearse adds an official
// and always disables the official's account at the end. progress may be nil; it is called from one goroutine. The
// error is ErrNothingToRehearse, or the reason why the rehearsal stopped. A result that differs is no error, see
// Report.Differences.
func Rehearse(ctx context.Context, administrator *client.Client, file *resultsfile.File, progress func(Progress)) (report Report, err error) {
	plan, err := NewPlan(file, time.Now())
	if err != nil {
		return Report{}, err
	}
	official, dismiss, err := temporaryOfficial(ctx, administrator)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, dismiss()) }()
	return plan.Conduct(ctx, administrator, official, progress)
}

// temporaryOfficial adds an official and returns a client that is signed in as the official. dismiss disables the account.
func temporaryOfficial(ctx context.Context, administrator *client.Client) (official *client.Client, dismiss func() error, err error) {
	email, password := "rehearsal-"+strings.ToLower(rand.Text())+"@urna.invalid", rand.Text()
	account, err := administrator.CreateAccount(ctx, client.NewAccount{
		Email: email, Forename: "Rehearsal", Surname: "Official", Role: "official", Password: password,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("make a temporary official: %w", err)
	}
	dismiss = func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		if err := administrator.DisableAccount(ctx, account.ID); err != nil {
			return fmt.Errorf("disable the temporary official %s: %w", email, err)
		}
		return nil
	}
	official = administrator.As()
	if err := official.SignIn(ctx, email, password); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("sign in as the temporary official: %w", err), dismiss())
	}
	return official, dismiss, nil
}

// Conduct executes the plan: it creates the elections as the administrator, uploads their batches as the official, waits
// until all are counted, and compares the results with the declared ones.
func (p *Plan) Conduct(ctx context.Context, administrator, official *client.Client, progress func(Progress)) (Report, error) {
	return p.conduct(ctx, administrator, progress, func(ctx context.Context, s *stood, progress func(Progress)) error {
		return s.deliver(ctx, official, progress)
	})
}

// conduct is Conduct with another way to bring the ballots of an election into the count.
func (p *Plan) conduct(
	ctx context.Context, administrator *client.Client, progress func(Progress), count func(context.Context, *stood, func(Progress)) error,
) (Report, error) {
	report := Report{ID: p.ID, Name: p.Name, Refused: p.Refused}
	registry, err := readRegistry(ctx, administrator)
	if err != nil {
		return report, err
	}
	for _, e := range p.elections {
		stood, err := e.setUp(ctx, administrator, registry)
		if err != nil {
			return report, fmt.Errorf("set up %q: %w", e.definition.Title, err)
		}
		since := time.Now()
		if err := count(ctx, stood, offset(progress, report.Ballots, p.Ballots())); err != nil {
			return report, fmt.Errorf("count %q: %w", e.definition.Title, err)
		}
		report.Elapsed += time.Since(since)
		results, err := administrator.Results(ctx, stood.election.ID)
		if err != nil {
			return report, fmt.Errorf("read the results of %q: %w", e.definition.Title, err)
		}
		report.Ballots += e.ballots()
		report.Elections = append(report.Elections, stood.compare(results))
	}
	return report, nil
}

// offset turns an election's progress into that of the whole plan.
func offset(progress func(Progress), before, total int64) func(Progress) {
	if progress == nil {
		return nil
	}
	return func(p Progress) {
		p.Sent, p.Counted, p.Total = p.Sent+before, p.Counted+before, total
		progress(p)
	}
}

// registry finds participants by kind and name and creates those that are missing. If several have one name, it returns
// them in turn, so that two lists with the same name get two participants.
type registry struct {
	client *client.Client
	known  map[client.Participant][]int64 // by kind and text.Key of the name
}

func readRegistry(ctx context.Context, c *client.Client) (*registry, error) {
	all, err := c.Participants(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the participants: %w", err)
	}
	r := &registry{client: c, known: map[client.Participant][]int64{}}
	slices.SortFunc(all, func(a, b client.Participant) int { return int(a.ID - b.ID) })
	for _, p := range all {
		key := client.Participant{Name: text.Key(p.Name), Kind: p.Kind}
		r.known[key] = append(r.known[key], p.ID)
	}
	return r, nil
}

// participant returns the id of a participant that is not among the taken ones.
func (r *registry) participant(ctx context.Context, kind, name string, taken map[int64]bool) (int64, error) {
	key := client.Participant{Name: text.Key(name), Kind: kind}
	for _, id := range r.known[key] {
		if !taken[id] {
			return id, nil
		}
	}
	made, err := r.client.CreateParticipant(ctx, client.Participant{Name: name, Kind: kind})
	if err != nil {
		return 0, fmt.Errorf("participant %q: %w", name, err)
	}
	r.known[key] = append(r.known[key], made.ID)
	return made.ID, nil
}

// stood is an election of a plan as it is on the server.
type stood struct {
	planned
	election client.Election
	names    map[int64]string // of participants
}

// setUp creates the missing participants and the election.
func (e planned) setUp(ctx context.Context, administrator *client.Client, r *registry) (*stood, error) {
	definition := e.definition
	kind := "party"
	if definition.Kind == "presidential" {
		kind = "individual"
	}
	s := &stood{planned: e, names: map[int64]string{}}
	for _, part := range e.parts {
		constituency, taken := part.definition, map[int64]bool{}
		for _, standing := range part.standing {
			id, err := r.participant(ctx, kind, standing.name, taken)
			if err != nil {
				return nil, err
			}
			taken[id], s.names[id] = true, standing.name
			candidacy := standing.candidacy
			candidacy.ID = id
			constituency.Participants = append(constituency.Participants, candidacy)
		}
		definition.Constituencies = append(definition.Constituencies, constituency)
	}
	var err error
	if s.election, err = administrator.CreateElection(ctx, definition); err != nil {
		return nil, err
	}
	if want, got := len(e.parts), len(s.election.Constituencies); want != got {
		return nil, fmt.Errorf("the server made %d constituencies of %d", got, want)
	}
	return s, nil
}

// deliver writes and sends the ballots of every constituency and waits until they are counted.
func (s *stood) deliver(ctx context.Context, official *client.Client, progress func(Progress)) error {
	d := &delivery{client: official, electionID: s.election.ID, title: s.definition.Title, progress: progress}
	for i, part := range s.parts {
		files, err := newBallotFiles(part.tallies(), batchLines)
		if err != nil {
			return err
		}
		id := s.election.Constituencies[i].ID
		for j, file := range files {
			name := fmt.Sprintf("constituency-%d-%03d-of-%03d.csv", id, j+1, len(files))
			d.uploads = append(d.uploads, upload{constituencyID: id, name: name, file: file})
		}
	}
	return d.run(ctx)
}
