package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/messages"
	"urna/internal/problem"
	"urna/internal/text"
)

// Passkey is a passkey of an account.
type Passkey struct {
	ID         int64
	Name       string // given by the person
	Domain     string // of the public address for which it was made
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
	Usable     bool      // the server has that domain today
}

const (
	mostPasskeys    = 20       // of an account
	mostResponse    = 64 << 10 // bytes of a browser's answer; attestations of TPMs have some 6 KiB
	userHandleBytes = 32
)

// passkeyOwner is an account as the library takes it.
type passkeyOwner struct {
	userRow

	handle []byte
	keys   []passkeyRow // of the server's domain
}

// WebAuthnID returns the handle by which authenticators know the account. It says nothing of the account.
func (o passkeyOwner) WebAuthnID() []byte { return o.handle }

// WebAuthnName returns the name by which authenticators show the account.
func (o passkeyOwner) WebAuthnName() string { return o.Email }

// WebAuthnDisplayName returns the person's name.
func (o passkeyOwner) WebAuthnDisplayName() string { return o.user().Name() }

// WebAuthnCredentials returns the passkeys that work on this server.
func (o passkeyOwner) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, 0, len(o.keys))
	for _, k := range o.keys {
		all = append(all, k.credential())
	}
	return all
}

// passkeyOwner returns an account with its passkeys of the server's domain.
func (s *Service) passkeyOwner(db database.Source, row userRow) (passkeyOwner, error) {
	all, err := passkeysOf(db, row.ID)
	if err != nil {
		return passkeyOwner{}, err
	}
	o := passkeyOwner{userRow: row}
	for _, k := range all {
		o.handle = k.UserHandle
		if k.Domain == s.party.domain {
			o.keys = append(o.keys, k)
		}
	}
	return o, nil
}

// Passkeys returns an account's passkeys, oldest first. Those of a former domain are not usable.
func (s *Service) Passkeys(ctx context.Context, id int64) ([]Passkey, error) {
	rows, err := passkeysOf(s.db.Reader(ctx), id)
	if err != nil {
		return nil, err
	}
	all := make([]Passkey, 0, len(rows))
	for _, r := range rows {
		all = append(all, r.passkey(s.party.domain))
	}
	return all, nil
}

// UseSessions makes a store of browser sessions keep the challenges that passkeys sign. It is called before passkeys
// are used.
func (s *Service) UseSessions(store *SessionStore) { s.sessions = store }

// passkeysOn refuses a server that offers no passkeys.
func (s *Service) passkeysOn() error {
	if s.party.WebAuthn == nil || s.sessions == nil {
		return ErrPasskeysOff
	}
	return nil
}

// BeginPasskey returns the options, as JSON, with which a person's own browser makes a passkey of the given name.
// Session is the ID of the browser session, to which AddPasskey is bound. The caller has asked for the password.
func (s *Service) BeginPasskey(ctx context.Context, u User, session, name string) ([]byte, error) {
	if err := s.passkeysOn(); err != nil {
		return nil, err
	}
	name = text.Trim(name)
	var c problem.Checks
	checkName(&c, "name", messages.FieldEnterName(), name)
	if err := c.Err(); err != nil {
		return nil, err
	}
	row, err := s.unchanged(s.db.Reader(ctx), u)
	if err != nil {
		return nil, err
	}
	owner, err := s.passkeyOwner(s.db.Reader(ctx), row)
	if err != nil {
		return nil, err
	}
	if row.Passkeys >= mostPasskeys {
		return nil, errTooManyPasskeys
	}
	if owner.handle == nil {
		owner.handle = make([]byte, userHandleBytes)
		if _, err := rand.Read(owner.handle); err != nil {
			return nil, fmt.Errorf("auth: random user handle: %w", err)
		}
	}
	known := webauthn.Credentials(owner.WebAuthnCredentials()).CredentialDescriptors()
	creation, data, err := s.party.BeginRegistration(owner, webauthn.WithExclusions(known))
	if err != nil {
		return nil, fmt.Errorf("auth: begin passkey: %w", err)
	}
	return s.keepChallenge(ctx, creation.Response, challenge{name, *data}, challengeRow{Session: session, Act: string(toAdd), UserID: u.ID})
}

// challenge is what the server keeps of one.
type challenge struct {
	Name string               `json:"name,omitempty"` // of the passkey that is made
	Data webauthn.SessionData `json:"data"`
}

// keepChallenge stores a challenge and returns the options for the browser as JSON.
func (s *Service) keepChallenge(ctx context.Context, options any, kept challenge, row challengeRow) ([]byte, error) {
	encoded, err := json.Marshal(options)
	if err == nil {
		row.Data, err = json.Marshal(kept)
	}
	if err != nil {
		return nil, fmt.Errorf("auth: encode challenge: %w", err)
	}
	return encoded, s.sessions.keepChallenge(ctx, row)
}

