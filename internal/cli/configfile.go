package cli

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// configFile is what a configuration file says. Its keys are the flags of the commands, as kong has them: a key at the top
// is a flag of serve or of the whole program, and holds for each command that has a flag of this name; a key in a table,
// such as [users.add], holds for that command alone.
type configFile struct {
	path     string
	settings []setting
}

// setting is one line of a configuration file.
type setting struct {
	table string // the command, such as "users add"; "" at the top
	key   string
	value any // as TOML has it
	line  int
}

// configError is a line that the program cannot use.
type configError struct {
	path   string
	line   int
	reason string
}

// Error returns place, reason and remedy.
func (m *configError) Error() string { return fmt.Sprintf("%s:%d: %s", m.path, m.line, m.reason) }

// readConfigFile reads a configuration file and compares it with the flags of the commands. The error names every line
// that the program cannot use.
func readConfigFile(path string, model *kong.Application) (*configFile, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the configuration file cannot be read: %w", err)
	}
	values := map[string]any{}
	if err := toml.Unmarshal(content, &values); err != nil {
		if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, _ := wrong.Position()
			return nil, &configError{path, line, "this is not TOML: " + strings.TrimPrefix(err.Error(), "toml: ") +
				`; write lines such as addr = "127.0.0.1:8080"`}
		}
		return nil, repeated(path, content, err)
	}
	file := &configFile{path: path, settings: settingsOf(content, values)}
	var mistakes []error
	for _, s := range file.settings {
		if err := file.check(s, model); err != nil {
			mistakes = append(mistakes, err)
		}
	}
	return file, errors.Join(mistakes...)
}

// settingsOf returns the settings of a valid TOML document with their lines, in the order of the document.
func settingsOf(content []byte, values map[string]any) []setting {
	var found []setting
	var table []string
	parser := unstable.Parser{}
	parser.Reset(content)
	for parser.NextExpression() {
		expression := parser.Expression()
		var keys []string
		line := 0
		for key := expression.Key(); key.Next(); {
			keys = append(keys, string(key.Node().Data))
			line = parser.Shape(key.Node().Raw).Start.Line
		}
		if expression.Kind != unstable.KeyValue {
			table = keys
			continue
		}
		all := append(slices.Clone(table), keys...)
		last := len(all) - 1
		found = append(found, setting{
			table: strings.Join(all[:last], " "), key: all[last], value: valueAt(values, all), line: line,
		})
	}
	return found
}

// repeated returns the error for a document in which a key or a table is there twice, with the line of the second one.
func repeated(path string, content []byte, err error) error {
	seen := map[string]int{}
	for _, s := range settingsOf(content, nil) {
		name := s.table + " " + s.key
		if first, ok := seen[name]; ok {
			return &configError{path, s.line, fmt.Sprintf("the key %q is in line %d already: remove one of them", s.key, first)}
		}
		seen[name] = s.line
	}
	return fmt.Errorf("%s is not TOML: %w", path, err)
}

// valueAt returns the value of a key in nested tables; nil within an array of tables.
func valueAt(values map[string]any, keys []string) any {
	var value any = values
	for _, key := range keys {
		table, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = table[key]
	}
	return value
}

// check compares one setting with the flags.
func (f *configFile) check(s setting, model *kong.Application) error {
	node := commandNode(model, s.table)
	if node == nil {
		return f.mistake(s, "there is no command %q: keys of the server are at the top of the file, before the first [table]; "+
			"a table has the name of a command, such as [users.add]", s.table)
	}
	if s.table != "" && len(node.Children) > 0 {
		return f.mistake(s, "the table [%s] belongs to several commands: write one of them, such as [%s.%s]", s.table, s.table, node.Children[0].Name)
	}
	flags := slices.Clone(node.Flags)
	if s.table == "" {
		flags = append(flags, commandNode(model, "serve").Flags...)
	}
	for _, flag := range flags {
		switch {
		case flag.Name != s.key || !configurable(flag):
		case flag.Tag.Has("once"):
			return f.mistake(s, "%s is meant for one run: remove the line, and give --%s on the command line when it is needed", s.key, s.key)
		default:
			return f.checkValue(s, flag)
		}
	}
	of := cmp.Or(s.table, "serve")
	return f.mistake(s, "there is no key %q: %sremove the line, or see `urna config show %s` for all keys", s.key, nearest(s.key, flags), of)
}

