package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"urna/internal/testing/program"
)

// serve runs "urna serve" with flags on a folder and returns what it prints until it ends by itself. A server that
// starts is stopped, and fails the test.
func serve(t *testing.T, folder string, flags ...string) string {
	t.Helper()
	type ending struct {
		code int
		out  string
	}
	ended := make(chan ending, 1)
	go func() {
		code, out := do(append([]string{"serve", "--data", folder, "--addr", "127.0.0.1:0"}, flags...)...)
		ended <- ending{code, out}
	}()
	select {
	case e := <-ended:
		if e.code == 0 {
			t.Errorf("want a refusal, got 0: %s", e.out)
		}
		return e.out
	case <-time.After(20 * time.Second):
	}
	t.Error("want a refusal, got a server")
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return (<-ended).out
}

// says wants all the words in what was printed.
func says(t *testing.T, out string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(out, word) {
			t.Errorf("want %q, got %s", word, out)
		}
	}
}

func TestServe_RefusesNonsenseInPlainWords(t *testing.T) {
	cert := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(cert, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags []string
		words []string
	}{
		"no address":              {[]string{"--addr", "", "--insecure-http"}, []string{"--addr is empty", "127.0.0.1:8080"}},
		"a blank address":         {[]string{"--addr", " ", "--insecure-http"}, []string{"--addr is empty"}},
		"a port alone":            {[]string{"--addr", "8080", "--tls-self-signed"}, []string{`--addr "8080"`, "such as"}},
		"an address alone":        {[]string{"--addr", "127.0.0.1"}, []string{`--addr "127.0.0.1"`}},
		"an address and no port":  {[]string{"--addr", "127.0.0.1:"}, []string{`--addr "127.0.0.1:"`}},
		"an address of a page":    {[]string{"--addr", "http://127.0.0.1:8080", "--insecure-http"}, []string{"--addr", "such as"}},
		"six without brackets":    {[]string{"--addr", "::1:8080", "--insecure-http"}, []string{"--addr", "[::1]:8080"}},
		"a port out of range":     {[]string{"--addr", "127.0.0.1:80800"}, []string{"65535"}},
		"a port below zero":       {[]string{"--addr", "127.0.0.1:-1"}, []string{"65535"}},
		"a port of letters":       {[]string{"--addr", "127.0.0.1:nowhere"}, []string{"65535"}},
		"another's address":       {[]string{"--addr", "192.0.2.1:8080", "--insecure-http"}, []string{"not an address of this machine"}},
		"no upload":               {[]string{"--max-upload", "0"}, []string{"--max-upload 0", "bytes"}},
		"less than no upload":     {[]string{"--max-upload=-5"}, []string{"--max-upload -5"}},
		"no group":                {[]string{"--vote-group", "0"}, []string{"--vote-group 0"}},
		"less than a group":       {[]string{"--vote-group=-1"}, []string{"--vote-group -1"}},
		"no wait":                 {[]string{"--vote-wait", "0s"}, []string{"--vote-wait 0s", "1m"}},
		"a wait of hours":         {[]string{"--vote-wait", "2h"}, []string{"--vote-wait 2h"}},
		"no folder":               {[]string{"--data", ""}, []string{"--data", "empty"}},
		"an empty certificate":    {[]string{"--tls-cert", "", "--tls-key", ""}, []string{"empty"}},
		"a certificate alone":     {[]string{"--tls-cert", cert}, []string{"--tls-key"}},
		"a certificate of words":  {[]string{"--tls-cert", cert, "--tls-key", cert}, []string{"--tls-cert " + cert, "PEM"}},
		"a certificate elsewhere": {[]string{"--tls-cert", cert + "x", "--tls-key", cert}, []string{"no such file"}},
		"a proxy by name":         {[]string{"--behind-tls-proxy", "--trusted-proxies", "proxy"}, []string{`"proxy"`, "10.0.0.0/8"}},
		"a proxy of a bad range":  {[]string{"--behind-tls-proxy", "--trusted-proxies", "10.0.0.0/33"}, []string{"10.0.0.0/33"}},
		"a proxy with a zone":     {[]string{"--behind-tls-proxy", "--trusted-proxies", "fe80::1%eth0"}, []string{"fe80::1%eth0"}},
		"no proxy":                {[]string{"--behind-tls-proxy", "--trusted-proxies", ""}, []string{"--trusted-proxies", "empty"}},
		"no public address":       {[]string{"--public-url", ""}, []string{"--public-url", "empty"}},
		"a blank public address":  {[]string{"--public-url", "  "}, []string{"--public-url", "empty"}},
		"limits of words":         {[]string{"--rate-limit", "perhaps"}, []string{"--rate-limit"}},
		"a name for an address":   {[]string{"--public-url", "vote.example.org"}, []string{"--public-url", "https://vote.example.org"}},
		"an address with a path":  {[]string{"--public-url", "https://vote.example.org/town"}, []string{"--public-url", "without a path"}},
		"negative chunks":         {[]string{"--chunk-lines=-1"}, []string{"--chunk-lines"}},
	} {
		t.Run(name, func(t *testing.T) { says(t, serve(t, t.TempDir(), c.flags...), c.words...) })
	}
}

func TestServe_RefusesEmptyVariables(t *testing.T) {
	for _, name := range []string{"URNA_ADDR", "URNA_DATA", "URNA_MAX_UPLOAD", "URNA_TLS_CERT", "URNA_TRUSTED_PROXIES", "URNA_INSECURE_HTTP", "URNA_VOTE_WAIT"} {
		for _, value := range []string{"", "  "} {
			t.Run(name+value, func(t *testing.T) {
				t.Setenv(name, value)
				says(t, serve(t, t.TempDir()), name, "unset it")
			})
		}
	}
}

