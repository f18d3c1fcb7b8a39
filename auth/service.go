package auth

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/database"
	"urna/internal/ratelimit"
	"urna/internal/text"
)

// DefaultPasswordParams are the argon2id costs that passwords are hashed with: 64 MiB, one pass, two
// lanes, well above the least that RFC 9106 and OWASP recommend, and some 50 ms on two cores.
func DefaultPasswordParams() *argon2id.Params {
	return &argon2id.Params{Memory: 64 * 1024, Iterations: 1, Parallelism: 2, SaltLength: 16, KeyLength: 32}
}

// Options are what the service takes from outside.
type Options struct {
	Now func() time.Time
	// Doubted returns the time of the machine's clock while it is in doubt and Now is another time; nil never does.
	Doubted        func() (machine time.Time, doubtful bool)
	Secret         []byte           // signs tokens; 32 bytes or more
	Key            []byte           // seals second factors; 32 bytes or more
	PasswordParams *argon2id.Params // nil is DefaultPasswordParams
	// RequireSecondFactor asks it of every administrator.
	RequireSecondFactor bool
	// PublicURL is the address with which the server was started, "" without one. Passkeys belong to its domain.
	PublicURL string
	// BeforeChange runs in the transaction of every change that may change who is an administrator, before it; nil
	// is nothing.
	BeforeChange func(ctx context.Context, tx *database.Tx) error
	// Approvals keep the acts on administrators that need a second one; nil makes them over the same database.
	Approvals *Approvals
	// OnEnd runs in the transaction in which an account is disabled or deleted; nil is nothing.
	OnEnd func(ctx context.Context, tx *database.Tx, id int64) error
	// PlaceNames says which constituencies exist; nil knows none.
	PlaceNames PlaceNames
}

// Service keeps accounts. Its methods may be called concurrently.
type Service struct {
	db     *database.DB
	log    *audit.Log
	now    func() time.Time
	secret []byte
	hasher *hasher
	// lookups are the turns of sign-ins for what they read before the password is looked at.
	lookups *turns
	sealer  cipher.AEAD
	limits  limiter

	otherSecret atomic.Bool // it was said that the token secret was changed

	party    relyingParty
	sessions *SessionStore // keeps challenges of passkeys; nil offers no passkeys

	doubted             func() (time.Time, bool)
	requireSecondFactor bool
	beforeChange        func(ctx context.Context, tx *database.Tx) error
	approvals           *Approvals
	onEnd               func(ctx context.Context, tx *database.Tx, id int64) error
	placeNames          PlaceNames
	registrations       *ratelimit.Counts
	signIns             signInCounters
}

// New returns the service over an open database.
func New(db *database.DB, log *audit.Log, o Options) (*Service, error) {
	if len(o.Secret) < 32 || len(o.Key) < 32 {
		return nil, errors.New("auth: the token secret and the server's key need 32 bytes or more")
	}
	sealer, err := newSealer(o.Key)
	if err != nil {
		return nil, err
	}
	if o.BeforeChange == nil {
		o.BeforeChange = func(context.Context, *database.Tx) error { return nil }
	}
	if o.OnEnd == nil {
		o.OnEnd = func(context.Context, *database.Tx, int64) error { return nil }
	}
	if o.Doubted == nil {
		o.Doubted = func() (time.Time, bool) { return time.Time{}, false }
	}
	if o.PlaceNames == nil {
		o.PlaceNames = func(*database.Tx, []Place) (map[Place]string, error) { return nil, nil } //nolint:nilnil // an empty map
	}
	if o.PasswordParams == nil {
		o.PasswordParams = DefaultPasswordParams()
	}
	if o.Approvals == nil {
		o.Approvals = NewApprovals(db, log, o.Now)
	}
	s := &Service{
		db: db, log: log, now: o.Now, secret: o.Secret, hasher: newHasher(o.PasswordParams), lookups: newTurns(), sealer: sealer, limits: newLimiter(o.Now),
		doubted: o.Doubted, requireSecondFactor: o.RequireSecondFactor, beforeChange: o.BeforeChange, onEnd: o.OnEnd, approvals: o.Approvals,
		placeNames: o.PlaceNames, registrations: ratelimit.New(o.Now),
		party: newRelyingParty(o.PublicURL),
	}
	s.registerActs()
	return s, nil
}

