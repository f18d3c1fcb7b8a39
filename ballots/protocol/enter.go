package protocol

import (
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"urna/ballots"
	"urna/elections"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// maxExplanation bounds the length of an explanation, in characters.
const maxExplanation = problem.MaxReason

// Enter records what a person typed of a station's protocol, as the first or second entry, and deletes the person's
// draft. If both entries are in and agree, the protocol is definitive: its votes enter the tallies in the same
// transaction, unless it is late and waits for an administrator. Refusals: ErrFindings with everything that is wrong,
// ErrSamePerson, ErrEntered, ErrHasBatches, ErrTakesNone, ErrNotYourStation, elections.ErrUnknownStation. Nothing is
// stored with a refusal; the draft stays.
func (s *Service) Enter(ctx context.Context, by Person, entry Entry) (answer Entered, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		c := newCounting()
		if answer, err = s.enter(ctx, tx, by, entry, c); err != nil {
			return err
		}
		return c.finish(ctx, tx)
	})
	return answer, err
}

// counting collects the protocols that a transaction brings into the count, so that a transaction of many moves each
// tally once.
type counting struct {
	in        []ballots.ProtocolSum
	elections map[int64]*elections.Election // that it has read
}

func newCounting() *counting { return &counting{elections: map[int64]*elections.Election{}} }

// finish moves the tallies.
func (c *counting) finish(ctx context.Context, tx *database.Tx) error {
	if len(c.in) == 0 {
		return nil
	}
	return ballots.CountProtocols(ctx, tx, c.in...)
}

// MostEntries is how many entries EnterAll takes at once.
const MostEntries = 50_000

