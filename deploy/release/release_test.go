package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// sample builds a release of a small program in place of Urna, so that its packages are tested in seconds. The long proof
// is the task release:twice, with Urna itself.
func sample(t *testing.T) (release, built) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	r := release{root: root, out: t.TempDir(), version: "1.2.3", commit: strings.Repeat("c", 40), when: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	b := built{target: target{arch: runtime.GOARCH, compiler: "gcc"}, path: filepath.Join(r.out, r.name(runtime.GOARCH))}
	source := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(source, []byte("package main\nimport (\"fmt\"; \"os\")\nfunc main() { fmt.Println(os.Getuid(), os.Args[1:]) }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", b.path, source)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := static(b.path); err != nil {
		t.Fatal(err)
	}
	for _, write := range []func() error{
		func() error { return r.writeComponents(t.Context(), b) },
		func() error { return r.writeDebian(b) },
		func() error { return r.writeImage([]built{b}) },
		func() error { return writeChecksums(r.out, io.Discard) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	return r, b
}

func TestRelease_TwiceGivesTheSameBytes(t *testing.T) {
	first, _ := sample(t)
	time.Sleep(1100 * time.Millisecond) // another second of the day
	second, _ := sample(t)
	for _, r := range []release{first, second} {
		if entries, err := os.ReadDir(r.out); err != nil || len(entries) != 5 {
			t.Errorf("want a binary, its components, a package, an image and checksums, got %v, %v", entries, err)
		}
	}
	want, err := os.ReadFile(filepath.Join(first.out, checksumsFile))
	got, other := os.ReadFile(filepath.Join(second.out, checksumsFile))
	if err := errors.Join(err, other); err != nil || !bytes.Equal(want, got) {
		t.Errorf("want the same bytes, got %v\n%s\n%s", err, want, got)
	}
	check := exec.CommandContext(t.Context(), "sha256sum", "--check", "--strict", checksumsFile)
	check.Dir = first.out
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("want checksums that sha256sum reads, got %s", out)
	}
}

func TestRelease_ADynamicBinaryIsRefused(t *testing.T) {
	if err := static("/bin/sh"); err == nil {
		t.Error("want a program with an interpreter refused")
	}
}

// TestPackage_HasWhatTheServiceNeeds reads the package with Debian's own tool.
func TestPackage_HasWhatTheServiceNeeds(t *testing.T) {
	tool, err := exec.LookPath("dpkg-deb")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("dpkg-deb is not on this machine, and CI is set")
	}
	if err != nil {
		t.Skip("dpkg-deb is not on this machine")
	}
	r, b := sample(t)
	deb := filepath.Join(r.out, "urna_1.2.3_"+b.arch+".deb")
	show := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	for field, want := range map[string]string{"Package": "urna", "Version": "1.2.3", "Architecture": b.arch} {
		if got := strings.TrimSpace(show("--field", deb, field)); got != want {
			t.Errorf("want %s %s, got %q", field, want, got)
		}
	}
	contents := show("--contents", deb)
	for _, file := range []string{
		"./usr/bin/urna", "./usr/lib/systemd/system/urna.service", "./usr/lib/systemd/system/urna.socket", "./etc/default/urna", "./etc/urna/urna.toml",
		"./usr/share/doc/urna/LICENSE", "./usr/share/doc/urna/operating.md", "./usr/share/doc/urna/sbom.cdx.json", "./usr/share/doc/urna/examples/nginx.conf",
	} {
		if !strings.Contains(contents, file+"\n") {
			t.Errorf("want %s in the package, got\n%s", file, contents)
		}
	}
	if scripts := show("--info", deb); !strings.Contains(scripts, "postinst") {
		t.Errorf("want scripts, got\n%s", scripts)
	}
	if kept := strings.Fields(show("--info", deb, "conffiles")); !slices.Equal(kept, []string{"/etc/default/urna", "/etc/urna/urna.toml"}) {
		t.Errorf("want the settings that an upgrade keeps, got %q", kept)
	}
	// The unit reads the file, and only what the operator sets there.
	unit, err := os.ReadFile(filepath.Join(r.root, "deploy/debian/urna.service"))
	if err != nil || !strings.Contains(string(unit), " URNA_CONFIG=/etc/urna/urna.toml\n") {
		t.Errorf("want the unit to read /etc/urna/urna.toml, got %v\n%s", err, unit)
	}
}

// TestPackage_AnUpgradeKeepsSettings installs the package with dpkg into a folder, without its scripts, changes its settings
// and installs a later one that ships other settings.
func TestPackage_AnUpgradeKeepsSettings(t *testing.T) {
	for _, tool := range []string{"dpkg", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") != "" {
			t.Fatalf("%s is not on this machine, and CI is set", tool)
		} else if err != nil {
			t.Skipf("%s is not on this machine", tool)
		}
	}
	r, b := sample(t)
	work := t.TempDir()
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
	}
	// bare makes a package without scripts and with a line more in each setting.
	bare := func(version, line string) (path string) {
		folder := filepath.Join(work, "tree-"+version)
		run("dpkg-deb", "-R", filepath.Join(r.out, "urna_1.2.3_"+b.arch+".deb"), folder)
		for _, script := range []string{"postinst", "prerm", "postrm"} {
			if err := os.Remove(filepath.Join(folder, "DEBIAN", script)); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"etc/urna/urna.toml", "etc/default/urna"} {
			appendLine(t, filepath.Join(folder, name), line)
		}
		run("sed", "-i", "s/^Version: .*/Version: "+version+"/", filepath.Join(folder, "DEBIAN/control"))
		path = filepath.Join(work, version+".deb")
		run("dpkg-deb", "--root-owner-group", "-b", folder, path)
		return path
	}
	root := filepath.Join(work, "root")
	if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg/updates"), 0o755); err != nil {
		t.Fatal(err)
	}
	appendLine(t, filepath.Join(root, "var/lib/dpkg/status"), "")
	install := func(path string) {
		t.Helper()
		run("dpkg", "--root="+root, "--log=/dev/null", "--force-not-root", "--force-bad-path", "--force-depends", "--force-confdef", "--force-confold", "-i", path)
	}
	install(bare("1.2.3", "# of the first version"))
	settings := filepath.Join(root, "etc/urna/urna.toml")
	appendLine(t, settings, `public-url = "https://vote.example.org"`)
	install(bare("1.2.4", "# of the second version"))
	if got := readText(t, settings); !strings.Contains(got, "public-url = \"https") || strings.Contains(got, "second version") {
		t.Errorf("want the changed settings kept, got\n%s", got)
	}
	if got := readText(t, settings+".dpkg-dist"); !strings.Contains(got, "second version") {
		t.Errorf("want the new settings beside them, got\n%s", got)
	}
	if got := readText(t, filepath.Join(root, "etc/default/urna")); !strings.Contains(got, "second version") {
		t.Errorf("want unchanged settings to be the new ones, got\n%s", got)
	}
}

