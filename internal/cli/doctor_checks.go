package cli

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"urna/internal/app"
	"urna/internal/app/backup"
	"urna/internal/app/datafolder"
	"urna/internal/app/openfiles"
	"urna/internal/app/timeguard"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/postgres"
	"urna/internal/sqlite"
)

// The bounds of the checks.
const (
	slowSync     = 20 * time.Millisecond // a vote waits for one
	tooSlowSync  = 200 * time.Millisecond
	syncs        = 15
	leastFree    = 1 << 30
	fewOpenFiles = 4096
	soonExpired  = 30 * 24 * time.Hour
	othersMayUse = 0o077
)

// permissions looks whether others can read the folder and its secrets.
func (c *DoctorCommand) permissions() finding {
	f := finding{Check: "permissions"}
	folder := c.home()
	info, err := os.Stat(folder)
	switch {
	case err != nil:
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "name the data folder with --data, or that of the secret files with --secrets"
		return f
	case !info.IsDir():
		f.Verdict, f.Sentence, f.Remedy = fault, folder+" is a file", "name the data folder with --data, or that of the secret files with --secrets"
		return f
	}
	open := []string{}
	for _, name := range []string{"", datafolder.Database, datafolder.VotersKey, datafolder.SigningKey, datafolder.ServerKey, datafolder.TokenSecret, "tls.key"} {
		if info, err := os.Stat(filepath.Join(folder, name)); err == nil && info.Mode().Perm()&othersMayUse != 0 {
			open = append(open, fmt.Sprintf("%s (%v)", filepath.Join(folder, name), info.Mode().Perm()))
		}
	}
	if len(open) > 0 {
		f.Verdict, f.Sentence = fault, "other accounts of this machine may use "+strings.Join(open, ", ")
		f.Remedy = "chmod -R go-rwx " + folder
		return f
	}
	f.Verdict, f.Sentence = fine, "only the owner of the folder can use it and its secrets"
	return f
}

// disk looks at the free space.
func (c *DoctorCommand) disk() finding {
	f := finding{Check: "disk"}
	size, free, err := database.DiskSpace(c.Data)
	if err != nil {
		f.Verdict, f.Sentence = skipped, err.Error()
		return f
	}
	var used int64
	if info, err := os.Stat(filepath.Join(c.Data, datafolder.Database)); err == nil {
		used = info.Size()
	}
	const mebibyte = 1 << 20
	f.Sentence = fmt.Sprintf("%d of %d MiB are free, and the database has %d MiB", free/mebibyte, size/mebibyte, used/mebibyte)
	switch {
	case free < used || free < leastFree/4:
		f.Verdict = fault
	case free < 3*used || free < leastFree:
		f.Verdict = warning
	default:
		f.Verdict = fine
		return f
	}
	f.Remedy = "make room: the close of an election and a backup take as much as the database, an upgrade twice as much"
	return f
}

// room looks at the disk of the temporary files of a server on a PostgreSQL database. The database's own disk is out of its sight.
func (c *DoctorCommand) room(ctx context.Context) finding {
	f := finding{Check: "disk"}
	folder := cmp.Or(c.Scratch, os.TempDir())
	_, free, err := database.DiskSpace(folder)
	if err != nil {
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "name the folder of the server's temporary files with --scratch"
		return f
	}
	const mebibyte = 1 << 20
	f.Sentence = fmt.Sprintf("%d MiB are free for temporary files in %s", free/mebibyte, folder)
	err = c.withClosedOrUsed(ctx, func(db *database.DB, _ *datafolder.Folder) error {
		size, err := postgres.Size(ctx, db.Pool())
		f.Sentence += fmt.Sprintf("; the database has %d MiB", size/mebibyte)
		return err
	})
	f.Verdict = fine
	if err == nil {
		f.Sentence += ". PostgreSQL does not tell how much room its disk has: watch it there"
	}
	if free < leastFree {
		f.Verdict, f.Remedy = warning, "make room, or name another folder with --scratch: each file that arrives is here until the database has it"
	}
	return f
}

