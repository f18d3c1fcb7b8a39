// Package cloudinit has the file that a cloud gives to a virtual machine, which this test reads as cloud-init would.
package cloudinit

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const userData = "user-data.yaml"

// config has the keys of cloud-init that the file may use.
type config struct {
	PackageUpdate  bool     `json:"package_update"`
	PackageUpgrade bool     `json:"package_upgrade"`
	Packages       []string `json:"packages"`
	WriteFiles     []struct {
		Path        string `json:"path"`
		Permissions string `json:"permissions"`
		Content     string `json:"content"`
	} `json:"write_files"`
	RunCommands [][]string `json:"runcmd"`
}

// read decodes the file strictly: an unknown or doubled key is an error.
func read(t *testing.T) (c config) {
	t.Helper()
	content, err := os.ReadFile(userData)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(content), "#cloud-config\n") {
		t.Error("want #cloud-config as the first line: without it cloud-init ignores the file")
	}
	if err := yaml.UnmarshalStrict(content, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// need returns a program, or skips the test; with the variable CI it fails.
func need(t *testing.T, name, task string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("%s is not on this machine, and CI is set", name)
	}
	if err != nil {
		t.Skipf("%s is not on this machine: go tool task %s", name, task)
	}
	return path
}

// TestUserData_CloudInitAcceptsIt has cloud-init compare the file with its own schema, which needs no network.
func TestUserData_CloudInitAcceptsIt(t *testing.T) {
	tool := need(t, "cloud-init", "cloud-init")
	schema := func(path string) (string, error) {
		out, err := exec.CommandContext(t.Context(), tool, "schema", "--config-file", path).CombinedOutput()
		return string(out), err
	}
	if out, err := schema(userData); err != nil || !strings.Contains(out, "Valid") {
		t.Errorf("want a valid file, got %v: %s", err, out)
	}
	wrong := filepath.Join(t.TempDir(), userData)
	if err := os.WriteFile(wrong, []byte("#cloud-config\npackages: {caddy: 1}\nruncmd: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := schema(wrong); err == nil {
		t.Errorf("want a wrong file refused, got %s", out)
	}
}

// TestUserData_InstallsWhatItChecked reads what the machine does at its first boot, in its order.
func TestUserData_InstallsWhatItChecked(t *testing.T) {
	c := read(t)
	at := func(word string) int {
		return slices.IndexFunc(c.RunCommands, func(command []string) bool { return strings.Contains(strings.Join(command, " "), word) })
	}
	fetched, checked, installed := at("--output /run/urna.deb"), at("sha256sum --check --strict"), at("apt-get install")
	if fetched < 0 || checked != fetched+1 || installed != checked+1 {
		t.Errorf("want the package fetched, its checksum compared, then installed, got %v", c.RunCommands)
	}
	// cloud-init goes on after a command that failed: without the comparison apt-get must find nothing to install.
	if command := strings.Join(c.RunCommands[max(checked, 0)], " "); !strings.Contains(command, "rm -f /run/urna.deb") {
		t.Errorf("want a package with another checksum removed, got %q", command)
	}
	if installed >= 0 && !slices.Contains(c.RunCommands[installed], "Dpkg::Options::=--force-confold") {
		t.Errorf("want the settings of this file kept at the installation, got %v", c.RunCommands[installed])
	}
	for _, name := range []string{"caddy", "curl"} {
		if !slices.Contains(c.Packages, name) {
			t.Errorf("want the package %s", name)
		}
	}
}

// TestUserData_TheProxyIsTheTestedOne compares the proxy's file with the one that is tried with Caddy.
func TestUserData_TheProxyIsTheTestedOne(t *testing.T) {
	tested, err := os.ReadFile("../caddy/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, file := range read(t).WriteFiles {
		found[file.Path] = file.Content
	}
	if got, want := statements(found["/etc/caddy/Caddyfile"]), statements(string(tested)); !slices.Equal(got, want) {
		t.Errorf("want the statements of deploy/caddy/Caddyfile\n%q, got\n%q", want, got)
	}
	for _, line := range []string{"URNA_PUBLIC_URL=https://vote.example.org", "URNA_BEHIND_TLS_PROXY=true"} {
		if !strings.Contains(found["/etc/default/urna"], line+"\n") {
			t.Errorf("want %s, got %q", line, found["/etc/default/urna"])
		}
	}
}

// statements returns the lines of a file of Caddy without comments and indentation.
func statements(content string) (lines []string) {
	for line := range strings.Lines(content) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}