// EnterAll enters many protocols in one transaction: all, or none if any is refused. refused is called with the place of
// each entry that was refused and the refusal; its error is ErrFindings then.
func (s *Service) EnterAll(ctx context.Context, by Person, entries []Entry, refused func(place int, refusal error)) (answers []Entered, err error) {
	if len(entries) > MostEntries {
		return nil, ErrFindings.With(messages.RefusalTooManyProtocols(MostEntries))
	}
	wrong := false
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		c := newCounting()
		for i, entry := range entries {
			answer, err := s.enter(ctx, tx, by, entry, c)
			if err != nil && problem.KindOf(err) != problem.Internal {
				wrong = true
				refused(i, err)
				continue
			}
			if err != nil {
				return err
			}
			answers = append(answers, answer)
		}
		if wrong {
			return ErrFindings
		}
		return c.finish(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// enter is Enter within a transaction. A refusal comes before anything is written.
func (s *Service) enter(ctx context.Context, tx *database.Tx, by Person, entry Entry, c *counting) (Entered, error) {
	p, err := s.admit(tx, by, entry.StationID, c.elections)
	if err != nil {
		return Entered{}, err
	}
	row, earlier, err := s.enterable(tx, by, entry.StationID)
	if err != nil {
		return Entered{}, err
	}
	values, err := p.parse(entry.Numbers)
	if err != nil {
		return Entered{}, err
	}
	explanations, err := checkExplanations(entry.Explanations)
	if err != nil {
		return Entered{}, err
	}
	if err := problem.OptionalReason(text.Trim(entry.LateReason)); err != nil {
		return Entered{}, err
	}
	answer := Entered{Number: 1 + len(earlier), State: FirstEntry, Warnings: p.warnings(values)}
	if row == nil {
		row = &protocolRow{ElectionID: p.election.ID, ConstituencyID: p.place.ID, StationID: p.station.ID, Round: 1}
	}
	if len(earlier) == 1 {
		before, err := earlier[0].open()
		if err != nil {
			return Entered{}, err
		}
		answer.Differences = differences(p, before.Values, values)
		row.Differences, answer.State = strings.Join(answer.Differences, " "), Different
		if len(answer.Differences) == 0 {
			answer.State = Definitive
		}
	}
	if answer.State == Definitive {
		if answer.State, err = s.markDefinitive(tx, by.Actor, row, p, entry.LateReason); err != nil {
			return Entered{}, err
		}
	}
	if err := s.storeEntry(ctx, tx, by, row, answer, values, explanations); err != nil {
		return Entered{}, err
	}
	if answer.State.Complete() {
		answer.State, err = s.count(ctx, tx, by.Actor, row, p, values, c)
	}
	return answer, err
}

// enterable returns the protocol of a station, nil for none, with the entries of its round, if the person may enter it.
func (s *Service) enterable(tx *database.Tx, by Person, stationID int64) (*protocolRow, []entryRow, error) {
	has, err := ballots.StationHasBatches(tx, stationID)
	if err == nil && has {
		err = ErrHasBatches
	}
	if err != nil {
		return nil, nil, err
	}
	row, err := findProtocol(tx, stationID)
	if err != nil || row == nil {
		return nil, nil, err
	}
	switch row.state() {
	case Reopened:
		return row, nil, nil
	case FirstEntry, SecondEntry:
		earlier, err := entriesOf(tx, row)
		if err == nil && len(earlier) > 0 && earlier[0].TypistID == by.ID {
			err = ErrSamePerson
		}
		return row, earlier, err
	case Empty, Different, Definitive, Waiting, Retracted:
	}
	return nil, nil, ErrEntered
}

// storeEntry stores an entry with its event.
func (s *Service) storeEntry(ctx context.Context, tx *database.Tx, by Person, row *protocolRow, answer Entered, values Values,
	explanations map[string]string,
) error {
	row.State = string(answer.State)
	store := update
	if row.ID == 0 {
		store = insertProtocol
	}
	if err := store(tx, row); err != nil {
		return err
	}
	encoded, commitment, err := seal(values, explanations)
	if err != nil {
		return err
	}
	err = insertEntry(tx, &entryRow{
		ProtocolID: row.ID, Round: row.Round, Number: answer.Number, TypistID: by.ID, TypistName: by.Name,
		Content: encoded, Commitment: commitment, EnteredAt: s.options.Now().UnixMilli(),
	})
	if err != nil {
		return err
	}
	if err := dropDraft(tx, row.StationID, by.ID); err != nil {
		return err
	}
	return s.append(ctx, tx, by.Actor, "protocol-entered", row, row.withLate(map[string]any{
		"number": answer.Number, "round": row.Round, "state": answer.State, "sha256": hex.EncodeToString(commitment),
	}))
}

// checkExplanations returns the explanations that are not empty.
func checkExplanations(given map[string]string) (map[string]string, error) {
	kept := map[string]string{}
	var c problem.Checks
	for _, code := range slices.Sorted(maps.Keys(given)) {
		said := text.Trim(given[code])
		switch mistake := problem.InOptionalText(said, maxExplanation); {
		case !isWarning(code):
			c.Add("explanations."+code, messages.FieldNoSuchCheck())
		case !mistake.IsZero():
			c.Add("explanations."+code, mistake)
		case said != "":
			kept[code] = said
		}
	}
	return kept, c.Err()
}

// isWarning reports whether a code is that of a warning.
func isWarning(code string) bool {
	return slices.ContainsFunc(Checks(), func(c Check) bool { return c.Code == code && c.Severity == Warning })
}

// markDefinitive makes a row that is not stored yet definitive, or one that waits if it is late, and returns its state.
func (s *Service) markDefinitive(tx *database.Tx, by audit.Actor, row *protocolRow, p *paper, lateReason string) (State, error) {
	cause, err := s.lateness(tx, p.election)
	if err != nil {
		return "", err
	}
	now := s.options.Now().UnixMilli() // read after the lateness, as for batches
	row.State, row.DefinitiveAt = string(Definitive), &now
	if p.election.Correcting {
		row.Correction = p.election.Correction
	}
	if cause != "" {
		row.markLate(cause, by, lateReason)
	}
	return row.state(), nil
}

// count brings a definitive protocol into the count, or proposes that if it is late. It returns the state.
func (s *Service) count(ctx context.Context, tx *database.Tx, by audit.Actor, row *protocolRow, p *paper, values Values, c *counting) (State, error) {
	if row.state() == Waiting {
		waits, err := s.askLate(ctx, tx, by, row, p)
		if err != nil || waits {
			return Waiting, err
		}
	}
	c.in = append(c.in, sumOf(row, p, values))
	return Definitive, nil
}

// sumOf returns what a protocol adds to the tallies.
func sumOf(row *protocolRow, p *paper, values Values) ballots.ProtocolSum {
	votes, invalid := values.counted(p.election)
	return ballots.ProtocolSum{
		ElectionID: row.ElectionID, ConstituencyID: row.ConstituencyID, StationID: row.StationID, Votes: votes, Invalid: invalid,
	}
}

// request returns an act on a protocol, for an approval. Nothing in it tells a number.
func request(by audit.Actor, row *protocolRow, p *paper, reason string, act approval.Act) approval.Request {
	return approval.Request{
		Act: act, Subject: subject(row.ID), Actor: by, Reason: reason, ElectionID: p.election.ID, Since: p.election.PublishedAt,
		Always:     act == approval.RestoreProtocol && row.LateState == string(LateRefused),
		Parameters: map[string]any{"constituency": p.place.Name, "station": p.station.Number, "round": row.Round},
	}
}
