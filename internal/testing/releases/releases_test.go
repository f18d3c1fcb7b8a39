package releases

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"urna/internal/database"
	"urna/internal/testing/apptest"
	"urna/internal/testing/databasetest"
	"urna/internal/testing/program"
)

// The files of a release.
const (
	dataFolder   = "data.tar.gz"
	publicBundle = "public.zip"
	fullBundle   = "full.zip"
)

// TestReleases_OpenUpgradeAndVerify takes the data of every release through the present program.
func TestReleases_OpenUpgradeAndVerify(t *testing.T) {
	kept := must[[]string](t)(filepath.Glob(filepath.Join("testdata", "*")))
	if len(kept) == 0 {
		t.Fatal("want the data of releases in testdata")
	}
	binary := program.Build(t)
	for _, folder := range kept {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			var made record
			read(t, filepath.Join(folder, "record.json"), &made)
			public, full := filepath.Join(folder, publicBundle), filepath.Join(folder, fullBundle)
			urna(t, binary, "verify", public)
			urna(t, binary, "verify", full, "--public", public)

			data := unpacked(t, folder)
			program.Verify(t, binary, data)
			before := baselines(t, data)
			wantUnproven(t, binary, data, made.Unproven)
			s := program.Serve(t, binary, data)
			sameResults(t, s, folder, made)
			sameBundle(t, s, made, public)
			pages(t, s, made)
			castVote(t, s, made)
			signIn(t, s)
			s.Stop(t)
			program.Verify(t, binary, data)
			program.Serve(t, binary, data).Stop(t)
			wantUnproven(t, binary, data, false)
			if made.Unproven {
				before++
			}
			if after := baselines(t, data); after != before {
				t.Errorf("want %d baselines after the upgrade, got %d", before, after)
			}
		})
	}
}

// wantUnproven wants verify to say whether rows were written by a version whose log does not record rows.
func wantUnproven(t *testing.T, binary, data string, want bool) {
	t.Helper()
	said := urna(t, binary, "verify", "--data", data)
	if got := strings.Contains(said, "an earlier version of the program wrote them"); got != want {
		t.Errorf("want verify to say that no event recorded the rows: %t, got %s", want, said)
	}
}

// baselines counts the events with the state that a later program found.
func baselines(t *testing.T, data string) (found int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "urna.db") // opening it would upgrade it
	if err := os.WriteFile(path, must[[]byte](t)(os.ReadFile(filepath.Join(data, "urna.db"))), 0o600); err != nil {
		t.Fatal(err)
	}
	db := must[*database.DB](t)(databasetest.OpenFile(t.Context(), path, database.Main))
	err := db.Pool().QueryRowContext(t.Context(), `SELECT count(*) FROM audit_events WHERE action = 'baseline'`).Scan(&found)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return found
}

// sameResults compares the results of each election with those that the release showed: fields may have been added.
func sameResults(t *testing.T, s *program.Server, folder string, made record) {
	t.Helper()
	var shown map[string]any
	read(t, filepath.Join(folder, "results.json"), &shown)
	if len(shown) < 4 {
		t.Errorf("want the results of four elections, got %d", len(shown))
	}
	for name, want := range shown {
		var got any
		if err := json.Unmarshal(get(t, fmt.Sprintf("%s/api/v1/elections/%d/results", s.URL, made.Elections[name])), &got); err != nil {
			t.Fatal(err)
		}
		for _, difference := range missing("", want, got) {
			t.Errorf("the election %q: %s", name, difference)
		}
	}
}

// missing returns where a value lacks something of the wanted one.
func missing(at string, want, got any) (differences []string) {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for key, value := range want {
			if key != "updated_at" {
				differences = append(differences, missing(at+"."+key, value, object[key])...)
			}
		}
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			return []string{fmt.Sprintf("%s: want %d, got %d", at, len(want), len(list))}
		}
		for i, value := range want {
			differences = append(differences, missing(fmt.Sprintf("%s[%d]", at, i), value, list[i])...)
		}
	default:
		if !reflect.DeepEqual(want, got) {
			differences = append(differences, fmt.Sprintf("%s: want %v, got %v", at, want, got))
		}
	}
	return differences
}

