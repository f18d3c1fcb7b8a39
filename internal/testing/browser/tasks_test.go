package browser

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"urna/elections"
	"urna/internal/messages"
	"urna/internal/testing/apptest"
	"urna/internal/testing/program"
	"urna/web/view/kit"
)

const councilTitle = "Council of the harbour"

// places are the constituencies of the council, with the votes of each list.
var places = []struct {
	name  string
	seats int
	votes [3]int
}{{"Coast", 7, [3]int{43, 29, 12}}, {"Hills", 5, [3]int{12, 25, 13}}, {"Valley", 3, [3]int{9, 8, 7}}}

// TestBrowser_TheFiveTasks are tried by people who use what the pages offer: they begin at the first page, and know no address
// and no name of a field. In English with scripts, in Serbian without.
func TestBrowser_TheFiveTasks(t *testing.T) {
	for language, scripts := range map[string]bool{"en": true, "sr-Latn": false} {
		t.Run(language, func(t *testing.T) {
			binary, data := program.Build(t), t.TempDir()
			for _, u := range []program.User{administrator, secondAdministrator, official} {
				program.AddUser(t, binary, data, u)
			}
			poll := apptest.NewPoll(t, data, 1, func(d *elections.Draft) { d.Title = "Vote on a phone" })
			base := program.Serve(t, binary, data).URL
			open := func() *person {
				p := newPerson(t, base, language)
				p.scripts(scripts)
				p.scripted = scripts
				return p
			}
			ada := open()
			ada.signInByWords(administrator)
			ada.defineCouncil()
			olga := open()
			olga.signInByWords(official)
			for i := range places {
				olga.sendCouncil(i)
			}
			voter := open()
			voter.voteOnAPhone(poll.Keys[0].PersonalID, poll.Keys[0].GUID)
			reader := open()
			reader.findTheClosestSeat()
			bea := open()
			bea.signInByWords(secondAdministrator)
			ada.certifyCouncil(administrator.Password)
			bea.certifyCouncil(secondAdministrator.Password)
			bea.handOutTheRecord()
			program.Verify(t, binary, data)
		})
	}
}

func (p *person) signInByWords(u program.User) {
	p.t.Helper()
	p.press(messages.LayoutSignIn())
	p.write(messages.SignInEmail(), u.Email)
	p.write(messages.SignInPassword(), u.Password)
	p.press(messages.SignInSubmit())
	p.wait("nav-person", u.Forename+" "+u.Surname)
}

// defineCouncil registers three lists and makes an election with three constituencies and two certifiers.
func (p *person) defineCouncil() {
	p.t.Helper()
	p.press(messages.LayoutParticipants())
	p.press(messages.ParticipantsPartiesAdd())
	var standing, constituencies strings.Builder
	for i, l := range lists {
		p.write(messages.ParticipantsName(), l.name)
		if i < len(lists)-1 {
			p.press(messages.ParticipantsSaveAddAnother())
			p.says(messages.ParticipantsAdded(l.name))
		} else {
			p.press(messages.ParticipantsSave())
			p.reads(l.name)
		}
		fmt.Fprintln(&standing, l.name)
	}
	p.press(messages.LayoutManageElections())
	p.press(messages.ElectionsNewElection())
	p.write(messages.ElectionFormTitle(), councilTitle)
	p.press(messages.ElectionStepsAdvance())
	p.says(messages.ElectionFormMethod())
	p.press(messages.ElectionStepsAdvance())
	for _, place := range places {
		fmt.Fprintf(&constituencies, "%s; %d; 1000\n", place.name, place.seats)
	}
	p.press(messages.ElectionFormImportList())
	p.write(messages.ElectionFormPaste(), constituencies.String())
	p.press(messages.ElectionFormAddListed())
	p.until(`String(document.querySelectorAll("fieldset.constituency").length)`, "3", "the constituencies")
	p.press(messages.ElectionStepsAdvance())
	p.write(messages.ElectionStepsStanding(), standing.String())
	p.press(messages.ElectionStepsAddStanding())
	p.until(`String(document.querySelectorAll("[data-testid=candidacy]").length)`, "9", "the lists of the three constituencies")
	p.press(messages.ElectionStepsAdvance())
	const form = "2006-01-02T15:04"
	p.write(messages.ElectionFormStartsAt(), time.Now().Add(-50*time.Hour).Format(form))
	p.write(messages.ElectionFormEndsAt(), time.Now().Add(-26*time.Hour).Format(form))
	p.pick(messages.ElectionFormConfirmations(), p.words.Text(messages.ElectionFormChoiceTwoAdministrators()))
	p.press(messages.ElectionStepsCheck())
	p.says(messages.PublicationHeading())
	p.press(messages.PublicationPublish())
	p.tick(messages.ComponentsOpenNow())
	p.press(messages.PublicationPublish())
	p.says(messages.ElectionsDonePublished())
}

