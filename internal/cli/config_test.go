package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// model returns the commands as kong has them.
func model(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := newParser(t.Context(), &commands{}, &Streams{})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// configuration writes a configuration file and returns its path.
func configuration(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "urna.toml")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// example returns a value that a flag takes, as TOML.
func example(flag *kong.Flag) string {
	kind := flag.Target.Type()
	switch {
	case flag.Default != "":
		return tomlValue(flag, flag.Default)
	case flag.Enum != "":
		return fmt.Sprintf("%q", flag.EnumSlice()[0])
	case flag.IsBool():
		return "true"
	case kind.Kind() == reflect.Slice && kind.Elem().Kind() == reflect.Int64:
		return "[7, 8]"
	case kind.Kind() == reflect.Slice:
		return `["127.0.0.1", "::1"]`
	case kind == reflect.TypeFor[time.Duration]():
		return `"3s"`
	case kind.Kind() == reflect.Float64:
		return "0.5"
	case flag.Target.CanInt() || flag.Target.CanUint():
		return "12345"
	default:
		return `"1%"`
	}
}

// TestConfig_EveryFlagIsAKey writes a file with every flag of every command: no flag needs to be named a second time.
func TestConfig_EveryFlagIsAKey(t *testing.T) {
	app := model(t)
	var visit func(node *kong.Node)
	seen := 0
	visit = func(node *kong.Node) {
		for _, child := range node.Children {
			visit(child)
		}
		if len(node.Children) > 0 {
			return
		}
		name := commandName(node)
		lines := []string{"[" + strings.ReplaceAll(name, " ", ".") + "]"}
		for _, flag := range node.Flags {
			if configurable(flag) && !flag.Tag.Has("once") {
				lines = append(lines, flag.Name+" = "+example(flag))
				seen++
			}
		}
		file, err := readConfigFile(configuration(t, lines...), app)
		if err != nil {
			t.Errorf("want every flag of %s to be a key: %v", name, err)
			return
		}
		for i, s := range file.settings {
			if s.line != i+2 || s.table != name {
				t.Errorf("want %s in line %d of %s, got %d of %q", s.key, i+2, name, s.line, s.table)
			}
		}
	}
	visit(app.Node)
	if seen < 50 {
		t.Errorf("want all flags of all commands, got %d", seen)
	}
}

// TestConfig_WrongLinesAreRefused reads files that no command may accept, with every command that reads them first.
func TestConfig_WrongLinesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		words []string
	}{
		"a key that is misspelt":   {[]string{"", `adr = "127.0.0.1:0"`}, []string{"urna.toml:2", `no key "adr"`, `"addr"`, "urna config show serve"}},
		"a key of no flag":         {[]string{`colour = "red"`}, []string{"urna.toml:1", `no key "colour"`, "remove the line"}},
		"a key of another command": {[]string{`reason = "x"`}, []string{"urna.toml:1", `no key "reason"`}},
		"a table of no command":    {[]string{"[server]", "x = 1"}, []string{"urna.toml:2", `no command "server"`, "before the first [table]"}},
		"a table of several":       {[]string{"[users]", `role = "official"`}, []string{"urna.toml:2", "several commands", "[users."}},
		"tables in a list":         {[]string{"[[verify]]", `data = "x"`}, []string{"urna.toml:2", "data"}},
		"a text for a number":      {[]string{`max-upload = "many"`}, []string{"urna.toml:1", "max-upload", "many"}},
		"true for a text":          {[]string{"data = true"}, []string{"urna.toml:1", "data", "quotation marks"}},
		"a list for one value":     {[]string{`addr = ["a", "b"]`}, []string{"urna.toml:1", "addr", "not a list"}},
		"no value":                 {[]string{`addr = " "`}, []string{"urna.toml:1", "addr", "empty"}},
		"a time without a unit":    {[]string{"vote-wait = 3"}, []string{"urna.toml:1", "vote-wait", "3"}},
		"a value that is none":     {[]string{`rate-limit = "maybe"`}, []string{"urna.toml:1", "on,off", "maybe"}},
		"the same key twice":       {[]string{`addr = "a"`, `data = "d"`, `addr = "b"`}, []string{"urna.toml:3", "line 1", "remove one"}},
		"no TOML":                  {[]string{`data = "d"`, "addr: 127.0.0.1"}, []string{"urna.toml:2", "not TOML", "addr ="}},
		"an answer for one start":  {[]string{`accept-rollback = "always"`}, []string{"urna.toml:1", "for one run", "--accept-rollback"}},
		"two mistakes":             {[]string{"x = 1", "y = 2"}, []string{"urna.toml:1", "urna.toml:2"}},
		"the file itself":          {[]string{`config = "other.toml"`}, []string{"urna.toml:1", `no key "config"`}},
	} {
		t.Run(name, func(t *testing.T) {
			file := configuration(t, c.lines...)
			for _, args := range [][]string{
				{"config", "check", file}, {"serve", "--config", file}, {"verify", "--config", file, "--data", t.TempDir()}, {"config", "show", "--config", file},
			} {
				code, out := do(args...)
				if code == 0 {
					t.Errorf("want a refusal from %v, got %s", args, out)
				}
				says(t, out, c.words...)
			}
		})
	}
	code, out := do("config", "check", filepath.Join(t.TempDir(), "none.toml"))
	if code == 0 {
		t.Error("want a refusal of a file that is not there")
	}
	says(t, out, "none.toml", "cannot be read")
}

