package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"urna/client"
	"urna/internal/text"
)

// administratorAt signs in as an administrator on the server at the address. If there is no address, it starts a temporary
// server, which done stops and removes.
func administratorAt(ctx context.Context, streams *Streams, address, email string) (_ *client.Client, done func() error, err error) {
	done = func() error { return nil }
	password := os.Getenv("URNA_PASSWORD")
	switch {
	case address == "" && email != "":
		return nil, nil, errors.New("--email needs --url; without it everything runs on a server of its own")
	case address == "":
		own, err := startTemporary(ctx, streams)
		if err != nil {
			return nil, nil, err
		}
		address, email, password, done = own.URL, own.AdminEmail, own.AdminPassword, own.Close
	case email == "":
		return nil, nil, errors.New("--url needs --email, an administrator's on that server")
	case password == "":
		if password, err = askPassword(streams, "Password of "+text.Printable(email)+": ", "--password-stdin"); err != nil {
			return nil, nil, err
		}
	}
	client, err := client.New(address)
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	stop := done
	done = func() error {
		client.Close()
		return stop()
	}
	if err := client.SignIn(ctx, email, password); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("sign in as %s: %w", email, err), done())
	}
	return client, done, nil
}