// AddUser makes an account. Problems with fields come as one problem of kind Invalid; a taken e-mail is
// ErrEmailTaken, a taken JMBG ErrJMBGTaken.
func (s *Service) AddUser(ctx context.Context, actor audit.Actor, in NewUser) (User, error) {
	row, err := s.newRow(ctx, actor, in)
	if err != nil {
		return User{}, err
	}
	err = s.db.Write(ctx, func(tx *database.Tx) error { return s.add(ctx, tx, actor, &row, in.Places) })
	if err != nil {
		return User{}, err
	}
	return row.user(), nil
}

// newRow checks the fields of a new account and hashes its password.
func (s *Service) newRow(ctx context.Context, actor audit.Actor, in NewUser) (userRow, error) {
	in.Email, in.JMBG = text.Trim(in.Email), text.Trim(in.JMBG)
	in.Forename, in.Surname = text.Trim(in.Forename), text.Trim(in.Surname)
	in.Password = normalPassword(in.Password)
	if in.JMBG == noJMBG { // the old system's way of saying none
		in.JMBG = ""
	}
	if err := in.check(); err != nil {
		return userRow{}, err
	}
	who, err := s.callerFor(ctx, actor)
	if err != nil {
		return userRow{}, err
	}
	hash, err := s.hasher.hash(ctx, who, in.Password)
	if err != nil {
		return userRow{}, err
	}
	row := userRow{
		Email: in.Email, Forename: in.Forename, Surname: in.Surname, Role: string(in.Role),
		PasswordHash: hash, CreatedAt: s.now().UnixMilli(), MustChangePassword: in.MustChangePassword,
		BoundToPlaces: in.Bound || len(in.Places) > 0,
	}
	if in.JMBG != "" {
		row.JMBG = &in.JMBG
	}
	return row, nil
}

// add inserts a new account with its places and its audit event.
func (s *Service) add(ctx context.Context, tx *database.Tx, actor audit.Actor, row *userRow, places []Place) error {
	if err := refuseTaken(tx, *row); err != nil {
		return err
	}
	given := distinct(places)
	if err := s.checkPlaces(tx, Role(row.Role), places, row.BoundToPlaces); err != nil {
		return err
	}
	if err := s.beforeChange(ctx, tx); err != nil {
		return err
	}
	if err := insertUser(tx, row); err != nil {
		return err
	}
	detail := map[string]any{"email": row.Email, "name": row.user().Name(), "role": row.Role}
	if row.BoundToPlaces {
		names, err := s.placeNames(tx, given)
		if err := errors.Join(err, replacePlaces(tx, row.ID, nil, given, s.now())); err != nil {
			return err
		}
		detail["places"] = inWords(true, given, names)
	}
	if row.WaitingSince != nil {
		detail["waiting"] = true
	}
	return s.log.Append(ctx, tx.SQL(), actor, "user-added", subject(row.ID), detail)
}

func subject(userID int64) string { return fmt.Sprintf("user %d", userID) }

// DeleteUser takes an account away. Its name stays in the audit log, on its batches and on a tombstone;
// its password, JMBG and second factor are erased, its tokens and browser sessions end, and its e-mail
// and JMBG may be used again. An administrator's deletion may need a second administrator: then the error is
// *approval.Waiting, with the reason.
func (s *Service) DeleteUser(ctx context.Context, actor audit.Actor, id int64, reason string) error {
	var waits *approval.Waiting
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		row, err := findUser(tx, "id = ?", id)
		if err != nil {
			return err
		}
		if err := keepAnAdministrator(tx, id); err != nil {
			return err
		}
		if waits, err = s.ask(ctx, tx, &row, request(approval.DeleteUser, actor, row, reason)); err != nil || waits != nil {
			return err
		}
		return s.deleteRow(ctx, tx, actor, &row)
	})
	return approval.Answer(waits, err)
}

