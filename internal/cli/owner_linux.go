package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/alecthomas/kong"
)

// capDACOverride is CAP_DAC_OVERRIDE of capabilities(7): files are opened whatever their permissions are.
const capDACOverride = 1

// asOwner runs a command that root calls for a data folder of another account again, under that account, and returns
// its exit code. Files that the command makes in the folder then belong to the account that the server runs under;
// root's own would stop the server. The command keeps root's access to files, because the folder of a service may be
// in a place that only root can enter.
func asOwner(ctx context.Context, command *kong.Context, streams *Streams) (code int, done bool) {
	if os.Geteuid() != 0 || streams.process == nil {
		return 0, false
	}
	owner, ok := otherOwner(command)
	if !ok {
		return 0, false
	}
	// This name opens the program's file also where the account may not enter the folder.
	again := exec.CommandContext(ctx, "/proc/self/exe", streams.process...) //nolint:gosec // the arguments of this very command
	again.Cancel = func() error { return again.Process.Signal(syscall.SIGTERM) }
	again.Env = append(again.Environ(), callerVariable+"="+operator(thisProcess()))
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	again.SysProcAttr = &syscall.SysProcAttr{Credential: owner, AmbientCaps: []uintptr{capDACOverride}}
	err := again.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(ended.ExitCode(), 1), true
	}
	if err != nil {
		printError(streams, fmt.Errorf("run the command under the account of the data folder: %w", err))
		return 1, true
	}
	return 0, true
}

// otherOwner returns the account of the command's data folder if it exists and does not belong to root. The server
// itself runs under the account that starts it.
func otherOwner(command *kong.Context) (*syscall.Credential, bool) {
	selected := command.Selected()
	if selected == nil || selected.Name == "serve" {
		return nil, false
	}
	folder := "data"
	for _, flag := range command.Flags() {
		if address, ok := command.FlagValue(flag).(string); ok && flag.Name == "database" && address != "" {
			folder = "secrets"
		}
	}
	for _, flag := range command.Flags() {
		if flag.Name != folder {
			continue
		}
		path, ok := command.FlagValue(flag).(string)
		if !ok {
			return nil, false
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, false // the command says so
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		return &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}, ok && stat.Uid != 0
	}
	return nil, false
}
