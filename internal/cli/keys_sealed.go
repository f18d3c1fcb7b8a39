package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"urna/elections"
	"urna/internal/sealed"
	"urna/internal/text"
	"urna/web/letters"
)

// sealFlag names the recipients of keys.
type sealFlag struct {
	SealTo []string `help:"Seal the keys to these recipients of age, which begin with age1, so that only their owners can read them; separated by commas." env:"-"`
}

// recipients reads them. A secret key that was given by mistake is not repeated.
func (f sealFlag) recipients() (sealed.Recipients, error) { return recipientsOf("--seal-to", f.SealTo) }

// sealedWords says to whom keys are sealed, within a line.
func sealedWords(to []string) string {
	if len(to) == 0 {
		return ", not sealed"
	}
	shown := make([]string, 0, len(to))
	for _, name := range to {
		shown = append(shown, sealed.Short(name))
	}
	return ", sealed to " + strings.Join(shown, " and ")
}

// identityFlags name the identity that opens sealed files.
type identityFlags struct {
	Identity        string `help:"The file with the identity that opens the sealed file, as urna keys identity or age-keygen wrote it." type:"path" env:"-"`
	PassphraseStdin bool   `help:"Read the passphrase of the identity from the first line of standard input." env:"-"`
}

// read reads the identity.
func (f identityFlags) read(streams *Streams) (sealed.Identities, error) {
	file, err := os.Open(f.Identity)
	if err != nil {
		return sealed.Identities{}, fmt.Errorf("open the identity: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	identities, err := sealed.ReadIdentities(file, func() (string, error) {
		if f.PassphraseStdin {
			return readSecret(streams.In)
		}
		return askPassword(streams, "Passphrase of the identity: ", "--passphrase-stdin")
	})
	if err != nil {
		return identities, fmt.Errorf("--identity: %w", err)
	}
	return identities, nil
}

// open opens a sealed file with the identity.
func (f identityFlags) open(streams *Streams, name string) (plain io.Reader, closeFile func(), err error) {
	if f.PassphraseStdin && name == "-" {
		return nil, nil, errors.New("standard input is the passphrase's, so name the sealed file")
	}
	identities, err := f.read(streams)
	if err != nil {
		return nil, nil, err
	}
	source, closeFile, err := openInput(streams, name)
	if err != nil {
		return nil, nil, err
	}
	plain, err = sealed.Open(source, identities)
	switch {
	case errors.Is(err, sealed.ErrNotSealed):
		err = fmt.Errorf("%w: it does not begin as files of age do; a table of keys that is not sealed needs no identity, but --election", err)
	case errors.Is(err, sealed.ErrOtherIdentity):
		err = fmt.Errorf("%w; this identity is of %s", err, strings.Join(identities.Recipients().Names(), " "))
	}
	if err != nil {
		closeFile()
		return nil, nil, err
	}
	return plain, closeFile, nil
}

// sealed writes the letters of a sealed file.
func (c *KeysLettersCommand) sealed(ctx context.Context, streams *Streams) error {
	if c.Election != 0 {
		return errors.New("leave --election out: the sealed file says of which election it is")
	}
	plain, closeFile, err := c.open(streams, c.Keys)
	if err != nil {
		return err
	}
	defer closeFile()
	table, err := letters.ReadSealed(plain)
	if err != nil {
		return err
	}
	address := cmp.Or(c.URL, table.Address)
	if address == "" {
		return errors.New("the sealed file has no address of the election service: give --url with the address as voters open it, such as https://vote.example.org")
	}
	l, err := c.toAddress(table.Election, address)
	if err != nil {
		return err
	}
	if err := c.useInformation(l, elections.VoterInformation{}); err != nil {
		return err
	}
	read := 0
	written, err := c.write(ctx, streams, l, &read, counting(&read, table.Keys()))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(streams.Err, "%d letters for %s; voters open %s\n", written, text.Printable(table.Election.Title), text.Printable(l.Page()))
	return err
}

// KeysOpenCommand opens a sealed file.
type KeysOpenCommand struct {
	identityFlags

	In  string `help:"The sealed file; - is standard input." required:""`
	Out string `help:"The file for the table of keys, which must not exist yet; - is standard output." required:"" type:"path"`
}

// Run writes the table of keys, for a mail merge. A file that is damaged or was cut off leaves no file behind.
func (c *KeysOpenCommand) Run(streams *Streams) error {
	if c.Identity == "" {
		return errors.New("--identity is missing: name the file with the identity that opens the sealed file")
	}
	plain, closeFile, err := c.open(streams, c.In)
	if err != nil {
		return err
	}
	defer closeFile()
	out, err := newOutput(streams, c.Out)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, plain)
	return out.keep(err)
}

// KeysIdentityCommand makes an identity.
type KeysIdentityCommand struct {
	Out             string `help:"The file for the identity, which must not exist yet." required:"" type:"path" env:"-"`
	Passphrase      bool   `help:"Protect the identity with a passphrase, which is asked for." env:"-"`
	PassphraseStdin bool   `help:"Protect the identity with the passphrase in the first line of standard input." env:"-"`
}

// Run writes the identity to a file that only its owner can read, and prints its recipient.
func (c *KeysIdentityCommand) Run(streams *Streams) error {
	content, recipient, err := sealed.NewIdentity()
	if err == nil && (c.Passphrase || c.PassphraseStdin) {
		content, err = c.protect(streams, content)
	}
	if err != nil {
		return err
	}
	file, err := newKeyFile(c.Out)
	if err != nil {
		return err
	}
	_, err = file.file.Write(content)
	if err := file.keep(err); err != nil {
		return err
	}
	_, err = fmt.Fprintln(streams.Out, recipient)
	return err
}

// protect encrypts an identity with a passphrase.
func (c *KeysIdentityCommand) protect(streams *Streams, content []byte) ([]byte, error) {
	if c.PassphraseStdin {
		word, err := readSecret(streams.In)
		if err != nil {
			return nil, err
		}
		return sealed.Protect(content, word)
	}
	first, second, err := askTwice(streams, "Passphrase: ", "--passphrase-stdin")
	switch {
	case err != nil:
		return nil, err
	case first != second:
		return nil, errors.New("the two passphrases differ; no identity was made")
	case first == "":
		return nil, errors.New("the passphrase is empty; no identity was made")
	}
	return sealed.Protect(content, first)
}
