package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"urna/auth"
)

// registrationFlag is --open-registration: a flag that is on without a value, as it was in earlier versions, and takes
// the value approve.
type registrationFlag struct{ rule auth.Registration }

// IsBool tells kong that the flag needs no value.
func (f *registrationFlag) IsBool() bool { return true }

// Decode reads the value, which is there after = and in the environment only.
func (f *registrationFlag) Decode(ctx *kong.DecodeContext) error {
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		f.rule = auth.RegistrationOpen
		return nil
	}
	value := fmt.Sprint(ctx.Scan.Pop().Value)
	switch strings.ToLower(value) {
	case "true", "1", "yes":
		f.rule = auth.RegistrationOpen
	case "false", "0", "no":
		f.rule = auth.RegistrationClosed
	case "approve":
		f.rule = auth.RegistrationApprove
	default:
		return fmt.Errorf("%q is not possible: write --open-registration, or --open-registration=approve so that accounts wait for an administrator", value)
	}
	return nil
}

// warning is printed by a server on which anybody can register.
func (f *registrationFlag) warning() string {
	switch f.rule {
	case auth.RegistrationOpen:
		return `
*** REGISTRATION IS OPEN: anybody who reaches this server can make an official's account and upload ballots. ***
*** Use --open-registration=approve, so that accounts wait for an administrator, or leave the option out.    ***

`
	case auth.RegistrationApprove:
		return "registration is open: accounts wait until an administrator accepts them on the page of users\n"
	case auth.RegistrationClosed:
	}
	return ""
}
