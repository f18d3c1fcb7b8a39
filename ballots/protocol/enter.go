package protocol

import (
	"context"
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
func (s *Service) Enter(ctx context.Context, by Person, entry Entry) (Entered, error) {
	var why error
	answers, err := s.enterAll(ctx, by, []Entry{entry}, func(_ int, refusal error) { why = refusal })
	switch {
	case why != nil:
		return Entered{}, why
	case err != nil:
		return Entered{}, err
	}
	return answers[0], nil
}

// MostEntries is how many entries EnterAll takes at once.
const MostEntries = 50_000

// EnterAll enters many protocols in one transaction: all, or none if any is refused. refused is called with the place of
// each entry that was refused and the refusal; its error is ErrFindings then.
func (s *Service) EnterAll(ctx context.Context, by Person, entries []Entry, refused func(place int, refusal error)) ([]Entered, error) {
	if len(entries) > MostEntries {
		return nil, ErrFindings.With(messages.RefusalTooManyProtocols(MostEntries))
	}
	return s.enterAll(ctx, by, entries, refused)
}

func (s *Service) enterAll(ctx context.Context, by Person, entries []Entry, refused func(place int, refusal error)) (answers []Entered, err error) {
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		k, err := s.know(ctx, tx, by, stationsOfEntries(entries)...)
		if err != nil {
			return err
		}
		all, err := k.takeAll(entries, refused)
		if err != nil {
			return err
		}
		c := &counting{}
		for group := range inGroups(all, s.entriesOfEvent) {
			if err := s.store(ctx, tx, by, group, c); err != nil {
				return err
			}
		}
		answers = make([]Entered, len(all))
		for i := range all {
			answers[i] = all[i].answer
		}
		return c.finish(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

func stationsOfEntries(entries []Entry) []int64 {
	ids := make([]int64, len(entries))
	for i := range entries {
		ids[i] = entries[i].StationID
	}
	return ids
}

// taken is an entry that nothing refuses, before it is stored.
type taken struct {
	paper  *paper
	row    *protocolRow // as it will be; its ID is 0 for a protocol that is not stored yet
	values Values
	answer Entered

	content    string // as it is stored: values and explanations
	commitment []byte
}

// takeAll takes all entries, or returns ErrFindings.
func (k *known) takeAll(entries []Entry, refused func(place int, refusal error)) ([]taken, error) {
	wrong := false
	all := make([]taken, len(entries))
	for i := range entries {
		err := k.take(&entries[i], &all[i])
		switch {
		case err == nil:
		case problem.KindOf(err) == problem.Internal:
			return nil, err
		default:
			wrong = true
			refused(i, err)
		}
	}
	if wrong {
		return nil, ErrFindings
	}
	return all, nil
}

// take checks an entry, and says what becomes of its protocol. Nothing is stored yet; a later entry of the same station
// finds this one.
func (k *known) take(entry *Entry, t *taken) (err error) {
	if t.paper, err = k.admit(entry.StationID); err != nil {
		return err
	}
	row, earlier, err := k.enterable(entry.StationID)
	if err != nil {
		return err
	}
	if t.values, err = t.paper.parse(entry.Numbers); err != nil {
		return err
	}
	explanations, err := checkExplanations(entry.Explanations)
	if err != nil {
		return err
	}
	if err := problem.OptionalReason(text.Trim(entry.LateReason)); err != nil {
		return err
	}
	p := t.paper
	t.answer = Entered{Number: 1 + len(earlier), State: FirstEntry, Warnings: p.warnings(t.values)}
	if row == nil {
		row = &protocolRow{ElectionID: p.election.ID, ConstituencyID: p.place.ID, StationID: p.station.ID, Round: 1}
	}
	t.row = row
	if t.content, t.commitment, err = seal(t.values, explanations); err != nil {
		return err
	}
	if len(earlier) == 1 {
		if t.answer.Differences, err = earlier[0].differs(t); err != nil {
			return err
		}
		row.Differences, t.answer.State = strings.Join(t.answer.Differences, " "), Different
		if len(t.answer.Differences) == 0 {
			t.answer.State = Definitive
		}
	}
	if t.answer.State == Definitive {
		c, err := k.completion(p.election)
		if err != nil {
			return err
		}
		t.answer.State = c.mark(row, k.by.Actor, entry.LateReason)
	}
	row.State = string(t.answer.State)
	k.protocols[entry.StationID] = row
	k.entries[entry.StationID] = append(earlier, entryRow{TypistID: k.by.ID})
	return nil
}

// differs returns the names of the numbers in which an entry differs from an earlier one. Most agree, and are stored with
// the same text then: that one is not read.
func (r *entryRow) differs(t *taken) ([]string, error) {
	if numbers := numbersIn(t.content); numbers != "" && numbersIn(r.Content) == numbers {
		return nil, nil
	}
	before, err := r.open()
	if err != nil {
		return nil, err
	}
	return differences(t.paper, before.Values, t.values), nil
}

// checkExplanations returns the explanations that are not empty.
func checkExplanations(given map[string]string) (map[string]string, error) {
	if len(given) == 0 {
		return nil, nil //nolint:nilnil // there are none
	}
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
	return slices.ContainsFunc(checks(), func(c Check) bool { return c.Code == code && c.Severity == Warning })
}

// counting collects the protocols that a transaction brings into the count, so that a transaction of many moves each
// tally once.
type counting struct{ in []ballots.ProtocolSum }

// finish moves the tallies.
func (c *counting) finish(ctx context.Context, tx *database.Tx) error {
	if len(c.in) == 0 {
		return nil
	}
	return ballots.CountProtocols(ctx, tx, c.in...)
}

// completion is what protocols become in a transaction that makes them definitive.
type completion struct {
	at         *int64    // Unix time in milliseconds; read after the lateness, as for batches
	late       LateCause // "": they are not
	correction int       // 0: none is open
}

func (s *Service) completion(tx *database.Tx, e *elections.Election) (*completion, error) {
	late, err := s.lateness(tx, e)
	if err != nil {
		return nil, err
	}
	now := s.options.Now().UnixMilli()
	c := &completion{at: &now, late: late}
	if e.Correcting {
		c.correction = e.Correction
	}
	return c, nil
}

// mark makes a row that is not stored yet definitive, or one that waits if it is late, and returns its state.
func (c *completion) mark(row *protocolRow, by audit.Actor, lateReason string) State {
	row.State, row.DefinitiveAt = string(Definitive), c.at
	if c.correction != 0 {
		row.Correction = c.correction
	}
	if c.late != "" {
		row.markLate(c.late, by, lateReason)
	}
	return row.state()
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