// councilFile writes the ballots of a constituency; the second line of a wrong one has a word in place of a poll number.
func (p *person) councilFile(constituency int, wrong bool) string {
	p.t.Helper()
	var b strings.Builder
	line := 0
	for i, n := range places[constituency].votes {
		for range n {
			poll := strconv.Itoa(i + 1)
			if wrong && line == 1 {
				poll = "two"
			}
			fmt.Fprintf(&b, "00000000-0000-4000-8%03x-%012x,%s\n", constituency, line, poll)
			line++
		}
	}
	path := filepath.Join(p.t.TempDir(), places[constituency].name+".csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// sendCouncil sends the ballots of a constituency: first a wrong file, which names its line, then the corrected one.
func (p *person) sendCouncil(constituency int) {
	p.t.Helper()
	p.press(messages.OfficialHomeHeading())
	p.press(messages.OfficialHomeUploadFiles(kit.ForReaders(), councilTitle))
	for _, wrong := range []bool{true, false} {
		if wrong && constituency > 0 {
			continue
		}
		path := p.councilFile(constituency, wrong)
		p.pick(messages.UploadConstituency(), places[constituency].name)
		p.give(messages.UploadFile(), path)
		p.press(messages.UploadSubmit())
		if wrong {
			p.says(messages.UploadBadLines(1))
			p.until("document.querySelector('mark')?.textContent ?? ''", "two", "the marked word")
			continue
		}
		p.press(messages.UploadConfirmCountFile(kit.ForReaders(), filepath.Base(path)))
		p.says(messages.BatchesProgressCounted())
	}
}

func (p *person) voteOnAPhone(id, key string) {
	p.t.Helper()
	p.size(360, "light")
	p.pressText("Vote on a phone")
	p.press(messages.ElectionVoteOnline())
	p.write(messages.VotePersonalId(), id)
	p.write(messages.VoteKey(), key)
	p.press(messages.VoteContinue())
	p.pressLabel("List 2")
	p.press(messages.VoteContinue())
	p.says(messages.VoteConfirmHeading())
	p.press(messages.VoteCast())
	p.says(messages.VoteCountedHeading())
}

// pressLabel chooses a line of the ballot paper.
func (p *person) pressLabel(words string) {
	p.t.Helper()
	find := func() {
		p.until(fmt.Sprintf(`(label => { label?.setAttribute("data-found", ""); return String(Boolean(label)) })([...document.querySelectorAll("label")].find(e => e.textContent.includes(%q)))`, words), "true", "the line "+words)
	}
	find()
	p.point(words, find)
}

// findTheClosestSeat finds it on the election's page, with the constituency and the votes that were lacking.
func (p *person) findTheClosestSeat() {
	p.t.Helper()
	p.pressText(councilTitle)
	p.says(messages.ResultsClosestSeats())
	p.reads("Valley")
}

func (p *person) certifyCouncil(password string) {
	p.t.Helper()
	p.press(messages.LayoutManageElections())
	p.pressText(councilTitle)
	p.press(messages.CertificationHeading())
	p.says(messages.CertificationConfirmHeading())
	p.write(messages.AccountPassword(), password)
	p.press(messages.CertificationConfirmBox())
	p.says(messages.CertificationDoneConfirmed())
}

// handOutTheRecord finds the record among the documents and reads its first bytes.
func (p *person) handOutTheRecord() {
	p.t.Helper()
	p.press(messages.ElectionMenuDocuments())
	p.found("a", p.words.Text(messages.ElectionMenuRecord()), 0, false)
	address := run(p.tab, "read the link", chromedp.Evaluate[string](`document.querySelector("[data-found]").href`))
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, address, http.NoBody) // public
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	first := make([]byte, 5)
	if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "%PDF-" || !strings.Contains(answer.Header.Get("Content-Disposition"), "record-2.pdf") {
		p.t.Errorf("want the certified record, got %q, %v, %v", first, answer.Header, err)
	}
}