// parsed returns the commands as a command line, the environment and the file fill them.
func parsed(t *testing.T, args ...string) *commands {
	t.Helper()
	var filled commands
	parser, err := newParser(t.Context(), &filled, &Streams{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	return &filled
}

func TestConfig_FlagsThenEnvironmentThenFile(t *testing.T) {
	file := configuration(t, `data = "from-file"`, `addr = "127.0.0.1:1"`, `vote-wait = "3s"`, "vote-group = 5",
		`trusted-proxies = ["10.0.0.1", "10.0.0.2"]`, `open-registration = "approve"`, "require-second-factor = true",
		"[users.list]", `data = "of-one-command"`)
	t.Setenv("URNA_CONFIG", file)
	t.Setenv("URNA_VOTE_WAIT", "4s")
	t.Setenv("URNA_VOTE_GROUP", "6")
	serve := parsed(t, "serve", "--vote-group", "7").Serve
	if serve.VoteGroup != 7 {
		t.Errorf("want the flag before the environment: 7, got %d", serve.VoteGroup)
	}
	if serve.VoteWait != 4*time.Second {
		t.Errorf("want the environment before the file: 4s, got %v", serve.VoteWait)
	}
	if serve.Addr != "127.0.0.1:1" || filepath.Base(serve.Data) != "from-file" || !serve.RequireSecondFactor {
		t.Errorf("want the file before the defaults, got %q, %q, %v", serve.Addr, serve.Data, serve.RequireSecondFactor)
	}
	if want := []string{"10.0.0.1", "10.0.0.2"}; !slices.Equal(serve.TrustedProxies, want) {
		t.Errorf("want %v, got %v", want, serve.TrustedProxies)
	}
	if serve.OpenRegistration.warning() == "" || strings.Contains(serve.OpenRegistration.warning(), "***") {
		t.Errorf("want registration with approval, got %q", serve.OpenRegistration.warning())
	}
	if serve.MaxUpload != 4294967296 {
		t.Errorf("want the default of what nothing sets, got %d", serve.MaxUpload)
	}
	if data := parsed(t, "verify").Verify.Data; filepath.Base(data) != "from-file" {
		t.Errorf("want a key at the top to hold for other commands with this flag, got %q", data)
	}
	if data := parsed(t, "users", "list").Users.List.Data; filepath.Base(data) != "of-one-command" {
		t.Errorf("want the table of a command before the top, got %q", data)
	}
}

func TestConfig_CheckSaysWhatServeWouldSay(t *testing.T) {
	code, out := do("config", "check", configuration(t, `addr = "0.0.0.0:80"`))
	if code == 0 {
		t.Errorf("want a refusal of what serve refuses, got %s", out)
	}
	says(t, out, "serve would not start", "plain HTTP")
	code, out = do("config", "check", configuration(t, `public-url = "ftp://x"`))
	if code == 0 {
		t.Errorf("want a refusal of what serve refuses, got %s", out)
	}
	t.Setenv("URNA_ADRR", "127.0.0.1:1")
	code, out = do("config", "check", configuration(t, `addr = "127.0.0.1:1"`))
	if code != 0 {
		t.Errorf("want success, got %d", code)
	}
	says(t, out, "is in order", "URNA_ADRR")
}

// TestConfig_ShowIsAConfiguration gives what show prints to check and to show again.
func TestConfig_ShowIsAConfiguration(t *testing.T) {
	file := configuration(t, `data = 'a "b" \ c'`, `trusted-proxies = ["10.0.0.1", "10.0.0.2"]`, "max-upload = 99", "behind-tls-proxy = true", `vote-wait = "3s"`)
	t.Setenv("URNA_VOTE_GROUP", "6")
	code, shown := do("config", "show", "--config", file)
	if code != 0 {
		t.Fatal(shown)
	}
	says(t, shown, "from URNA_VOTE_GROUP", "line 3", "# addr =", "# tls-cert has no value")
	t.Setenv("URNA_VOTE_GROUP", "7")
	if err := os.Unsetenv("URNA_VOTE_GROUP"); err != nil {
		t.Fatal(err)
	}
	again := configuration(t, shown)
	code, out := do("config", "check", again)
	if code != 0 {
		t.Errorf("want what show prints to be a configuration: %s\n%s", out, shown)
	}
	_, second := do("config", "show", "--config", again)
	source := regexp.MustCompile(`  # from .*`)
	if a, b := source.ReplaceAllString(shown, ""), source.ReplaceAllString(second, ""); a != b {
		t.Errorf("want the same configuration again:\n%s\n%s", a, b)
	}
}

func TestConfig_SecretsAreHidden(t *testing.T) {
	const secret = "correct horse battery staple, and more"
	t.Setenv("URNA_JWT_SECRET", secret)
	t.Setenv("URNA_PASSWORD", secret)
	t.Setenv("URNA_PUBLIC_URL", "https://ada:"+"hunter2"+"@vote.example.org")
	code, out := do("config", "show")
	if code != 0 {
		t.Fatal(out)
	}
	for _, hidden := range []string{secret, "hunter2"} {
		if strings.Contains(out, hidden) {
			t.Errorf("want no secret, got %s", out)
		}
	}
	says(t, out, "URNA_JWT_SECRET is set", "vote.example.org")
	// The tag works for any flag.
	flag := &kong.Flag{Value: &kong.Value{Tag: &kong.Tag{}}}
	if got := concealed(flag, "plain"); got != "plain" {
		t.Errorf("want plain, got %q", got)
	}
	var tagged struct {
		Token string `secret:""`
	}
	app, err := kong.New(&tagged)
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range app.Model.Flags {
		if flag.Name == "token" && concealed(flag, secret) != "hidden" {
			t.Errorf("want a flag with the tag secret hidden, got %q", concealed(flag, secret))
		}
	}
}

// TestConfig_SecretsHaveTheTag finds flags whose names promise a secret and that show would print.
func TestConfig_SecretsHaveTheTag(t *testing.T) {
	named := regexp.MustCompile(`password|secret|token|passphrase`)
	err := kong.Visit(model(t), func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && named.MatchString(flag.Name) && !flag.IsBool() && flag.Tag.Type != "path" && !flag.Tag.Has("secret") {
			t.Errorf(`--%s looks like a secret: give it the tag secret:""`, flag.Name)
		}
		return next(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestConfig_TheFileOfThePackageIsOne reads the settings that the Debian package ships: as they are, and with each line set.
func TestConfig_TheFileOfThePackageIsOne(t *testing.T) {
	content, err := os.ReadFile("../../deploy/debian/urna.toml")
	if err != nil {
		t.Fatal(err)
	}
	if code, out := do("config", "check", configuration(t, string(content))); code != 0 || !strings.Contains(out, "is in order") {
		t.Errorf("want the file in order, got %d: %s", code, out)
	}
	settings := regexp.MustCompile(`(?m)^#([a-z-]+ = .*)$`).FindAllStringSubmatch(string(content), -1)
	if len(settings) < 8 {
		t.Fatalf("want the usual settings, found %q", settings)
	}
	for _, setting := range settings {
		if _, out := do("config", "check", configuration(t, setting[1])); strings.Contains(out, "urna.toml:1:") {
			t.Errorf("want %q to be a setting, got %s", setting[1], out)
		}
	}
	if _, out := do("config", "check", configuration(t, "pubic-url = 1")); !strings.Contains(out, "urna.toml:1:") {
		t.Errorf("want a wrong line named, got %s", out)
	}
}
