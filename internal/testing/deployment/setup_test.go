package deployment_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"urna/internal/testing/program"
)

func TestSetupLink_IsInNoLogAndWorksOnce(t *testing.T) {
	binary, data := program.Build(t), t.TempDir()
	s := program.Serve(t, binary, data)
	eventually(t, "the command in the log", func() bool { return strings.Contains(s.Log(), "urna setup-link --data "+data) })
	first := strings.TrimSpace(output(t, 0, binary, "setup-link", "--data", data))
	second := strings.TrimSpace(output(t, 0, binary, "setup-link", "--data", data))
	if !strings.HasPrefix(second, s.URL+"/setup/") {
		t.Errorf("want a link to the running server %s, got %s", s.URL, second)
	}
	if status, _ := get(t, http.DefaultClient, second); status != http.StatusOK {
		t.Errorf("want the link to open, got %d", status)
	}
	if status, _ := get(t, http.DefaultClient, first); status != http.StatusNotFound {
		t.Errorf("want the earlier link replaced, got %d", status)
	}
	if strings.Contains(s.Log(), "/setup/") {
		t.Errorf("want no link in the log, got %s", s.Log())
	}
	addAdministrator(t, binary, data)
	if out := output(t, 1, binary, "setup-link", "--data", data); !strings.Contains(out, "accounts already") {
		t.Errorf("want no link once there is an account, got %s", out)
	}
	if status, _ := get(t, http.DefaultClient, second); status != http.StatusNotFound {
		t.Errorf("want the link void once there is an account, got %d", status)
	}
}

// TestRoot_CommandsLeaveFilesToTheServersAccount runs commands as root on the folder of a service, which is in a place
// that only root can enter, as that of DynamicUser=yes is.
func TestRoot_CommandsLeaveFilesToTheServersAccount(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	const account = 65534
	binary, private := program.Build(t), t.TempDir()
	data := filepath.Join(private, "urna")
	if err := os.Chmod(private, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(data, account, account); err != nil {
		t.Fatal(err)
	}
	addAdministrator(t, binary, data)
	if out := output(t, 0, binary, "users", "list", "--data", data); !strings.Contains(out, "ada@example.org") {
		t.Errorf("want the account listed, got %s", out)
	}
	if out := output(t, 1, binary, "users", "disable", "--data", data, "--email", "bob@example.org"); !strings.Contains(out, "no such user") {
		t.Errorf("want the command's own refusal, got %s", out)
	}
	found := 0
	err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found++
		if owner := info.Sys().(*syscall.Stat_t).Uid; owner != account {
			t.Errorf("want all files to belong to the server's account, %s belongs to %d", path, owner)
		}
		return nil
	})
	if err != nil || found < 3 {
		t.Fatalf("want a data folder, got %d files, %v", found, err)
	}
}

// TestRoot_TheLogNamesWhoTypedTheCommand has an administrator of the machine call a command with sudo, on the folder of a
// service: the log names the person, not the service alone.
func TestRoot_TheLogNamesWhoTypedTheCommand(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	if login, err := os.ReadFile("/proc/self/loginuid"); err == nil && string(login) != "4294967295" && string(login) != "0" {
		t.Skip("the kernel has a record of who signed in to this machine, which comes before the variables of sudo")
	}
	binary, data := program.Build(t), filepath.Join(t.TempDir(), "urna")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	person, err := user.Lookup("daemon")
	owner, missing := user.Lookup("mail")
	if err := errors.Join(err, missing); err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err := errors.Join(err, os.Chown(data, uid, uid)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SUDO_UID", person.Uid)
	addAdministrator(t, binary, data)
	content, err := os.ReadFile(filepath.Join(data, "urna.db"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "system account daemon as root, on a folder of mail"; !bytes.Contains(content, []byte(want)) {
		t.Errorf("want the event of the new account by %q, got %q", want, regexp.MustCompile(`system account [ -~]{0,60}`).Find(content))
	}
}
