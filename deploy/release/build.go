package main

import (
	"context"
	"debug/buildinfo"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// A target is a processor with the C compiler that makes programs for it.
type target struct {
	arch     string // as Go and Debian name it
	compiler string
}

// targets are the processors that a release is built for, with compilers of Debian: gcc and gcc-aarch64-linux-gnu.
var targets = []target{
	{"amd64", "x86_64-linux-gnu-gcc"},
	{"arm64", "aarch64-linux-gnu-gcc"},
}

// built is a binary of the release.
type built struct {
	target

	path string
}

// build compiles a static binary: it needs no library of the system that it runs on.
func (r release) build(ctx context.Context, t target) (built, error) {
	if _, err := exec.LookPath(t.compiler); err != nil {
		return built{}, fmt.Errorf("the C compiler for %s is missing (on Debian: apt-get install gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross): %w", t.arch, err)
	}
	b := built{target: t, path: filepath.Join(r.out, r.name(t.arch))}
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=true",
		"-tags", "nomsgpack,netgo,osusergo,sqlite_omit_load_extension",
		"-ldflags", "-s -w -buildid= -linkmode external -extldflags '-static -Wl,--build-id=none'", "-o", b.path, ".")
	c.Dir, c.Stdout, c.Stderr = r.root, os.Stderr, os.Stderr
	c.Env = append(os.Environ(), "CGO_ENABLED=1", "GOOS=linux", "GOARCH="+t.arch, "CC="+t.compiler, "CGO_CFLAGS=-O2 -g0", "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0")
	if err := c.Run(); err != nil {
		return built{}, fmt.Errorf("build for %s: %w", t.arch, err)
	}
	if err := static(b.path); err != nil {
		return built{}, err
	}
	return b, r.names(b.path)
}

// names returns an error if a binary does not name the commit, as builds in a linked work tree of git do not.
func (r release) names(path string) error {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && s.Value == r.commit {
			return nil
		}
	}
	if r.trial {
		return nil
	}
	return fmt.Errorf("%s does not name the commit %s: build in a clone", path, r.commit)
}

// static returns an error if a program needs an interpreter or a library at its start.
func static(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is not static: it has an interpreter", path)
		}
	}
	if libraries, err := f.ImportedLibraries(); err == nil && len(libraries) > 0 {
		return fmt.Errorf("%s is not static: it needs %v", path, libraries)
	}
	return nil
}
