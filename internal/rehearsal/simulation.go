package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"urna/client"
	"urna/internal/sealed"
)

// Simulation describes a simulated election. The votes and their order depend on the seed only; their exact times do not.
type Simulation struct {
	// ElectionID is the election to vote in. 0 creates one that is marked as a rehearsal and ends soon afterwards.
	ElectionID int64
	Voters     int           // online; each gets a key
	Rate       float64       // voters a second; 0 is as fast as possible
	Duration   time.Duration // no voter starts later; without a rate, the voters are spread over it; 0 is no limit
	Mix        string        // such as "A=40,B=35,blank=1", by names or poll numbers; "" is a mix that depends on the seed
	Officials  int           // officials who upload paper ballots
	Ballots    int           // on paper, of all officials together
	Invalid    float64       // the part of voters who first send a request that must be refused, and of invalid paper ballots
	Double     float64       // the part of voters who vote twice, and of lines that repeat a GUID
	Seed       uint64
	// Guests is the number of real voters of the election, who may vote or not: up to so many votes may be counted in
	// addition.
	Guests int64
	// Identities open the voters' keys if the election wants them sealed.
	Identities sealed.Identities
	// MarkRehearsal marks the election as a rehearsal permanently, if it is not marked.
	MarkRehearsal bool
	// Wait is how long to wait for the election's end if the last votes are not shown before it.
	Wait time.Duration
	// Begun, if not nil, is called with the election when everything is ready.
	Begun func(client.Election)
	// Waiting, if not nil, is called with the election's end before a wait for it.
	Waiting func(end time.Time)
}

// Errors of a simulation that cannot start.
var (
	// ErrNoRehearsal is returned for an election that is not marked as a rehearsal.
	ErrNoRehearsal = errors.New("the election is not marked as a rehearsal, so simulated votes would pass for real ones")
	// ErrNotOpen is returned for an election that takes no votes at the moment.
	ErrNotOpen = errors.New("the election takes no votes at this time")
	// ErrKeysSealed is returned for an election whose voter keys are sealed to recipients that the identities are none of.
	ErrKeysSealed = errors.New("the election seals its voter keys, so simulated voters cannot read theirs")
)

// Simulate simulates voters and officials on the client's server, where the client is signed in as an administrator, and
// compares the results with the accepted votes. Apart from the guests, no other voter may vote in the election meanwhile.
// progress may be nil; it is called from one goroutine. A result that differs is no error, see
// SimulationReport.Differences.
func Simulate(ctx context.Context, administrator *client.Client, s Simulation, progress func(Progress)) (report SimulationReport, err error) {
	play, dismiss, err := newPlay(ctx, administrator, s)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, dismiss()) }()
	if s.Begun != nil {
		s.Begun(play.election)
	}
	stop := play.watch(progress)
	begun := time.Now()
	err = play.run(ctx)
	stop()
	if err != nil {
		return report, err
	}
	return play.report(ctx, administrator, time.Since(begun))
}

// play is a simulation that is ready to start.
type play struct {
	Simulation
	election client.Election
	before   client.Results // empty if they are embargoed
	voting   *voting
	counting *counting

	told   *counted
	papers *papersCounted
}

// newPlay finds or creates the election, issues the voters' keys and adds the officials' accounts. dismiss disables the
// accounts.
func newPlay(ctx context.Context, administrator *client.Client, s Simulation) (_ *play, dismiss func() error, err error) {
	p := &play{Simulation: s}
	if p.election, err = p.choose(ctx, administrator); err != nil {
		return nil, nil, err
	}
	choosers, err := newChoosers(p.election, s.Mix, s.Seed)
	if err != nil {
		return nil, nil, err
	}
	if p.before, err = administrator.Results(ctx, p.election.ID); err != nil && !refusedAs(err, "embargoed") {
		return nil, nil, err
	}
	p.voting = &voting{box: administrator.Voting(votersAtOnce), electorate: newElectorate(s, choosers), rate: s.Rate}
	if p.voting.keys, err = p.issueKeys(ctx, administrator); err != nil {
		return nil, nil, fmt.Errorf("issue voter keys: %w", err)
	}
	p.counting = &counting{
		election: p.election, papers: newPapers(s, len(choosers)), choosers: choosers, invalid: s.Invalid, double: s.Double,
	}
	dismissals := []func() error{}
	dismiss = func() error {
		p.voting.box.Close()
		var errs []error
		for _, one := range dismissals {
			errs = append(errs, one())
		}
		return errors.Join(errs...)
	}
	for range s.Officials {
		official, one, err := temporaryOfficial(ctx, administrator)
		if err != nil {
			return nil, nil, errors.Join(err, dismiss())
		}
		p.counting.officials, dismissals = append(p.counting.officials, official), append(dismissals, one)
	}
	p.pace()
	return p, dismiss, nil
}

