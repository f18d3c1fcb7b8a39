package auth

import (
	"context"
	"net/netip"
	"time"

	"urna/internal/database"
)

// lostAnswer is how long after the first use of a refresh token its client may ask again, because the answer was lost.
const lostAnswer = 10 * time.Second

// RefreshTokens exchanges a refresh token of /api/v1 for a new pair of the same family, called from the given
// address. The old token is then used up. Its second use is allowed if the first answer was plausibly lost: within
// ten seconds, from the same address, and while neither token of the pair that the first use gave was used. That pair
// ends, and the caller gets a fresh one. Any other second use, and any use of an ended refresh token, revokes the
// whole family, because two programs hold the token and one of them is a thief: ErrToken.
func (s *Service) RefreshTokens(ctx context.Context, refresh, from string) (Tokens, error) {
	c, err := s.parse(ctx, refresh, refreshType)
	if err != nil {
		return Tokens{}, err
	}
	if c.Contract == epmsContract {
		return Tokens{}, ErrToken // it would be used up, which its contract excludes
	}
	var t Tokens
	good := false
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := activeFamily(ctx, tx, c.Family)
		if err != nil {
			return err
		}
		stored, err := findRefreshToken(tx, tokenHash(refresh), c.Family)
		if err != nil {
			return err
		}
		if good, err = s.use(tx, stored, from); err != nil {
			return err
		}
		if !good {
			if err := revokeFamilies(tx, s.now(), "id = ?", c.Family); err != nil {
				return err
			}
			return s.log.Append(ctx, tx.SQL(), row.user().Actor(from), "refresh-token-reused", subject(row.ID), nil)
		}
		t, err = s.issue(tx, row.user(), c.Family, apiContract, stored.Hash)
		return err
	})
	if err == nil && !good {
		err = ErrToken
	}
	return t, err
}

// use marks a refresh token as used and reports whether it may be exchanged.
func (s *Service) use(tx *database.Tx, r refreshRow, from string) (bool, error) {
	switch {
	case r.EndedAt != nil:
		return false, nil
	case r.UsedAt != nil:
		return s.askedAgain(tx, r, from)
	}
	r.UsedAt, r.UsedFrom = unixMilli(s.now()), address(from)
	return true, saveRefreshToken(tx, r)
}

// askedAgain ends the pair that the first use of a refresh token gave, and reports whether the answer with it was
// plausibly lost.
func (s *Service) askedAgain(tx *database.Tx, r refreshRow, from string) (bool, error) {
	since := s.now().Sub(time.UnixMilli(*r.UsedAt))
	if since < 0 || since > lostAnswer || r.UsedFrom == "" || r.UsedFrom != address(from) {
		return false, nil
	}
	successor, err := findSuccessor(tx, r.Hash)
	if err != nil {
		return false, err
	}
	if successor.Hash == nil || successor.UsedAt != nil || successor.AccessUsedAt != nil {
		return false, nil
	}
	successor.EndedAt = unixMilli(s.now())
	return true, saveRefreshToken(tx, successor)
}

// usePair refuses the access token of an ended pair, and records the first use of one whose refresh token could still
// be asked for again. It writes in the ten seconds after an exchange alone.
func (s *Service) usePair(ctx context.Context, accessID string) error {
	pair, err := findPair(s.db.Reader(ctx), accessID)
	switch {
	case err != nil:
		return err
	case pair.EndedAt != nil:
		return ErrToken
	case pair.Replaces == nil || pair.AccessUsedAt != nil || s.now().Sub(pair.issuedAt()) > lostAnswer:
		return nil
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		// Read again: the pair may have ended meanwhile.
		pair, err := findPair(tx, accessID)
		if err != nil {
			return err
		}
		if pair.EndedAt != nil {
			return ErrToken
		}
		if pair.AccessUsedAt == nil {
			pair.AccessUsedAt = unixMilli(s.now())
		}
		return saveRefreshToken(tx, pair)
	})
}

// address returns the canonical form of an IP address for comparison, "" if it is not one: two callers with unknown
// addresses are never the same. IPv6 addresses are compared whole, since the other addresses of a network are
// other machines.
func address(from string) string {
	ip, err := netip.ParseAddr(from)
	if err != nil {
		return ""
	}
	return ip.Unmap().String()
}

// NewAccessToken returns a new access token for a refresh token, which stays usable: what the EPMS
// contract asks for, which hands out no new refresh token. Refresh tokens of /api/v1 are ErrToken: they rotate, so
// that a stolen one is noticed.
func (s *Service) NewAccessToken(ctx context.Context, refresh string) (string, error) {
	c, err := s.parse(ctx, refresh, refreshType)
	if err != nil {
		return "", err
	}
	if c.Contract == apiContract {
		return "", ErrToken
	}
	var access string
	err = s.db.Read(ctx, func(tx *database.Tx) error {
		row, err := activeFamily(ctx, tx, c.Family)
		if err != nil {
			return err
		}
		stored, err := findRefreshToken(tx, tokenHash(refresh), c.Family)
		if err != nil {
			return err
		}
		if stored.UsedAt != nil || stored.EndedAt != nil {
			return ErrToken
		}
		access, _, err = s.sign(row.user(), c.Family, epmsContract, accessType, accessLifetime)
		return err
	})
	return access, err
}
