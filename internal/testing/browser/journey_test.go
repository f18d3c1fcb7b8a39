package browser

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"urna/internal/testing/program"
)

var (
	administrator = program.User{
		Email: "ada@example.org", Role: "administrator", Forename: "Ada", Surname: "Byron", Password: "analytical engine",
	}
	official = program.User{
		Email: "grace@example.org", Role: "official", Forename: "Grace", Surname: "Hopper", Password: "nanosecond of wire",
	}
)

// A list is what one participant of the test gets. By D'Hondt's quotients of these votes the tenth seat
// goes to 883 (the first list's sixth), before 800 (the third list's second).
type list struct {
	name  string
	votes int
	seats int
}

var lists = []list{{"Alder", 5300, 6}, {"Birch", 3100, 3}, {"Cedar", 1600, 1}}

// Lines that do not count, at the end of the file.
const (
	repeated = 1 // claims the first line's GUID again
	nobodys  = 2 // have a poll number that no list has
)

func TestBrowser_FromAnEmptyFolderToAResult(t *testing.T) {
	ada := openTown(t)

	grace := openTab(t, ada.base)
	grace.signIn(official)
	grace.uploadBallots(writeBallots(t))

	anyone := openTab(t, ada.base)
	anyone.readResult()
}

// openTown starts a server on an empty folder, where the administrator, whose tab is returned, makes an
// election that is open.
func openTown(t *testing.T) *tab {
	t.Helper()
	binary, data := program.Build(t), t.TempDir()
	program.AddUser(t, binary, data, administrator)
	program.AddUser(t, binary, data, official)
	server := program.Serve(t, binary, data)

	ada := openTab(t, server.URL)
	ada.signIn(administrator)
	ada.registerParticipants()
	ada.createElection("Trees of the year")
	return ada
}

func (b *tab) signIn(u program.User) {
	b.t.Helper()
	b.open("/login")
	b.fill("login-email", u.Email)
	b.fill("login-password", u.Password)
	b.click("login-submit")
	b.wait("nav-person", u.Forename+" "+u.Surname)
}

// registerParticipants adds the lists as parties, one form after another.
func (b *tab) registerParticipants() {
	b.t.Helper()
	b.open("/admin/participants/new?kind=party")
	for i, l := range lists {
		b.fill("field-name", l.name)
		if i < len(lists)-1 {
			b.click("participant-another")
			b.waitUntilEmpty("field-name")
		} else {
			b.click("participant-submit")
		}
	}
	b.see("participant-row")
	rows := b.texts("participant-row")
	for _, l := range lists {
		if !slices.ContainsFunc(rows, func(row string) bool { return strings.Contains(row, l.name) }) {
			b.t.Errorf("want %s among the participants, got %q", l.name, rows)
		}
	}
}

// createElection fills in the form for a parliamentary election that is over, so that its count is shown
// to everyone, with ten seats and all lists in the order in which they were registered.
func (b *tab) createElection(title string) {
	b.t.Helper()
	b.open("/admin/elections")
	b.click("election-new")
	b.fill("field-title", title)
	// A double click: the first answer never arrives.
	first := run(b, "save it", chromedp.Evaluate[int](`(() => {
		const form = document.getElementById("election-form"), first = new XMLHttpRequest(), body = new URLSearchParams(new FormData(form));
		body.set("action", "save");
		first.open("POST", form.getAttribute("action"), false);
		first.send(body);
		return first.status;
	})()`))
	if first != http.StatusOK {
		b.t.Fatalf("want the election saved and shown, got %d", first)
	}
	b.nextStep("rules")
	b.nextStep("constituencies")
	b.choose("field-constituencies[0].seats", "10")
	b.nextStep("candidacies")
	b.click("action-add-all:0")
	b.waitForNumber("candidacy", len(lists))
	b.nextStep("dates")
	b.choose("field-starts_at", "2020-06-21T07:00")
	b.choose("field-ends_at", "2020-06-21T20:00")
	b.publishAtOnce()
	b.wait("election-state", "Counting")
	page := strings.TrimPrefix(run(b, "read the address", chromedp.Location()), b.base)
	b.open("/admin/elections")
	b.waitForNumber("admin-election-row", 1)
	b.open(page)
}

// nextStep saves the step of an election's form that is shown, and waits for the next one.
func (b *tab) nextStep(name string) {
	b.t.Helper()
	b.click("election-continue")
	b.until(`location.pathname.split("/").pop()`, name, "the step")
}

// uploadBallots uploads the file and follows its count without loading the page again.
func (b *tab) uploadBallots(file string) {
	b.t.Helper()
	b.open("/official")
	b.click("official-upload-link")
	b.attach("upload-file", file)
	b.click("upload-submit")
	b.see("dry-valid")
	b.wantSums("dry-")
	b.click("upload-confirm")
	b.wait("batch-state", "counted")
	b.wantSums("batch-")
}

// wantSums compares the figures of the file that the official uploaded.
func (b *tab) wantSums(prefix string) {
	b.t.Helper()
	valid := 0
	for _, l := range lists {
		valid += l.votes
	}
	for name, want := range map[string]int{
		"lines": valid + nobodys + repeated, "valid": valid, "invalid": nobodys, "duplicates": repeated,
	} {
		// Beside the figure may stand where it comes from.
		if got, _, _ := strings.Cut(strings.TrimSpace(b.text(prefix+name)), " "); got != strconv.Itoa(want) {
			b.t.Errorf("%s: want %d, got %s", prefix+name, want, got)
		}
	}
}

// readResult goes from the front page to the election's and reads the table.
func (b *tab) readResult() {
	b.t.Helper()
	b.open("/")
	b.clickLinkIn("election-card")
	b.see("result-row")
	names, votes, seats := b.texts("result-name"), b.texts("result-votes"), b.texts("result-seats")
	var got []string
	for i := range names {
		got = append(got, names[i]+" "+votes[i]+" "+seats[i])
	}
	var want []string
	for _, l := range lists {
		want = append(want, fmt.Sprintf("%s %d %d", l.name, l.votes, l.seats))
	}
	if !slices.Equal(got, want) {
		b.t.Errorf("want the result %q, got %q", want, got)
	}
}

// writeBallots writes the file that the official uploads and returns its path.
func writeBallots(t *testing.T) string {
	t.Helper()
	var file strings.Builder
	line := 0
	write := func(pollNumber int) {
		line++
		fmt.Fprintf(&file, "00000000-0000-4000-8000-%012x,%d\n", line, pollNumber)
	}
	for i, l := range lists {
		for range l.votes {
			write(i + 1)
		}
	}
	for range nobodys {
		write(len(lists) + 1)
	}
	for range repeated {
		line = 0
		write(1)
	}
	path := filepath.Join(t.TempDir(), "polling station 7.csv")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
