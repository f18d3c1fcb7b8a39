package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTimeZone_OfTheMachine(t *testing.T) {
	link := func(target string) string {
		name := filepath.Join(t.TempDir(), "localtime")
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
		return name
	}
	zones := filepath.Join(t.TempDir(), "share", "zoneinfo")
	plain, named := filepath.Join(t.TempDir(), "localtime"), filepath.Join(t.TempDir(), "timezone")
	for name, content := range map[string]string{plain: "TZif2", named: "Europe/Belgrade\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const nowhere = "/nowhere"
	belgrade := link(filepath.Join(zones, "Europe", "Belgrade"))
	for name, c := range map[string]struct {
		m    machine
		want string
		said bool
	}{
		"TZ":                       {machine{tz: "Europe/Belgrade", isSet: true}, "Europe/Belgrade", false},
		"TZ with a colon":          {machine{tz: ":Europe/Belgrade", isSet: true}, "Europe/Belgrade", false},
		"TZ with a file":           {machine{tz: ":/usr/share/zoneinfo/Europe/Belgrade", isSet: true}, "Europe/Belgrade", false},
		"TZ with a file of posix":  {machine{tz: "/usr/share/zoneinfo/posix/Europe/Belgrade", isSet: true}, "Europe/Belgrade", false},
		"empty TZ":                 {machine{isSet: true, link: plain}, "UTC", false},
		"TZ with a colon alone":    {machine{tz: ":", isSet: true}, "UTC", false},
		"TZ of no place":           {machine{tz: "Europe/Belgrad", isSet: true}, "UTC", true},
		"TZ with rules":            {machine{tz: "CET-1CEST,M3.5.0,M10.5.0/3", isSet: true}, "UTC", true},
		"TZ of leap seconds":       {machine{tz: "right/Europe/Belgrade", isSet: true}, "UTC", true},
		"TZ of another file":       {machine{tz: ":" + plain, isSet: true}, "UTC", true},
		"TZ of the link":           {machine{tz: ":" + belgrade, isSet: true, link: belgrade, name: nowhere}, "Europe/Belgrade", false},
		"TZ of the file with name": {machine{tz: plain, isSet: true, link: plain, name: named}, "Europe/Belgrade", false},
		"link":                     {machine{link: link(filepath.Join(zones, "Europe", "Belgrade")), name: nowhere}, "Europe/Belgrade", false},
		"link to Factory":          {machine{link: link(filepath.Join(zones, "Factory")), name: nowhere}, "UTC", true},
		"no link":                  {machine{link: nowhere, name: nowhere}, "UTC", false},
		"a file and a name":        {machine{link: plain, name: named}, "Europe/Belgrade", false},
		"a file without a name":    {machine{link: plain, name: nowhere}, "UTC", true},
		"TZ before /etc":           {machine{tz: "UTC", isSet: true, link: plain, name: named}, "UTC", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got, remark := c.m.timeZone(); got != c.want || (remark != "") != c.said {
				t.Errorf("want %s with a remark %v, got %s, %q", c.want, c.said, got, remark)
			}
		})
	}
}

// TestTimeZone_OfAnElection imports definitions with zones, and without one under a TZ.
func TestTimeZone_OfAnElection(t *testing.T) {
	t.Setenv("TZ", ":Etc/UTC")
	folder := countedFolder(t)
	_, definition := do("elections", "export", "--data", folder, "1")
	importing := func(t *testing.T, zone string) (int, string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "definition.json")
		text := strings.Replace(definition, `"time_zone": "Etc/UTC"`, `"time_zone": "`+zone+`"`, 1)
		if text == definition {
			t.Fatalf("want a zone in %s", definition)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return do("elections", "import", "--data", folder, file)
	}
	for _, zone := range []string{
		"Factory", "Local", "localtime", "posixrules", "right/Europe/Belgrade", "posix/Europe/Belgrade", "Europe/Belgrad", "../Europe/Belgrade", "/etc/localtime", "europe/belgrade",
		":Europe/Belgrade", "CET-1CEST", "Europe/", "UTC ",
	} {
		if code, out := importing(t, zone); zone != "UTC " && (code == 0 || !strings.Contains(out, "time_zone")) {
			t.Errorf("%s: want the zone refused, got %d, %s", zone, code, out)
		}
	}
	for _, zone := range []string{"UTC", "Europe/Belgrade", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5", "EST5EDT", "W-SU", "GMT0"} {
		if code, out := importing(t, zone); code != 0 && strings.Contains(out, "time_zone") {
			t.Errorf("%s: want the zone taken, got %d, %s", zone, code, out)
		}
	}
}

// TestServe_TheFactoryZoneIsRefused starts servers under a TZ that is the zone of no place.
func TestServe_TheFactoryZoneIsRefused(t *testing.T) {
	for _, tz := range []string{"Factory", ":Factory", "/usr/share/zoneinfo/Factory", ":/usr/share/zoneinfo/posix/Factory"} {
		t.Setenv("TZ", tz)
		var said strings.Builder
		c := ServeCommand{
			Data: t.TempDir(), MaxUpload: 1 << 20, listenFlags: listenFlags{Addr: "127.0.0.1:0"}, RateLimit: "on", VoteGroup: 1, VoteWait: time.Second,
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		err := c.Run(ctx, &Streams{In: strings.NewReader(""), Out: io.Discard, Err: &said})
		cancel()
		if err == nil || !strings.Contains(err.Error(), "TZ") || !strings.Contains(err.Error(), "Europe/Belgrade") {
			t.Errorf("%s: want the start refused with the remedy, got %v", tz, err)
		}
	}
}
