package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"

	"urna/internal/text"
)

// ConfigCommand looks at the configuration: flags, environment and file.
type ConfigCommand struct {
	Check ConfigCheckCommand `cmd:"" help:"Check the configuration file and the environment as serve reads them, and name each line that is wrong."`
	Show  ConfigShowCommand  `cmd:"" help:"Print the configuration of a command as a configuration file, with the source of each value. Secrets are hidden."`
}

// BeforeResolve reads the configuration file, whose values hold where neither a flag nor the environment has one.
func (c *commands) BeforeResolve(ctx *kong.Context) error {
	path := configPath(ctx)
	if path == "" {
		return nil
	}
	file, err := readConfigFile(path, ctx.Model)
	if err != nil {
		return err
	}
	ctx.AddResolver(file)
	return nil
}

// configPath returns the path of the configuration file, "" if none is named.
func configPath(ctx *kong.Context) string {
	for _, flag := range ctx.Model.Flags {
		if flag.Name == "config" {
			path, _ := ctx.FlagValue(flag).(string)
			return path
		}
	}
	return ""
}

// ConfigCheckCommand checks the configuration of serve.
type ConfigCheckCommand struct {
	File string `arg:"" optional:"" type:"path" help:"The configuration file; unless given, that of --config."`
}

// Run prints each mistake with its line and the remedy.
func (c *ConfigCheckCommand) Run(ctx context.Context, parsed *kong.Context, streams *Streams) error {
	path := cmp.Or(c.File, configPath(parsed))
	for _, name := range unknownVariables(parsed.Model, os.Environ()) {
		fmt.Fprintf(streams.Err, "warning: no command reads the environment variable %s: correct its name, or unset it\n", text.Printable(name))
	}
	args := []string{"serve"}
	if path != "" {
		args = append(args, "--config", path)
	}
	var serve commands
	parser, err := newParser(ctx, &serve, streams)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return err
	}
	if err := serve.Serve.checkAll(ctx); err != nil {
		return fmt.Errorf("serve would not start: %w", err)
	}
	if path == "" {
		fmt.Fprintln(streams.Out, "No configuration file is named. The flags' defaults and the environment are in order.")
		return nil
	}
	fmt.Fprintf(streams.Out, "%s is in order.\n", text.Printable(path))
	return nil
}

// ConfigShowCommand prints the configuration of one command.
type ConfigShowCommand struct {
	Command []string `arg:"" optional:"" help:"The command, such as serve or users add; serve unless given."`
}

// Run prints the configuration. Its output is a configuration file with the same meaning, but for hidden values.
func (c *ConfigShowCommand) Run(parsed *kong.Context, streams *Streams) error {
	name := cmp.Or(strings.Join(c.Command, " "), "serve")
	node := commandNode(parsed.Model, name)
	if node == nil || node.Type == kong.ApplicationNode {
		return fmt.Errorf("there is no command %q: urna --help lists them", name)
	}
	file := &configFile{}
	if path := configPath(parsed); path != "" {
		var err error
		if file, err = readConfigFile(path, parsed.Model); err != nil {
			return err
		}
	}
	fmt.Fprintf(streams.Out, "# The configuration of urna %s. A line with # has its default.\n", name)
	writeSettings(streams.Out, parsed.Model.Flags, "", file)
	if name != "serve" {
		fmt.Fprintf(streams.Out, "\n[%s]\n", strings.ReplaceAll(name, " ", "."))
	}
	writeSettings(streams.Out, node.Flags, name, file)
	for _, secret := range secretVariables {
		if _, set := os.LookupEnv(secret); set {
			fmt.Fprintf(streams.Out, "\n# %s is set in the environment; its value is hidden.\n", secret)
		}
	}
	return nil
}

// secretVariables are environment variables that no flag has, because a command line is seen by other accounts.
var secretVariables = []string{"URNA_JWT_SECRET", "URNA_PASSWORD"} //nolint:gochecknoglobals // a constant list

// writeSettings prints a line for each flag, with its source.
func writeSettings(to io.Writer, flags []*kong.Flag, command string, file *configFile) {
	for _, flag := range flags {
		if !configurable(flag) || flag.Tag.Has("once") {
			continue
		}
		value, source := flag.Default, ""
		s, inFile := file.find(command, flag)
		switch variable := fromEnvironment(flag); {
		case variable != "":
			value, source = os.Getenv(variable), "from "+variable
		case inFile:
			given, err := flagValue(s.value, flag)
			if err != nil {
				continue // refused when the file was read
			}
			value, source = fmt.Sprint(given), fmt.Sprintf("from %s, line %d", file.path, s.line)
		case flag.Hidden:
			continue
		}
		switch {
		case source != "":
			fmt.Fprintf(to, "%s = %s  # %s\n", flag.Name, tomlValue(flag, concealed(flag, value)), text.Printable(source))
		case value == "" && !flag.IsBool():
			fmt.Fprintf(to, "# %s has no value\n", flag.Name)
		default:
			fmt.Fprintf(to, "# %s = %s\n", flag.Name, tomlValue(flag, value))
		}
	}
}

// tomlValue writes a flag's value as TOML.
func tomlValue(flag *kong.Flag, value string) string {
	switch {
	case flag.IsSlice():
		var all []string
		for one := range strings.SplitSeq(value, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, tomlText(one))
			}
		}
		return "[" + strings.Join(all, ", ") + "]"
	case flag.IsBool() && value == "":
		return "false"
	case flag.IsBool() && (value == "true" || value == "false"):
		return value
	}
	if _, err := strconv.ParseInt(value, 10, 64); err == nil && value == strings.TrimSpace(value) {
		return value
	}
	return tomlText(value)
}

// tomlText writes a text as TOML.
func tomlText(value string) string {
	encoded, err := toml.Marshal(map[string]string{"v": value})
	if err != nil {
		return strconv.Quote(value)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(encoded), "v = "))
}

// unknownVariables returns the variables of an environment that begin with URNA_ and that no flag has.
func unknownVariables(model *kong.Application, environment []string) []string {
	known := map[string]bool{}
	for _, name := range secretVariables {
		known[name] = true
	}
	_ = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				known[name] = true
			}
		}
		return next(nil)
	})
	var unknown []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "URNA_") && !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// checkAll refuses everything in a command line, an environment and a file with which serve would not start. It opens no
// data folder.
func (c *ServeCommand) checkAll(ctx context.Context) error {
	_, secret := tokenSecret()
	_, address := parsePublicURL(c.PublicURL)
	return errors.Join(c.check(), c.listenFlags.check(ctx), c.metricsFlags.check(ctx), address, secret)
}
