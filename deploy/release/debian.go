package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

// writeDebian writes the Debian package of a binary.
func (r release) writeDebian(b built) error {
	in := func(path string) string { return filepath.Join(r.root, path) }
	documents := "/usr/share/doc/urna/"
	content := func(from, to string, mode os.FileMode, kind string) *files.Content {
		return &files.Content{Source: from, Destination: to, Type: kind, FileInfo: &files.ContentFileInfo{Mode: mode, MTime: r.when, Owner: "root", Group: "root"}}
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "urna", Arch: b.arch, Platform: "linux", Version: r.version, VersionSchema: "semver", MTime: r.when,
		Section: "web", Priority: "optional", Maintainer: "Urna <urna@localhost>", License: "MIT",
		Description: "election server\n Urna runs an election: it takes ballots, counts them, allocates seats and shows the\n results while the count goes on. It is one program with one data folder.",
		Overridables: nfpm.Overridables{
			// The account of the service exists while it runs; a resolver of names makes it visible. nginx or Caddy serve others.
			Depends: []string{"init-system-helpers (>= 1.52)"}, Recommends: []string{"systemd", "ca-certificates"},
			Suggests: []string{"nginx | caddy", "libnss-systemd"},
			Contents: files.Contents{
				content(b.path, "/usr/bin/urna", 0o755, ""),
				content(in("deploy/debian/urna.service"), "/usr/lib/systemd/system/urna.service", 0o644, ""),
				content(in("deploy/debian/urna.socket"), "/usr/lib/systemd/system/urna.socket", 0o644, ""),
				content(in("deploy/debian/urna.toml"), "/etc/urna/urna.toml", 0o644, files.TypeConfigNoReplace),
				content(in("deploy/debian/urna.default"), "/etc/default/urna", 0o644, files.TypeConfigNoReplace),
				content(in("deploy/debian/copyright"), documents+"copyright", 0o644, ""),
				content(in("LICENSE"), documents+"LICENSE", 0o644, ""),
				content(in("CHANGELOG.md"), documents+"CHANGELOG.md", 0o644, ""),
				content(in("docs/operating.md"), documents+"operating.md", 0o644, ""),
				content(b.path+".cdx.json", documents+"sbom.cdx.json", 0o644, ""),
				content(in("deploy/nginx/urna.conf"), documents+"examples/nginx.conf", 0o644, ""),
				content(in("deploy/caddy/Caddyfile"), documents+"examples/Caddyfile", 0o644, ""),
			},
			Scripts: nfpm.Scripts{
				PostInstall: in("deploy/debian/postinst"), PreRemove: in("deploy/debian/prerm"), PostRemove: in("deploy/debian/postrm"),
			},
		},
	})
	if err := nfpm.PrepareForPackager(info, "deb"); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(r.out, "urna_"+r.version+"_"+b.arch+".deb"))
	if err != nil {
		return err
	}
	return errors.Join(deb.Default.Package(info, file), file.Close())
}
