package faults

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"urna/internal/app"
	"urna/internal/app/verify"
	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/clock"
	"urna/internal/testing/faultvfs"
)

var all = flag.Bool("all", false, "try every place of a fault, not a fixed sample")

// places is how many places of a fault are tried among the tests, of each act and each kind of fault.
const places = 2

func TestMain(m *testing.M) {
	flag.Parse()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the faults are on purpose
	m.Run()
}

// names are the files of the main database.
func names() []string { return []string{"urna.db", "urna.db-wal", "urna.db-journal"} }

// tried counts what was tried, for the report at the end of a test.
type tried struct {
	sync.Mutex

	places, refused, unknown int
}

func (c *tried) add(refused, unknown bool) {
	c.Lock()
	defer c.Unlock()
	c.places++
	if refused {
		c.refused++
	}
	if unknown {
		c.unknown++
	}
}

// template makes a folder in which the act can be done.
func template(t *testing.T, a act) (string, *scene) {
	t.Helper()
	path := t.TempDir()
	env := apptest.Open(t, path, &clock.Clock{}, options)
	env.Start(t)
	s := prepare(t, env)
	if a.before != nil {
		a.before(t, &stage{env, s})
	}
	if err := env.Close(); err != nil {
		t.Fatal(err)
	}
	return path, s
}

// open opens a folder on a disk. The folder has a clock of its own, which begins with the time of the scene.
func (s *scene) open(ctx context.Context, path, vfs string, c *clock.Clock) (*stage, error) {
	o := apptest.Options(c)
	o.VFS = vfs
	options(&o)
	a, err := app.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	own := *s
	own.clock = c
	st := &stage{&apptest.Env{App: a, Path: path, Clock: c}, &own}
	if err := a.Start(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return st, nil
}

// sameClock returns a clock with the time of another. Both run: groups of votes wait for a time.
func sameClock(of *clock.Clock) *clock.Clock {
	c := &clock.Clock{}
	c.Move(of.Now().Sub(c.Now()))
	return c
}

// copied copies a folder to a new one.
func copied(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// disk returns a disk that a test can let fail.
func disk(t *testing.T) *faultvfs.Disk {
	t.Helper()
	d, err := faultvfs.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// answer is what an act came to.
type answer struct {
	given   bool // it was answered
	refused bool // it was refused for certain
}

func answerOf(err error) answer {
	unknown := errors.Is(err, database.ErrUnknownOutcome) || errors.Is(err, context.DeadlineExceeded)
	return answer{given: err == nil, refused: err != nil && !unknown}
}

// check opens a folder that was left by a fault and wants it whole: an answered act is there, a refused one is not, and one
// that is not there can be done. It verifies before and after.
func check(t *testing.T, path string, s *scene, c *clock.Clock, a act, was answer) {
	t.Helper()
	good := disk(t) // its syncs take no time
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	st, err := s.open(ctx, path, good.VFS, c)
	if err != nil {
		t.Errorf("want the folder to open again, got %v", err)
		return
	}
	is, err := a.done(ctx, st)
	if err != nil {
		t.Errorf("look at the act: %v", err)
	}
	switch {
	case was.given && !is:
		t.Error("the act was answered and is lost")
	case was.refused && is:
		t.Error("the act was refused and is there")
	case !is:
		if err := a.do(ctx, st); err != nil {
			t.Errorf("want the act possible again, got %v", err)
		}
		if is, err := a.done(ctx, st); !is {
			t.Errorf("want the act done at last, got %v", err)
		}
	}
	if err := st.App.Close(); err != nil {
		t.Error(err)
	}
	verified(t, path, c)
}

// verified wants no difference in the folder.
func verified(t *testing.T, path string, c *clock.Clock) {
	t.Helper()
	folder, err := app.OpenForReading(t.Context(), path, app.ReadOptions{Now: c.Now})
	if err != nil {
		t.Error(err)
		return
	}
	report, err := verify.Folder(t.Context(), folder, verify.Options{})
	if err := errors.Join(err, folder.Close()); err != nil {
		t.Error(err)
		return
	}
	for _, d := range report.Differences {
		if !strings.Contains(d.Sentence, "orphans") {
			t.Errorf("verify: %s", d.Sentence)
		}
	}
}

// sample chooses numbers from 1 to n: all, or a few that are spread evenly.
func sample(n int) (chosen []int) {
	for i := 1; i <= n; i++ {
		if *all || n <= places || slices.Contains(chosen, i) {
			chosen = append(chosen, i)
		}
	}
	if chosen == nil {
		for i := range places {
			chosen = append(chosen, 1+i*(n-1)/(places-1))
		}
	}
	return chosen
}

// plans are the kinds of faults.
func plans() map[string]faultvfs.Fault {
	kinds := map[string]faultvfs.Fault{
		"a write error": {Act: faultvfs.Write, Times: 1, Code: faultvfs.WriteError},
		"a failed sync": {Act: faultvfs.Sync, Times: 1, Code: faultvfs.SyncError},
		"a broken disk": {Act: faultvfs.Sync, Times: faultvfs.Ever, Code: faultvfs.SyncError},
		"a full disk":   {Act: faultvfs.Write, Times: faultvfs.Ever, Code: faultvfs.Full},
	}
	if *all {
		kinds["a disk that is full for a moment"] = faultvfs.Fault{Act: faultvfs.Write, Times: 2, Code: faultvfs.Full}
		kinds["several write errors"] = faultvfs.Fault{Act: faultvfs.Write, Times: 5, Code: faultvfs.WriteError}
	}
	return kinds
}

// TestFaults_EveryActAndEveryKind lets the disk fail at places of each act.
func TestFaults_EveryActAndEveryKind(t *testing.T) {
	t.Parallel()
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			path, s := template(t, a)
			counts := measured(t, path, s, a)
			var c tried
			for name, plan := range plans() {
				for _, nth := range sample(counts[plan.Act]) {
					plan.Nth = nth
					t.Run(fmt.Sprintf("%s/%d", name, nth), func(t *testing.T) { failing(t, path, s, a, plan, &c) })
				}
			}
			t.Logf("%d places; %d times refused, %d times with an unknown outcome", c.places, c.refused, c.unknown)
			if c.refused+c.unknown == 0 {
				t.Error("want some faults to hit the act")
			}
		})
	}
}

