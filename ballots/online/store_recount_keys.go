package online

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"math/bits"
	"slices"

	"urna/internal/database"
)

// keyCount is what a recount learns of voter keys. The keys and their voters are read once each, in the order in
// which they are stored; SQLite would sort and join them for every comparison.
type keyCount struct {
	seed           maphash.Seed
	rolls          map[int64]*rollCount
	rows           map[int64]*flagRow
	constituencies map[int64]*constituencyKeys
}

// rollCount counts the keys of a roll.
type rollCount struct {
	settled         bool  // none of its keys is being added or removed
	counted         bool  // its keys are in the public number
	keys, voters    int64 // voters whose key is named
	keySum, pairSum uint64
	used, set       int64 // keys whose flag is set, and flags that are
	shared, stray   int64 // keys with the flag of another, and without a place for theirs
}

// flagRow are the flags of 32,000 keys, and which of them are a key's.
type flagRow struct {
	rollID int64
	flags  []byte
	owned  []byte
}

// constituencyKeys are the keys of a constituency.
type constituencyKeys struct{ keys, total, used, votes int64 }

// roll returns a roll's count. Keys of a roll that does not exist have to fit like those that are in force.
func (k *keyCount) roll(id int64) *rollCount {
	r := k.rolls[id]
	if r == nil {
		r = &rollCount{settled: true, counted: true}
		k.rolls[id] = r
	}
	return r
}

func (k *keyCount) constituency(id int64) *constituencyKeys {
	c := k.constituencies[id]
	if c == nil {
		c = &constituencyKeys{}
		k.constituencies[id] = c
	}
	return c
}

// recountKeys compares the voter keys with their voters, their flags, the public numbers of keys and the votes:
// every key has a flag of its own among those of its roll, no flag is set that is not a key's, every key has one
// voter and every voter one key, and a key flips together with the ballot it casts. It returns a sentence for each
// difference, and the number of used keys by constituency. While an election is sealed, no sentence tells a number of
// used keys, which is one of votes.
func recountKeys(ctx context.Context, tx *database.Tx, sealed bool) (differences []string, used map[int64]int64, err error) {
	k := &keyCount{
		seed: maphash.MakeSeed(), rolls: map[int64]*rollCount{}, rows: map[int64]*flagRow{}, constituencies: map[int64]*constituencyKeys{},
	}
	for _, read := range []func(context.Context, *database.Tx) error{k.readRolls, k.readFlags, k.readKeys, k.readVoters, k.readSums} {
		if err := read(ctx, tx); err != nil {
			return nil, nil, fmt.Errorf("online: recount keys: %w", err)
		}
	}
	used = map[int64]int64{}
	for id, c := range k.constituencies {
		used[id] = c.used
	}
	return k.differences(sealed), used, nil
}

func (k *keyCount) readRolls(ctx context.Context, tx *database.Tx) error {
	var id int64
	var state string
	return each(ctx, tx, `SELECT id, state FROM voter_rolls`, []any{&id, &state}, func() {
		roll := k.roll(id)
		roll.settled, roll.counted = state == "issued" || state == "withdrawn", state != "issuing"
	})
}

func (k *keyCount) readFlags(ctx context.Context, tx *database.Tx) error {
	var page, roll int64
	var flags sql.RawBytes
	return each(ctx, tx, `SELECT page, roll_id, flags FROM voter_flags`, []any{&page, &roll, &flags}, func() {
		k.rows[page] = &flagRow{rollID: roll, flags: slices.Clone(flags), owned: make([]byte, len(flags))}
		for _, b := range flags {
			k.roll(roll).set += int64(bits.OnesCount8(b))
		}
	})
}

// recountChunk is about how many keys or voters one query packs together: a row for each costs more than its
// comparison.
const recountChunk = 10_000

// The packed columns are the keys, 16 bytes each, and numbers with spaces between them.
func packedKeys(d database.Dialect) string {
	return `SELECT count(*), ` + d.JoinBytes("pair") + `, ` + d.JoinNumbers("roll_id") + `, ` + d.JoinNumbers("constituency_id") + `, ` + d.JoinNumbers("flag") + `
		FROM voter_keys WHERE pair >= $1 AND pair < $2`
}

func packedVoters(d database.Dialect) string {
	return `SELECT count(*), ` + d.JoinBytes("pair") + `, ` + d.JoinNumbers("roll_id") + `
		FROM keyed_voters WHERE voter >= $1 AND voter < $2`
}

func (k *keyCount) readKeys(ctx context.Context, tx *database.Tx) error {
	return inPacks(ctx, tx, `SELECT count(*) FROM voter_keys`, packedKeys(tx.Dialect()), 3, func(pair []byte, numbers []int64) {
		rollID, constituencyID, flag := numbers[0], numbers[1], numbers[2]
		roll, constituency := k.roll(rollID), k.constituency(constituencyID)
		roll.keys++
		roll.keySum += maphash.Bytes(k.seed, pair)
		if roll.counted {
			constituency.keys++
		}
		row, at := k.rows[flag/flagsInRow], flag%flagsInRow/8
		if flag < 0 || row == nil || row.rollID != rollID || at >= int64(len(row.flags)) {
			roll.stray++
			return
		}
		bit := byte(0x80 >> (flag % 8))
		if row.owned[at]&bit != 0 {
			roll.shared++
		}
		row.owned[at] |= bit
		if row.flags[at]&bit != 0 {
			roll.used++
			constituency.used++
		}
	})
}

