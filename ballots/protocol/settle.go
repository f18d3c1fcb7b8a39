package protocol

import (
	"context"
	"maps"
	"slices"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// Decision says what the paper has for a number that differs.
type Decision struct {
	Name string // of the number
	// Typed is the number, as typed; "" says that the paper has none.
	Typed string
}

// Settle records, number by number, what the paper says where the two entries of a station's protocol differ: the value
// of the first entry, of the second, or a third one. Once nothing that differs is left, the protocol is definitive, as
// in Enter. An administrator and a coordinator may settle, once counts may be shown. Refusals: ErrNoCoordinator,
// ErrNotShown, ErrNotDifferent for a protocol or a number without a difference, ErrFindings if the settled protocol has
// errors, ErrTakesNone also for a station that was closed or annulled; nothing is stored then.
func (s *Service) Settle(ctx context.Context, by Person, stationID int64, decisions []Decision, lateReason string) (state State, err error) {
	if err := problem.OptionalReason(text.Trim(lateReason)); err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		p, row, err := s.settleable(tx, by, stationID)
		if err != nil {
			return err
		}
		if row.state() != Different {
			return ErrNotDifferent
		}
		if err := p.refuseExcluded(); err != nil {
			return err
		}
		c := &counting{}
		if state, err = s.settle(ctx, tx, by.Actor, p, row, decisions, lateReason, c); err != nil {
			return err
		}
		return c.finish(ctx, tx)
	})
	return state, err
}

// settleable returns the protocol of a station if the person may settle and explain it now.
func (s *Service) settleable(tx *database.Tx, by Person, stationID int64) (*paper, *protocolRow, error) {
	p, err := s.paperOf(tx, stationID)
	if err != nil {
		return nil, nil, err
	}
	may := by.Administrator
	if !may {
		if may, err = isCoordinator(tx, p.election.ID, p.place.ID, by.ID); err != nil {
			return nil, nil, err
		}
	}
	row, err := findProtocol(tx, stationID)
	switch {
	case err != nil:
		return nil, nil, err
	case !may:
		return nil, nil, ErrNoCoordinator
	case row == nil:
		return nil, nil, ErrUnknownProtocol
	case !s.shows(p.election):
		return nil, nil, ErrNotShown
	}
	return p, row, s.changeable(tx, p)
}

func (s *Service) settle(ctx context.Context, tx *database.Tx, by audit.Actor, p *paper, row *protocolRow, decisions []Decision,
	lateReason string, c *counting,
) (State, error) {
	t, err := readTyped(tx, row)
	if err != nil {
		return "", err
	}
	differ := row.differing()
	settled := map[string]settlementRow{}
	for _, had := range t.settlements {
		settled[had.Name] = had
	}
	var wrong problem.Checks
	var names []string
	for _, d := range decisions {
		if !slices.Contains(differ, d.Name) {
			wrong.Add(d.Name, messages.FieldNumberDoesNotDiffer())
			continue
		}
		value, mistake := p.parseOne(d.Name, d.Typed)
		if !mistake.IsZero() {
			wrong.Add(d.Name, mistake)
			continue
		}
		names = append(names, d.Name)
		settled[d.Name] = settlementRow{
			ProtocolID: row.ID, Round: row.Round, Name: d.Name, Value: value, Choice: string(t.choice(d.Name, value)),
			SettlerID: by.ID, SettlerName: by.Name, SettledAt: s.options.Now().UnixMilli(),
		}
	}
	if len(decisions) == 0 {
		return "", ErrNotDifferent
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	t.settlements = slices.Collect(maps.Values(settled))
	if len(settled) == len(differ) {
		if err := p.check(t.values()); err != nil {
			return "", err
		}
		c, err := s.completion(tx, p.election)
		if err != nil {
			return "", err
		}
		c.mark(row, by, lateReason)
	}
	for _, name := range names {
		r := settled[name]
		if err := saveSettlement(tx, &r); err != nil {
			return "", err
		}
	}
	if err := update(tx, row); err != nil {
		return "", err
	}
	err = s.append(ctx, tx, by, "protocol-settled", row, row.withLate(map[string]any{"round": row.Round, "numbers": names, "state": row.State}))
	if err != nil || !row.state().Complete() {
		return row.state(), err
	}
	return s.count(ctx, tx, by, row, p, t.values(), c)
}

// choice says whose value a number that differs has.
func (t *typed) choice(name string, value *int64) Choice {
	for i, choice := range []Choice{First, Second} {
		n, has := t.contents[i].Values[name]
		if has == (value != nil) && (!has || n == *value) {
			return choice
		}
	}
	return Third
}

// Explain records what an administrator or a coordinator says about a warning of a station's protocol. Refusals are those
// of Settle, and an unknown code or a missing text.
func (s *Service) Explain(ctx context.Context, by Person, stationID int64, code, explanation string) error {
	given, err := checkExplanations(map[string]string{code: explanation})
	if err != nil {
		return err
	}
	if given[code] == "" {
		return draftRefusal("explanation", messages.FieldReasonNeeded())
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		_, row, err := s.settleable(tx, by, stationID)
		if err != nil {
			return err
		}
		if !row.state().Complete() {
			return ErrNotDefinitive
		}
		err = insertExplanation(tx, &explanationRow{
			ProtocolID: row.ID, Round: row.Round, Code: code, Explanation: given[code], AuthorID: by.ID, AuthorName: by.Name,
			ExplainedAt: s.options.Now().UnixMilli(),
		})
		if err != nil {
			return err
		}
		return s.append(ctx, tx, by.Actor, "protocol-explained", row, map[string]any{"round": row.Round, "code": code})
	})
}
