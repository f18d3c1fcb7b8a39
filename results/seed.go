package results

import (
	"context"
	"fmt"
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
	"urna/results/bundle/format"
)

// Seed is the seed phrase of an election's reproducible lots: known by its hash before the end, and by
// itself afterwards.
type Seed struct {
	Commitment  string // hex SHA-256 of the phrase
	CommittedBy string
	CommittedAt time.Time
	Phrase      string // "" until it is revealed
	RevealedAt  *time.Time
}

// What the reproducible lot refuses.
var (
	// ErrSeedTooLate is returned for a commitment after the end.
	ErrSeedTooLate = problem.New(problem.Conflict, "seed-too-late", messages.RefusalSeedTooLate())
	// ErrSeedCommitted is returned for a second commitment.
	ErrSeedCommitted = problem.New(problem.Conflict, "seed-committed", messages.RefusalSeedCommitted())
	// ErrNoSeed is returned where no phrase was committed.
	ErrNoSeed = problem.New(problem.Conflict, "no-seed", messages.RefusalNoSeed())
	// ErrSeedNotRevealed is returned for a lot from a phrase that is not revealed yet.
	ErrSeedNotRevealed = problem.New(problem.Conflict, "seed-not-revealed", messages.RefusalSeedNotRevealed())
)

var commitmentForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// The bounds of a seed phrase, in characters.
const minSeed, maxSeed = 8, 200

// Seed returns an election's seed phrase as far as it is known, nil where none was committed.
func (s *Service) Seed(ctx context.Context, electionID int64) (seed *Seed, err error) {
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		seed, err = loadSeed(tx, electionID)
		return err
	})
	return seed, err
}

// CommitSeed records the SHA-256 of an election's seed phrase, in hex. Until the opening it may be
// replaced, until the end it may be given; Urna does not learn the phrase itself.
func (s *Service) CommitSeed(ctx context.Context, actor audit.Actor, electionID int64, commitment string) error {
	commitment = strings.ToLower(strings.TrimSpace(commitment))
	if !commitmentForm.MatchString(commitment) {
		var checks problem.Checks
		checks.Add("commitment", messages.FieldEnterCommitment())
		return checks.Err()
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		state := e.StateAt(s.now())
		if state != elections.Scheduled && state != elections.Open {
			return ErrSeedTooLate
		}
		before, err := loadSeed(tx, electionID)
		if err != nil {
			return err
		}
		if before != nil && state != elections.Scheduled {
			return ErrSeedCommitted
		}
		if err := saveSeed(tx, electionID, Seed{Commitment: commitment, CommittedBy: actor.Name, CommittedAt: s.now()}); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "seed-committed", fmt.Sprintf("election %d", electionID), map[string]any{"commitment": commitment})
	})
}

// RevealSeed makes the committed phrase public, after the end. A phrase with another hash is refused.
func (s *Service) RevealSeed(ctx context.Context, actor audit.Actor, electionID int64, phrase string) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		e, err := s.elections.Within(tx, electionID)
		if err != nil {
			return err
		}
		if err := mustCount(e, s.now()); err != nil {
			return err
		}
		seed, err := loadSeed(tx, electionID)
		if err != nil {
			return err
		}
		if seed == nil {
			return ErrNoSeed
		}
		if err := checkPhrase(phrase, seed.Commitment); err != nil {
			return err
		}
		now := s.now()
		seed.Phrase, seed.RevealedAt = phrase, &now
		if err := saveSeed(tx, electionID, *seed); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.Changed(electionID) }) //nolint:contextcheck // the feed outlives the request
		return s.log.Append(ctx, tx.SQL(), actor, "seed-revealed", fmt.Sprintf("election %d", electionID), map[string]any{"seed": phrase})
	})
}

func checkPhrase(phrase, commitment string) error {
	var checks problem.Checks
	switch mistake := problem.InText(phrase); {
	case !mistake.IsZero():
		checks.Add("seed", mistake)
	case utf8.RuneCountInString(phrase) < minSeed || utf8.RuneCountInString(phrase) > maxSeed:
		checks.Add("seed", messages.FieldSeedLength(int64(minSeed), int64(maxSeed)))
	case SeedCommitment(phrase) != commitment:
		checks.Add("seed", messages.FieldCommitmentDiffers(SeedCommitment(phrase), commitment))
	}
	return checks.Err()
}

// SeedCommitment returns the hash by which a phrase is committed, as printf %s 'phrase' | sha256sum prints it.
func SeedCommitment(phrase string) string { return format.SeedCommitment(phrase) }

// DrawLine is the line whose SHA-256 gives a candidacy its place in a reproducible lot: the phrase, the
// constituency's name, the poll number and the name, joined by |.
func DrawLine(phrase, constituency string, candidacy elections.Candidacy) string {
	return format.DrawLine(phrase, constituency, candidacy.PollNumber, candidacy.Name)
}

// SeededOrder returns the participants of some candidacies of a constituency in the order of the SHA-256 of their
// DrawLine, the smallest first.
func SeededOrder(phrase, constituency string, candidacies []elections.Candidacy) []int64 {
	draws := make([]format.Draw, 0, len(candidacies))
	for _, c := range candidacies {
		draws = append(draws, format.Draw{PollNumber: c.PollNumber, ParticipantID: c.ParticipantID, Name: c.Name})
	}
	return format.SeededOrder(phrase, constituency, draws)
}

// SeededShell returns a line of shell that repeats the lot: it prints a hash and a line for each
// candidacy, and the first printed was drawn first.
func SeededShell(phrase, constituency string, candidacies []elections.Candidacy) string {
	var b strings.Builder
	b.WriteString("for line in")
	for _, c := range candidacies {
		b.WriteString(" " + shellQuote(DrawLine(phrase, constituency, c)))
	}
	b.WriteString(`; do printf '%s  %s\n' "$(printf %s "$line" | sha256sum | cut -c1-64)" "$line"; done | LC_ALL=C sort`)
	return b.String()
}

// shellQuote writes a word so that every shell of the Bourne family takes it literally.
func shellQuote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// seededOrder returns the order that the revealed phrase gives the constituency's open tie.
func seededOrder(f figures, c *Constituency) ([]int64, error) {
	switch {
	case f.seed == nil:
		return nil, ErrNoSeed
	case f.seed.RevealedAt == nil:
		return nil, ErrSeedNotRevealed
	}
	return SeededOrder(f.seed.Phrase, c.Name, c.Tied()), nil
}

// Tied returns the candidacies of the constituency's tie, by poll number.
func (c *Constituency) Tied() []elections.Candidacy {
	var tied []elections.Candidacy
	for _, candidacy := range c.Candidacies {
		if c.Tie != nil && slices.Contains(c.Tie.Participants, candidacy.ParticipantID) {
			tied = append(tied, candidacy.Candidacy)
		}
	}
	return tied
}
