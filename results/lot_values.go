package results

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"urna/elections"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
	"urna/results/bundle/format"
)

// LotValue is one of the values from which an election's reproducible lots are drawn. It is the phrase of a person, of
// which the SHA-256 was recorded before the end, or a public value that was named before the end and is known only
// after it. The values of all must be known before a lot can be drawn.
type LotValue struct {
	ID          int64
	Name        string // of the person who chose the phrase; of a public value, where it is published
	Commitment  string // hex SHA-256 of the phrase, "" of a public value
	CommittedBy string
	CommittedAt time.Time
	Value       string // "" until it is revealed
	RevealedBy  string
	RevealedAt  *time.Time
}

// IsPublic reports whether it is a public value.
func (v *LotValue) IsPublic() bool { return v.Commitment == "" }

// The refusals of reproducible lots.
var (
	// ErrSeedTooLate is returned for a commitment after the end.
	ErrSeedTooLate = problem.New(problem.Conflict, "seed-too-late", messages.RefusalSeedTooLate())
	// ErrSeedCommitted is returned for another commitment of the same name after the opening.
	ErrSeedCommitted = problem.New(problem.Conflict, "seed-committed", messages.RefusalSeedCommitted())
	// ErrNoSeed is returned for a lot, and for the revelation of a value, if no value of that name was recorded.
	ErrNoSeed = problem.New(problem.Conflict, "no-seed", messages.RefusalNoSeed())
	// ErrSeedOfOne is returned for a lot from the phrase of one person alone, who could have tried many.
	ErrSeedOfOne = problem.New(problem.Conflict, "seed-of-one", messages.RefusalSeedOfOne())
	// ErrSeedNotRevealed is returned for a lot while a value is not known yet.
	ErrSeedNotRevealed = problem.New(problem.Conflict, "seed-not-revealed", messages.RefusalSeedNotRevealed())
	// ErrSeedRevealed is returned for the revelation of a value that is known already.
	ErrSeedRevealed = problem.New(problem.Conflict, "seed-revealed", messages.RefusalSeedRevealed())
	// ErrDrawFromValues is returned for a lot in another order, if the values give one.
	ErrDrawFromValues = problem.New(problem.Conflict, "draw-from-values", messages.RefusalDrawFromValues())
)

var commitmentForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// The bounds of a phrase, of a public value and of a name, in characters. A phrase is not found again from its SHA-256.
const (
	minSeed, maxSeed = 16, 200
	maxLotValueName  = 200
)

// LotValues returns an election's values in the order in which they were recorded.
func (s *Service) LotValues(ctx context.Context, electionID int64) (values []LotValue, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		if _, err := s.elections.Within(tx, electionID); err != nil {
			return err
		}
		values, err = loadLotValues(tx, electionID)
		return err
	})
	return values, err
}

// LotValueDraft is a value as an administrator records it before the end.
type LotValueDraft struct {
	Name       string // of the person, or of the public value
	Commitment string // hex SHA-256 of the person's phrase; "" of a public value
	Public     bool
}

// CommitLotValue records before the end that lots are drawn from the phrase of a person, by its hash, or from a public
// value that the name describes. Until the opening another commitment for the same name replaces the first one. Urna
// does not learn the phrase. Two people cannot have the same one.
func (s *Service) CommitLotValue(ctx context.Context, actor audit.Actor, electionID int64, d LotValueDraft) error {
	d.Name, d.Commitment = text.Trim(d.Name), strings.ToLower(strings.TrimSpace(d.Commitment))
	if err := d.check(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		state := e.StateAt(s.now())
		switch state {
		case elections.Scheduled, elections.Open:
		case elections.Withdrawn:
			return elections.ErrWithdrawn
		default:
			return ErrSeedTooLate
		}
		values, err := loadLotValues(tx, electionID)
		if err != nil {
			return err
		}
		v := LotValue{Name: d.Name, Commitment: d.Commitment, CommittedBy: actor.Name, CommittedAt: s.now()}
		if before := named(values, d.Name); before != nil {
			if state != elections.Scheduled {
				return ErrSeedCommitted
			}
			v.ID, v.Name = before.ID, before.Name
		}
		if err := v.differsFrom(values); err != nil {
			return err
		}
		if err := saveLotValue(tx, electionID, v); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.Changed(electionID) }) //nolint:contextcheck // the feed outlives the request
		return s.log.Append(ctx, tx.SQL(), actor, "seed-committed", elections.Subject(electionID),
			map[string]any{"name": v.Name, "commitment": v.Commitment})
	})
}

