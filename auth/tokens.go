package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"urna/internal/database"
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

// A contract is the wire contract that a token was issued for, which its claim "contract" says. Tokens of
// versions before this claim have none.
type contract string

const (
	// apiContract is /api/v1: its tokens carry the issuer and the audience, and its refresh tokens rotate.
	apiContract contract = "api"
	// epmsContract is /epms: its tokens carry neither, because the contract's clients decode them with a plain
	// JWT library and no audience, and its refresh tokens stay usable.
	epmsContract contract = "epms"
)

// noJMBG is what the EPMS contract's tokens say of an account without a JMBG, as the old system's did.
const noJMBG = "0000000000000"

// claims are a token's contents.
type claims struct {
	jwt.RegisteredClaims
	Type     string   `json:"type"`
	Contract contract `json:"contract,omitempty"`
	Family   string   `json:"family"`
	Forename string   `json:"forename"`
	Surname  string   `json:"surname"`
	JMBG     string   `json:"jmbg"`
	Roles    []string `json:"roles"`
}

// ours reports whether issuer and audience are those of the token's contract.
func (c claims) ours() bool {
	switch c.Contract {
	case epmsContract:
		return c.Issuer == "" && len(c.Audience) == 0
	case apiContract, "":
		return c.Issuer == issuer && slices.Contains(c.Audience, issuer)
	default:
		return false
	}
}

// IssueTokens begins a new family of /api/v1 tokens for a user who has just signed in. An account that was
// disabled, or whose sign-ins were ended, since it was read is ErrCredentials.
func (s *Service) IssueTokens(ctx context.Context, u User) (Tokens, error) {
	return s.issueFor(ctx, u, apiContract)
}

// IssueEPMSTokens is IssueTokens for the EPMS contract.
func (s *Service) IssueEPMSTokens(ctx context.Context, u User) (Tokens, error) {
	return s.issueFor(ctx, u, epmsContract)
}

func (s *Service) issueFor(ctx context.Context, u User, of contract) (Tokens, error) {
	family := familyRow{ID: rand.Text(), UserID: u.ID, CreatedAt: s.now().UnixMilli()}
	var t Tokens
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findUser(tx, "id = ?", u.ID)
		if err != nil {
			return err
		}
		if row.DisabledAt != nil || row.WaitingSince != nil || row.SessionEpoch != u.SessionEpoch {
			return ErrCredentials
		}
		if err := insertFamily(tx, &family); err != nil {
			return err
		}
		t, err = s.issue(tx, row.user(), family.ID, of, nil)
		return err
	})
	return t, err
}

// issue signs a pair of tokens and stores the refresh token's hash; replaces is the hash of the refresh token that
// it was exchanged for, nil at a sign-in.
func (s *Service) issue(tx *database.Tx, u User, family string, of contract, replaces []byte) (Tokens, error) {
	access, id, err := s.sign(u, family, of, accessType, accessLifetime)
	if err != nil {
		return Tokens{}, err
	}
	refresh, _, err := s.sign(u, family, of, refreshType, refreshLifetime)
	if err != nil {
		return Tokens{}, err
	}
	row := refreshRow{
		Hash: tokenHash(refresh), FamilyID: family, ExpiresAt: s.now().Add(refreshLifetime).UnixMilli(), AccessID: &id, Replaces: replaces,
	}
	if err := insertRefreshToken(tx, &row); err != nil {
		return Tokens{}, err
	}
	return Tokens{Access: access, Refresh: refresh, ExpiresIn: accessLifetime}, nil
}

// sign returns a token and its id.
func (s *Service) sign(u User, family string, of contract, kind string, lifetime time.Duration) (signed, id string, err error) {
	now := s.now().Truncate(time.Second)
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: u.Email, ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
		},
		Type: kind, Contract: of, Family: family, Forename: u.Forename, Surname: u.Surname, JMBG: u.JMBG, Roles: []string{string(u.Role)},
	}
	if of == epmsContract {
		c.JMBG = cmp.Or(c.JMBG, noJMBG)
	} else {
		c.Issuer, c.Audience = issuer, jwt.ClaimStrings{issuer}
	}
	signed, err = jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(s.secret)
	if err != nil {
		return "", "", fmt.Errorf("auth: sign token: %w", err)
	}
	return signed, c.ID, nil
}

// parse returns a token's claims where it is ours, of the kind, and valid now; else ErrToken.
func (s *Service) parse(ctx context.Context, token, kind string) (claims, error) {
	var c claims
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") {
		return c, ErrToken
	}
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(s.now), jwt.WithStrictDecoding())
	if errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		s.noteOtherSecret(ctx, c.Family)
	}
	if err != nil || c.Type != kind || c.Family == "" || !c.ours() {
		return claims{}, ErrToken
	}
	return c, nil
}

// noteOtherSecret logs, once, that a token names a family of this database and is signed with another secret: mostly
// one from before a change of the secret, of which nothing is stored. The family's random id is in no other token.
func (s *Service) noteOtherSecret(ctx context.Context, family string) {
	if family == "" || s.otherSecret.Load() {
		return
	}
	if _, err := activeFamily(ctx, s.db.Reader(ctx), family); err != nil {
		return
	}
	if !s.otherSecret.Swap(true) {
		slog.WarnContext(ctx, "a token of this data folder is not signed with today's token secret: if the secret was changed, everybody must sign in again")
	}
}

// Authenticate returns the user whose valid access token this is, as the account is now; else
// ErrToken. Tokens of both contracts are good.
func (s *Service) Authenticate(ctx context.Context, access string) (User, error) {
	c, err := s.parse(ctx, access, accessType)
	if err != nil {
		return User{}, err
	}
	row, err := activeFamily(ctx, s.db.Reader(ctx), c.Family)
	if err != nil {
		return User{}, err
	}
	if err := s.usePair(ctx, c.ID); err != nil {
		return User{}, err
	}
	return row.user(), nil
}

// tokenHash is the stored form of a refresh token, a recovery code or a setup link. All are random, so that
// a plain hash will do.
func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// RevokeTokens ends the family of an access token and the account's browser sessions, calling from the
// given address.
func (s *Service) RevokeTokens(ctx context.Context, access, from string) error {
	c, err := s.parse(ctx, access, accessType)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := activeFamily(ctx, tx, c.Family)
		if err != nil {
			return err
		}
		if pair, err := findPair(tx, c.ID); err != nil || pair.EndedAt != nil {
			return cmp.Or(err, error(ErrToken))
		}
		if err := revokeFamilies(tx, s.now(), "id = ?", c.Family); err != nil {
			return err
		}
		row.SessionEpoch++
		if err := saveUser(tx, &row); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), row.user().Actor(from), "tokens-revoked", subject(row.ID), nil)
	})
}
