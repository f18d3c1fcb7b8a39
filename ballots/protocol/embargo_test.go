package protocol_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"urna/ballots/protocol"
	"urna/internal/database"
	"urna/internal/testing/clock"
)

// commitments are the parts of the log that differ by chance: hashes with a random nonce, and what follows from them.
var commitments = regexp.MustCompile(`[0-9a-f]{64}`)

// logOf returns all that the audit log has, without those.
func (h *env) logOf(t *testing.T) (lines []string) {
	t.Helper()
	err := h.db.Read(t.Context(), func(tx *database.Tx) error {
		for _, query := range []string{
			`SELECT actor_name || ' ' || action || ' ' || subject || ' ' || detail FROM audit_events ORDER BY id`,
			`SELECT event_id || ' ' || images FROM audit_images ORDER BY event_id`,
		} {
			rows, err := tx.SQL().QueryContext(t.Context(), query)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var line string
				if err := rows.Scan(&line); err != nil {
					return err
				}
				lines = append(lines, commitments.ReplaceAllString(line, "#"))
			}
			if err := rows.Err(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// opposite plays the same acts with numbers of one kind, and returns all that people other than the typist get.
func opposite(t *testing.T, numbersOf func(pairs ...string) map[string]string) (answers []string) {
	t.Helper()
	h := newEnvAt(t, clock.At(time.Date(2027, 3, 28, 8, 0, 0, 0, time.UTC)))
	note := func(what string, value any, err error) {
		t.Helper()
		encoded, failed := json.Marshal(value)
		if failed != nil {
			t.Fatal(failed)
		}
		answers = append(answers, fmt.Sprintf("%s: %s, %v", what, encoded, err))
	}
	look := func(station int64) {
		t.Helper()
		for _, reader := range []protocol.Person{ada, petra, {Observer: true}} {
			p, err := h.protocols.Protocol(t.Context(), reader, station)
			note("protocol", p, err)
			d, err := h.protocols.Draft(t.Context(), reader, station)
			note("draft", d, err)
		}
		all, _, err := h.protocols.List(t.Context(), protocol.ListFilter{ElectionID: h.election.ID})
		note("list", all, err)
		counts, err := h.protocols.Counts(t.Context(), h.election.ID, 0)
		note("counts", counts, err)
	}
	agreed, differs, begun := h.stations[0], h.stations[1], h.stations[2]
	enter := func(by protocol.Person, station int64, pairs ...string) {
		t.Helper()
		_, err := h.protocols.Enter(t.Context(), by, protocol.Entry{
			StationID: station, Numbers: numbersOf(pairs...), Explanations: map[string]string{"W3": numbersOf()["votes.1"] + " voted so"},
		})
		note("entered", nil, err)
	}
	for _, station := range []int64{agreed, differs} {
		enter(olga, station)
		look(station)
	}
	for _, by := range []protocol.Person{olga, oskar} {
		list := []protocol.Entry{{StationID: h.stations[3], Numbers: numbersOf()}, {StationID: h.stations[4], Numbers: numbersOf()}}
		if by.ID == oskar.ID {
			list[1].Numbers = numbersOf("fields.signed", "100")
		}
		_, err := h.protocols.EnterAll(t.Context(), by, list, nil)
		note("a list", nil, err)
		look(h.stations[4])
	}
	enter(oskar, agreed)
	enter(oskar, differs, "votes.1", "50", "votes.2", "48")
	if _, err := h.protocols.SaveDraft(t.Context(), olga, protocol.Draft{StationID: begun, Numbers: numbersOf()}); err != nil {
		t.Fatal(err)
	}
	for _, station := range []int64{agreed, differs, begun} {
		look(station)
	}
	_, err := h.protocols.Settle(t.Context(), ada, differs, []protocol.Decision{{Name: "votes.1", Typed: "50"}}, "")
	note("settled", nil, err)
	note("explained", nil, h.protocols.Explain(t.Context(), ada, agreed, "W3", "a village"))
	_, err = h.protocols.Enter(t.Context(), petra, protocol.Entry{StationID: differs, Numbers: numbersOf()})
	note("a third entry", nil, err)
	state, err := h.protocols.Retract(t.Context(), ada.Actor, agreed, "wrong paper")
	note("retracted", state, err)
	look(agreed)
	state, err = h.protocols.Reopen(t.Context(), ada.Actor, differs, "wrong paper")
	note("reopened", state, err)
	look(differs)
	return append(answers, h.logOf(t)...)
}

// TestEmbargo_OppositeProtocolsLookTheSame plays the same acts with opposite protocols on two servers, and compares
// everything that anybody but the typist gets before counts may be shown, and the whole audit log.
func TestEmbargo_OppositeProtocolsLookTheSame(t *testing.T) {
	t.Parallel()
	one := opposite(t, func(pairs ...string) map[string]string {
		return numbers(append([]string{"votes.1", "97", "votes.2", "1"}, pairs...)...)
	})
	other := opposite(t, func(pairs ...string) map[string]string {
		return numbers(append([]string{"votes.1", "53", "votes.2", "45"}, pairs...)...)
	})
	if len(one) != len(other) {
		t.Fatalf("want as many answers, got %d and %d", len(one), len(other))
	}
	for i := range one {
		if one[i] != other[i] {
			t.Errorf("want the same\n%s\n%s", one[i], other[i])
		}
	}
	if len(one) < 60 || !strings.Contains(strings.Join(one, "\n"), "commitment") {
		t.Errorf("want the entries in the log, got %d lines", len(one))
	}
}

// TestEmbargo_NumbersAreShownWhenCountsAre says who sees the numbers of a protocol, and when.
func TestEmbargo_NumbersAreShownWhenCountsAre(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	station := h.stations[0]
	sees := func(reader protocol.Person) string {
		p := h.view(t, reader, station)
		var numbers strings.Builder
		for _, e := range p.Entries {
			if e.Values != nil {
				numbers.WriteString(strconv.Itoa(e.Number))
			}
		}
		if p.Values != nil {
			numbers.WriteString("d")
		}
		return numbers.String()
	}
	want := func(when string, all map[string]string) {
		t.Helper()
		for _, reader := range []protocol.Person{ada, olga, oskar, petra, {Observer: true}} {
			name := reader.Name
			if name == "" {
				name = "observer"
			}
			if got := sees(reader); got != all[name] {
				t.Errorf("%s: want %s to see %q, got %q", when, name, all[name], got)
			}
		}
	}
	h.enter(t, olga, station)
	want("first entry", map[string]string{olga.Name: "1"})
	h.end()
	want("first entry, counts shown", map[string]string{olga.Name: "1"}) // an administrator may type the second one
	h.now.Move(-2 * time.Hour)
	h.enter(t, oskar, station)
	want("definitive", map[string]string{olga.Name: "1", oskar.Name: "2"})
	h.end()
	want("definitive, counts shown", map[string]string{olga.Name: "1", oskar.Name: "2", ada.Name: "12d", "observer": "12d"})
}

// TestEmbargo_TheLogProvesAnEntry: the log has the hash of what was typed, and not twice the same one.
func TestEmbargo_TheLogProvesAnEntry(t *testing.T) {
	t.Parallel()
	h := newEnv(t)
	h.enter(t, olga, h.stations[0])
	h.enter(t, oskar, h.stations[0])
	seen := map[string]bool{}
	err := h.db.Read(t.Context(), func(tx *database.Tx) error {
		rows, err := tx.SQL().QueryContext(t.Context(), `SELECT hex(commitment) FROM protocol_entries`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var commitment string
			if err := rows.Scan(&commitment); err != nil {
				return err
			}
			seen[strings.ToLower(commitment)] = true
		}
		return rows.Err()
	})
	if err != nil || len(seen) != 2 {
		t.Fatalf("want two commitments, got %v, %v", seen, err)
	}
	var images string
	err = h.db.Read(t.Context(), func(tx *database.Tx) error {
		return tx.SQL().QueryRowContext(t.Context(), `SELECT group_concat(images, ' ') FROM audit_images`).Scan(&images)
	})
	if err != nil {
		t.Fatal(err)
	}
	for commitment := range seen {
		if !strings.Contains(images, commitment) {
			t.Errorf("want the commitment %s in the log, got %s", commitment, images)
		}
	}
}
