package stations

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"urna/client"
)

// workers is how many officials send something at the same moment.
const workers = 4

// inParallel calls do for every item, from several goroutines, until one fails.
func inParallel[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan T, len(items))
	for _, item := range items {
		next <- item
	}
	close(next)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for item := range next {
				if ctx.Err() != nil {
					return
				}
				if err := do(ctx, item); err != nil {
					cancel(err)
				}
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

// upload is one file: the ballots of a station, or of several of a constituency.
type upload struct {
	stations []*station
	together bool // the file names the stations in a column
}

// uploads puts half of the stations of each constituency that send ballots into files of up to ten.
func (n *night) uploads() (files []upload) {
	for _, c := range n.constituencies {
		senders := slices.DeleteFunc(slices.Clone(c.stations), func(s *station) bool { return s.protocol || s.fate == missing })
		half := len(senders) / 2
		for several := range slices.Chunk(senders[:half], 10) {
			files = append(files, upload{several, true})
		}
		for _, s := range senders[half:] {
			files = append(files, upload{[]*station{s}, false})
		}
	}
	return files
}

// sendBallots uploads the ballots of all stations that send them, and waits until they are counted.
func (n *night) sendBallots(ctx context.Context) error {
	files := n.uploads()
	if err := inParallel(ctx, files, n.send); err != nil {
		return err
	}
	want := 0
	for _, f := range files {
		want += len(f.stations)
	}
	for {
		results, err := n.administrators[0].Results(ctx, n.election)
		if err != nil || results.Stations.Counted == want {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d stations are counted: %w", results.Stations.Counted, want, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (n *night) send(ctx context.Context, u upload) error {
	var file []byte
	if u.together {
		file = []byte("guid,poll number,station\n")
	}
	cut := false
	for _, s := range u.stations {
		file = append(file, n.file(s, u.together)...)
		cut = cut || s.trouble == doubtfulLine
	}
	if cut { // the end of the last line is missing
		err := n.sendFile(ctx, u, file[:len(file)-len("-123456789012,1\n")])
		if !refusedWith(err, http.StatusUnprocessableEntity, "") {
			return fmt.Errorf("want a file with a line that was cut off refused, got %w", err)
		}
	}
	return n.sendFile(ctx, u, file)
}

func (n *night) sendFile(ctx context.Context, u upload, file []byte) error {
	first := u.stations[0]
	by, _ := n.typists(first)
	name := fmt.Sprintf("station-%d.csv", first.id)
	open := func() io.ReadCloser { return io.NopCloser(bytes.NewReader(file)) }
	if u.together {
		return by.UploadStations(ctx, n.election, n.constituencies[first.place].id, name, int64(len(file)), open)
	}
	_, err := by.UploadStation(ctx, n.election, first.id, name, int64(len(file)), open)
	return err
}

// typeProtocols has two officials type the protocol of every station that sends one.
func (n *night) typeProtocols(ctx context.Context) error {
	return inParallel(ctx, n.where(func(s *station) bool { return s.protocol }), n.typeTwice)
}

// typeTwice types a protocol as two people do, with the trouble of the station.
func (n *night) typeTwice(ctx context.Context, s *station) error {
	one, other := n.typists(s)
	first, second, state := s.entry(), s.entry(), "definitive"
	switch s.trouble {
	case wrongDigit:
		second, state = s.moved(0, 1, 1), "different"
	case bothWrong:
		first, second, state = s.moved(0, 1, 1), s.moved(0, 1, 2), "different"
	case wrongPaper:
		neighbour := *n.constituencies[s.place].stations[5]
		neighbour.registered, neighbour.trouble = s.registered, noTrouble
		first, state = neighbour.entry(), "different"
	case sumsDoNotAdd:
		wrong := s.entry()
		wrong.Votes["1"]--
		if err := n.mistype(ctx, one, s, wrong, "E6"); err != nil {
			return err
		}
	case moreThanInBox:
		wrong := s.entry()
		wrong.Votes["1"] *= 10
		if err := n.mistype(ctx, one, s, wrong, "E7"); err != nil {
			return err
		}
	default:
	}
	if err := n.enter(ctx, one, s, first, "first-entry"); err != nil {
		return err
	}
	if s.trouble == typedTwiceByOne {
		// Where the answer was lost, the client finds the first entry and returns it.
		answer, err := one.EnterProtocol(ctx, n.election, s.id, first)
		if !refusedWith(err, http.StatusConflict, "same-person") && (err != nil || answer.Entry != 1 || answer.State != "first-entry") {
			return fmt.Errorf("station %d: want a second entry of the same person refused, got %+v, %w", s.id, answer, err)
		}
	}
	return n.enter(ctx, other, s, second, state)
}

// mistype types a protocol with an error, which refuses the entry.
func (n *night) mistype(ctx context.Context, by *client.Client, s *station, entry client.ProtocolEntry, code string) error {
	_, err := by.EnterProtocol(ctx, n.election, s.id, entry)
	refusal, refused := errors.AsType[*client.ProblemError](err)
	if !refused || len(refusal.Errors) == 0 || refusal.Errors[0].Code != code {
		return fmt.Errorf("station %d: want the entry refused with %s, got %w", s.id, code, err)
	}
	return nil
}

func (n *night) enter(ctx context.Context, by *client.Client, s *station, entry client.ProtocolEntry, state string) error {
	answer, err := by.EnterProtocol(ctx, n.election, s.id, entry)
	if err != nil {
		return fmt.Errorf("station %d: %w", s.id, err)
	}
	if answer.State != state {
		return fmt.Errorf("station %d: want it %s, got %+v", s.id, state, answer)
	}
	return nil
}

// settle settles each number that differs, as the paper has it.
func (n *night) settle(ctx context.Context) error {
	differ := n.where(func(s *station) bool { return s.protocol && (s.trouble == wrongDigit || s.trouble == bothWrong) })
	return inParallel(ctx, differ, func(ctx context.Context, s *station) error {
		p, err := n.administrators[0].Protocol(ctx, n.election, s.id)
		if err != nil {
			return err
		}
		if want := []string{"votes.1", "votes.2"}; !slices.Equal(want, p.Differences) {
			return fmt.Errorf("station %d: want the differences %v, got %v", s.id, want, p.Differences)
		}
		paper, decided := s.entry(), client.ProtocolSettlement{Votes: map[string]*int64{}}
		for _, name := range p.Differences {
			pollNumber := strings.TrimPrefix(name, "votes.")
			votes := paper.Votes[pollNumber]
			decided.Votes[pollNumber] = &votes
		}
		settled, err := n.administrators[0].SettleProtocol(ctx, n.election, s.id, decided)
		if err == nil && settled.State != "definitive" {
			err = fmt.Errorf("station %d: want it definitive after the settlement, got %s", s.id, settled.State)
		}
		return err
	})
}

// reopen has the protocol of the exchanged paper typed again, from the right one.
func (n *night) reopen(ctx context.Context) error {
	for _, s := range n.where(func(s *station) bool { return s.trouble == wrongPaper }) {
		err := n.approved(ctx, func() error {
			return n.administrators[0].ReopenProtocol(ctx, n.election, s.id, "The first entry is of the paper of another station.")
		})
		if err != nil {
			return err
		}
		one, other := n.typists(s)
		if err := n.enter(ctx, one, s, s.entry(), "first-entry"); err != nil {
			return err
		}
		if err := n.enter(ctx, other, s, s.entry(), "definitive"); err != nil {
			return err
		}
	}
	return nil
}

// explain writes the explanation that is missing where a station is far from its neighbours: that is known only now.
func (n *night) explain(ctx context.Context) error {
	var mu sync.Mutex
	explained := 0
	err := inParallel(ctx, n.where(func(s *station) bool { return s.trouble == oneListOnly }), func(ctx context.Context, s *station) error {
		p, err := n.administrators[0].Protocol(ctx, n.election, s.id)
		for _, code := range p.Unexplained {
			if err := n.administrators[0].ExplainProtocol(ctx, n.election, s.id, code, "A village of one family; the board confirmed it by telephone."); err != nil {
				return err
			}
			mu.Lock()
			explained++
			mu.Unlock()
		}
		return err
	})
	if err == nil && explained == 0 {
		err = errors.New("want at least one station far from its neighbours")
	}
	return err
}

// approved does an act that waits for the second administrator, who approves it.
func (n *night) approved(ctx context.Context, act func() error) error {
	err := act()
	waiting, ok := errors.AsType[*client.WaitingError](err)
	if !ok {
		return fmt.Errorf("want an act that waits for the second administrator, got %w", err)
	}
	if _, err := n.administrators[0].Approve(ctx, waiting.ID, ""); !refusedWith(err, http.StatusConflict, "approval-own") {
		return fmt.Errorf("want the approval of the proposer refused, got %w", err)
	}
	_, err = n.administrators[1].Approve(ctx, waiting.ID, "I looked at the paper.")
	return err
}

// done does an act that may wait for the second administrator, who then approves it.
func (n *night) done(ctx context.Context, act func() error) error {
	err := act()
	waiting, waits := errors.AsType[*client.WaitingError](err)
	if !waits {
		return err
	}
	_, err = n.administrators[1].Approve(ctx, waiting.ID, "I looked at the order.")
	return err
}

// allCounted waits until stations are counted.
func (n *night) allCounted(ctx context.Context, stations ...*station) error {
	for _, s := range stations {
		for {
			found, err := n.administrators[0].StationBatches(ctx, n.election, s.id)
			if err != nil || len(found) > 0 && found[0].State == "counted" {
				if err != nil {
					return err
				}
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("station %d is not counted: %+v: %w", s.id, found, ctx.Err())
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

// point returns the key of an open point, as reasons name it.
func point(p client.OpenPoint) string {
	for _, id := range []int64{p.StationID, p.ConstituencyID} {
		if id != 0 {
			return p.Code + ":" + strconv.FormatInt(id, 10)
		}
	}
	return p.Code
}