func TestServe_PortInUse(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	says(t, serve(t, t.TempDir(), "--addr", taken.Addr().String()), "another program listens on "+taken.Addr().String(), "--addr")
}

// TestListen_SaysWhatToDo has errors that this machine may not make by itself.
func TestListen_SaysWhatToDo(t *testing.T) {
	for word, err := range map[string]error{
		"below 1024": os.NewSyscallError("bind", syscall.EACCES), "not known to this machine": &net.DNSError{Err: "no such host", Name: "nowhere"},
	} {
		says(t, explainListen("--addr", "host:80", fmt.Errorf("listen: %w", err)).Error(), word, "host:80", "--addr")
	}
}

// TestServe_FolderThatIsNotWritable runs the program under an account that may not write the folder, or a file in it.
func TestServe_FolderThatIsNotWritable(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs an account that can run programs under another one")
	}
	binary := program.Build(t)
	root := t.TempDir()
	for _, folder := range []string{root, filepath.Dir(root), filepath.Dir(binary), filepath.Dir(filepath.Dir(binary))} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	served := filepath.Join(root, "served")
	if err := os.Mkdir(served, 0o700); err != nil {
		t.Fatal(err)
	}
	if code, out := do(onFolder(served)["users add"]...); code != 0 {
		t.Fatal(out)
	}
	if err := os.Chmod(served, 0o777); err != nil {
		t.Fatal(err)
	}
	anchored := filepath.Join(root, "anchored") // whose anchor alone belongs to root
	if code, out := do(onFolder(anchored)["users add"]...); code != 0 {
		t.Fatal(out)
	}
	err := filepath.WalkDir(anchored, func(path string, _ os.DirEntry, err error) error {
		if filepath.Base(path) == "urna.anchor" {
			return err
		}
		return errors.Join(err, os.Chown(path, 65534, 65534))
	})
	if err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(root, "locked")
	if err := os.Mkdir(locked, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(root, "own")
	if err := errors.Join(os.Mkdir(own, 0o500), os.Chown(own, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data  string
		words []string
	}{
		"its own":         {own, []string{own, "though it belongs to it", "chmod -R u+rwX"}},
		"above":           {filepath.Join(locked, "data"), []string{locked, "belongs to root", "--data"}},
		"the folder":      {locked, []string{locked, "belongs to root", "chown"}},
		"a file in it":    {served, []string{filepath.Join(served, "urna.db"), "belongs to root", "chown"}},
		"its anchor":      {anchored, []string{filepath.Join(anchored, "urna.anchor"), "belongs to root", "chown -R "}},
		"a file":          {file, []string{file, "is a file", "--data"}},
		"below a file":    {filepath.Join(file, "data"), []string{file, "is a file", "--data"}},
		"no such account": {filepath.Join(root, "new", "data"), []string{root, "--data"}},
	} {
		t.Run(name, func(t *testing.T) {
			program := exec.CommandContext(t.Context(), binary, "serve", "--data", c.data, "--addr", "127.0.0.1:0")
			program.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			out, err := program.CombinedOutput()
			if err == nil {
				t.Fatal("want a refusal")
			}
			says(t, string(out), c.words...)
		})
	}
}

func TestVersion_ByFlagAndByCommand(t *testing.T) {
	_, byCommand := do("version")
	code, byFlag := do("--version")
	if code != 0 || byFlag != byCommand || !strings.HasPrefix(byFlag, "urna "+version+" (") || !strings.Contains(byFlag, "commit") {
		t.Errorf("want the version and a commit, got %d, %q and %q", code, byFlag, byCommand)
	}
	changes, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	newest := regexp.MustCompile(`(?m)^## \[([0-9.]+)\] - \d{4}-\d\d-\d\d$`).FindSubmatch(changes)
	if newest == nil || string(newest[1]) != version {
		t.Errorf("want the newest release of CHANGELOG.md, %q, to be the program's version, got %s", newest, version)
	}
	t.Setenv("URNA_VERSION", "7")
	if code, out := do("version"); code != 0 || out != byCommand {
		t.Errorf("want a variable of that name without effect, got %d, %q", code, out)
	}
	for want, settings := range map[string][]debug.BuildSetting{
		"unknown commit":                          nil,
		"commit 0123456789ab":                     {{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "false"}},
		"commit 0123456789ab, with changes since": {{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}},
	} {
		if got := commitOf(settings); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

// TestSetupLink_HasTheAddressOfTheServer makes links while servers run, with and without a public address.
func TestSetupLink_HasTheAddressOfTheServer(t *testing.T) {
	for public, want := range map[string]string{"": "http://localhost:", "https://vote.example.org/": "https://vote.example.org/setup/"} {
		o := serverOn(t.TempDir())
		o.Addr, o.InsecureHTTP, o.PublicURL = "0.0.0.0:0", true, public
		s, err := startServer(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if code, out := do("setup-link", "--data", o.Folder); code != 0 || !strings.HasPrefix(out, want) {
			t.Errorf("want a link that can be opened, %q, got %d, %s", want, code, out)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if code, out := do("setup-link", "--data", o.Folder); code != 0 || !strings.Contains(out, "no server runs") ||
			!strings.Contains(out, "\nhttp://127.0.0.1:8080/setup/") {
			t.Errorf("want a stopped server named, and the usual address, got %d, %s", code, out)
		}
	}
	for name, address := range map[string]string{"a path": "https://vote.example.org/town", "nothing": " "} {
		if code, out := do("setup-link", "--data", t.TempDir(), "--url", address); code == 0 || !strings.Contains(out, "--url") {
			t.Errorf("%s: want the address refused, got %d, %s", name, code, out)
		}
	}
}
