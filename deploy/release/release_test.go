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
		"./usr/bin/urna", "./usr/lib/systemd/system/urna.service", "./usr/lib/systemd/system/urna.socket", "./etc/default/urna",
		"./usr/share/doc/urna/LICENSE", "./usr/share/doc/urna/operating.md", "./usr/share/doc/urna/sbom.cdx.json", "./usr/share/doc/urna/examples/nginx.conf",
	} {
		if !strings.Contains(contents, file+"\n") {
			t.Errorf("want %s in the package, got\n%s", file, contents)
		}
	}
	if scripts := show("--info", deb); !strings.Contains(scripts, "conffiles") || !strings.Contains(scripts, "postinst") {
		t.Errorf("want settings that an upgrade keeps, and scripts, got\n%s", scripts)
	}
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
