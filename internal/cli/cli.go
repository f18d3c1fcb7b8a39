package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"urna/internal/text"
)

// Streams are the program's standard streams. They are passed in so that tests can replace them.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	process []string // the arguments, if the streams are those of the process itself
}

// Process returns the streams of the process itself.
func Process(args []string) *Streams {
	return &Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, process: args}
}

// ExitError ends the program with a code. If Err is not nil, it is printed first.
type ExitError struct {
	Code int
	Err  error
}

// Error returns the text to print.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap returns the error inside.
func (e *ExitError) Unwrap() error { return e.Err }

// commands is the command line: kong reads names, flags, environment and help from it.
type commands struct {
	Serve        ServeCommand        `cmd:"" help:"Serve elections on one address from one data folder."`
	SetupLink    SetupLinkCommand    `cmd:"" name:"setup-link" help:"Print the link with which the first administrator's account is made."`
	Demo         DemoCommand         `cmd:"" help:"Show an election that moves, and two real ones counted from every single ballot, on a temporary data folder."`
	Rehearse     RehearseCommand     `cmd:"" help:"Replay a real election from its official results and compare the outcome."`
	Simulate     SimulateCommand     `cmd:"" help:"Play a whole slate, voters and officials, and compare the results with what was accepted."`
	Allocate     AllocateCommand     `cmd:"" help:"Allocate seats for results files, with every step if asked."`
	Elections    ElectionsCommand    `cmd:"" help:"List elections, import and export their definitions."`
	Participants ParticipantsCommand `cmd:"" help:"List participants, and delete those that were never candidates."`
	Users        UsersCommand        `cmd:"" help:"Add, list, disable and enable accounts, and set their passwords."`
	Approve      ApproveCommand      `cmd:"" help:"Approve an act that waits for a second administrator, on the machine; the certification has an open point then."`
	Keys         KeysCommand         `cmd:"" help:"Issue, revoke and count voter keys, and write letters to voters."`
	Secrets      SecretsCommand      `cmd:"" help:"Replace a secret file of the data folder that is lost."`
	Results      ResultsCommand      `cmd:"" help:"Copy the results of an election to other programs: JSON, CSV, SQL, or into a PostgreSQL database."`
	Witness      WitnessCommand      `cmd:"" help:"Follow the audit log of a server from another machine and countersign its heads."`
	Witnesses    WitnessesCommand    `cmd:"" help:"List, register and remove the witnesses of a data folder's audit log, and print the log's key."`
	Verify       VerifyCommand       `cmd:"" help:"Recount a data folder's ledger, walk its audit log, and compare its files; or check a results bundle."`
	Config       ConfigCommand       `cmd:"" help:"Check and show the configuration: flags, environment and file."`
	Completion   CompletionCommand   `cmd:"" help:"Print a script that completes commands and flags in bash, zsh or fish."`
	Man          ManCommand          `cmd:"" help:"Print the manual page."`
	Backup       BackupCommand       `cmd:"" help:"Write a data folder to one file, while a server uses it or not; encrypted if you name a recipient."`
	Doctor       DoctorCommand       `cmd:"" help:"Look for everything on this machine that could keep a server from working, and say the remedy."`
	Move         MoveCommand         `cmd:"" help:"Move all data from a data folder to a PostgreSQL database, or back, and verify both."`
	Restore      RestoreCommand      `cmd:"" help:"Check a backup and make a data folder of it."`
	Version      VersionCommand      `cmd:"" help:"Print the version and the commit that the program was built from."`

	ConfigFile string `name:"config" type:"path" placeholder:"FILE" help:"A configuration file, such as urna.toml, whose keys are the flags. Flags and environment variables come before it."`

	LogFormat string `enum:"text,json" default:"text" help:"How the log and all other lines on standard error are written: text, or json, an object in each line."`

	VersionFlag kong.VersionFlag `name:"version" env:"-" help:"Print the version and end."`
}

// exitCall carries kong's request to end the program (after --help) to Main.
type exitCall int

