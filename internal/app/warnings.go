package app

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"urna/internal/app/datafolder"
	"urna/internal/app/openfiles"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem/warning"
)

// The codes of warnings. They stay.
const (
	warnCloseBlocked = "close-blocked"
	warnCloseFailed  = "close-failed"
	warnLogCopies    = "log-copies"
	warnBackupFailed = "backup-failed"
	warnBackupPaused = "backup-paused"
	warnBackupLate   = "backup-late"
)

// backupsPath is the page about backups.
const backupsPath = "/admin/backups"

// closeWarnings names the close that a reader keeps from finishing, and the programs that may be the reader.
func (a *App) closeWarnings(context.Context) []warning.Warning {
	if a.Votes == nil {
		return nil
	}
	b := a.Votes.BlockedClose()
	if b == nil {
		return nil
	}
	since := inUTC(b.Since)
	w := warning.Warning{Code: warnCloseBlocked, Sentence: messages.BackupsCloseBlocked(numbers(b.Elections), since)}
	if len(b.Holders) > 0 {
		w.Sentence, w.Detail = messages.BackupsCloseHeld(numbers(b.Elections), since), messages.Sentences(held(b.Holders)...)
		return []warning.Warning{w}
	}
	if programs := openfiles.Holders(a.Folder.Path(datafolder.Database)); len(programs) > 0 {
		w.Detail = messages.BackupsHolders(strings.Join(programs, ", "))
	}
	return []warning.Warning{w}
}

// closeFailures names the close that fails, and what an operator can do about it.
func (a *App) closeFailures(context.Context) []warning.Warning {
	if a.Votes == nil {
		return nil
	}
	f := a.Votes.FailedClose()
	if f == nil {
		return nil
	}
	w := warning.Warning{
		Code: warnCloseFailed, Sentence: messages.BackupsCloseFailed(numbers(f.Elections), inUTC(f.Since)),
		Detail: messages.BackupsFailedUnknown(),
	}
	switch {
	case errors.Is(f.Err, database.ErrMissingRight):
		w.Detail = messages.BackupsFailedRight()
	case database.IsDiskFull(f.Err):
		w.Detail = messages.BackupsFailedFull()
	}
	return []warning.Warning{w}
}

// inUTC writes an instant for an operator, who can be in another zone than the elections.
func inUTC(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// held says of each holder of the log of changes how it lets the close go on.
func held(holders []database.LogCopy) (sentences []messages.Message) {
	for _, h := range holders {
		switch h.Kind {
		case database.LogStandby:
			sentences = append(sentences, messages.BackupsHeldStandby(h.Name))
		case database.LogSlot:
			sentences = append(sentences, messages.BackupsHeldSlot(h.Name))
		case database.LogArchive:
			sentences = append(sentences, messages.BackupsHeldArchive())
		default:
			sentences = append(sentences, messages.BackupsHeldUnknown())
		}
	}
	return sentences
}

// copyWarnings names the places that receive the log of changes of votes whose order a close is to erase.
func (a *App) copyWarnings(ctx context.Context) []warning.Warning {
	if a.Votes == nil || !a.onPostgres() {
		return nil
	}
	ids, copies, err := a.Votes.ReceiveVotes(ctx)
	if err != nil || len(copies) == 0 {
		return nil
	}
	return []warning.Warning{{Code: warnLogCopies, Sentence: messages.BackupsLogCopies(numbers(ids)), Detail: messages.KeysCopiesReceive(database.Enumerated(copies))}}
}

// backupWarnings says if the backups of the schedule are not as they should be.
func (a *App) backupWarnings(context.Context) []warning.Warning {
	if a.Backups == nil {
		return nil
	}
	status := a.Backups.Status()
	warn := func(code string, sentence messages.Message) []warning.Warning {
		return []warning.Warning{{Code: code, Sentence: sentence, Path: backupsPath}}
	}
	switch {
	case len(status.Paused()) > 0:
		return warn(warnBackupPaused, messages.BackupsWarnPaused(numbers(status.Paused())))
	case status.Failed != nil:
		return warn(warnBackupFailed, messages.BackupsWarnFailed(inUTC(status.Failed.At)))
	case status.Late(a.Options.Now()):
		return warn(warnBackupLate, messages.BackupsWarnLate(inUTC(status.Last.Made)))
	}
	return nil
}

func numbers(ids []int64) string {
	words := make([]string, 0, len(ids))
	for _, id := range ids {
		words = append(words, strconv.FormatInt(id, 10))
	}
	return strings.Join(words, ", ")
}