// choose finds the election and marks it if MarkRehearsal is set, or creates one.
func (p *play) choose(ctx context.Context, administrator *client.Client) (client.Election, error) {
	if p.ElectionID == 0 {
		return p.createElection(ctx, administrator)
	}
	e, err := administrator.Election(ctx, p.ElectionID)
	if err != nil {
		return e, err
	}
	if p.Voters > 0 && !readable(e.SealKeysTo, p.Identities) {
		return e, fmt.Errorf("election %d, %q: %w", e.ID, e.Title, ErrKeysSealed)
	}
	if !e.Rehearsal {
		if !p.MarkRehearsal {
			return e, fmt.Errorf("election %d, %q: %w", e.ID, e.Title, ErrNoRehearsal)
		}
		if e, err = administrator.MarkRehearsal(ctx, e.ID); err != nil {
			return e, fmt.Errorf("mark the election as a rehearsal: %w", err)
		}
	}
	needsOnline, needsBatches := p.Voters > 0, p.Officials > 0
	for _, channel := range e.Channels {
		needsOnline, needsBatches = needsOnline && channel != "online", needsBatches && channel != "batches"
	}
	switch {
	case e.State != "open":
		return e, fmt.Errorf("%q is %s: %w", e.Title, e.State, ErrNotOpen)
	case needsOnline:
		return e, fmt.Errorf("%q takes no votes online; without them say --voters 0", e.Title)
	case needsBatches:
		return e, fmt.Errorf("%q takes no batches; leave --officials out", e.Title)
	}
	return e, nil
}

// createElection makes an election that is open for as long as the simulation can take.
func (p *play) createElection(ctx context.Context, administrator *client.Client) (client.Election, error) {
	const reserve = time.Minute // to add accounts, and to look at the election afterwards
	speed := p.Rate
	if speed == 0 {
		speed = 1000 // the speed of a slow machine
	}
	lasts := max(p.Duration, time.Duration(float64(p.Voters)/speed*float64(time.Second))) + reserve
	lasts += time.Duration(p.Voters) * time.Second / 5000 // keys
	lasts += time.Duration(p.Ballots) * time.Second / 50_000
	return CreateElection(ctx, administrator, "Rehearsal with simulated voters", lasts, int64(p.Voters+p.Ballots))
}

// CreateElection creates an election that is marked as a rehearsal: open from now on for as long as it
// lasts, its running count shown, with five lists and sixty seats.
func CreateElection(ctx context.Context, administrator *client.Client, title string, lasts time.Duration, registered int64) (client.Election, error) {
	r, err := readRegistry(ctx, administrator)
	if err != nil {
		return client.Election{}, err
	}
	whole := client.NewConstituency{Name: "Nationwide", Seats: 60, RegisteredVoters: stated(registered)}
	taken := map[int64]bool{}
	for _, name := range []string{"Alder Alliance", "Birch Party", "Cedar Coalition", "Dogwood Democrats", "Elder Union"} {
		id, err := r.participant(ctx, "party", name, taken)
		if err != nil {
			return client.Election{}, err
		}
		taken[id] = true
		whole.Participants = append(whole.Participants, client.Candidacy{ID: id})
	}
	now := time.Now()
	made, err := administrator.CreateElection(ctx, client.NewElection{
		Title: title, Kind: "parliamentary", StartsAt: now.Add(-time.Second), EndsAt: now.Add(lasts), OpenNow: true,
		Channels: []string{"batches", "online"}, PublicView: "running-count", Rehearsal: true,
		Rules: client.Rules{
			Method: "dhondt", ThresholdPercent: "5", ThresholdBase: "valid-party-votes", ThresholdComparison: ">=", BlankBallots: true,
		},
		Constituencies: []client.NewConstituency{whole},
	})
	if err != nil {
		return client.Election{}, err
	}
	return administrator.Election(ctx, made.ID)
}

// pace sets when voters and batches start, from rate and duration.
func (p *play) pace() {
	if p.Duration > 0 {
		p.voting.until = time.Now().Add(p.Duration)
		p.counting.over = p.Duration
		if p.Rate == 0 {
			p.voting.rate = float64(p.Voters) / p.Duration.Seconds()
			p.voting.until = time.Time{}
		}
	} else if p.Rate > 0 {
		p.counting.over = time.Duration(float64(p.Voters) / p.Rate * float64(time.Second))
	}
}

// run simulates voters and officials at the same time.
func (p *play) run(ctx context.Context) error {
	var votersErr, officialsErr error
	var group sync.WaitGroup
	group.Go(func() { p.told, votersErr = p.voting.run(ctx, len(p.election.Constituencies)) })
	group.Go(func() { p.papers, officialsErr = p.counting.run(ctx) })
	group.Wait()
	return errors.Join(votersErr, officialsErr)
}

// watch reports the progress until it is stopped.
func (p *play) watch(progress func(Progress)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(pollEvery)
		defer ticker.Stop()
		for {
			progress(Progress{
				Election: p.election.Title, Total: int64(p.Voters) + int64(p.ballots()),
				Sent:    p.voting.answered.Load() + p.counting.sent.Load(),
				Counted: p.voting.accepted.Load() + p.counting.sent.Load(),
			})
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func (p *play) ballots() int {
	if p.Officials == 0 {
		return 0
	}
	return p.Ballots
}