// measured does the act on a good disk and returns how many writes and syncs it takes.
func measured(t *testing.T, path string, s *scene, a act) map[faultvfs.Act]int {
	t.Helper()
	d, c := disk(t), sameClock(s.clock)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	st := must[*stage](t)(s.open(ctx, copied(t, path), d.VFS, c))
	d.Arm(faultvfs.Fault{})
	err := a.do(ctx, st)
	counts := map[faultvfs.Act]int{faultvfs.Write: d.Count(faultvfs.Write), faultvfs.Sync: d.Count(faultvfs.Sync)}
	is, look := a.done(ctx, st)
	if err := errors.Join(err, look, st.App.Close()); err != nil || !is {
		t.Fatalf("want the act done on a good disk, got %v, %v", is, err)
	}
	return counts
}

// failing does the act while the disk fails as planned.
func failing(t *testing.T, path string, s *scene, a act, plan faultvfs.Fault, c *tried) {
	t.Helper()
	d, now, path := disk(t), sameClock(s.clock), copied(t, path)
	st := must[*stage](t)(s.open(t.Context(), path, d.VFS, now))
	d.Arm(plan)
	ctx, cancel := context.WithTimeout(t.Context(), impatience)
	was := answerOf(a.do(ctx, st))
	cancel()
	_ = st.App.Close() // the disk may still fail
	d.Arm(faultvfs.Fault{})
	if a.after != nil {
		a.after(t, path)
	}
	c.add(was.refused, !was.given && !was.refused)
	check(t, path, s, now, a, was)
}

// TestPowerCut_EveryAct does each act once and opens what a power cut would have left, at places of it.
func TestPowerCut_EveryAct(t *testing.T) {
	t.Parallel()
	for _, a := range acts() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			path, s := template(t, a)
			r := record(t, path, s, a)
			var c tried
			for i, moment := range r.moments() {
				for name, random := range map[string]*rand.Rand{
					"nothing unsynced": nil, "some of it": rand.New(rand.NewPCG(uint64(moment), uint64(i))),
				} {
					t.Run(fmt.Sprintf("%d/%s", moment, name), func(t *testing.T) {
						left := r.left(t, moment, random)
						check(t, left, s, sameClock(r.after), a, answer{given: moment >= r.answered})
						c.add(moment < r.answered, false)
					})
				}
			}
			t.Logf("%d cuts, %d of them before the answer", c.places, c.refused)
		})
	}
}

// recording is an act with what the disk saw of it.
type recording struct {
	disk     *faultvfs.Disk
	path     string       // as it was at the end
	answered int          // the moment of the answer
	after    *clock.Clock // the time at the end
	anchors  []anchorAt
}

// anchorAt is the content of the anchor before an act of the disk.
type anchorAt struct {
	moment  int
	content []byte
}

const anchorName = "urna.anchor"

func record(t *testing.T, from string, s *scene, a act) *recording {
	t.Helper()
	r := &recording{disk: disk(t), path: copied(t, from), after: sameClock(s.clock)}
	if err := r.disk.Begin(r.path, names()...); err != nil {
		t.Fatal(err)
	}
	r.disk.BeforeAct = r.seeAnchor
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	st := must[*stage](t)(s.open(ctx, r.path, r.disk.VFS, r.after))
	err := a.do(ctx, st)
	r.answered = r.disk.Moment()
	is, look := a.done(ctx, st)
	if err := errors.Join(err, look, st.App.Close()); err != nil || !is {
		t.Fatalf("want the act done on a good disk, got %v, %v", is, err)
	}
	r.seeAnchor(r.disk.Moment())
	return r
}

// seeAnchor keeps the anchor. The disk calls it before each act, one at a time.
func (r *recording) seeAnchor(moment int) {
	content, err := os.ReadFile(filepath.Join(r.path, anchorName))
	if err == nil {
		r.anchors = append(r.anchors, anchorAt{moment, content})
	}
}

// moments are the moments of the cuts: after each sync, and a few more.
func (r *recording) moments() []int {
	syncs := r.disk.Moments(faultvfs.Sync)
	var chosen []int
	for _, i := range sample(len(syncs)) {
		chosen = append(chosen, syncs[i-1])
	}
	if *all {
		chosen = append(chosen, sample(r.disk.Moment())...)
	}
	chosen = append(chosen, r.answered, r.disk.Moment())
	slices.Sort(chosen)
	return slices.Compact(chosen)
}

// left makes the folder that a cut at a moment would have left.
func (r *recording) left(t *testing.T, moment int, random *rand.Rand) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	err := os.CopyFS(to, without{os.DirFS(r.path)})
	if err == nil {
		err = r.disk.PowerCut(moment, random, to)
	}
	if _, none := os.Stat(archiveOf(r.path)); none == nil && moment >= r.answered && err == nil {
		err = os.Link(archiveOf(r.path), archiveOf(to))
	}
	for _, seen := range r.anchors {
		if seen.moment <= moment && err == nil {
			err = os.WriteFile(filepath.Join(to, anchorName), seen.content, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// without is a folder without the files of the main database and the anchor.
type without struct{ fs.FS }

// ReadDir leaves them out.
func (w without) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(w.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), "urna.db") || e.Name() == anchorName }), err
}