// takeChallenge returns a challenge that was kept, once.
func (s *Service) takeChallenge(ctx context.Context, session string, act challengeAct, userID int64, purpose string) (challenge, error) {
	var kept challenge
	data, err := s.sessions.takeChallenge(ctx, session, act, userID, purpose)
	if err != nil {
		return kept, err
	}
	if err := json.Unmarshal(data, &kept); err != nil {
		return kept, fmt.Errorf("auth: decode challenge: %w", err)
	}
	return kept, nil
}

// unchanged returns the account of a signed-in person, or ErrAccountChanged if its sign-ins ended since u was read.
func (s *Service) unchanged(db database.Source, u User) (userRow, error) {
	row, err := findUser(db, "id = ?", u.ID)
	if err == nil && (row.SessionEpoch != u.SessionEpoch || row.DisabledAt != nil) {
		err = ErrAccountChanged
	}
	return row, err
}

// AddPasskey adds the passkey that a browser made with the options of BeginPasskey in the same browser session. A
// person adds passkeys to their own account only. With an account's first factor it returns ten recovery codes, which
// are shown this once. Other browser sessions of the account end.
func (s *Service) AddPasskey(ctx context.Context, actor audit.Actor, u User, session string, response []byte) (codes []string, err error) {
	if err := s.passkeysOn(); err != nil {
		return nil, err
	}
	if actor.ID != u.ID {
		return nil, ErrForbidden
	}
	kept, err := s.takeChallenge(ctx, session, toAdd, u.ID, "")
	if err != nil {
		return nil, err
	}
	made, err := s.madePasskey(ctx, u, kept, response)
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := s.unchanged(tx, u)
		if err != nil {
			return err
		}
		if known, err := passkeyExists(tx, made.Domain, made.CredentialID); err != nil || known {
			return errors.Join(err, ErrPasskey) // browsers do not offer it again
		}
		if codes, err = s.firstCodes(tx, row); err != nil {
			return err
		}
		if err := insertPasskey(tx, &made); err != nil {
			return err
		}
		row.SessionEpoch++
		if err := saveUser(tx, &row); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "passkey-added", subject(u.ID), map[string]any{"name": made.Name, "domain": made.Domain})
	})
	return codes, err
}

// madePasskey checks what a browser sent about a new passkey, and returns its row.
func (s *Service) madePasskey(ctx context.Context, u User, kept challenge, response []byte) (passkeyRow, error) {
	row, err := s.unchanged(s.db.Reader(ctx), u)
	if err != nil {
		return passkeyRow{}, err
	}
	if len(response) > mostResponse {
		return passkeyRow{}, ErrPasskey
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return passkeyRow{}, ErrPasskey
	}
	c, err := s.party.CreateCredential(passkeyOwner{userRow: row, handle: kept.Data.UserID}, kept.Data, parsed)
	if err != nil {
		slog.WarnContext(ctx, "a new passkey was refused", "user_id", u.ID, "error", err)
		return passkeyRow{}, ErrPasskey
	}
	made := passkeyRow{
		UserID: u.ID, Domain: s.party.domain, CredentialID: c.ID, PublicKey: c.PublicKey, UserHandle: kept.Data.UserID,
		BackupEligible: c.Flags.BackupEligible, Name: kept.Name, CreatedAt: s.now().UnixMilli(), SignCount: int64(c.Authenticator.SignCount),
	}
	made.Transports = transports(c.Transport)
	return made, nil
}

// transports returns how a browser reaches a passkey, by the names of the specification: others are not stored.
func transports(given []protocol.AuthenticatorTransport) string {
	var names []string
	for _, name := range []protocol.AuthenticatorTransport{protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal} {
		if slices.Contains(given, name) {
			names = append(names, string(name))
		}
	}
	return strings.Join(names, ",")
}

// RemovePasskey removes a passkey of a person's own account; with its last factor the recovery codes go. Other browser
// sessions and all tokens of the account end. The caller has asked for the password.
func (s *Service) RemovePasskey(ctx context.Context, actor audit.Actor, u User, id int64) error {
	if actor.ID != u.ID {
		return ErrForbidden
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := s.unchanged(tx, u)
		if err != nil {
			return err
		}
		key, err := findPasskey(tx, u.ID, id)
		if err != nil {
			return err
		}
		if err := dropPasskey(tx, &key); err != nil {
			return err
		}
		row.Passkeys--
		if err := s.endFactor(tx, &row); err != nil {
			return err
		}
		return s.log.Append(ctx, tx.SQL(), actor, "passkey-removed", subject(u.ID), map[string]any{"name": key.Name, "domain": key.Domain})
	})
}