// Main runs the program with its arguments and returns the exit code: 0 for success, 1 for a failure
// or a difference found, 2 for a wrong command line.
func Main(args []string, streams *Streams) (code int) {
	defer func() {
		if r := recover(); r != nil {
			call, ok := r.(exitCall)
			if !ok {
				panic(r)
			}
			code = int(call)
		}
	}()
	streams, end := onScreen(streams)
	defer end()
	defer func() {
		if lines, ok := streams.Err.(*jsonLines); ok {
			lines.end()
		}
	}()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	parser, err := newParser(ctx, &commands{}, streams)
	if err != nil {
		fmt.Fprintln(streams.Err, "urna:", err)
		return 2
	}
	if err := refuseEmptyVariables(parser.Model); err != nil {
		printError(streams, err)
		return 2
	}
	command, err := parser.Parse(args)
	if err != nil {
		printError(streams, err)
		return 2
	}
	if code, done := asOwner(ctx, command, streams); done {
		return code
	}
	return report(streams, command.Run())
}

// newParser returns the parser that fills the commands.
func newParser(ctx context.Context, filled *commands, streams *Streams) (*kong.Kong, error) {
	return kong.New(filled,
		kong.Name("urna"),
		kong.Description("Urna runs elections: one binary, one data folder, a browser."),
		kong.Writers(streams.Out, streams.Err),
		kong.Exit(func(code int) { panic(exitCall(code)) }),
		kong.UsageOnError(),
		kong.DefaultEnvars("URNA"),
		kong.Vars{"version": "urna " + currentVersion(), "results_tables": resultsTables()},
		kong.NamedMapper("path", kong.MapperFunc(decodePath)),
		kong.NamedMapper("address", kong.MapperFunc(decodeAddress)),
		kong.Bind(streams),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
}

// printError prints an error. The error may quote untrusted text, so control characters are escaped.
func printError(streams *Streams, err error) {
	if lines, ok := streams.Err.(*jsonLines); ok {
		lines.logger.Error("the command failed", "error", err)
		return
	}
	for i, line := range strings.Split("urna: "+err.Error(), "\n") {
		if i > 0 && !strings.HasPrefix(line, "  ") {
			line = "  " + line // a line end in quoted text must not look like a new message of the program
		}
		fmt.Fprintln(streams.Err, text.Printable(line))
	}
}

// report prints an error and returns the exit code for it.
func report(streams *Streams, err error) int {
	var exit *ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if exit.Err != nil {
			printError(streams, exit.Err)
		}
		return exit.Code
	default:
		printError(streams, err)
		return 1
	}
}

// decodePath reads a path. An empty path is refused because it would mean the current directory.
func decodePath(ctx *kong.DecodeContext, target reflect.Value) error {
	var path string
	if err := ctx.Scan.PopValueInto("file", &path); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(path) == "":
		return errors.New("the path is empty: write one, or leave the flag out")
	case path != "-":
		path = kong.ExpandPath(path)
	}
	target.SetString(path)
	return nil
}

// decodeAddress reads an address, or one more of several. An empty address is refused because it would count as none.
func decodeAddress(ctx *kong.DecodeContext, target reflect.Value) error {
	var address string
	if err := ctx.Scan.PopValueInto("address", &address); err != nil {
		return err
	}
	if address = strings.TrimSpace(address); address == "" {
		return errors.New("the address is empty: write one, or leave the flag out")
	}
	if target.Kind() == reflect.Slice {
		for one := range strings.SplitSeq(address, ",") {
			target.Set(reflect.Append(target, reflect.ValueOf(strings.TrimSpace(one))))
		}
		return nil
	}
	target.SetString(address)
	return nil
}

// refuseEmptyVariables reports an environment variable that a flag reads and that is set but empty, for example by a
// template whose value is missing. It is unclear whether that means the default or an empty value.
func refuseEmptyVariables(app *kong.Application) error {
	return kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				if value, set := os.LookupEnv(name); set && strings.TrimSpace(value) == "" {
					return fmt.Errorf("the environment variable %s is set and empty: give it a value for --%s, or unset it", name, flag.Name)
				}
			}
		}
		return next(nil)
	})
}