// deleteRow deletes an account.
func (s *Service) deleteRow(ctx context.Context, tx *database.Tx, actor audit.Actor, row *userRow) error {
	if err := s.beforeChange(ctx, tx); err != nil {
		return err
	}
	row.DeletedAt, row.PasswordHash, row.JMBG, row.TOTPSecret, row.TOTPEnabledAt = unixMilli(s.now()), "", nil, nil, nil
	action := "user-deleted"
	if row.WaitingSince != nil {
		action = "user-refused"
	}
	row.SessionEpoch++
	if err := errors.Join(dropRecoveryCodes(tx, row.ID), dropPasskeys(tx, row.ID), dropAddresses(tx, row.ID), dropPlaces(tx, row.ID), s.onEnd(ctx, tx, row.ID)); err != nil {
		return err
	}
	if err := revokeFamilies(tx, s.now(), "user_id = ?", row.ID); err != nil {
		return err
	}
	if err := saveUser(tx, row); err != nil {
		return err
	}
	return s.log.Append(ctx, tx.SQL(), actor, action, subject(row.ID),
		map[string]any{"email": row.Email, "name": row.user().Name(), "role": row.Role})
}

// Users returns all accounts, ordered by name.
func (s *Service) Users(ctx context.Context) ([]User, error) { return allUsers(s.db.Reader(ctx)) }

// User returns one account, or ErrUnknownUser.
func (s *Service) User(ctx context.Context, id int64) (User, error) {
	r, err := findUser(s.db.Reader(ctx), "id = ?", id)
	return r.user(), err
}

// UserByEmail returns the account with an e-mail, as a sign-in finds it, or ErrUnknownUser.
func (s *Service) UserByEmail(ctx context.Context, email string) (User, error) {
	r, err := findByEmail(s.db.Reader(ctx), email)
	return r.user(), err
}

// ChangeUser changes an account; nil fields stay. Disabling it and changing its password or role end its
// tokens and browser sessions. ErrLastAdministrator is returned if no active administrator would be left. A change
// that weakens an administrator may need a second one: then the error is *approval.Waiting.
func (s *Service) ChangeUser(ctx context.Context, actor audit.Actor, id int64, change UserChange) (User, error) {
	return s.changeUser(ctx, actor, id, change, func(userRow) error { return nil })
}

// changeUser is ChangeUser while the account is as the condition asks, within the transaction of the change.
func (s *Service) changeUser(ctx context.Context, actor audit.Actor, id int64, change UserChange, condition func(userRow) error) (User, error) {
	u, err := s.User(ctx, id)
	if err != nil {
		return User{}, err
	}
	if change.Password != nil {
		normal := normalPassword(*change.Password)
		change.Password = &normal
	}
	if err := change.check(u); err != nil {
		return User{}, err
	}
	var hash string
	if change.Password != nil {
		who, err := s.callerFor(ctx, actor)
		if err != nil {
			return User{}, err
		}
		if hash, err = s.hasher.hash(ctx, who, *change.Password); err != nil {
			return User{}, err
		}
	}
	var row userRow
	var waits *approval.Waiting
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		if row, err = findUser(tx, "id = ?", id); err != nil {
			return err
		}
		if err := errors.Join(s.beforeChange(ctx, tx), condition(row), s.checkChange(tx, row, change)); err != nil {
			return err
		}
		if waits, err = s.askChange(ctx, tx, actor, row, change, hash); err != nil || waits != nil {
			return err
		}
		return s.changeRow(ctx, tx, actor, &row, change, hash)
	})
	return row.user(), approval.Answer(waits, err)
}

// keepAnAdministrator refuses where no other active administrator exists, unless the user
// was none to begin with.
func keepAnAdministrator(tx *database.Tx, id int64) error {
	before, err := findUser(tx, "id = ?", id)
	if err != nil {
		return err
	}
	if before.Role != string(Administrator) || before.DisabledAt != nil {
		return nil
	}
	others, err := otherAdministrators(tx, id)
	if err != nil {
		return fmt.Errorf("auth: count administrators: %w", err)
	}
	if others == 0 {
		return ErrLastAdministrator
	}
	return nil
}
