package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// CompletionCommand prints a script that completes commands, flags and their values. It is made from the commands.
type CompletionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is the text below the command's usage.
func (c *CompletionCommand) Help() string {
	return "For bash, in ~/.bashrc:      source <(urna completion bash)\n" +
		"For zsh, in ~/.zshrc:        source <(urna completion zsh)\n" +
		"For fish:                    urna completion fish > ~/.config/fish/completions/urna.fish"
}

// Run prints the script.
func (c *CompletionCommand) Run(parsed *kong.Context, streams *Streams) error {
	words := completionWords(parsed.Model)
	switch c.Shell {
	case "zsh": // reads scripts of bash
		fmt.Fprint(streams.Out, "autoload -U +X bashcompinit && bashcompinit\n", bashCompletion(words))
	case "fish":
		fmt.Fprint(streams.Out, fishCompletion(words))
	default:
		fmt.Fprint(streams.Out, bashCompletion(words))
	}
	return nil
}

// completed are the words that can follow a command.
type completed struct {
	command string // such as "users add"; "" for the program
	words   []completedWord
}

// completedWord is one word with its help.
type completedWord struct {
	text   string // the command, or the flag with --
	help   string
	values []string // that a flag takes, if they are few
	path   bool     // the flag takes the name of a file
	bare   bool     // a command, or a flag without a value
}

// completionWords returns the words of all commands, the program first.
func completionWords(model *kong.Application) []completed {
	all := []completed{{words: wordsOf(model.Node, nil)}}
	var visit func(node *kong.Node)
	visit = func(node *kong.Node) {
		for _, child := range shownCommands(node) {
			all = append(all, completed{command: commandName(child), words: wordsOf(child, model.Flags)})
			visit(child)
		}
	}
	visit(model.Node)
	return all
}

func shownCommands(node *kong.Node) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(node.Children), func(child *kong.Node) bool { return child.Hidden })
}

// wordsOf returns the words that can follow a command: its commands, the values of its arguments, its flags and further ones.
func wordsOf(node *kong.Node, further []*kong.Flag) (words []completedWord) {
	for _, child := range shownCommands(node) {
		words = append(words, completedWord{text: child.Name, help: child.Help, bare: true})
	}
	for _, positional := range node.Positional {
		if positional.Enum == "" {
			continue
		}
		for _, value := range positional.EnumSlice() {
			words = append(words, completedWord{text: value, help: positional.Help, bare: true})
		}
	}
	for _, flag := range slices.Concat(node.Flags, further) {
		if !flag.Hidden {
			words = append(words, flagWord(flag))
		}
	}
	return words
}

func flagWord(flag *kong.Flag) completedWord {
	word := completedWord{text: "--" + flag.Name, help: flag.Help, bare: flag.IsBool(), path: flag.Tag.Type == "path" || flag.Tag.Type == "existingfile"}
	if flag.Enum != "" {
		word.values = flag.EnumSlice()
	}
	return word
}

// bashCompletion returns the script for bash: it finds the command among the words that were typed, and offers what can
// follow it.
func bashCompletion(commands []completed) string {
	var b strings.Builder
	b.WriteString(`# Completion of urna for bash, made by: urna completion bash
_urna() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "${command:+$command }$word" in
`)
	var names []string
	for _, c := range commands[1:] {
		names = append(names, `"`+c.command+`"`)
	}
	fmt.Fprintf(&b, "      %s) command=\"${command:+$command }$word\" ;;\n    esac\n  done\n", strings.Join(names, "|"))
	b.WriteString("  COMPREPLY=()\n  case \"$command $previous\" in\n")
	for _, c := range commands {
		for _, word := range c.words {
			switch {
			case word.bare:
			case len(word.values) > 0:
				fmt.Fprintf(&b, "    \"%s %s\") COMPREPLY=($(compgen -W \"%s\" -- \"$current\")); return ;;\n", c.command, word.text, strings.Join(word.values, " "))
			case word.path:
				fmt.Fprintf(&b, "    \"%s %s\") COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n", c.command, word.text)
			default:
				fmt.Fprintf(&b, "    \"%s %s\") return ;;\n", c.command, word.text)
			}
		}
	}
	b.WriteString("  esac\n  case \"$command\" in\n")
	for _, c := range commands {
		var words []string
		for _, word := range c.words {
			words = append(words, word.text)
		}
		fmt.Fprintf(&b, "    \"%s\") COMPREPLY=($(compgen -W \"%s\" -- \"$current\")) ;;\n", c.command, strings.Join(words, " "))
	}
	b.WriteString("  esac\n}\ncomplete -o default -F _urna urna\n")
	return b.String()
}

// fishCompletion returns the script for fish.
func fishCompletion(commands []completed) string {
	quote := func(text string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
	}
	var b strings.Builder
	b.WriteString("# Completion of urna for fish, made by: urna completion fish\ncomplete -c urna -f\n")
	for _, c := range commands {
		condition := "__fish_use_subcommand"
		if c.command != "" {
			var each []string
			for word := range strings.FieldsSeq(c.command) {
				each = append(each, "__fish_seen_subcommand_from "+word)
			}
			condition = strings.Join(each, "; and ")
		}
		for _, word := range c.words {
			fmt.Fprintf(&b, "complete -c urna -n %s", quote(condition))
			flag, isFlag := strings.CutPrefix(word.text, "--")
			switch {
			case !isFlag:
				fmt.Fprintf(&b, " -a %s", quote(word.text))
			case word.bare:
				fmt.Fprintf(&b, " -l %s", flag)
			case len(word.values) > 0:
				fmt.Fprintf(&b, " -l %s -x -a %s", flag, quote(strings.Join(word.values, " ")))
			case word.path:
				fmt.Fprintf(&b, " -l %s -r -F", flag)
			default:
				fmt.Fprintf(&b, " -l %s -x", flag)
			}
			fmt.Fprintf(&b, " -d %s\n", quote(word.help))
		}
	}
	return b.String()
}
