package web_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"urna/ballots/batch"
	"urna/elections"
)

// frames opens a live feed. The function that it returns waits for the next frame that has data.
func (s *site) frames(t *testing.T, path string) func() string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("want the live feed, got %v, %v", answer, err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	lines := bufio.NewReader(answer.Body)
	return func() (frame string) {
		t.Helper()
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if line == "\n" && strings.Contains(frame, "data:") {
				return frame
			}
			frame += line
		}
	}
}

// TestConstituencyLive_SendsOnlyItsOwnChanges counts ballots of another constituency, and waits until the election's feed has
// sent them. The feed of the constituency then sends its own ballots next.
func TestConstituencyLive_SendsOnlyItsOwnChanges(t *testing.T) {
	s := newSite(t)
	p := s.newPoll(t, 0, func(d *elections.Draft) {
		d.Channels = nil
		other := d.Constituencies[0]
		d.Constituencies[0].Name, other.Name = "North", "South"
		d.Constituencies = append(d.Constituencies, other)
	})
	north, south := p.election.Constituencies[0].ID, p.election.Constituencies[1].ID
	send := func(constituency int64, lines, from int) {
		var file strings.Builder
		for line := range lines {
			fmt.Fprintf(&file, "%08x-0000-4000-8000-%012x,1\n", p.election.ID, from+line)
		}
		d := batch.Delivery{Actor: s.users["official"].Actor("test"), ElectionID: p.election.ID, ConstituencyID: constituency, FileName: "box.csv"}
		if _, err := s.Batches.Receive(t.Context(), d, strings.NewReader(file.String())); err != nil {
			t.Fatal(err)
		}
	}
	path := "/elections/" + id(p.election.ID)
	whole := s.frames(t, path+"/live")
	send(north, 3, 5000) // so that the scale of all bars is that of all votes for one list
	send(south, 5, 6000)
	for !strings.Contains(whole(), ">8<") {
	}
	own := s.frames(t, path+"/constituencies/"+id(north)+"/live")
	own()
	send(south, 11, 0)
	for !strings.Contains(whole(), ">19<") {
	}
	send(north, 7, 1000)
	if frame := own(); !strings.Contains(frame, ">10<") {
		t.Errorf("want nothing of the other constituency, and then the own ballots, got %s", betweenOf(frame, "<tbody", "</table>"))
	}
}
