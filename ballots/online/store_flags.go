package online

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"

	"urna/internal/database"
)

// flagsInRow is how many keys have their flags in one row of voter_flags, which fills a page of the file.
const flagsInRow = 32_000

// flagSet reports whether the bit of a flag is set in its byte.
func flagSet(b byte, flag int64) bool { return b&(0x80>>(flag%8)) != 0 }

// reserveFlags makes rows for the flags of a roll's keys, none of them set, and returns the first flag; the
// others follow it.
func reserveFlags(ctx context.Context, tx *database.Tx, rollID, keys int64) (first int64, err error) {
	var row int64
	if err := tx.SQL().QueryRowContext(ctx, `SELECT coalesce(max(page), 0) + 1 FROM voter_flags`).Scan(&row); err != nil {
		return 0, fmt.Errorf("online: reserve flags: %w", err)
	}
	first = row * flagsInRow
	for ; keys > 0; keys -= flagsInRow {
		_, err := tx.SQL().ExecContext(ctx, `INSERT INTO voter_flags (page, roll_id, flags) VALUES ($1, $2, $3)`,
			row, rollID, make([]byte, (min(keys, flagsInRow)+7)/8))
		if err != nil {
			return 0, fmt.Errorf("online: reserve flags: %w", err)
		}
		row++
	}
	return first, nil
}

// shuffledFlags returns the flags of a roll's keys, at most mostVoters, in random order.
func shuffledFlags(keys int64) []uint32 {
	flags := make([]uint32, keys)
	for i := range flags {
		flags[i] = uint32(i)
	}
	var seed [32]byte
	_, _ = rand.Read(seed[:])                         // never fails
	random := mathrand.New(mathrand.NewChaCha8(seed)) //nolint:gosec // a cipher with a seed that cannot be guessed
	random.Shuffle(len(flags), func(i, j int) { flags[i], flags[j] = flags[j], flags[i] })
	return flags
}

// releaseFlags removes the rows of a roll that no used key has its flag in. The roll's unused keys are gone.
func releaseFlags(ctx context.Context, tx *database.Tx, rollID int64) error {
	var unused []int64
	var page int64
	var flags sql.RawBytes
	err := each(ctx, tx, `SELECT page, flags FROM voter_flags WHERE roll_id = $1`, []any{&page, &flags}, func() {
		if !slices.ContainsFunc(flags, func(b byte) bool { return b != 0 }) {
			unused = append(unused, page)
		}
	}, rollID)
	for i := 0; err == nil && i < len(unused); i++ {
		_, err = tx.SQL().ExecContext(ctx, `DELETE FROM voter_flags WHERE page = $1`, unused[i])
	}
	if err != nil {
		return fmt.Errorf("online: release flags: %w", err)
	}
	return nil
}

// setFlags sets the flags of the votes' keys in the rows, by page, and returns the statements that store those. A vote whose key
// has voted before gets ErrKeyUsed as its result.
func setFlags(rows map[int64][]byte, votes []*pendingVote) (all []database.Statement, err error) {
	changed := map[int64]bool{}
	for _, w := range votes {
		page, at := w.flag/flagsInRow, int(w.flag%flagsInRow/8)
		flags := rows[page]
		if at >= len(flags) {
			return nil, fmt.Errorf("online: flag %d has no place", w.flag)
		}
		if flagSet(flags[at], w.flag) {
			w.result = ErrKeyUsed
			continue
		}
		flags[at] |= 0x80 >> (w.flag % 8)
		changed[page] = true
	}
	for _, page := range slices.Sorted(maps.Keys(changed)) {
		all = append(all, database.NewStatement(`UPDATE voter_flags SET flags = $1 WHERE page = $2`, rows[page], page))
	}
	return all, nil
}

// noteRemoval has the votes that wait for their commit look up their keys again.
func noteRemoval(ctx context.Context, tx *database.Tx) error {
	if _, err := tx.SQL().ExecContext(ctx, `UPDATE voter_key_removals SET times = times + 1`); err != nil {
		return fmt.Errorf("online: note a removal: %w", err)
	}
	return nil
}
