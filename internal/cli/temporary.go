package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/alexedwards/argon2id"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/audit"
)

// temporary is a server on a temporary data folder, which is deleted when the server stops.
type temporary struct {
	URL           string
	AdminEmail    string
	AdminPassword string

	server *runningServer
	path   string
}

// startTemporary starts a server on a temporary folder and a free port, with one administrator.
func startTemporary(ctx context.Context, streams *Streams) (*temporary, error) {
	return startTemporaryAt(ctx, streams, "127.0.0.1:0")
}

// startTemporaryAt is startTemporary on the given address.
func startTemporaryAt(ctx context.Context, streams *Streams, addr string) (_ *temporary, err error) {
	setLogger(streams)
	t := &temporary{AdminEmail: "administrator@urna.example", AdminPassword: rand.Text()}
	if t.path, err = os.MkdirTemp("", "urna-"); err != nil {
		return nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	// Random passwords of 130 bits need no slow hash.
	params := &argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	t.server, err = startServer(ctx, serverOptions{
		Folder: t.path, listenFlags: listenFlags{Addr: addr}, Options: app.Options{PasswordParams: params},
	})
	if err != nil {
		return nil, err
	}
	t.URL = t.server.URL
	_, err = t.server.App.Auth.AddUser(ctx, audit.Actor{Name: "command line", From: "command line"}, auth.NewUser{
		Email: t.AdminEmail, Forename: "Ada", Surname: "Administrator", Role: auth.Administrator, Password: t.AdminPassword,
	})
	return t, err
}

// Close stops the server and removes its folder.
func (t *temporary) Close() error {
	var err error
	if t.server != nil {
		err = t.server.Close()
	}
	return errors.Join(err, os.RemoveAll(t.path))
}
