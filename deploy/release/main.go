package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A release is one version to be built.
type release struct {
	root    string // the repository
	out     string // the folder for the results
	version string // such as 0.1.0
	commit  string
	when    time.Time // of the commit; the time of everything that is built
	trial   bool      // of a working copy with changes
}

func main() {
	out := flag.String("out", "dist", "the folder for the results, within the repository unless absolute")
	only := flag.String("only", "", "the processors to build for, such as amd64; unless given, all")
	dirty := flag.Bool("dirty", false, "build from a working copy with changes, for a trial")
	flag.Parse()
	if err := run(context.Background(), *out, *only, *dirty); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, only string, dirty bool) error {
	r, err := find(ctx, out, dirty)
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(r.out), os.MkdirAll(r.out, 0o755)); err != nil {
		return err
	}
	var images []built
	for _, t := range targets {
		if only != "" && only != t.arch {
			continue
		}
		b, err := r.build(ctx, t)
		if err != nil {
			return err
		}
		if err := r.writeComponents(ctx, b); err != nil {
			return err
		}
		if err := r.writeDebian(b); err != nil {
			return err
		}
		images = append(images, b)
	}
	if len(images) == 0 {
		return fmt.Errorf("no target has the processor %q", only)
	}
	if err := r.writeImage(images); err != nil {
		return err
	}
	return writeChecksums(r.out, os.Stdout)
}

// find reads version, commit and time of the repository that the command runs in.
func find(ctx context.Context, out string, dirty bool) (release, error) {
	root, err := output(ctx, ".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return release{}, err
	}
	r := release{root: root, out: out, trial: dirty}
	if !filepath.IsAbs(out) {
		r.out = filepath.Join(root, out)
	}
	changes, err := output(ctx, root, "git", "status", "--porcelain")
	if err != nil {
		return release{}, err
	}
	if changes != "" && !dirty {
		return release{}, fmt.Errorf("the working copy has changes; commit them, or build a trial with -dirty:\n%s", changes)
	}
	if r.commit, err = output(ctx, root, "git", "rev-parse", "HEAD"); err != nil {
		return release{}, err
	}
	seconds, err := output(ctx, root, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return release{}, err
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return release{}, fmt.Errorf("the commit's time: %w", err)
	}
	r.when = time.Unix(unix, 0).UTC()
	source, err := os.ReadFile(filepath.Join(root, "internal/cli/version.go"))
	if err != nil {
		return release{}, err
	}
	found := regexp.MustCompile(`(?m)^const version = "([^"]+)"$`).FindSubmatch(source)
	if found == nil {
		return release{}, errors.New("internal/cli/version.go has no version")
	}
	r.version = string(found[1])
	return r, nil
}

// name returns the beginning of the names of the files for a processor.
func (r release) name(arch string) string { return "urna-" + r.version + "-linux-" + arch }

// output runs a command and returns what it prints, without the spaces around it.
func output(ctx context.Context, folder, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Stderr = folder, os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(append([]string{name}, args...), " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