// checkValue parses the value as the flag's own.
func (f *configFile) checkValue(s setting, flag *kong.Flag) error {
	value, err := flagValue(s.value, flag)
	if err != nil {
		return f.mistake(s, "%s: %w", s.key, err)
	}
	target := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Parse(kong.Scan().PushTyped(value, kong.FlagValueToken), target); err != nil {
		return f.mistake(s, "%s", strings.TrimPrefix(err.Error(), "--"))
	}
	if flag.Enum != "" && !flag.EnumMap()[fmt.Sprint(target)] {
		return f.mistake(s, "%s is one of %s, not %q", s.key, flag.Enum, fmt.Sprint(target))
	}
	return nil
}

// mistake returns the error for a line of the file.
func (f *configFile) mistake(s setting, format string, args ...any) error {
	return &configError{f.path, s.line, fmt.Errorf(format, args...).Error()}
}

// flagValue returns a value of TOML as kong reads it: a text, or a text with commas for a list.
func flagValue(value any, flag *kong.Flag) (any, error) {
	switch v := value.(type) {
	case bool:
		if !flag.IsBool() {
			return nil, errors.New("write a value in quotation marks, not true or false")
		}
		return v, nil
	case string, int64, float64:
		text := fmt.Sprint(v)
		if strings.TrimSpace(text) == "" {
			return nil, errors.New("the value is empty: write one, or remove the line")
		}
		return text, nil
	case []any:
		if !flag.IsSlice() || len(v) == 0 {
			return nil, errors.New("write one value, not a list, or remove the line")
		}
		all := make([]string, len(v))
		for i, one := range v {
			all[i] = fmt.Sprint(one)
		}
		return strings.Join(all, ","), nil
	default:
		return nil, errors.New(`write a text in quotation marks, a number, true or false, or a list such as ["a", "b"]`)
	}
}

// find returns the setting that holds for a flag of a command.
func (f *configFile) find(command string, flag *kong.Flag) (setting, bool) {
	for _, table := range []string{command, ""} {
		for _, s := range f.settings {
			if s.table == table && s.key == flag.Name {
				return s, true
			}
		}
	}
	return setting{}, false
}

// Validate implements kong.Resolver; readConfigFile has done that.
func (*configFile) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver: it returns the file's value of a flag, unless the environment has one.
func (f *configFile) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if !configurable(flag) || fromEnvironment(flag) != "" {
		return nil, nil //nolint:nilnil // kong's word for "no value here"
	}
	s, ok := f.find(commandName(parent.Node()), flag)
	if !ok {
		return nil, nil //nolint:nilnil // kong's word for "no value here"
	}
	if err := f.checkValue(s, flag); err != nil { // of another type than serve's flag of this name
		return nil, err
	}
	return flagValue(s.value, flag)
}

// configurable reports whether a flag can be in a file: not --help, --version and --config itself.
func configurable(flag *kong.Flag) bool { return len(flag.Envs) > 0 && flag.Name != "config" }

// fromEnvironment returns the environment variable that is set for a flag, "" if none is.
func fromEnvironment(flag *kong.Flag) string {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return name
		}
	}
	return ""
}

// commandName returns the words of a command, such as "users add"; "" for the program.
func commandName(node *kong.Node) string {
	if node == nil || node.Type == kong.ApplicationNode {
		return ""
	}
	return strings.TrimSpace(commandName(node.Parent) + " " + node.Name)
}

// commandNode returns the command with these words, or nil if there is none.
func commandNode(model *kong.Application, name string) *kong.Node {
	node := model.Node
	for word := range strings.FieldsSeq(name) {
		at := slices.IndexFunc(node.Children, func(child *kong.Node) bool { return child.Name == word })
		if at < 0 {
			return nil
		}
		node = node.Children[at]
	}
	return node
}

// nearest returns a question after the flag that a wrong key may mean, or "".
func nearest(key string, flags []*kong.Flag) string {
	plain := func(name string) string { return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name)) }
	best, distance := "", 3
	for _, flag := range flags {
		if d := edits(plain(key), plain(flag.Name)); d < distance {
			best, distance = flag.Name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("do you mean %q? Correct it, ", best)
}

// edits returns how many characters must be inserted, removed or replaced to make one word of the other.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// concealed returns a value as it may be shown: not at all for a flag with the tag secret, and without the password of an
// address.
func concealed(flag *kong.Flag, value string) string {
	if flag.Tag.Has("secret") {
		return "hidden"
	}
	if address, err := url.Parse(value); err == nil && address.User != nil {
		return address.Redacted()
	}
	return value
}