// syncs measures how long a small write takes until it is on the disk.
func (c *DoctorCommand) syncs() finding {
	f := finding{Check: "sync"}
	file, err := os.CreateTemp(c.Data, "doctor-*.part")
	if err != nil {
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "let this account write to the data folder, or run as its owner"
		return f
	}
	took := make([]time.Duration, 0, syncs)
	for range syncs {
		began := time.Now()
		_, err = file.Write(make([]byte, 4096))
		if err = errors.Join(err, file.Sync()); err != nil {
			break
		}
		took = append(took, time.Since(began))
	}
	if err = errors.Join(err, file.Close(), os.Remove(file.Name())); err != nil {
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "use another disk: this one takes no writes"
		return f
	}
	slices.Sort(took)
	median := took[len(took)/2]
	f.Sentence = fmt.Sprintf("a write of 4 KiB is on the disk after %v (the median of %d; the slowest took %v)", median, syncs, took[len(took)-1])
	switch {
	case median > tooSlowSync:
		f.Verdict = fault
	case median > slowSync:
		f.Verdict = warning
	default:
		f.Verdict = fine
		return f
	}
	f.Remedy = "put the data folder on a faster disk, best a local SSD: each vote and each act waits for a sync"
	return f
}

// clockNow compares the clock with the system's own knowledge and with the last event.
func (c *DoctorCommand) clockNow(ctx context.Context) finding {
	f := finding{Check: "clock"}
	now := time.Now()
	if last, err := c.lastEvent(ctx); err == nil && last.After(now.Add(timeguard.Tolerance)) {
		f.Verdict = fault
		f.Sentence = fmt.Sprintf("the clock says %v, and the last event of the audit log is of %v", now.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339))
		f.Remedy = "set the clock right with NTP before the server is started"
		return f
	}
	if !timeguard.Synchronised() {
		f.Verdict, f.Sentence = warning, "the system does not say that its clock is synchronised"
		f.Remedy = "run a time service such as chrony or systemd-timesyncd; elections open and close by this clock"
		return f
	}
	f.Verdict, f.Sentence = fine, "the system says that its clock is synchronised"
	return f
}

func (c *DoctorCommand) lastEvent(ctx context.Context) (at time.Time, err error) {
	err = c.withClosedOrUsed(ctx, func(db *database.DB, _ *datafolder.Folder) error {
		events, err := audit.NewReader(db.Pool()).Events(ctx, audit.Filter{Limit: 1})
		if err == nil && len(events) > 0 {
			at = events[0].At
		}
		return err
	})
	return at, err
}

// home returns the folder with the secret files.
func (c *DoctorCommand) home() string {
	if c.Database != "" {
		return c.Secrets
	}
	return c.Data
}

// withClosedOrUsed opens the database as it is, without a copy.
func (c *DoctorCommand) withClosedOrUsed(ctx context.Context, fn func(*database.DB, *datafolder.Folder) error) (err error) {
	if c.Database != "" {
		reading, err := c.read(ctx, app.ReadOptions{})
		if err != nil {
			return err
		}
		return errors.Join(fn(reading.DB, reading.Folder), reading.Close())
	}
	folder, err := datafolder.OpenToRead(c.Data, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	inUse, err := folder.InUse()
	if err != nil {
		return err
	}
	path := folder.Path(datafolder.Database)
	closed := !inUse
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		closed = false // a killed server left it; the next start reads it
	}
	db, err := sqlite.OpenForReading(ctx, path, database.Main, closed)
	if err != nil {
		return err
	}
	return errors.Join(fn(db, folder), db.Close())
}

// openFiles looks at the limit of this account.
func openFiles() finding {
	limit := openfiles.Limit()
	f := finding{Check: "open files", Verdict: fine, Sentence: fmt.Sprintf("a program of this account may open %d files", limit)}
	if limit < fewOpenFiles {
		f.Verdict = warning
		f.Remedy = fmt.Sprintf("raise it to %d or more (ulimit -n, or LimitNOFILE of the service): each visitor takes one", fewOpenFiles)
	}
	return f
}

// schema looks whether this program can use the database.
func (c *DoctorCommand) schema(ctx context.Context) finding {
	f := finding{Check: "schema", Verdict: fine, Sentence: "the database has the schema of this program"}
	err := c.withClosedOrUsed(ctx, func(*database.DB, *datafolder.Folder) error { return nil })
	older, isOlder := errors.AsType[*sqlite.OlderSchemaError](err)
	olderThere, isOlderThere := errors.AsType[*postgres.OlderSchemaError](err)
	_, isNewer := errors.AsType[*postgres.NewerSchemaError](err)
	_, isEmpty := errors.AsType[*postgres.EmptyError](err)
	switch {
	case isOlder:
		f.Verdict, f.Sentence = warning, older.Error()
		f.Remedy = "make a backup, stop the server and start this program: it upgrades the database"
	case isOlderThere && olderThere.Found >= olderThere.Baseline:
		f.Verdict, f.Sentence = warning, olderThere.Error()
		f.Remedy = "make a dump, stop the servers and start this program: it upgrades the database"
	case isOlderThere:
		f.Verdict, f.Sentence, f.Remedy = fault, olderThere.Error(), "upgrade it with an earlier version first"
	case isNewer:
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "use the newest program that has used this database"
	case isEmpty:
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "start the server, or correct the address"
	case err != nil && c.Database != "":
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "make the server of the database reachable, with the settings that docs/postgresql.md lists"
	case err != nil:
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "use the newest program that has used this folder, or restore a backup"
	}
	return f
}

