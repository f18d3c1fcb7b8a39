package cli

import (
	"os"
	"os/user"
	"strconv"
	"strings"

	"urna/internal/audit"
)

// callerVariable tells a command that root calls, and that runs under the account of the data folder, who called it.
const callerVariable = "URNA_CALLED_BY"

// commandLine is the actor of a command: the account of the operating system of the person who typed it, the account that
// it runs under if that is another one, and the account of the data folder if root called it there.
func commandLine() audit.Actor {
	return audit.Actor{Name: "system account " + operator(thisProcess()), From: "command line"}
}

// process is what the system knows of a command that runs.
type process struct {
	uid    int
	caller string // of callerVariable
	login  string // the number of the account that signed in to the machine, which the kernel keeps; "" if it has none
	sudo   string // the number of the account that called sudo
	// account returns the name of an account.
	account func(uid string) (*user.User, error)
}

func thisProcess() process {
	login, err := os.ReadFile("/proc/self/loginuid") // Linux
	if err != nil {
		login = nil
	}
	return process{
		uid: os.Geteuid(), caller: os.Getenv(callerVariable), login: strings.TrimSpace(string(login)), sudo: os.Getenv("SUDO_UID"),
		account: user.LookupId,
	}
}

// operator names the person and the accounts. Every account can set the variables of sudo; only root is believed.
func operator(p process) string {
	own := p.name(strconv.Itoa(p.uid))
	if p.uid != 0 && p.caller != "" {
		return p.caller + ", on a folder of " + own
	}
	const none = 1<<32 - 1
	person := p.login
	if n, err := strconv.ParseUint(person, 10, 32); err != nil || n == none {
		person = ""
		if _, err := strconv.ParseUint(p.sudo, 10, 32); err == nil && p.uid == 0 {
			person = p.sudo
		}
	}
	if person == "" || person == strconv.Itoa(p.uid) {
		return own
	}
	return p.name(person) + " as " + own
}

// name returns the name of an account, or its number if it has none, as the account of a service that does not run.
func (p process) name(uid string) string {
	if u, err := p.account(uid); err == nil {
		return u.Username
	}
	return uid
}
