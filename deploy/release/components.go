package main

import (
	"context"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// writeComponents writes the list of what a binary was made of, in the form of CycloneDX. The modules are those that the
// binary itself names.
func (r release) writeComponents(ctx context.Context, b built) error {
	info, err := buildinfo.ReadFile(b.path)
	if err != nil {
		return fmt.Errorf("read what %s was built from: %w", b.path, err)
	}
	sum, err := sha256Of(b.path)
	if err != nil {
		return err
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{
		Timestamp: r.when.Format("2006-01-02T15:04:05Z"),
		Component: &cyclonedx.Component{
			Type: cyclonedx.ComponentTypeApplication, Name: "urna", Version: r.version, BOMRef: "urna",
			Hashes:   &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sum}},
			Licenses: &cyclonedx.Licenses{{License: &cyclonedx.License{ID: "MIT"}}},
			Properties: &[]cyclonedx.Property{
				{Name: "urna:commit", Value: r.commit}, {Name: "urna:architecture", Value: b.arch}, {Name: "urna:compiler", Value: b.compiler},
			},
		},
	}
	components := []cyclonedx.Component{library("std", strings.TrimPrefix(info.GoVersion, "go"), "pkg:golang/std@"+strings.TrimPrefix(info.GoVersion, "go"))}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := library(m.Path, m.Version, "pkg:golang/"+m.Path+"@"+m.Version)
		if sum, ok := strings.CutPrefix(m.Sum, "h1:"); ok {
			raw, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return fmt.Errorf("the sum of %s: %w", m.Path, err)
			}
			c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(raw)}}
		}
		components = append(components, c)
	}
	others, err := r.otherComponents(ctx, b)
	if err != nil {
		return err
	}
	components = append(components, others...)
	bom.Components = &components
	file, err := os.Create(b.path + ".cdx.json")
	if err != nil {
		return err
	}
	err = cyclonedx.NewBOMEncoder(file, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cyclonedx.SpecVersion1_6)
	return errors.Join(err, file.Close())
}

func library(name, version, purl string) cyclonedx.Component {
	return cyclonedx.Component{
		Type: cyclonedx.ComponentTypeLibrary, Name: name, Version: version, BOMRef: purl, PackageURL: purl, Scope: cyclonedx.ScopeRequired,
	}
}

// otherComponents returns what no Go module names: SQLite, the C library, and the scripts in assets/vendor.
func (r release) otherComponents(ctx context.Context, b built) ([]cyclonedx.Component, error) {
	driver, err := output(ctx, r.root, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/mattn/go-sqlite3")
	if err != nil {
		return nil, err
	}
	header, err := os.ReadFile(filepath.Join(driver, "sqlite3-binding.h"))
	if err != nil {
		return nil, err
	}
	sqlite := regexp.MustCompile(`(?m)^#define SQLITE_VERSION\s+"([^"]+)"`).FindSubmatch(header)
	if sqlite == nil {
		return nil, errors.New("the version of SQLite was not found")
	}
	libc, err := libcVersion(ctx, b.compiler)
	if err != nil {
		return nil, err
	}
	components := []cyclonedx.Component{
		library("sqlite", string(sqlite[1]), "pkg:generic/sqlite@"+string(sqlite[1])),
		library("glibc", libc, "pkg:generic/glibc@"+libc),
	}
	scripts, err := filepath.Glob(filepath.Join(r.root, "assets/vendor/*.js"))
	if err != nil {
		return nil, err
	}
	slices.Sort(scripts)
	for _, script := range scripts {
		parts := regexp.MustCompile(`^(.+)-([0-9][0-9.]*[0-9])\.min\.js$`).FindStringSubmatch(filepath.Base(script))
		if parts == nil {
			return nil, fmt.Errorf("%s has no version in its name", script)
		}
		sum, err := sha256Of(script)
		if err != nil {
			return nil, err
		}
		name, version := strings.TrimSuffix(parts[1], "-ext"), parts[2]
		if name == "htmx" {
			name = "htmx.org"
		}
		c := library(name, version, "pkg:npm/"+name+"@"+version)
		c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: sum}}
		components = append(components, c)
	}
	return components, nil
}

// libcVersion returns the version of the C library that a compiler links.
func libcVersion(ctx context.Context, compiler string) (string, error) {
	c := exec.CommandContext(ctx, compiler, "-E", "-P", "-")
	c.Stdin = strings.NewReader("#include <features.h>\nversion __GLIBC__ __GLIBC_MINOR__\n")
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for the version of the C library: %w", compiler, err)
	}
	found := regexp.MustCompile(`version (\d+) (\d+)`).FindStringSubmatch(string(out))
	if found == nil {
		return "", fmt.Errorf("%s does not name the version of its C library", compiler)
	}
	return found[1] + "." + found[2], nil
}
