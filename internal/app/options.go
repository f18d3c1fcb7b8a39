package app

import (
	"cmp"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/internal/app/backup"
	"urna/internal/audit"
)

// Part is a service that a caller needs beside elections and results. Parts are combined with |.
type Part uint

// The parts. A folder opens without the secret files of parts that are not named.
const (
	// Accounts is App.Auth. It needs server.key and, unless Options.TokenSecret is set, jwt.secret.
	Accounts Part = 1 << iota
	// VoterKeys is App.Votes. It needs voters.key.
	VoterKeys
	// Batches is App.Batches.
	Batches
	// Bundles is App.Bundles and App.Countersign. It needs signing.key.
	Bundles
	// Sessions is App.Sessions. It needs Accounts.
	Sessions

	// Everything is what a server needs.
	Everything = Accounts | VoterKeys | Batches | Bundles | Sessions
)

// Options say what a data folder is opened for. The zero value opens elections and results of a folder that exists.
type Options struct {
	Parts  Part
	Create bool // make a folder that does not exist
	Lock   bool // take the folder's lock, which one program at a time can have

	Now func() time.Time // the clock of the machine; nil is time.Now
	// Elapsed is the time since a fixed moment by a clock that cannot be set, with which Now is compared. nil is that of
	// this process if Now is nil, and else none.
	Elapsed func() time.Duration
	// SessionsNow is the clock of browser sessions; nil is Now.
	SessionsNow func() time.Time
	TimeZone    string // IANA name, for elections that name none; "" is UTC

	TokenSecret         []byte           // signs tokens and finds browser sessions; nil is the folder's own
	PasswordParams      *argon2id.Params // nil is auth's default
	RequireSecondFactor bool             // of every administrator

	PublicURL string // the service's address as voters open it; "" is the one that administrators enter
	Sender    string // of letters; "" prints none
	USLetter  bool   // the paper of letters; the other is A4
	Contact   string // whom voters and officials can ask; "" shows nothing
	MaxUpload int64  // bytes; 0 is DefaultMaxUpload

	// Votes and Ingest are settings of these services. Open sets their clock, folder, secret and news, and how many
	// lines a transaction counts while voters vote.
	Votes  online.Options
	Ingest batch.Options
	// LinesWhileVoting is how many lines of batches a transaction counts at most while voters vote; 0 is
	// DefaultLinesWhileVoting.
	LinesWhileVoting int

	// AcceptRollback is the reason for using a database that is behind its anchor; "" refuses it. Operator is the
	// actor of the event that records it.
	AcceptRollback string
	Operator       audit.Actor
	// Backups is the schedule of the backups that are made while the folder is open and started; nil makes none.
	Backups *backup.Plan
	Version string // of the program, which backups name
	// Restoring opens a folder that is being made from a backup, which asks for no reason.
	Restoring bool

	// Moving opens a database into which data are being moved.
	Moving bool
	// Database is the URL of a PostgreSQL database; "" is SQLite in the folder. The folder then holds files that are lost with the
	// process: if its path is "", it is a temporary one in Scratch, which Close removes.
	Database string
	// Secrets is the folder of the secret files; "" is the data folder.
	Secrets string
	// Scratch is the folder for a temporary data folder; "" is the system's own for temporary files.
	Scratch string
	// Standby is called each time before Open waits until another server no longer leads the PostgreSQL database; nil does
	// not wait.
	Standby func()
	// VFS names a SQLite file system for the main database; "" is the system's own. Tests put a failing disk there.
	VFS string
}

// DefaultMaxUpload is the largest upload, in bytes.
const DefaultMaxUpload = 4 << 30

// DefaultLinesWhileVoting bounds how long a vote waits for a transaction of a batch: measured with
// internal/testing/vote.
const DefaultLinesWhileVoting = 10_000

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SessionsNow == nil {
		o.SessionsNow = o.Now
	}
	o.TimeZone = cmp.Or(o.TimeZone, time.UTC.String())
	o.MaxUpload = cmp.Or(o.MaxUpload, DefaultMaxUpload)
	o.LinesWhileVoting = cmp.Or(o.LinesWhileVoting, DefaultLinesWhileVoting)
	return o
}

// opens reports whether a part is among those that are opened.
func (o Options) opens(p Part) bool { return o.Parts&p != 0 }
