package witness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"

	"urna/internal/audit/checkpoint"
)

// server is the server whose log is followed; package client has it.
type server interface {
	Key(ctx context.Context) (string, error)
	Checkpoint(ctx context.Context) ([]byte, error)
	Consistency(ctx context.Context, earlier, later int64) ([]byte, error)
	Countersign(ctx context.Context, signed []byte) error
}

// Options describe a witness.
type Options struct {
	Server server
	Signer checkpoint.WitnessSigner
	// Log is the verifier key of the log; "" takes the one that the server shows at the first contact, and refuses another
	// one from then on.
	Log string
	// State is the path of the file that remembers the last checkpoint.
	State string
	// Refresh is how old the last countersignature of an unchanged log may get.
	Refresh time.Duration
	Now     func() time.Time
}

// Witness follows one log. It is used by one goroutine.
type Witness struct {
	options Options
	state   *state
	log     *checkpoint.LogKey // nil before the first contact

	last   checkpoint.Checkpoint // Size 0 before the first one
	note   []byte                // the last one with its signatures
	at     time.Time             // of the last countersignature
	unsent bool                  // the server has not accepted the last countersignature yet
}

// ConflictError says that the log is not the one that the witness has countersigned: it was shortened, rewritten, or has
// another key. The witness has countersigned nothing.
type ConflictError struct{ Reason string }

// Error says what contradicts.
func (e *ConflictError) Error() string { return "CONFLICT: " + e.Reason }

// Open opens the state of a witness. One program at a time can use it.
func Open(o Options) (w *Witness, err error) {
	w = &Witness{options: o}
	if o.Log != "" {
		log, err := checkpoint.ParseLogKey(o.Log)
		if err != nil {
			return nil, fmt.Errorf("witness: the key of the log: %w", err)
		}
		w.log = &log
	}
	if w.state, err = openState(o.State); err != nil {
		return nil, err
	}
	if w.note, err = w.state.read(); err != nil {
		return nil, errors.Join(err, w.state.close())
	}
	w.unsent = w.note != nil // whether the server has it is not known
	return w, nil
}

// Close ends the use of the state.
func (w *Witness) Close() error { return w.state.close() }

// Last returns the last checkpoint that was countersigned, and when; its size is 0 before the first one.
func (w *Witness) Last() (checkpoint.Checkpoint, time.Time) { return w.last, w.at }

// Round looks at the log once. It countersigns a head that was not countersigned before, and the same one again after
// Options.Refresh. A log that contradicts what was countersigned is a *ConflictError. Other errors are of the network, of
// the disk, or of a server that does not accept the countersignature; the next round tries again.
func (w *Witness) Round(ctx context.Context) error {
	if err := w.findLog(ctx); err != nil {
		return err
	}
	if err := w.recall(); err != nil {
		return err
	}
	signed, err := w.options.Server.Checkpoint(ctx)
	if err != nil {
		return err
	}
	now, n, err := w.open(signed)
	if err != nil {
		return err
	}
	if err := w.compare(ctx, now, signed); err != nil {
		return err
	}
	if now.Size == 0 {
		return errors.New("witness: the log is empty")
	}
	if now != w.last || w.options.Now().Sub(w.at) >= w.options.Refresh {
		if err := w.countersign(now, n); err != nil {
			return err
		}
	}
	return w.send(ctx)
}

// findLog learns the key of the log.
func (w *Witness) findLog(ctx context.Context) error {
	if w.log != nil {
		return nil
	}
	vkey, err := w.options.Server.Key(ctx)
	if err != nil {
		return err
	}
	log, err := checkpoint.ParseLogKey(vkey)
	if err != nil {
		return fmt.Errorf("witness: the server shows no key of a log: %w", err)
	}
	w.log = &log
	if w.note == nil {
		slog.WarnContext(ctx, "the key of the log was taken from the server itself; compare it with the one that was published", "log", log.String())
	}
	return nil
}

