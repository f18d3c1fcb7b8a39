package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"urna/client"
	"urna/internal/audit/checkpoint"
	"urna/internal/audit/witness"
	"urna/internal/database"
	"urna/internal/text"
)

// WitnessCommand is what the operator of a witness uses.
type WitnessCommand struct {
	Key    WitnessKeyCommand    `cmd:"" help:"Make a key for a witness, and print the verifier key, which the administrators of the server register."`
	Follow WitnessFollowCommand `cmd:"" default:"withargs" help:"Follow the audit log of a server and countersign its heads."`
}

// WitnessKeyCommand makes a key.
type WitnessKeyCommand struct {
	Name string `help:"The name of the witness in its signatures, such as witness.example.org/urna: no spaces, no plus sign." required:""`
	Out  string `help:"The new file for the secret key." required:"" type:"path"`
}

// Run writes the key to a file that does not exist yet and prints the verifier key.
func (c *WitnessKeyCommand) Run(streams *Streams) error {
	signer, err := checkpoint.GenerateWitness(c.Name)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: name another file, so that no key is lost", c.Out)
	}
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	_, err = io.WriteString(file, signer.Secret()+"\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = database.SyncFolder(filepath.Dir(c.Out))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the key: %w", err), os.Remove(c.Out))
	}
	_, err = fmt.Fprintln(streams.Out, signer.String())
	return err
}

// WitnessFollowCommand follows a log.
type WitnessFollowCommand struct {
	URL     string        `arg:"" help:"The address of the server, such as https://elections.example.org."`
	Key     string        `help:"The file with the key of the witness, from urna witness key." required:"" type:"existingfile" placeholder:"FILE"`
	Log     string        `help:"The verifier key of the log, from the page /log or from a publication. Without it the key is taken from the server at the first contact." placeholder:"KEY"`
	State   string        `help:"The file that remembers the last checkpoint. Without it, a file beside the key, named after the key and the server." type:"path" placeholder:"FILE"`
	Every   time.Duration `help:"The pause between two looks at the log." default:"1m"`
	Refresh time.Duration `help:"How old the countersignature of an unchanged log may get." default:"10m"`
	Once    bool          `help:"Look once. The exit code is 3 if the log contradicts what was countersigned, and 1 after another failure."`
}

// conflictCode is the exit code of a log that was shortened or rewritten, or has another key.
const conflictCode = 3

// Run follows the log until a signal arrives, or looks once.
func (c *WitnessFollowCommand) Run(ctx context.Context, streams *Streams) (err error) {
	if c.Every < time.Second || c.Refresh < time.Second {
		return errors.New("--every and --refresh are a second or more")
	}
	w, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if !c.Once {
		w.Follow(ctx, c.Every, func(err error) { w.Log(ctx, err) })
		return nil
	}
	err = w.Round(ctx)
	if conflict, conflicts := errors.AsType[*witness.ConflictError](err); conflicts {
		return &ExitError{Code: conflictCode, Err: conflict}
	}
	if err != nil {
		return err
	}
	last, at := w.Last()
	_, err = fmt.Fprintf(streams.Out, "countersigned %s: %d events, root %s, at %s\n",
		text.Printable(last.Origin), last.Size, last.Root, at.UTC().Format(time.RFC3339))
	return err
}

// open reads the key and opens the state.
func (c *WitnessFollowCommand) open() (*witness.Witness, error) {
	content, err := os.ReadFile(c.Key)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	signer, err := checkpoint.ParseWitnessSigner(string(content))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Key, err)
	}
	if info, err := os.Stat(c.Key); err == nil && info.Mode().Perm()&0o077 != 0 {
		slog.Warn("other accounts of this machine can read the key; chmod 600 it", "file", c.Key)
	}
	state := c.State
	if state == "" {
		state = c.Key + "." + stateName(c.URL)
	}
	log, err := client.NewLog(c.URL)
	if err != nil {
		return nil, err
	}
	return witness.Open(witness.Options{
		Server: log, Signer: signer, Log: strings.TrimSpace(c.Log), State: state, Refresh: c.Refresh, Now: time.Now,
	})
}

// stateName names the server in the name of a file.
func stateName(address string) string {
	_, rest, _ := strings.Cut(strings.TrimRight(address, "/"), "://")
	return strings.NewReplacer("/", "_", ":", "_").Replace(rest) + ".checkpoint"
}
