package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"urna/internal/audit"
	"urna/internal/sqlite"
)

// DefaultPasswordParams are the argon2id costs that passwords are hashed with: 64 MiB, one pass, two
// lanes, well above the least that RFC 9106 and OWASP recommend, and some 50 ms on two cores.
func DefaultPasswordParams() *argon2id.Params {
	return &argon2id.Params{Memory: 64 * 1024, Iterations: 1, Parallelism: 2, SaltLength: 16, KeyLength: 32}
}

// Options are what the service takes from outside.
type Options struct {
	Now            func() time.Time
	Secret         []byte           // signs tokens; 32 bytes or more
	PasswordParams *argon2id.Params // nil is DefaultPasswordParams
}

// Service keeps accounts. Its methods may be called concurrently.
type Service struct {
	db     *sqlite.DB
	log    *audit.Log
	now    func() time.Time
	secret []byte
	hasher *hasher
}

// New returns the service over an open database.
func New(db *sqlite.DB, log *audit.Log, o Options) (*Service, error) {
	if len(o.Secret) < 32 {
		return nil, errors.New("auth: the token secret needs 32 bytes or more")
	}
	if o.PasswordParams == nil {
		o.PasswordParams = DefaultPasswordParams()
	}
	h, err := newHasher(o.PasswordParams)
	if err != nil {
		return nil, err
	}
	return &Service{db: db, log: log, now: o.Now, secret: o.Secret, hasher: h}, nil
}

// AddUser makes an account. Problems with fields come as one fault of kind Invalid; a taken e-mail is
// ErrEmailTaken, a taken JMBG ErrJMBGTaken.
func (s *Service) AddUser(ctx context.Context, actor audit.Actor, in NewUser) (User, error) {
	in.Email, in.JMBG = strings.TrimSpace(in.Email), strings.TrimSpace(in.JMBG)
	in.Forename, in.Surname = strings.TrimSpace(in.Forename), strings.TrimSpace(in.Surname)
	if err := in.check(); err != nil {
		return User{}, err
	}
	hash, err := s.hasher.hash(ctx, in.Password)
	if err != nil {
		return User{}, err
	}
	row := userRow{
		Email: in.Email, Forename: in.Forename, Surname: in.Surname, Role: string(in.Role),
		PasswordHash: hash, CreatedAt: s.now().UnixMilli(),
	}
	if in.JMBG != "" {
		row.JMBG = &in.JMBG
	}
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		if err := refuseTaken(tx, row); err != nil {
			return err
		}
		if err := tx.Gorm().Create(&row).Error; err != nil {
			return fmt.Errorf("auth: add user: %w", err)
		}
		return s.log.Append(ctx, tx.SQL(), actor, "user-added", subject(row.ID),
			map[string]any{"email": row.Email, "name": row.user().Name(), "role": row.Role})
	})
	if err != nil {
		return User{}, err
	}
	return row.user(), nil
}

func subject(userID int64) string { return fmt.Sprintf("user %d", userID) }

// Users returns all accounts, ordered by name.
func (s *Service) Users(ctx context.Context) ([]User, error) { return allUsers(s.db.Reader(ctx)) }

// User returns one account, or ErrUnknownUser.
func (s *Service) User(ctx context.Context, id int64) (User, error) {
	r, err := findUser(s.db.Reader(ctx), "id = ?", id)
	return r.user(), err
}

// UserByEmail returns the account with an e-mail, whatever its case, or ErrUnknownUser.
func (s *Service) UserByEmail(ctx context.Context, email string) (User, error) {
	r, err := findUser(s.db.Reader(ctx), "email = ? COLLATE NOCASE", email)
	return r.user(), err
}

// ChangeUser changes an account; nil fields stay. Disabling it and changing its password end its
// tokens. ErrLastAdministrator is returned where no active administrator would be left.
func (s *Service) ChangeUser(ctx context.Context, actor audit.Actor, id int64, change UserChange) (User, error) {
	if err := change.check(); err != nil {
		return User{}, err
	}
	var hash string
	if change.Password != nil {
		var err error
		if hash, err = s.hasher.hash(ctx, *change.Password); err != nil {
			return User{}, err
		}
	}
	var row userRow
	err := s.db.Write(ctx, func(tx *sqlite.Tx) error {
		var err error
		if row, err = findUser(tx.Gorm(), "id = ?", id); err != nil {
			return err
		}
		detail := s.apply(&row, change, hash)
		if row.Role != string(Administrator) || row.DisabledAt != nil {
			if err := keepAnAdministrator(tx, id); err != nil {
				return err
			}
		}
		if change.Password != nil || row.DisabledAt != nil {
			if err := revokeFamilies(tx, s.now(), "user_id = ?", id); err != nil {
				return err
			}
		}
		if err := tx.Gorm().Save(&row).Error; err != nil {
			return fmt.Errorf("auth: change user: %w", err)
		}
		return s.log.Append(ctx, tx.SQL(), actor, "user-changed", subject(id), detail)
	})
	return row.user(), err
}

// apply puts a change into the row and returns what the audit log says of it.
func (s *Service) apply(row *userRow, change UserChange, hash string) map[string]any {
	detail := map[string]any{}
	set := func(name string, field *string, value string) {
		if *field != value {
			detail[name] = map[string]string{"before": *field, "after": value}
			*field = value
		}
	}
	if change.Forename != nil {
		set("forename", &row.Forename, strings.TrimSpace(*change.Forename))
	}
	if change.Surname != nil {
		set("surname", &row.Surname, strings.TrimSpace(*change.Surname))
	}
	if change.Role != nil {
		set("role", &row.Role, string(*change.Role))
	}
	if change.Password != nil {
		row.PasswordHash = hash
		detail["password"] = "changed"
	}
	if change.Disabled != nil && *change.Disabled != (row.DisabledAt != nil) {
		row.DisabledAt = nil
		if *change.Disabled {
			now := s.now().UnixMilli()
			row.DisabledAt = &now
		}
		detail["disabled"] = *change.Disabled
	}
	return detail
}

// keepAnAdministrator refuses where nobody beside the user is an active administrator, unless the user
// was none to begin with.
func keepAnAdministrator(tx *sqlite.Tx, id int64) error {
	before, err := findUser(tx.Gorm(), "id = ?", id)
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

// SignIn returns the account with this e-mail and password, or ErrCredentials, in about the same time
// whether the account exists, is disabled, or has another password. A refusal is an audit event.
func (s *Service) SignIn(ctx context.Context, email, password, from string) (User, error) {
	row, err := findUser(s.db.Reader(ctx), "email = ? COLLATE NOCASE", strings.TrimSpace(email))
	hash := row.PasswordHash
	if errors.Is(err, ErrUnknownUser) {
		hash, err = s.hasher.decoy, nil
	}
	if err != nil {
		return User{}, err
	}
	if len(password) > maxPasswordBytes {
		password = "" // no account has an empty or a longer one
	}
	ok, err := s.hasher.matches(ctx, password, hash)
	if err != nil {
		return User{}, err
	}
	u := row.user()
	action, result := "signed-in", error(nil)
	if !ok || u.ID == 0 || u.Disabled {
		action, result = "sign-in-refused", ErrCredentials
	}
	actor := audit.Actor{Name: "nobody", From: from}
	if u.ID != 0 {
		actor = u.Actor(from)
	}
	err = s.db.Write(ctx, func(tx *sqlite.Tx) error {
		return s.log.Append(ctx, tx.SQL(), actor, action, subject(u.ID), nil)
	})
	if err = errors.Join(result, err); err != nil {
		return User{}, err
	}
	return u, nil
}
