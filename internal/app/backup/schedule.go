package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/sealed"
)

// ErrNoSchedule is returned for a backup on a server that makes none by itself.
var ErrNoSchedule = problem.New(problem.Conflict, "no-backup-schedule", messages.RefusalNoBackupSchedule())

// Plan says where backups are made, how often, and which are kept.
type Plan struct {
	Folder string // must exist, outside the data folder
	Every  time.Duration
	// Keep is how many of the newest backups are kept; KeepDays is of how many days the last one is kept, too.
	Keep, KeepDays int
	To             sealed.Recipients // none: not encrypted
}

// Check returns why a plan is impossible for a data folder; nil if it is possible.
func (p Plan) Check(dataFolder string) error {
	info, err := os.Stat(p.Folder)
	switch {
	case err != nil:
		return fmt.Errorf("the folder for backups: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%s is a file; backups on a schedule need a folder", p.Folder)
	case p.Every < time.Minute:
		return fmt.Errorf("a backup every %v is not possible: write a time from 1m on", p.Every)
	case p.Keep < 1 || p.KeepDays < 0:
		return errors.New("keep one backup or more")
	}
	inside, err := Inside(dataFolder, p.Folder)
	if err == nil && inside {
		err = ErrInside
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.Folder, err)
	}
	return nil
}

// Outcome is what became of one backup.
type Outcome struct {
	At       time.Time // when it began
	Name     string    // of the file; "" if none was made
	Bytes    int64     // of the file
	Took     time.Duration
	Manifest Manifest
	Err      error // a MustEncryptError while the schedule pauses
}

// Status is the state of a schedule.
type Status struct {
	Plan    Plan
	Running bool
	Next    time.Time // of the next backup
	Last    *File     // the newest file; nil for none
	Failed  *Outcome  // the last outcome, if it was an error; nil if it was a backup
	Files   []File    // newest first
}

// Paused returns the elections because of which no unencrypted backup is made; none while the schedule does not pause.
func (s Status) Paused() []int64 {
	var must *MustEncryptError
	if s.Failed != nil && errors.As(s.Failed.Err, &must) {
		return must.Elections
	}
	return nil
}

// Late reports whether the newest backup is older than two intervals.
func (s Status) Late(now time.Time) bool {
	return !s.Running && s.Last != nil && now.Sub(s.Last.Made) > 2*s.Plan.Every
}

// Schedule makes backups by a plan. Its methods may be called concurrently.
type Schedule struct {
	plan   Plan
	open   func(context.Context) (Source, func() error, error)
	now    func() time.Time
	report func(Outcome)

	wake   chan struct{}
	cancel context.CancelFunc // nil unless started
	ended  chan struct{}

	mutex   sync.Mutex
	running bool
	next    time.Time
	failed  *Outcome
}

// NewSchedule returns a schedule. open opens the data folder for one backup, and returns what closes it; report is
// called with each outcome, by the goroutine of Run.
func NewSchedule(p Plan, now func() time.Time, open func(context.Context) (Source, func() error, error), report func(Outcome)) *Schedule {
	return &Schedule{plan: p, now: now, open: open, report: report, wake: make(chan struct{}, 1), next: now()}
}

// Start runs the schedule until Stop. It is called once.
func (s *Schedule) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel, s.ended = cancel, make(chan struct{})
	go func() {
		defer close(s.ended)
		s.Run(ctx)
	}()
}

// Stop ends the schedule; a backup that is being made is dropped. It may be called again, and without Start.
func (s *Schedule) Stop() {
	if s.cancel != nil {
		s.cancel()
		<-s.ended
	}
}

// Now has a backup made at once, unless one is being made.
func (s *Schedule) Now() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// look is how often Run compares the clock with the time of the next backup: a clock that is set moves it.
const look = time.Second

// Run makes backups until the context ends. The first one is due an interval after the newest file of the folder.
func (s *Schedule) Run(ctx context.Context) {
	if files, err := Files(s.plan.Folder); err == nil && len(files) > 0 {
		s.setNext(min64(files[0].Made.Add(s.plan.Every), s.now().Add(s.plan.Every)))
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
			if s.now().Before(s.Status().Next) {
				continue
			}
		}
		begun := s.now()
		s.begin()
		o := s.make(ctx, begun)
		if ctx.Err() != nil {
			return
		}
		s.end(o, begun.Add(s.plan.Every))
		s.report(o)
	}
}

func min64(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (s *Schedule) setNext(at time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.next = at
}

func (s *Schedule) begin() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.running = true
}

func (s *Schedule) end(o Outcome, next time.Time) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.running, s.next, s.failed = false, next, nil
	if o.Err != nil {
		s.failed = &o
		// A fault is tried again soon; the pause of a schedule ends when its election is closed.
		if soon := s.now().Add(time.Minute); soon.Before(next) {
			s.next = soon
		}
	}
}

// make makes one backup and removes those that the plan does not keep.
func (s *Schedule) make(ctx context.Context, at time.Time) (o Outcome) {
	o = Outcome{At: at}
	source, closeSource, err := s.open(ctx)
	if err != nil {
		o.Err = err
		return o
	}
	defer func() { o.Err = errors.Join(o.Err, closeSource()) }()
	name := FileName(at, !s.plan.To.IsZero())
	target := filepath.Join(s.plan.Folder, name)
	if o.Err = sweepParts(s.plan.Folder); o.Err != nil {
		return o
	}
	began := time.Now()
	if o.Manifest, o.Err = Make(ctx, source, target, s.plan.To); o.Err != nil {
		return o
	}
	o.Name, o.Took = name, time.Since(began)
	if info, err := os.Stat(target); err == nil {
		o.Bytes = info.Size()
	}
	o.Err = Retain(s.plan)
	return o
}

// Status returns the present state. The files are read from the folder.
func (s *Schedule) Status() Status {
	s.mutex.Lock()
	status := Status{Plan: s.plan, Running: s.running, Next: s.next, Failed: s.failed}
	s.mutex.Unlock()
	files, err := Files(s.plan.Folder)
	if err != nil && status.Failed == nil {
		status.Failed = &Outcome{At: s.now(), Err: err}
	}
	if status.Files = files; len(files) > 0 {
		status.Last = &files[0]
	}
	return status
}
