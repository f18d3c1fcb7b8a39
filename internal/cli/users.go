package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"urna/auth"
	"urna/internal/app"
	"urna/internal/text"
)

// UsersCommand manages accounts. A server may run on the folder.
type UsersCommand struct {
	Add      UsersAddCommand      `cmd:"" help:"Add an account."`
	List     UsersListCommand     `cmd:"" help:"List all accounts."`
	Disable  UsersDisableCommand  `cmd:"" help:"Disable an account; it can no longer sign in."`
	Enable   UsersEnableCommand   `cmd:"" help:"Enable a disabled account."`
	Delete   UsersDeleteCommand   `cmd:"" help:"Delete an account; its name stays in the audit log and on its batches."`
	Password UsersPasswordCommand `cmd:"" help:"Set an account's password."`
	Places   UsersPlacesCommand   `cmd:"" help:"Show or change for which constituencies an official uploads, or which elections an observer reads."`
	Accept   UsersAcceptCommand   `cmd:"" help:"Accept a registered account, which then can sign in."`

	RemoveSecondFactor UsersRemoveSecondFactorCommand `cmd:"" help:"Remove an account's second factor, for a lost phone."`
}

// dataFlag names the data folder, or the database in its place.
type dataFlag struct {
	Data string `help:"The data folder." default:"urna-data" type:"path"`

	databaseFlags
}

// withAuth runs fn with the accounts of an existing data folder.
func (d dataFlag) withAuth(ctx context.Context, fn func(*auth.Service) error) (err error) {
	f, err := d.openFolder(ctx, app.Options{Parts: app.Accounts})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return fn(f.Auth)
}

// UsersAddCommand adds an account.
type UsersAddCommand struct {
	dataFlag

	Email         string `help:"The e-mail address, which is the name to sign in with." required:""`
	Role          string `help:"administrator, official or observer." required:"" enum:"administrator,official,observer"`
	Forename      string `required:"" help:"The person's forename."`
	Surname       string `required:"" help:"The person's surname."`
	JMBG          string `name:"jmbg" help:"The national id (JMBG), where it is used."`
	PasswordStdin bool   `help:"Read the password from standard input instead of a prompt."`

	MustChangePassword bool `help:"Ask for another password at the first sign-in."`

	placeFlag
}

// Run adds the account and prints its id.
func (c *UsersAddCommand) Run(ctx context.Context, streams *Streams) error {
	password, err := readNewPassword(streams, c.PasswordStdin)
	if err != nil {
		return err
	}
	// The first account may come before the first start of the server.
	f, err := c.openFolder(ctx, app.Options{Parts: app.Accounts, Create: true})
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return c.withAuth(ctx, func(accounts *auth.Service) error {
		u, err := accounts.AddUser(ctx, commandLine(), auth.NewUser{
			Email: c.Email, Forename: c.Forename, Surname: c.Surname, JMBG: c.JMBG, Role: auth.Role(c.Role), Password: password,
			MustChangePassword: c.MustChangePassword, Places: c.places(),
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(streams.Out, "added %s %s as user %d\n", u.Role, text.Printable(u.Email), u.ID)
		return err
	})
}

// UsersListCommand lists accounts.
type UsersListCommand struct{ dataFlag }

// Run prints a table of all accounts.
func (c *UsersListCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withAuth(ctx, func(accounts *auth.Service) error {
		users, err := accounts.Users(ctx)
		if err != nil {
			return err
		}
		places, err := accounts.AllPlaces(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tEMAIL\tNAME\tROLE\tSTATE\tUPLOADS FOR")
		for _, u := range users {
			state := "active"
			switch {
			case u.Waiting:
				state = "waiting"
			case u.Disabled:
				state = "disabled"
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", u.ID, text.Printable(u.Email), text.Printable(u.Name()), u.Role, state,
				uploadsFor(u, places[u.ID]))
		}
		return table.Flush()
	})
}

// emailFlag names an account.
type emailFlag struct {
	dataFlag

	Email string `help:"The account's e-mail address." required:""`
}

// change changes the named account and prints a confirmation.
func (e emailFlag) change(ctx context.Context, streams *Streams, change auth.UserChange, done string) error {
	return e.withUser(ctx, func(accounts *auth.Service, u auth.User) error {
		if _, err := accounts.ChangeUser(ctx, commandLine(), u.ID, change); err != nil {
			return err
		}
		_, err := fmt.Fprintf(streams.Out, "%s: %s\n", text.Printable(u.Email), done)
		return err
	})
}

// withUser runs fn with the named account.
func (e emailFlag) withUser(ctx context.Context, fn func(*auth.Service, auth.User) error) error {
	return e.withAuth(ctx, func(accounts *auth.Service) error {
		u, err := accounts.UserByEmail(ctx, e.Email)
		if err != nil {
			return err
		}
		return fn(accounts, u)
	})
}

// UsersDisableCommand disables an account.
type UsersDisableCommand struct{ emailFlag }

// Run disables the account.
func (c *UsersDisableCommand) Run(ctx context.Context, streams *Streams) error {
	disabled := true
	return c.change(ctx, streams, auth.UserChange{Disabled: &disabled}, "disabled")
}

// UsersEnableCommand enables an account.
type UsersEnableCommand struct{ emailFlag }

// Run enables the account.
func (c *UsersEnableCommand) Run(ctx context.Context, streams *Streams) error {
	disabled := false
	return c.change(ctx, streams, auth.UserChange{Disabled: &disabled}, "enabled")
}

// UsersDeleteCommand deletes an account.
type UsersDeleteCommand struct{ emailFlag }

// Run deletes the account.
func (c *UsersDeleteCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withUser(ctx, func(accounts *auth.Service, u auth.User) error {
		if err := accounts.DeleteUser(ctx, commandLine(), u.ID, ""); err != nil {
			return err
		}
		_, err := fmt.Fprintf(streams.Out, "%s: deleted\n", text.Printable(u.Email))
		return err
	})
}

// UsersRemoveSecondFactorCommand removes a second factor.
type UsersRemoveSecondFactorCommand struct{ emailFlag }

// Run removes the second factor.
func (c *UsersRemoveSecondFactorCommand) Run(ctx context.Context, streams *Streams) error {
	return c.withUser(ctx, func(accounts *auth.Service, u auth.User) error {
		if err := accounts.RemoveSecondFactor(ctx, commandLine(), u.ID, ""); err != nil {
			return err
		}
		_, err := fmt.Fprintf(streams.Out, "%s: second factor removed\n", text.Printable(u.Email))
		return err
	})
}

// UsersPasswordCommand sets a password.
type UsersPasswordCommand struct {
	emailFlag

	PasswordStdin      bool `help:"Read the password from standard input instead of a prompt."`
	MustChangePassword bool `help:"Ask for another password at the next sign-in."`
}

// Run sets the password.
func (c *UsersPasswordCommand) Run(ctx context.Context, streams *Streams) error {
	password, err := readNewPassword(streams, c.PasswordStdin)
	if err != nil {
		return err
	}
	return c.change(ctx, streams, auth.UserChange{Password: &password, MustChangePassword: &c.MustChangePassword}, "password set")
}
