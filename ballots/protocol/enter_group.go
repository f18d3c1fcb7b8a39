package protocol

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"

	"urna/internal/database"
)

// entriesOfEvent bounds the entries that share an event.
const entriesOfEvent = 1000

// inGroups returns entries in groups that share an event, in their order: up to a number of one election. A late one is
// alone: its event says why it is late, and is followed by the proposal to count it.
func inGroups(all []taken, most int) iter.Seq[[]taken] {
	return func(yield func([]taken) bool) {
		for len(all) > 0 {
			n := 1
			for n < min(len(all), most) && all[n].sharesEvent(&all[0]) && all[0].sharesEvent(&all[n]) {
				n++
			}
			if !yield(all[:n]) {
				return
			}
			all = all[n:]
		}
	}
}

// sharesEvent reports whether an entry can have one event with another.
func (t *taken) sharesEvent(other *taken) bool {
	return t.answer.State != Waiting && t.row.ElectionID == other.row.ElectionID
}

// store stores entries with their event, and brings into the count those whose protocols are complete.
func (s *Service) store(ctx context.Context, tx *database.Tx, by Person, group []taken, c *counting) error {
	entries := make([]entryRow, len(group))
	now := s.options.Now().UnixMilli()
	var added, changed []*protocolRow
	stations := make([]int64, len(group))
	for i := range group {
		t := &group[i]
		entries[i] = entryRow{
			Round: t.row.Round, Number: t.answer.Number, TypistID: by.ID, TypistName: by.Name, Content: t.content, Commitment: t.commitment,
			EnteredAt: now,
		}
		if stations[i] = t.row.StationID; t.row.ID == 0 {
			added = append(added, t.row)
		} else {
			changed = append(changed, t.row)
		}
	}
	if err := insertProtocols(ctx, tx, added); err != nil {
		return err
	}
	if err := updateEntered(tx, changed); err != nil {
		return err
	}
	for i := range group {
		entries[i].ProtocolID = group[i].row.ID
	}
	if err := insertEntries(ctx, tx, entries); err != nil {
		return err
	}
	if err := dropDrafts(tx, by.ID, stations); err != nil {
		return err
	}
	if err := s.appendEntered(ctx, tx, by, group, entries); err != nil {
		return err
	}
	for i := range group {
		t := &group[i]
		if !t.answer.State.Complete() {
			continue
		}
		var err error
		if t.answer.State, err = s.count(ctx, tx, by.Actor, t.row, t.paper, t.values, c); err != nil {
			return err
		}
	}
	return nil
}

// The events of entries: of one, and of several that were entered as a list.
const (
	enteredEvent     = "protocol-entered"
	listEnteredEvent = "protocols-entered"
)

// listedEntry is an entry in the event of a list.
type listedEntry struct {
	Protocol     int64  `json:"protocol"`
	Constituency int64  `json:"constituency"`
	Station      int64  `json:"station"`
	Number       int    `json:"number"`
	Round        int    `json:"round"`
	State        State  `json:"state"`
	SHA256       string `json:"sha256"`
}

// appendEntered records entries: one with an event of its own, several with an event that has a line for each.
func (s *Service) appendEntered(ctx context.Context, tx *database.Tx, by Person, group []taken, entries []entryRow) error {
	if len(group) == 1 {
		row := group[0].row
		return s.append(ctx, tx, by.Actor, enteredEvent, row, row.withLate(map[string]any{
			"number": entries[0].Number, "round": entries[0].Round, "state": group[0].answer.State, "sha256": hex.EncodeToString(entries[0].Commitment),
		}))
	}
	election := group[0].row.ElectionID
	typed := make([]listedEntry, len(group))
	states := map[State]int{}
	for i := range group {
		row, state := group[i].row, group[i].answer.State
		typed[i] = listedEntry{
			row.ID, row.ConstituencyID, row.StationID, entries[i].Number, entries[i].Round, state, hex.EncodeToString(entries[i].Commitment),
		}
		states[state]++
	}
	tx.AfterCommit(func() { s.options.OnCommit(election) })
	return s.log.Append(ctx, tx.SQL(), by.Actor, listEnteredEvent, fmt.Sprintf("election %d", election), map[string]any{
		"election": election, "protocols": len(group), "states": states, "typed": typed,
	})
}
