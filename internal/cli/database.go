package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"urna/internal/app"
	"urna/internal/postgres"
)

// databaseFlags name a PostgreSQL database in the place of a data folder.
type databaseFlags struct {
	Database string `type:"address" secret:"" placeholder:"URL" help:"A PostgreSQL database in place of a data folder: postgres://USER:PASSWORD@HOST/DATABASE. URNA_DATABASE keeps the password out of the list of processes."`
	Secrets  string `type:"path" placeholder:"FOLDER" help:"With --database: the folder of the secret files, which all servers of the database have copies of."`
}

// Validate refuses flags that contradict each other. kong calls it.
func (f *databaseFlags) Validate(parsed *kong.Context) error {
	if f.Database == "" {
		if f.Secrets != "" {
			return errors.New("--secrets needs --database: without it the secret files are in the data folder")
		}
		return nil
	}
	_, data := os.LookupEnv("URNA_DATA")
	for _, path := range parsed.Path {
		data = data || path.Flag != nil && path.Flag.Name == "data"
	}
	if data {
		return errors.New("--data and --database (or URNA_DATA and URNA_DATABASE) name two places for the same data: give one of them")
	}
	return postgres.CheckURL(f.Database)
}

// fill makes the database that of the options. Every command that may open a secret file needs their folder.
func (f *databaseFlags) fill(o *app.Options) error {
	if f.Database != "" && f.Secrets == "" {
		return errors.New("--database needs --secrets, the folder with voters.key, signing.key, server.key and jwt.secret: " +
			"the database would be of no use without them, and does not hold them")
	}
	o.Database, o.Secrets = f.Database, f.Secrets
	return nil
}

// openFolder opens the data folder or the database.
func (d *dataFlag) openFolder(ctx context.Context, o app.Options) (*app.App, error) {
	if err := d.fill(&o); err != nil {
		return nil, err
	}
	return openFolder(ctx, d.path(), o)
}

// path returns the path of the data folder; "" for a database, beside which a temporary folder is made.
func (d *dataFlag) path() string {
	if d.Database != "" {
		return ""
	}
	return d.Data
}

// read opens the data folder or the database for reading.
func (d *dataFlag) read(ctx context.Context, o app.ReadOptions) (*app.Reading, error) {
	o.Database, o.Secrets = d.Database, d.Secrets
	return app.OpenForReading(ctx, d.path(), o)
}

// instead returns the error of a command that makes no sense with a PostgreSQL database; nil for a data folder.
func (d *dataFlag) instead(sentence string) error {
	if d.Database == "" {
		return nil
	}
	return fmt.Errorf("not with --database: %s", sentence)
}