// readVoters adds up a random function of the keys that voters have, so that they can be compared with the keys
// of readKeys, which come in another order.
func (k *keyCount) readVoters(ctx context.Context, tx *database.Tx) error {
	return inPacks(ctx, tx, `SELECT count(*) FROM keyed_voters`, packedVoters(tx.Dialect()), 1, func(pair []byte, numbers []int64) {
		roll := k.roll(numbers[0])
		roll.voters++
		roll.pairSum += maphash.Bytes(k.seed, pair)
	})
}

// inPacks walks through a table of so many rows by a query that packs those between two places, and calls fn with
// each row's key and its numbers. The places are those of hashes, which lie evenly.
func inPacks(ctx context.Context, tx *database.Tx, count, query string, numbers int, fn func(pair []byte, numbers []int64)) error {
	var rows uint64
	if err := tx.SQL().QueryRowContext(ctx, count).Scan(&rows); err != nil {
		return err
	}
	return packs(rows, func(from, to []byte) error {
		p, err := readPack(ctx, tx, query, numbers, from, to)
		if err != nil {
			return err
		}
		return p.each(fn)
	})
}

// packs calls fn with the bounds of so many packs that each has about recountChunk of the rows, if their keys lie
// evenly.
func packs(rows uint64, fn func(from, to []byte) error) error {
	packs := rows/recountChunk + 1
	from := []byte{}
	for i := range packs {
		to := binary.BigEndian.AppendUint64(nil, (i+1)*(math.MaxUint64/packs))
		if i == packs-1 {
			to = bytes.Repeat([]byte{0xff}, 17) // behind every hash
		}
		if err := fn(from, to); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// pack is a part of a table: its keys one behind the other, and its columns of numbers.
type pack struct {
	rows    int
	keys    []byte
	columns []database.JoinedNumbers
}

// readPack runs a query that packs a part of a table, with so many columns of numbers.
func readPack(ctx context.Context, tx *database.Tx, query string, numbers int, args ...any) (*pack, error) {
	p := &pack{columns: make([]database.JoinedNumbers, numbers)}
	into := []any{&p.rows, &p.keys}
	for i := range p.columns {
		into = append(into, &p.columns[i])
	}
	return p, tx.SQL().QueryRowContext(ctx, query, args...).Scan(into...)
}

// each calls fn with each row's key and its numbers.
func (p *pack) each(fn func(pair []byte, numbers []int64)) error {
	row := make([]int64, len(p.columns))
	if len(p.keys) != 16*p.rows {
		return fmt.Errorf("%d keys have %d bytes", p.rows, len(p.keys))
	}
	for pair := range slices.Chunk(p.keys, 16) {
		for i := range row {
			var err error
			if row[i], err = p.columns[i].Next(); err != nil {
				return err
			}
		}
		fn(pair, row)
	}
	return nil
}

func (k *keyCount) readSums(ctx context.Context, tx *database.Tx) error {
	var id, n int64
	err := each(ctx, tx, `SELECT constituency_id, keys FROM voter_key_totals`, []any{&id, &n}, func() { k.constituency(id).total = n })
	if err != nil {
		return err
	}
	return each(ctx, tx, `SELECT constituency_id, sum(votes) FROM online_tallies GROUP BY 1`, []any{&id, &n}, func() { k.constituency(id).votes = n })
}

// each runs a query and calls fn for each row, whose values are in into.
func each(ctx context.Context, tx *database.Tx, query string, into []any, fn func(), args ...any) error {
	rows, err := tx.SQL().QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		fn()
	}
	return rows.Err()
}

// differences returns a sentence for each. Sealed ones tell no number of used keys.
func (k *keyCount) differences(sealed bool) (all []string) {
	differs := func(where bool, format string, args ...any) {
		if where {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(k.rolls)) {
		r := k.rolls[id]
		differs(r.shared > 0, "roll %d: %d voter keys have the flag of another", id, r.shared)
		differs(r.stray > 0, "roll %d: %d voter keys have no place for their flag", id, r.stray)
		differs(r.used != r.set && !sealed, "roll %d: %d used voter keys and %d flags set", id, r.used, r.set)
		differs(r.used != r.set && sealed, "roll %d: the used voter keys are not those whose flags are set", id)
		differs(r.settled && r.keys != r.voters, "roll %d: %d voter keys and %d voters who have one", id, r.keys, r.voters)
		differs(r.settled && r.keys == r.voters && r.keySum != r.pairSum, "roll %d: its %d voters have other keys than it has", id, r.voters)
	}
	for _, id := range slices.Sorted(maps.Keys(k.constituencies)) {
		c := k.constituencies[id]
		differs(c.used != c.votes && !sealed, "constituency %d: %d used voter keys and %d online votes", id, c.used, c.votes)
		differs(c.used != c.votes && sealed, "constituency %d: there are not as many used voter keys as online votes", id)
		differs(c.keys != c.total, "constituency %d: the public number of voter keys is %d, %d are there", id, c.total, c.keys)
	}
	return all
}
