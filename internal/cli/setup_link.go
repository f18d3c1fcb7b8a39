package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"urna/auth"
	"urna/internal/app/datafolder"
	"urna/web/publicurl"
)

// SetupLinkCommand prints the link with which the first administrator's account is made. A server may run on the folder.
type SetupLinkCommand struct {
	dataFlag

	URL string `name:"url" type:"address" help:"The address of the server as the browser opens it; unless given, the one that the running server answers at."`
}

// Help is the text below the command's usage.
func (c *SetupLinkCommand) Help() string {
	return "The link works once and for a day. The next one that is made replaces it.\nOnce there is an account, none is made."
}

// withoutServer is the address in a link if no server runs: the default of serve.
const withoutServer = "http://127.0.0.1:8080"

// Run makes a link, which replaces earlier ones, and prints it alone on standard output.
func (c *SetupLinkCommand) Run(ctx context.Context, streams *Streams) error {
	address := c.URL
	if address != "" {
		var err error
		if address, err = publicurl.Parse(address); err != nil {
			return fmt.Errorf("--url: %w", err)
		}
	}
	running := false
	if address == "" && c.Database != "" {
		return errors.New("--database needs --url, the address of the servers as the browser opens it")
	}
	if address == "" {
		var err error
		if address, err = datafolder.ServedAt(c.Data); err != nil {
			return err
		}
		running = address != ""
	}
	return c.withAuth(ctx, func(accounts *auth.Service) error {
		secret, err := accounts.NewSetupLink(ctx)
		if err != nil {
			return err
		}
		if secret == "" {
			return errors.New("there are accounts already: an administrator makes others on the page Users, or use urna users add")
		}
		if c.URL == "" && !running {
			fmt.Fprintln(streams.Err, "no server runs on this folder; start it before you open the link")
		}
		_, err = fmt.Fprintf(streams.Out, "%s/setup/%s\n", cmp.Or(address, withoutServer), secret)
		return err
	})
}

// hintFirstAdministrator prints how to make the first administrator if there are no accounts. The link itself is
// in no log, because everybody who can read the log could use it.
func (s *runningServer) hintFirstAdministrator(ctx context.Context, streams *Streams, data string) error {
	users, err := s.App.Auth.Users(ctx)
	if err != nil || len(users) > 0 {
		return err
	}
	command := "urna setup-link --data " + shellWord(data)
	if s.App.Options.Database != "" {
		command = "urna setup-link --url " + shellWord(s.URL) + " --secrets " + shellWord(s.App.Options.Secrets) + " --database URL"
	}
	fmt.Fprintf(streams.Err, "there are no accounts yet; this command prints a link for the first administrator:\n  %s\n", command)
	return nil
}

// shellWord returns an argument as a shell reads it, quoted if it needs quotes.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