// check names the mistakes in a trimmed draft.
func (d LotValueDraft) check() error {
	var checks problem.Checks
	if mistake := problem.InTextWithin(d.Name, maxLotValueName); !mistake.IsZero() {
		checks.Add("name", mistake)
	}
	if !d.Public && !commitmentForm.MatchString(d.Commitment) || d.Public && d.Commitment != "" {
		checks.Add("commitment", messages.FieldEnterCommitment())
	}
	return checks.Err()
}

// differsFrom refuses the phrase of another person.
func (v *LotValue) differsFrom(values []LotValue) error {
	for _, other := range values {
		if other.ID != v.ID && v.Commitment != "" && other.Commitment == v.Commitment {
			var checks problem.Checks
			checks.Add("commitment", messages.FieldCommitmentTaken(other.Name))
			return checks.Err()
		}
	}
	return nil
}

// RevealLotValue makes the value of that name public, after the end. A phrase with another hash is refused. A public
// value may be corrected until a lot was drawn.
func (s *Service) RevealLotValue(ctx context.Context, actor audit.Actor, electionID int64, name, value string) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		if err := mustCount(e, s.now()); err != nil {
			return err
		}
		values, err := loadLotValues(tx, electionID)
		if err != nil {
			return err
		}
		v := named(values, name)
		if v == nil {
			return ErrNoSeed
		}
		if err := s.mayReveal(tx, electionID, v); err != nil {
			return err
		}
		if v.IsPublic() {
			value = text.Trim(value)
		}
		if err := v.check(value); err != nil {
			return err
		}
		now := s.now()
		v.Value, v.RevealedBy, v.RevealedAt = value, actor.Name, &now
		if err := saveLotValue(tx, electionID, *v); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.Changed(electionID) }) //nolint:contextcheck // the feed outlives the request
		return s.log.Append(ctx, tx.SQL(), actor, "seed-revealed", elections.Subject(electionID),
			map[string]any{"name": v.Name, "value": value})
	})
}

// mayReveal refuses a second revelation.
func (s *Service) mayReveal(tx *database.Tx, electionID int64, v *LotValue) error {
	if v.RevealedAt == nil {
		return nil
	}
	lots, err := loadLots(tx, electionID)
	if err == nil && (!v.IsPublic() || slices.ContainsFunc(lots, func(l Lot) bool { return l.Formula == format.LotFormula })) {
		err = ErrSeedRevealed
	}
	return err
}

// named returns the value of that name, or nil.
func named(values []LotValue, name string) *LotValue {
	for i := range values {
		if text.Key(values[i].Name) == text.Key(name) {
			return &values[i]
		}
	}
	return nil
}

// check names the mistake in a revealed value.
func (v *LotValue) check(value string) error {
	var checks problem.Checks
	length, least := utf8.RuneCountInString(value), 1
	if !v.IsPublic() {
		least = minSeed
	}
	switch mistake := problem.InText(value); {
	case !mistake.IsZero():
		checks.Add("value", mistake)
	case length < least || length > maxSeed:
		checks.Add("value", messages.FieldSeedLength(int64(least), int64(maxSeed)))
	case !v.IsPublic() && SeedCommitment(value) != v.Commitment:
		checks.Add("value", messages.FieldCommitmentDiffers(SeedCommitment(value), v.Commitment))
	}
	return checks.Err()
}

// CheckDrawable refuses unless lots can be drawn from the values: there are phrases of two people or more or a public
// value, and all are known.
func CheckDrawable(values []LotValue) error {
	phrases, public, known := 0, false, true
	for i := range values {
		v := &values[i]
		public = public || v.IsPublic()
		known = known && v.RevealedAt != nil
		if !v.IsPublic() {
			phrases++
		}
	}
	switch {
	case len(values) == 0:
		return ErrNoSeed
	case phrases < format.LeastPhrases && !public:
		return ErrSeedOfOne
	case !known:
		return ErrSeedNotRevealed
	}
	return nil
}

// LotPhrase returns the phrase in which the values of a reproducible lot end: DrawLine begins with it.
func LotPhrase(values []LotValue) string { return format.LotPhrase(valuesOf(values)) }

func valuesOf(values []LotValue) []string {
	all := make([]string, len(values))
	for i := range values {
		all[i] = values[i].Value
	}
	return all
}

// LotShell returns lines of shell that repeat a lot from values. The first one prints the seed, the second one is
// SeededShell.
func LotShell(values []LotValue, constituency string, candidacies []elections.Candidacy) string {
	var b strings.Builder
	b.WriteString(`printf '%s\n'`)
	for _, v := range valuesOf(values) {
		b.WriteString(" " + shellQuote(v))
	}
	b.WriteString(" | sha256sum\n")
	return b.String() + SeededShell(LotPhrase(values), constituency, candidacies)
}