// secrets compares the secret files with what the database knows of them.
func (c *DoctorCommand) secrets(ctx context.Context) finding {
	f := finding{Check: "secrets", Verdict: fine}
	var wrong []string
	n := 0
	err := c.withClosedOrUsed(ctx, func(db *database.DB, folder *datafolder.Folder) error {
		return db.Read(ctx, func(tx *database.Tx) error {
			states, err := folder.Secrets(ctx, tx)
			n = len(states)
			for _, s := range states {
				if !s.Same {
					wrong = append(wrong, s.Name)
				}
			}
			return err
		})
	})
	switch {
	case err != nil:
		f.Verdict, f.Sentence = skipped, err.Error()
	case len(wrong) > 0:
		f.Verdict, f.Sentence = fault, "missing, or another file than the one that was used: "+strings.Join(wrong, ", ")
		f.Remedy = "put the file of a backup back, byte for byte; if no backup has it, see urna secrets replace"
	default:
		f.Sentence = fmt.Sprintf("%d secret files are those that the database knows", n)
	}
	return f
}

// certificate looks when the certificate ends.
func (c *DoctorCommand) certificate(now time.Time) finding {
	f := finding{Check: "certificate"}
	path := c.TLSCert
	if path == "" {
		path = filepath.Join(c.home(), "tls.crt")
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && c.TLSCert == "" {
		f.Verdict, f.Sentence = skipped, "the folder has none; name the server's with --tls-cert"
		return f
	}
	block, _ := pem.Decode(content)
	if err != nil || block == nil {
		f.Verdict, f.Sentence, f.Remedy = fault, path+" cannot be read as a certificate", "name the file with the certificate chain in PEM"
		return f
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		f.Verdict, f.Sentence, f.Remedy = fault, path+": "+err.Error(), "name the file with the certificate chain in PEM"
		return f
	}
	left := certificate.NotAfter.Sub(now)
	f.Sentence = fmt.Sprintf("%s is valid until %s", path, certificate.NotAfter.UTC().Format(time.DateOnly))
	switch {
	case left <= 0:
		f.Verdict, f.Remedy = fault, "renew it: browsers refuse it"
	case left < soonExpired:
		f.Verdict, f.Remedy = warning, "renew it within the next days"
	default:
		f.Verdict = fine
	}
	return f
}

// backups looks at the age of the newest backup.
func (c *DoctorCommand) backups(now time.Time) finding {
	f := finding{Check: "backup"}
	if c.BackupFolder == "" {
		f.Verdict, f.Sentence = skipped, "name the folder of the server's backups with --backup-folder"
		return f
	}
	files, err := backup.Files(c.BackupFolder)
	switch {
	case err != nil:
		f.Verdict, f.Sentence, f.Remedy = fault, err.Error(), "mount the disk of the backups, or name another folder"
	case len(files) == 0:
		f.Verdict = fault
		f.Sentence = fmt.Sprintf("%s has no backup of a schedule, such as %s; files with other names are not looked at", c.BackupFolder, backup.FileName(now, true))
		f.Remedy = "start the server with --backup-folder, or run urna backup FOLDER --every 1h"
	case now.Sub(files[0].Made) > 2*c.BackupEvery:
		f.Verdict, f.Sentence = fault, fmt.Sprintf("the newest backup, %s, is %v old", files[0].Name, now.Sub(files[0].Made).Round(time.Minute))
		f.Remedy = "the page Backups and the log of the server say why none was made"
	default:
		f.Verdict, f.Sentence = fine, fmt.Sprintf("the newest backup is %s; there are %d", files[0].Name, len(files))
	}
	return f
}

// others names the programs that have the database open.
func (c *DoctorCommand) others() finding {
	f := finding{Check: "readers", Verdict: fine, Sentence: "no other program that this account can see has the database open"}
	if programs := openfiles.Holders(filepath.Join(c.Data, datafolder.Database)); len(programs) > 0 {
		f.Sentence = "these programs have the database open: " + strings.Join(programs, ", ") +
			". A program beside the server that reads for long keeps the close of an election from finishing"
	}
	return f
}
