package cli

import (
	"os/user"
	"testing"
)

// TestOperator_NamesWhoTypedTheCommand: the log of an election names the person, not only root or the service.
func TestOperator_NamesWhoTypedTheCommand(t *testing.T) {
	t.Parallel()
	names := map[string]string{"0": "root", "1000": "ada", "1001": "bob", "990": "urna"}
	for name, c := range map[string]struct {
		process

		want string
	}{
		"root alone":                           {process{login: "4294967295"}, "root"},
		"no record of a sign-in":               {process{}, "root"},
		"with sudo":                            {process{login: "4294967295", sudo: "1000"}, "ada as root"},
		"with su, which sets no variable":      {process{login: "1000"}, "ada as root"},
		"the kernel's record comes first":      {process{login: "1000", sudo: "1001"}, "ada as root"},
		"one's own account":                    {process{uid: 1000, login: "1000"}, "ada"},
		"with sudo -u urna":                    {process{uid: 990, login: "1000"}, "ada as urna"},
		"only root's variables are believed":   {process{uid: 1001, login: "4294967295", sudo: "1000"}, "bob"},
		"root's command on a service's folder": {process{uid: 990, login: "1000", caller: "ada as root"}, "ada as root, on a folder of urna"},
		"a service that does not run":          {process{uid: 61234, caller: "root"}, "root, on a folder of 61234"},
		"root believes no variable of callers": {process{caller: "ada"}, "root"},
		"a number that is none":                {process{sudo: "ada\\n"}, "root"},
	} {
		c.account = func(uid string) (*user.User, error) {
			if found, ok := names[uid]; ok {
				return &user.User{Username: found}, nil
			}
			return nil, user.UnknownUserError(uid)
		}
		if got := operator(c.process); got != c.want {
			t.Errorf("%s: want %q, got %q", name, c.want, got)
		}
	}
}
