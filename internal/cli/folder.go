package cli

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/alexedwards/argon2id"

	"urna/internal/app"
	"urna/internal/app/datafolder"
)

// passwordParams are the costs of hashing passwords; nil, as in the program, is the default of auth. Tests of this package
// that do not look at the costs hash quickly.
//
//nolint:gochecknoglobals // written by TestMain only
var passwordParams *argon2id.Params

// openFolder opens a data folder, with the time zone and the token secret of this program's environment. Commands that
// do not set app.Options.Lock may run beside a server.
func openFolder(ctx context.Context, path string, o app.Options) (_ *app.App, err error) {
	if o.Parts&app.Accounts != 0 {
		if o.TokenSecret, err = tokenSecret(); err != nil {
			return nil, err
		}
	}
	zone, remark := serverTimeZone()
	if _, set := os.LookupEnv("TZ"); remark != "" && (set || o.Lock) {
		slog.WarnContext(ctx, "the time zone of this machine is not known", "remark", remark)
	}
	o.TimeZone = zone
	if o.PasswordParams == nil {
		o.PasswordParams = passwordParams
	}
	return app.Open(ctx, path, o)
}

// tokenSecret returns URNA_JWT_SECRET, or nil if it is not set: the data folder has a secret of its own then.
func tokenSecret() ([]byte, error) {
	secret, ok := os.LookupEnv("URNA_JWT_SECRET")
	if !ok {
		return nil, nil
	}
	if weakness := datafolder.Weak(secret); weakness != "" {
		return nil, fmt.Errorf("URNA_JWT_SECRET is no secret: %s. Set it to 32 random characters or more, "+
			"or unset it to have one made and kept in the data folder", weakness)
	}
	return []byte(secret), nil
}