func appendLine(t *testing.T, path, line string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(line + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestComponents_AreThoseOfTheBinary(t *testing.T) {
	_, b := sample(t)
	content, err := os.ReadFile(b.path + ".cdx.json")
	if err != nil {
		t.Fatal(err)
	}
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(content), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if bom.SpecVersion != cyclonedx.SpecVersion1_6 || bom.Metadata.Component.Version != "1.2.3" {
		t.Errorf("want CycloneDX 1.6 of the version, got %v", bom.Metadata)
	}
	sum, err := sha256Of(b.path)
	if err != nil || (*bom.Metadata.Component.Hashes)[0].Value != sum {
		t.Errorf("want the hash of the binary, %s, got %v, %v", sum, bom.Metadata.Component.Hashes, err)
	}
	named := map[string]string{}
	for _, c := range *bom.Components {
		named[c.Name] = c.Version
		if c.Version == "" || c.PackageURL == "" {
			t.Errorf("want a version and an address of %v", c)
		}
	}
	for _, name := range []string{"std", "sqlite", "glibc", "htmx.org", "htmx-ext-sse", "idiomorph"} {
		if named[name] == "" {
			t.Errorf("want %s among the components, got %v", name, named)
		}
	}
}

// TestImage_RunsWithoutRights unpacks the image and runs its command in it, as a container engine does.
func TestImage_RunsWithoutRights(t *testing.T) {
	r, b := sample(t)
	oci := t.TempDir()
	unpack(t, filepath.Join(r.out, "urna-1.2.3-image.oci.tar"), oci)
	index, err := layout.ImageIndexFromPath(oci)
	if err != nil {
		t.Fatal(err)
	}
	outer, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	inner, err := index.ImageIndex(outer.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	platforms, err := inner.IndexManifest()
	if err != nil || len(platforms.Manifests) != 1 || platforms.Manifests[0].Platform.Architecture != b.arch {
		t.Fatalf("want one image for %s, got %v, %v", b.arch, platforms, err)
	}
	image, err := inner.Image(platforms.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65534:65534" || config.Architecture != b.arch || config.OS != "linux" {
		t.Errorf("want an account without rights on linux/%s, got %+v", b.arch, config.Config)
	}
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("want one layer, got %v, %v", layers, err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	unpackReader(t, content, root)
	if os.Geteuid() != 0 {
		t.Skip("needs root to change its root folder")
	}
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := exec.CommandContext(t.Context(), config.Config.Entrypoint[0], config.Config.Cmd...)
	c.Env, c.Dir, c.Stdout, c.Stderr = config.Config.Env, "/", &out, &out
	c.Path = config.Config.Entrypoint[0]
	c.Err = nil // the path is that within the new root
	c.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: unprivileged, Gid: unprivileged}}
	if err := c.Run(); err != nil || strings.TrimSpace(out.String()) != "65534 [serve]" {
		t.Errorf("want the program run without rights, got %v, %s", err, out.String())
	}
}

// unpack unpacks a tar file into a folder.
func unpack(t *testing.T, from, to string) {
	t.Helper()
	file, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	unpackReader(t, file, to)
}

func unpackReader(t *testing.T, from io.Reader, to string) {
	t.Helper()
	for r := tar.NewReader(from); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, header.Name)
		if header.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, fs.FileMode(header.Mode).Perm())
		} else {
			var content []byte
			content, err = io.ReadAll(r)
			err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, fs.FileMode(header.Mode).Perm()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
