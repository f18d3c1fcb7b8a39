package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// ManCommand prints the manual page, which is made from the commands.
type ManCommand struct{}

// Help is the text below the command's usage.
func (c *ManCommand) Help() string {
	return "To read it:      urna man | man -l -\nTo install it:   urna man > /usr/local/share/man/man1/urna.1"
}

// Run prints the page in the language of man.
func (c *ManCommand) Run(parsed *kong.Context, streams *Streams) error {
	w, model := streams.Out, parsed.Model
	fmt.Fprintf(w, ".TH URNA 1 \"\" \"urna %s\" \"Urna\"\n", roff(currentVersion()))
	fmt.Fprintf(w, ".SH NAME\nurna \\- run an election\n.SH SYNOPSIS\n.B urna\n.I command\n[\\fIflags\\fR]\n")
	fmt.Fprintf(w, ".SH DESCRIPTION\n%s\n", roff(model.Help))
	fmt.Fprintln(w, ".SH FLAGS OF EVERY COMMAND")
	manFlags(w, model.Flags)
	fmt.Fprintln(w, ".SH COMMANDS")
	for _, leaf := range model.Leaves(true) {
		name := commandName(leaf)
		usage := []string{`\fBurna ` + roff(name) + `\fR`}
		for _, positional := range leaf.Positional {
			usage = append(usage, `\fI`+roff(positional.Summary())+`\fR`)
		}
		fmt.Fprintf(w, ".SS %s\n%s\n.PP\n%s\n", roff(name), strings.Join(usage, " "), roff(leaf.Help))
		if leaf.Detail != "" {
			fmt.Fprintf(w, ".PP\n.nf\n%s\n.fi\n", roff(leaf.Detail))
		}
		for _, positional := range leaf.Positional {
			fmt.Fprintf(w, ".TP\n.I %s\n%s\n", roff(positional.Summary()), roff(positional.Help))
		}
		manFlags(w, leaf.Flags)
	}
	fmt.Fprint(w, `.SH CONFIGURATION
Every flag is also an environment variable, such as URNA_DATA for \-\-data, and a key of the file that \-\-config or
URNA_CONFIG names. A flag comes before the environment, and the environment before the file. \fBurna config check\fR
checks it, and \fBurna config show\fR prints every value with its source.
.SH EXIT STATUS
0 for success, 1 for a failure or a difference that was found, 2 for a wrong command line.
`)
	return nil
}

// manFlags prints a list of flags.
func manFlags(w io.Writer, flags []*kong.Flag) {
	for _, flag := range flags {
		if flag.Hidden {
			continue
		}
		name := `\fB\-\-` + roff(flag.Name) + `\fR`
		if flag.Short != 0 {
			name = fmt.Sprintf(`\fB\-%c\fR, `, flag.Short) + name
		}
		if !flag.IsBool() {
			name += `=\fI` + roff(flag.FormatPlaceHolder()) + `\fR`
		}
		help := flag.Help
		if len(flag.Envs) > 0 {
			help += " (" + strings.Join(flag.Envs, ", ") + ")"
		}
		fmt.Fprintf(w, ".TP\n%s\n%s\n", name, roff(help))
	}
}

// roff escapes a text for man: backslashes, hyphens, and lines that would begin with a command of it.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
