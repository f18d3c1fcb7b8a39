package month

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"urna/client"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
)

var (
	hours = flag.Int("hours", 1, "how many hours a day of the month has; 24 is the whole month")
	seed  = flag.Uint64("seed", 1, "the kills and the files are drawn from it")
)

// The calendar of the month.
const (
	days            = 30
	filesFrom       = 2  // the election with files is made
	filesUntil      = 9  // the last file comes
	filesCertified  = 10 // two administrators certify it
	onlineFrom      = 12 // the election with votes cast online is made
	onlineUntil     = 19 // the last vote comes
	onlineCertified = 21
	moved           = 25 // a backup is restored on a second folder, which is used from then on
)

// patience bounds each wait.
const patience = 2 * time.Minute

// operator is the person at the machine, with all that was answered.
type operator struct {
	binary, data     string
	backups          string // the folder of the backups, of which the newest few are kept
	identity, to     string // of encrypted backups
	newest           string
	begun            time.Time
	random           *rand.Rand
	server           *program.Server
	ada, bob, olga   *client.Client
	files, online    client.Election
	accepted         map[int64]int64 // lines by batch
	lines            int             // uploaded so far
	keys             []client.VoterKey
	voted            int
	made, kills      int // backups, kills
	verified, starts int
	certified        map[int64]client.Results
}

// TestMonth_EveryStepIsClean plays the month.
func TestMonth_EveryStepIsClean(t *testing.T) {
	folder := t.TempDir()
	o := &operator{
		begun:  time.Now(),
		binary: program.Build(t), data: filepath.Join(folder, "first"), backups: filepath.Join(folder, "backups"), identity: filepath.Join(folder, "identity.txt"),
		random: rand.New(rand.NewPCG(*seed, 0)), accepted: map[int64]int64{}, certified: map[int64]client.Results{},
	}
	unpack(t, o.data)
	if err := os.Mkdir(o.backups, 0o700); err != nil {
		t.Fatal(err)
	}
	o.to = regexp.MustCompile(`age1[0-9a-z]+`).FindString(o.urna(t, "keys", "identity", "--out", o.identity))
	o.verify(t) // the folder as version 0.1.0 left it
	o.start(t)  // the upgrade
	o.people(t)
	for day := 1; day <= days; day++ {
		if day == moved {
			o.move(t, filepath.Join(folder, "second"))
		}
		for hour := range *hours {
			o.hour(t, day, hour)
			o.backup(t, fmt.Sprintf("%02d-%02d", day, hour))
		}
		o.evening(t)
		if t.Failed() {
			t.Fatalf("on day %d", day)
		}
	}
	o.compare(t)
	o.server.Stop(t)
	o.verify(t)
	t.Logf("a month in %v: %d backups, %d starts, %d kills, urna verify clean %d times, %d lines of files, %d votes (-seed %d)",
		time.Since(o.begun).Round(time.Second), o.made, o.starts, o.kills, o.verified, o.lines, o.voted, *seed)
	if o.made != days**hours || o.kills == 0 || o.voted == 0 || len(o.accepted) == 0 || len(o.certified) != 2 {
		t.Error("want all of it to have happened")
	}
}

// hour does what belongs to the day.
func (o *operator) hour(t *testing.T, day, hour int) {
	t.Helper()
	switch {
	case day == filesFrom && hour == 0:
		o.files = o.define(t, "Council", time.Now(), 10*time.Second, "batches")
	case day > filesFrom && day <= filesUntil:
		o.upload(t)
	case day == filesCertified && hour == 0:
		o.certify(t, o.files)
	case day == onlineFrom && hour == 0:
		o.online = o.define(t, "Assembly", time.Now().Add(2*time.Second), o.lengthOfVoting(), "online")
		o.issue(t, votesOfDay*(onlineUntil-onlineFrom))
	case day > onlineFrom && day <= onlineUntil && hour == 0:
		o.vote(t)
	case day == onlineCertified && hour == 0:
		o.certify(t, o.online)
	}
}

// lengthOfVoting is how long the election stays open: twice as long as its days should take by the pace so far. The month waits
// for the end.
func (o *operator) lengthOfVoting() time.Duration {
	pace := time.Since(o.begun) / time.Duration(onlineFrom-1)
	return 10*time.Second + pace*(onlineUntil-onlineFrom)*2
}

// evening kills the server, restarts it, or lets it run. A folder that no program uses is verified before the next start.
func (o *operator) evening(t *testing.T) {
	t.Helper()
	switch o.random.IntN(3) {
	case 0:
		o.server.Kill(t)
		o.kills++
	case 1:
		o.server.Stop(t)
	default:
		o.verify(t) // beside the running server
		return
	}
	o.verify(t)
	o.start(t)
	o.compare(t)
}

// urna runs a command of the program, which must succeed, and returns what it printed.
func (o *operator) urna(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), o.binary, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("urna %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return string(output)
}

func (o *operator) verify(t *testing.T) {
	t.Helper()
	program.Verify(t, o.binary, o.data)
	o.verified++
}

// start starts the server. Clients stay signed in over restarts.
func (o *operator) start(t *testing.T, flags ...string) {
	t.Helper()
	o.server = program.Serve(t, o.binary, o.data, flags...)
	o.starts++
	if o.ada != nil {
		o.signIn(t)
	}
}

// people adds the accounts of the month.
func (o *operator) people(t *testing.T) {
	t.Helper()
	for name, role := range map[string]string{"month-ada": "administrator", "month-bob": "administrator", "month-olga": "official"} {
		program.AddUser(t, o.binary, o.data, program.User{
			Email: name + "@example.org", Role: role, Forename: "Month", Surname: name, Password: apptest.Password,
		})
	}
	o.signIn(t)
}

func (o *operator) signIn(t *testing.T) {
	t.Helper()
	for name, into := range map[string]**client.Client{"month-ada": &o.ada, "month-bob": &o.bob, "month-olga": &o.olga} {
		c, err := client.New(o.server.URL)
		if err == nil {
			err = c.SignIn(t.Context(), name+"@example.org", apptest.Password)
		}
		if err != nil {
			t.Fatal(err)
		}
		if *into != nil {
			(*into).Close()
		}
		*into = c
	}
}

// backup makes a backup beside the running server, and deletes all but the newest three.
func (o *operator) backup(t *testing.T, name string) {
	t.Helper()
	o.newest = filepath.Join(o.backups, name+".urna")
	o.urna(t, "backup", o.newest, "--data", o.data, "--to", o.to)
	o.made++
	kept, err := filepath.Glob(filepath.Join(o.backups, "*.urna"))
	for i := range max(0, len(kept)-3) {
		if err == nil {
			err = os.Remove(kept[i])
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// move stops the server, restores the newest backup on another folder, and goes on there. Nothing may be missing: the backup
// is the last act of the first folder.
func (o *operator) move(t *testing.T, to string) {
	t.Helper()
	o.server.Stop(t)
	o.backup(t, "99-last")
	o.made--
	o.urna(t, "restore", o.newest, "--check", "--identity", o.identity)
	report := o.urna(t, "restore", o.newest, "--data", to, "--identity", o.identity, "--anchor", filepath.Join(o.data, "urna.anchor"))
	if !strings.Contains(report, "nothing is missing") {
		t.Errorf("want nothing missing, got\n%s", report)
	}
	o.data = to
	o.verify(t)
	// An election of version 0.1.0 is open, so the first start asks for a reason.
	o.start(t, "--accept-rollback", "moved to the second machine")
	o.compare(t)
}
