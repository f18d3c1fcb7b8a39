package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"urna/internal/sqlite"
)

// How long tokens last.
const (
	accessLifetime  = time.Hour
	refreshLifetime = 30 * 24 * time.Hour
)

// The types of tokens, and who issues them for whom.
const (
	accessType  = "access"
	refreshType = "refresh"
	issuer      = "urna"
	maxToken    = 4096 // bytes; ours have some 600
)

// claims are a token's contents.
type claims struct {
	jwt.RegisteredClaims
	Type     string   `json:"type"`
	Family   string   `json:"family"`
	Forename string   `json:"forename"`
	Surname  string   `json:"surname"`
	JMBG     string   `json:"jmbg"`
	Roles    []string `json:"roles"`
}

// IssueTokens begins a new family of tokens for a user who has just signed in. An account that was
// disabled, or whose sign-ins were ended, since it was read is ErrCredentials.
func (s *Service) IssueTokens(ctx context.Context, u User) (Tokens, error) {
	family := familyRow{ID: rand.Text(), UserID: u.ID, CreatedAt: s.now().UnixMilli()}
	var t Tokens
	err := s.db.Write(ctx, func(tx *sqlite.Tx) error {
		row, err := findUser(tx.Gorm(), "id = ?", u.ID)
		if err != nil {
			return err
		}
		if row.DisabledAt != nil || row.SessionEpoch != u.SessionEpoch {
			return ErrCredentials
		}
		if err := tx.Gorm().Create(&family).Error; err != nil {
			return fmt.Errorf("auth: begin token family: %w", err)
		}
		t, err = s.issue(tx, row.user(), family.ID)
		return err
	})
	return t, err
}

// issue signs a pair of tokens and stores the refresh token's hash.
func (s *Service) issue(tx *sqlite.Tx, u User, family string) (Tokens, error) {
	access, err := s.sign(u, family, accessType, accessLifetime)
	if err != nil {
		return Tokens{}, err
	}
	refresh, err := s.sign(u, family, refreshType, refreshLifetime)
	if err != nil {
		return Tokens{}, err
	}
	row := refreshRow{Hash: tokenHash(refresh), FamilyID: family, ExpiresAt: s.now().Add(refreshLifetime).UnixMilli()}
	if err := tx.Gorm().Create(&row).Error; err != nil {
		return Tokens{}, fmt.Errorf("auth: store refresh token: %w", err)
	}
	return Tokens{Access: access, Refresh: refresh, ExpiresIn: accessLifetime}, nil
}

func (s *Service) sign(u User, family, kind string, lifetime time.Duration) (string, error) {
	now := s.now().Truncate(time.Second)
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{issuer}, Subject: u.Email, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
		},
		Type: kind, Family: family, Forename: u.Forename, Surname: u.Surname, JMBG: u.JMBG, Roles: []string{string(u.Role)},
	})
	signed, err := token.SignedString(s.secret)
	if err != nil {
		return "", fmt.Errorf("auth: sign token: %w", err)
	}
	return signed, nil
}

// parse returns a token's claims where it is ours, of the kind, and valid now; else ErrToken.
func (s *Service) parse(token, kind string) (claims, error) {
	var c claims
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") {
		return c, ErrToken
	}
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithIssuer(issuer), jwt.WithAudience(issuer), jwt.WithTimeFunc(s.now), jwt.WithStrictDecoding())
	if err != nil || c.Type != kind || c.Family == "" {
		return claims{}, ErrToken
	}
	return c, nil
}

// Authenticate returns the user whose valid access token this is, as the account stands now; else
// ErrToken.
func (s *Service) Authenticate(ctx context.Context, access string) (User, error) {
	c, err := s.parse(access, accessType)
	if err != nil {
		return User{}, err
	}
	row, err := activeFamily(ctx, s.db.Reader(ctx), c.Family)
	return row.user(), err
}

// RefreshTokens takes a refresh token, which is used up, for a new pair of the same family. A token that
// was used before revokes the whole family: one of its two holders is a thief.
func (s *Service) RefreshTokens(ctx context.Context, refresh string) (Tokens, error) {
	c, err := s.parse(refresh, refreshType)
	if err != nil {
		return Tokens{}, err
	}
	var t Tokens
	reused := false
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		row, err := activeFamily(ctx, tx.Gorm(), c.Family)
		if err != nil {
			return err
		}
		if reused, err = s.use(tx, refresh, c.Family); err != nil {
			return err
		}
		if reused {
			if err := revokeFamilies(tx, s.now(), "id = ?", c.Family); err != nil {
				return err
			}
			return s.log.Append(ctx, tx.SQL(), row.user().Actor("API"), "refresh-token-reused", subject(row.ID), nil)
		}
		t, err = s.issue(tx, row.user(), c.Family)
		return err
	})
	if err == nil && reused {
		err = ErrToken
	}
	return t, err
}

// tokenHash is what is stored of a refresh token, a recovery code or a setup link. All are random, so that
// a plain hash will do.
func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// NewAccessToken returns a new access token for a refresh token, which stays usable: what the EPMS
// contract asks for, which hands out no new refresh token.
func (s *Service) NewAccessToken(ctx context.Context, refresh string) (string, error) {
	c, err := s.parse(refresh, refreshType)
	if err != nil {
		return "", err
	}
	var access string
	err = s.db.Read(ctx, func(tx *sqlite.Tx) error {
		row, err := activeFamily(ctx, tx.Gorm(), c.Family)
		if err != nil {
			return err
		}
		stored, err := findRefreshToken(tx, tokenHash(refresh), c.Family)
		if err != nil {
			return err
		}
		if stored.UsedAt != nil {
			return ErrToken
		}
		access, err = s.sign(row.user(), c.Family, accessType, accessLifetime)
		return err
	})
	return access, err
}

// use marks a refresh token as used and reports whether it was used before.
func (s *Service) use(tx *sqlite.Tx, refresh, family string) (reused bool, err error) {
	row, err := findRefreshToken(tx, tokenHash(refresh), family)
	if err != nil {
		return false, err
	}
	if row.UsedAt != nil {
		return true, nil
	}
	now := s.now().UnixMilli()
	row.UsedAt = &now
	if err := tx.Gorm().Save(&row).Error; err != nil {
		return false, fmt.Errorf("auth: use refresh token: %w", err)
	}
	return false, nil
}

// RevokeTokens ends the family of an access token and the account's browser sessions, calling from the
// given address.
func (s *Service) RevokeTokens(ctx context.Context, access, from string) error {
	c, err := s.parse(access, accessType)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqlite.Tx) error {
		row, err := activeFamily(ctx, tx.Gorm(), c.Family)
		if err != nil {
			return err
		}
		if err := revokeFamilies(tx, s.now(), "id = ?", c.Family); err != nil {
			return err
		}
		row.SessionEpoch++
		if err := tx.Gorm().Save(&row).Error; err != nil {
			return fmt.Errorf("auth: end browser sessions: %w", err)
		}
		return s.log.Append(ctx, tx.SQL(), row.user().Actor(from), "tokens-revoked", subject(row.ID), nil)
	})
}