// recall reads the remembered checkpoint once the key of the log is known.
func (w *Witness) recall() error {
	if w.note == nil || w.last.Size > 0 {
		return nil
	}
	known, err := checkpoint.Read(w.note)
	if err == nil && known.Origin != w.log.Name() {
		found := w.log.String()
		if w.options.Log == "" {
			w.log = nil // ask the server again in the next round
		}
		return &ConflictError{fmt.Sprintf("the log has the key %s, and %s was countersigned before. If the server's signing.key was replaced, "+
			"move %s away and start again", found, known.Origin, w.options.State)}
	}
	if err == nil {
		w.last, w.at, err = remembered(w.note, w.options.Signer.WitnessKey, *w.log)
	}
	if err != nil {
		return fmt.Errorf("witness: %s is damaged, or of another witness: %w", w.options.State, err)
	}
	return nil
}

// open reads a checkpoint that the server sent.
func (w *Witness) open(signed []byte) (checkpoint.Checkpoint, *note.Note, error) {
	c, n, err := checkpoint.Open(signed, w.log)
	if err == nil && c.Origin == w.log.Name() {
		return c, n, nil
	}
	if other, readable := checkpoint.Read(signed); readable == nil && other.Origin != w.log.Name() {
		return c, nil, w.conflict(signed, "the server shows the log %s, and not %s: its key was changed", other.Origin, w.log.Name())
	}
	return c, nil, errors.Join(errors.New("witness: the server's checkpoint does not have the log's signature"), err)
}

// compare checks that the log begins with what was countersigned.
func (w *Witness) compare(ctx context.Context, now checkpoint.Checkpoint, signed []byte) error {
	switch {
	case w.last.Size == 0 || now == w.last:
		return nil
	case now.Size < w.last.Size:
		w.report(ctx)
		return w.conflict(signed, "the log has %d events, and %d were countersigned: it was shortened", now.Size, w.last.Size)
	case now.Size == w.last.Size:
		w.report(ctx)
		return w.conflict(signed, "the log has other events than the %d that were countersigned: it was rewritten", w.last.Size)
	}
	text, err := w.options.Server.Consistency(ctx, w.last.Size, now.Size)
	if err != nil {
		return err
	}
	proof, err := checkpoint.ParseConsistency(text)
	if err != nil {
		return err
	}
	if proof.Check(w.last, now) != nil {
		w.report(ctx)
		return w.conflict(signed, "the log's %d events do not begin with the %d that were countersigned: it was rewritten", now.Size, w.last.Size)
	}
	return nil
}

// report sends the server what was countersigned, so that it can record the contradiction. It may refuse that.
func (w *Witness) report(ctx context.Context) {
	if err := w.options.Server.Countersign(ctx, w.note); err != nil {
		slog.InfoContext(ctx, "the server was told of the conflict", "answer", err)
	}
}

// conflict keeps a contradicting checkpoint and returns the error.
func (w *Witness) conflict(signed []byte, format string, args ...any) error {
	reason := fmt.Sprintf(format, args...)
	path, err := w.state.keepEvidence(signed)
	if err != nil {
		reason += fmt.Sprintf(". The server's checkpoint could not be kept as evidence: %v", err)
	} else {
		reason += fmt.Sprintf(". The evidence is %s beside %s: both have the log's signature", path, w.options.State)
	}
	return &ConflictError{reason}
}

// countersign stores the checkpoint with a new countersignature, which may be sent then.
func (w *Witness) countersign(now checkpoint.Checkpoint, n *note.Note) error {
	at := w.options.Now()
	if at.Before(w.at) {
		return fmt.Errorf("witness: the clock of this machine says %s, and the last countersignature is of %s: set it right", at.UTC(), w.at.UTC())
	}
	signed, err := w.options.Signer.Countersign(n, at)
	if err != nil {
		return err
	}
	if err := w.state.write(signed); err != nil {
		return err
	}
	w.last, w.note, w.at, w.unsent = now, signed, at, true
	return nil
}

// send sends the last countersignature unless the server has it.
func (w *Witness) send(ctx context.Context) error {
	if !w.unsent {
		return nil
	}
	if err := w.options.Server.Countersign(ctx, w.note); err != nil {
		return fmt.Errorf("witness: the countersignature was made, and the server did not take it: %w", err)
	}
	w.unsent = false
	return nil
}