// sameBundle fetches the bundle of the certified election, which has to be the released one to the byte.
func sameBundle(t *testing.T, s *program.Server, made record, public string) {
	t.Helper()
	want := must[[]byte](t)(os.ReadFile(public))
	if got := get(t, fmt.Sprintf("%s/elections/%d/bundle.zip", s.URL, made.Certified)); !bytes.Equal(got, want) {
		t.Errorf("want the bundle that was released, %d bytes, got %d others", len(want), len(got))
	}
}

// pages looks at the public page of each election.
func pages(t *testing.T, s *program.Server, made record) {
	t.Helper()
	for name, id := range made.Elections {
		title := strings.ToUpper(name[:1]) + name[1:]
		if name == "second round" {
			title = "President"
		}
		if page := get(t, fmt.Sprintf("%s/elections/%d", s.URL, id)); !bytes.Contains(page, []byte(title)) {
			t.Errorf("want the page of the election %q to name it", name)
		}
	}
}

// castVote votes with a key that the release issued.
func castVote(t *testing.T, s *program.Server, made record) {
	t.Helper()
	vote := map[string]any{"candidate": 1}
	for name, value := range made.Key {
		vote[name] = value
	}
	body := must[[]byte](t)(json.Marshal(vote))
	for _, want := range []int{http.StatusOK, http.StatusConflict} { // a key votes once
		if status, content := call(t, http.MethodPost, s.URL+"/vote", body); status != want {
			t.Errorf("want %d for a key of that time, got %d %s", want, status, content)
		}
	}
}

// signIn signs an administrator of that time in.
func signIn(t *testing.T, s *program.Server) {
	t.Helper()
	body := must[[]byte](t)(json.Marshal(map[string]string{"email": "ada@example.org", "password": apptest.Password}))
	if status, content := call(t, http.MethodPost, s.URL+"/api/v1/tokens", body); status != http.StatusOK {
		t.Errorf("want an administrator of that time signed in, got %d %s", status, content)
	}
}

// get returns the body of the answer to a GET request, which has to succeed.
func get(t *testing.T, address string) []byte {
	t.Helper()
	status, content := call(t, http.MethodGet, address, nil)
	if status != http.StatusOK {
		t.Fatalf("%s: want it answered, got %d %s", address, status, content)
	}
	return content
}

// call sends a request, with a JSON body if there is one, and returns the answer.
func call(t *testing.T, method, address string, body []byte) (status int, content []byte) {
	t.Helper()
	request := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body)))
	request.Header.Set("Content-Type", "application/json")
	answer := must[*http.Response](t)(http.DefaultClient.Do(request))
	content = must[[]byte](t)(io.ReadAll(answer.Body))
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, content
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(path)), into); err != nil {
		t.Fatal(err)
	}
}

// urna runs a command, which has to succeed, and returns what it prints.
func urna(t *testing.T, binary string, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary, arguments...).CombinedOutput()
	if err != nil {
		t.Errorf("urna %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

// versionOf returns the version that the program says it is, without the commit.
func versionOf(t *testing.T, binary string) string {
	t.Helper()
	_, version, _ := strings.Cut(urna(t, binary, "version"), " ")
	version, _, _ = strings.Cut(version, " ")
	return version
}

// unpacked unpacks the data folder of a release into a folder of the test's own.
func unpacked(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data")
	file := must[*os.File](t)(os.Open(filepath.Join(folder, dataFolder)))
	defer func() { _ = file.Close() }()
	archive := tar.NewReader(must[*gzip.Reader](t)(gzip.NewReader(file)))
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return path
		}
		if err != nil || !filepath.IsLocal(header.Name) {
			t.Fatal(header, err)
		}
		name := filepath.Join(path, header.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, must[[]byte](t)(io.ReadAll(archive)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// pack writes the files of a closed data folder that a back-up has.
func pack(t *testing.T, folder, path string) {
	t.Helper()
	var b bytes.Buffer
	compressed := must[*gzip.Writer](t)(gzip.NewWriterLevel(&b, gzip.BestCompression))
	archive := tar.NewWriter(compressed)
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(name, "bundles/") || strings.HasPrefix(name, "rolls/") || name == "server.lock" {
			return err
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || len(content) == 0 {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = archive.Write(content)
		return err
	})
	if err == nil {
		err = archive.Close()
	}
	if err == nil {
		err = compressed.Close()
	}
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
