package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// complete asks bash what it offers for the last of the words, which may be empty.
func complete(t *testing.T, script string, lines ...[]string) (offered [][]string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("bash is not on this machine, and CI is set")
	}
	if err != nil {
		t.Skip("bash is not on this machine")
	}
	var program strings.Builder
	program.WriteString(script)
	for _, words := range lines {
		var quoted []string
		for _, word := range words {
			quoted = append(quoted, "'"+word+"'")
		}
		fmt.Fprintf(&program, "COMP_WORDS=(%s); COMP_CWORD=%d; COMPREPLY=(); _urna; echo \"${COMPREPLY[*]}\"\n", strings.Join(quoted, " "), len(words)-1)
	}
	command := exec.CommandContext(t.Context(), bash, "--norc", "-u")
	command.Stdin = strings.NewReader(program.String())
	var errs bytes.Buffer
	command.Stderr = &errs
	output, err := command.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("bash: %v\n%s", err, &errs)
	}
	for line := range strings.Lines(string(output)) {
		offered = append(offered, strings.Fields(line))
	}
	if len(offered) != len(lines) {
		t.Fatalf("want %d answers, got %d", len(lines), len(offered))
	}
	return offered
}

func TestCompletion_BashOffersEveryCommandAndFlag(t *testing.T) {
	code, script := do("completion", "bash")
	if code != 0 {
		t.Fatal(script)
	}
	var lines [][]string
	var want []string
	for _, leaf := range model(t).Leaves(true) {
		words := append([]string{"urna"}, strings.Fields(commandName(leaf))...)
		lines, want = append(lines, words), append(want, words[len(words)-1])
		for _, flag := range leaf.Flags {
			if !flag.Hidden {
				lines, want = append(lines, append(slices.Clone(words), "--"+flag.Name)), append(want, "--"+flag.Name)
			}
		}
	}
	for i, offered := range complete(t, script, lines...) {
		if !slices.Contains(offered, want[i]) {
			t.Errorf("%q: want %s offered, got %q", lines[i], want[i], offered)
		}
	}
}

func TestCompletion_BashKnowsValuesAndPlaces(t *testing.T) {
	_, script := do("completion", "bash")
	for _, c := range []struct {
		words []string
		want  string // all that is offered; "…" at the end for more
	}{
		{[]string{"urna", "ser"}, "serve"},
		{[]string{"urna", "--log-format", ""}, "text json"},
		{[]string{"urna", "serve", "--data", "/tmp", "--rate-limit", ""}, "on off"},
		{[]string{"urna", "users", "add", "--role", "of"}, "official"},
		{[]string{"urna", "serve", "--tls-s"}, "--tls-self-signed"},
		{[]string{"urna", "serve", "--log-f"}, "--log-format"},
		{[]string{"urna", "config", ""}, "check show …"},
		{[]string{"urna", "completion", "f"}, "fish"},
		{[]string{"urna", "serve", "--vote-wait", ""}, ""},
		{[]string{"urna", "serve", "--chunk"}, ""},
		{[]string{"urna", "verify", "--tls"}, ""},
	} {
		got := strings.Join(complete(t, script, c.words)[0], " ")
		if want, more := strings.CutSuffix(c.want, " …"); got != c.want && (!more || !strings.HasPrefix(got, want)) {
			t.Errorf("%q: want %q, got %q", c.words, c.want, got)
		}
	}
}

// TestCompletion_FishAndZsh read the scripts with the shells themselves if they are on this machine.
func TestCompletion_FishAndZsh(t *testing.T) {
	_, fish := do("completion", "fish")
	_, zsh := do("completion", "zsh")
	says(t, fish, "complete -c urna -n '__fish_use_subcommand' -a 'serve'", "-l log-format -x -a 'text json'",
		"-n '__fish_seen_subcommand_from users; and __fish_seen_subcommand_from add' -l role")
	says(t, zsh, "bashcompinit", "complete -o default -F _urna urna")
	for shell, script := range map[string]string{"fish": fish, "zsh": zsh} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		command := exec.CommandContext(t.Context(), path)
		command.Stdin = strings.NewReader(script)
		if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
			t.Errorf("%s: %v\n%s", shell, err, output)
		}
	}
}

func TestMan_HasEveryCommandAndFlag(t *testing.T) {
	code, page := do("man")
	if code != 0 {
		t.Fatal(page)
	}
	for _, leaf := range model(t).Leaves(true) {
		_, section, found := strings.Cut(page, "\n.SS "+roff(commandName(leaf))+"\n")
		if !found {
			t.Errorf("want a section for %s", commandName(leaf))
			continue
		}
		section, _, _ = strings.Cut(section, "\n.S")
		for _, flag := range leaf.Flags {
			if has := strings.Contains(section, `\fB\-\-`+roff(flag.Name)+`\fR`); has == flag.Hidden {
				t.Errorf("%s: want --%s shown unless it is hidden, got %v", commandName(leaf), flag.Name, has)
			}
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		return // what remains is read by the program that man uses
	}
	command := exec.CommandContext(t.Context(), groff, "-man", "-Tutf8", "-ww", "-P-c")
	command.Stdin = strings.NewReader(page)
	var warnings bytes.Buffer
	command.Stderr = &warnings
	output, err := command.Output()
	if err != nil || warnings.Len() > 0 {
		t.Errorf("groff: %v\n%s", err, &warnings)
	}
	plain := regexp.MustCompile(`.\x08`).ReplaceAllString(string(output), "") // letters that are printed twice are bold
	says(t, plain, "--max-upload", "URNA_MAX_UPLOAD", "EXIT STATUS")
}

func TestRoff_NoTextIsACommand(t *testing.T) {
	for text, want := range map[string]string{".so /etc/passwd": `\&.so /etc/passwd`, "a\n'b": "a\n\\&'b", `--a\b`: `\-\-a\eb`} {
		if got := roff(text); got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
}
