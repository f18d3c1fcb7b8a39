package attack

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"urna/internal/testing/program"
)

// TestAttack_FindsTalliesOfCarelessPrograms has programs store a hash of each group, and sums without random numbers.
func TestAttack_FindsTalliesOfCarelessPrograms(t *testing.T) {
	binary := program.Build(t)
	onEach(t, func(t *testing.T, open func(*testing.T) home) {
		t.Helper()
		findsTallies(t, binary, open)
	})
}

func findsTallies(t *testing.T, binary string, open func(*testing.T) home) {
	t.Helper()
	for name, store := range map[string]func(*env, *contest, []int){
		"a plain hash of each group": func(e *env, _ *contest, votes []int) {
			sorted := slices.Sorted(slices.Values(votes))
			for i := range sorted {
				sorted[i]++
			}
			sum := sha256.Sum256([]byte(strings.ReplaceAll(strings.Trim(fmt.Sprint(sorted), "[]"), " ", ",")))
			e.sql(t, `INSERT INTO groups VALUES ($1)`, sum[:])
		},
		"a keyed sum without random numbers": func(e *env, c *contest, votes []int) {
			key, err := hkdf.Key(sha256.New, []byte(secret), nil, "urna online sums: ballots", sha256.Size)
			if err != nil {
				t.Fatal(err)
			}
			total := new(big.Int).SetBytes(e.stealValues(t)["sums 0 sum"])
			for _, vote := range votes {
				mac := hmac.New(sha256.New, key)
				mac.Write(elements(c.id, vote+1)[1])
				total.Add(total, new(big.Int).SetBytes(mac.Sum(nil)))
			}
			e.sql(t, `UPDATE sums SET sum = $1`, modulo(total, 32))
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t, open(t), binary, 1, fewTallies, nil)
			e.sql(t, `CREATE TABLE groups (hash `+e.bytes+`)`)
			e.sql(t, `CREATE TABLE sums (id INTEGER PRIMARY KEY, sum `+e.bytes+`)`)
			e.sql(t, `INSERT INTO sums VALUES (1, $1)`, make([]byte, 32))
			found, wrong := e.attackTallies(t, func(c *contest, from int, votes []int) {
				storeBadly(t, e, c, from, votes, randomly)
				store(e, c, votes)
			}, fewTallies)
			if found != fewTallies || wrong != 0 {
				t.Errorf("want all %d tallies found, got %d right and %d wrong", fewTallies, found, wrong)
			}
		})
	}
}
