package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"

	"urna/auth"
	"urna/ballots"
	"urna/ballots/batch"
	"urna/ballots/online"
	"urna/ballots/protocol"
	"urna/ballots/protocol/scan"
	"urna/elections"
	"urna/elections/participants"
	"urna/elections/turnout"
	"urna/internal/app/datafolder"
	"urna/internal/app/timeguard"
	"urna/internal/approval"
	"urna/internal/audit"
	"urna/internal/audit/countersign"
	"urna/internal/database"
	"urna/internal/database/filestore"
	"urna/results"
	"urna/results/bundle"
	"urna/web/publicurl"
)

// Open opens the data folder at path. It refuses a folder that a newer program has used, one whose database is lost,
// and one whose secret files are not those that it was used with. With Options.Lock it refuses a folder that another
// server uses. Errors say what to do.
func Open(ctx context.Context, path string, o Options) (_ *App, err error) {
	clock := timeguard.New(o.Now, o.Elapsed)
	o.Now = clock.Now
	o = o.withDefaults()
	a := &App{Options: o, Time: clock, Log: &audit.Log{Now: o.Now}}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if !o.Create && !a.onPostgres() {
		if err := exists(path); err != nil {
			return nil, err
		}
	}
	if path == "" && a.onPostgres() {
		if path, err = a.makeScratch(); err != nil {
			return nil, err
		}
	}
	if a.Folder, err = datafolder.Open(path, o.Create, o.Now); err != nil {
		return nil, err
	}
	if err := a.prepareFolder(); err != nil {
		return nil, err
	}
	if err := a.openDatabase(ctx); err != nil {
		return nil, err
	}
	if err := a.compareClock(ctx); err != nil {
		return nil, err
	}
	if err := a.compareEnds(ctx); err != nil {
		return nil, err
	}
	if err := a.completeLog(ctx); err != nil {
		return nil, err
	}
	if err := a.openServices(ctx); err != nil {
		return nil, err
	}
	if err := a.openBackups(); err != nil {
		return nil, err
	}
	a.Warnings.Add(a.closeWarnings)
	a.Warnings.Add(a.closeFailures)
	a.Warnings.Add(a.copyWarnings)
	a.Warnings.Add(a.backupWarnings)
	return a, nil
}

// prepareFolder finds the secret files and takes the lock, as the options say.
func (a *App) prepareFolder() error {
	if a.Options.Secrets != "" {
		if err := a.Folder.UseSecrets(a.Options.Secrets); err != nil {
			return err
		}
	}
	if a.Options.Lock {
		return a.Folder.Lock()
	}
	return nil
}

// exists refuses a path that is no data folder, such as a mistyped one.
func exists(path string) error {
	if _, err := os.Stat(filepath.Join(path, datafolder.Database)); path != "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not a data folder of Urna: %w", path, err)
	}
	return nil
}

// openServices connects the services. The order decides which missing secret is reported first.
func (a *App) openServices(ctx context.Context) error {
	o := a.Options
	a.Audit = audit.NewReader(a.DB.Pool())
	a.Approvals = auth.NewApprovals(a.DB, a.Log, o.Now)
	a.PublicURL = &publicurl.Setting{DB: a.DB, Log: a.Log, Fixed: o.PublicURL}
	if o.opens(Accounts) {
		if err := a.openAccounts(ctx); err != nil {
			return err
		}
	}
	a.Participants = participants.New(a.DB, a.Log, participants.Options{Now: a.Time.Transitions, Standing: elections.Standing})
	a.Elections = elections.New(a.DB, a.Log, a.Participants, elections.Options{
		Now: a.Time.Transitions, TimeZone: o.TimeZone, Administrators: auth.CountAdministrators, Keyed: online.KeyedConstituencies,
		Approvals: a.Approvals, Moved: a.movePlaces, KeysInForce: online.CountKeys, Received: received,
		Withdrawn: func(id int64) { //nolint:contextcheck // what follows a commit has no request
			if a.Votes != nil {
				a.Votes.Forget(id)
			}
			a.Results.Changed(id)
		},
		HasBatches: batch.HasBatches, Stations: stationBallots{a}, Corrected: correctedResults{a},
		StationsRemoved: a.dropStations,
	})
	a.Approvals.Register(approval.LowerConfirmations, a.Elections.ChangeApproved)
	a.Approvals.Register(approval.ChangeSealing, a.Elections.ChangeApproved)
	a.Approvals.Register(approval.WithdrawElection, a.Elections.WithdrawApproved)
	a.Approvals.RegisterPreparation(approval.OpenCorrection, correctedResults{a}.Prepare)
	a.Approvals.Register(approval.OpenCorrection, a.Elections.OpenApprovedCorrection)
	a.Results = results.New(a.DB, a.Log, a.Elections, originals{a.AcceptedFiles(a.SpoolFolder()), a}, a.Approvals, a.Time.Transitions)
	a.Turnout = turnout.New(a.DB, a.Log, a.Elections, turnout.Options{
		Now: a.Time.Transitions,
		MayReport: func(tx *database.Tx, account int64, p turnout.Place) (bool, error) {
			return auth.MayUpload(tx, account, p.ConstituencyID, p.StationID)
		},
	})
	if err := a.openProtocols(); err != nil {
		return err
	}
	a.Results.UseProtocols(a.Protocols)
	return a.openParts(ctx, o.Parts)
}

// received reports whether a batch or a vote was ever accepted for an election.
func received(ctx context.Context, tx *database.Tx, electionID int64) (bool, error) {
	if batches, err := ballots.AnyBatch(ctx, tx, electionID); err != nil || batches {
		return batches, err
	}
	return online.AnyVote(ctx, tx, electionID)
}

// OpenParts opens further parts of an open folder, for a caller that must look something up before a missing secret
// file is made. It is called before Start, and not for Accounts.
func (a *App) OpenParts(ctx context.Context, parts Part) error {
	if a.started || parts&Accounts != 0 {
		return errors.New("app: parts are opened before the start, and accounts with the folder")
	}
	parts &^= a.Options.Parts
	if err := a.openParts(ctx, parts); err != nil {
		return err
	}
	a.Options.Parts |= parts
	return nil
}

// openParts opens those parts that other services do not need.
func (a *App) openParts(ctx context.Context, parts Part) error {
	for _, part := range []struct {
		part Part
		open func(context.Context) error
	}{{Bundles, a.openBundles}, {Sessions, a.openSessions}, {VoterKeys, a.openVotes}, {Batches, a.openBatches}} {
		if parts&part.part != 0 {
			if err := part.open(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// ScansFolder returns the folder of the scans of protocols.
func (a *App) ScansFolder() string { return a.Folder.Path("scans") }

// SpoolFolder returns the folder of the accepted files.
func (a *App) SpoolFolder() string { return a.Folder.Path("spool") }

// stored returns a store of files in the database, nil if files are beside it.
func (a *App) stored(of func(*database.DB) *filestore.Database) *filestore.Database {
	if !a.onPostgres() {
		return nil
	}
	return of(a.DB)
}

// AcceptedFiles returns the files of batches, and the folder for temporary files that reading them needs.
func (a *App) AcceptedFiles(scratch string) batch.Files {
	return batch.Files{Folder: a.SpoolFolder(), Stored: a.stored(batch.Stored), Scratch: scratch}
}

// ScansWithin returns the scans as a transaction sees them.
func (a *App) ScansWithin(tx *database.Tx) scan.Store {
	s := scan.Store{Folder: a.ScansFolder(), Stored: a.stored(scan.Stored)}
	if s.Stored != nil {
		s.Stored = s.Stored.Within(tx)
	}
	return s
}

func (a *App) openAccounts(ctx context.Context) (err error) {
	if a.tokenSecret, err = a.findTokenSecret(ctx); err != nil {
		return err
	}
	key, err := a.Folder.Secret(ctx, a.DB, datafolder.ServerKey)
	if err != nil {
		return err
	}
	if err := errors.Join(a.Log.UseSecret(key), a.Log.Begin(ctx)); err != nil {
		return err
	}
	a.Auth, err = auth.New(a.DB, a.Log, auth.Options{
		Now: a.Options.Now, Doubted: a.doubtedTime, Secret: a.tokenSecret, Key: key,
		PasswordParams: a.Options.PasswordParams, RequireSecondFactor: a.Options.RequireSecondFactor, Approvals: a.Approvals,
		PublicURL:    a.Options.PublicURL,
		BeforeChange: func(ctx context.Context, tx *database.Tx) error { return a.Elections.DecideCertifiers(ctx, tx) },
		OnEnd:        a.endAccount,
		PlaceNames:   placeNames,
	})
	return err
}

// movePlaces makes the places of accounts follow constituencies that a change of an election made others.
func (a *App) movePlaces(ctx context.Context, tx *database.Tx, actor audit.Actor, became map[int64]int64, names map[int64]string) error {
	if err := a.Protocols.Moved(ctx, tx, actor, became); err != nil {
		return err
	}
	return auth.MovePlaces(ctx, tx, a.Log, actor, became, names, placeNames)
}

// endAccount discards the files of an account that is disabled or deleted.
func (a *App) endAccount(ctx context.Context, tx *database.Tx, id int64) error {
	if a.Batches != nil {
		return a.Batches.EndAccount(ctx, tx, id)
	}
	return a.AcceptedFiles("").EndAccount(ctx, tx, id)
}

// findTokenSecret returns the secret of the options, or the folder's own, which is made at first use.
func (a *App) findTokenSecret(ctx context.Context) ([]byte, error) {
	if a.Options.TokenSecret != nil {
		return a.Options.TokenSecret, nil
	}
	if a.onPostgres() && !a.Folder.HasToken() {
		// Another process has the file that was made just before the database knew server.key.
		used, err := datafolder.Knows(ctx, a.DB, datafolder.ServerKey)
		if err == nil && used {
			err = a.Folder.TokenRefusal()
		}
		if err != nil {
			return nil, err
		}
	}
	secret, made, err := a.Folder.Token()
	if err != nil || !made {
		return secret, err
	}
	used, err := auth.HasAccounts(ctx, a.DB)
	if used {
		slog.WarnContext(ctx, "the token secret was missing, and a new one was made: everybody must sign in again",
			"file", a.Folder.SecretPath(datafolder.TokenSecret))
	}
	return secret, err
}

func (a *App) openBundles(ctx context.Context) error {
	secret, err := a.Folder.Secret(ctx, a.DB, datafolder.SigningKey)
	if err != nil {
		return err
	}
	if a.Countersign, err = countersign.New(a.DB, a.Log, secret, a.Options.Now); err != nil {
		return err
	}
	if a.Bundles, err = bundle.New(a.DB, a.Log, a.Results, a.Countersign, bundle.NewKey(secret), a.Folder.Path("bundles")); err != nil {
		return err
	}
	a.Bundles.KeepIn(a.stored(bundle.Stored))
	return nil
}

func (a *App) openVotes(ctx context.Context) error {
	secret, err := a.Folder.Secret(ctx, a.DB, datafolder.VotersKey)
	if err != nil {
		return err
	}
	o := a.Options.Votes
	o.Transitions = a.Time.Transitions
	o.Now, o.Secret, o.Folder, o.OnCommit = a.Options.Now, secret, a.Folder.Path("rolls"), a.Results.Changed
	o.Approvals, o.Address = a.Approvals, a.PublicURL.Get
	space := a.Options.Ingest // whose reserve of the disk is for rolls, too
	space.Folder = o.Folder
	o.Space = batch.Reserve(space)
	if a.Votes, err = online.New(ctx, a.DB, a.Log, a.Elections, o); err != nil {
		return err
	}
	a.Approvals.Register(approval.WithdrawRoll, a.Votes.WithdrawApproved)
	return nil
}

func (a *App) openProtocols() error {
	space := a.Options.Ingest // whose reserve of the disk is for scans, too
	space.Folder = a.ScansFolder()
	a.Scans = scan.Store{Folder: space.Folder, Stored: a.stored(scan.Stored), Space: batch.Reserve(space)}
	if err := a.Scans.Open(); err != nil {
		return err
	}
	if a.Options.Lock { // no other program receives scans
		if err := a.Scans.RemoveParts(); err != nil {
			return err
		}
	}
	a.Protocols = protocol.New(a.DB, a.Log, a.Elections, protocol.Options{
		Now: a.Options.Now, Transitions: a.Time.Transitions, OnCommit: a.Results.Changed, Approvals: a.Approvals,
		Reach: func(tx *database.Tx, account int64) (func(elections.Station) bool, error) {
			may, err := auth.Reach(tx, account)
			return func(station elections.Station) bool { return may(station.ConstituencyID, station.ID) }, err
		},
	})
	a.Approvals.Register(approval.RetractProtocol, a.Protocols.RetractApproved)
	a.Approvals.Register(approval.RestoreProtocol, a.Protocols.RestoreApproved)
	a.Approvals.Register(approval.ReopenProtocol, a.Protocols.ReopenApproved)
	a.Approvals.Register(approval.LateProtocol, a.Protocols.ApproveLate)
	a.Approvals.RegisterRefusal(approval.LateProtocol, a.Protocols.RefuseLate)
	return nil
}

func (a *App) openBatches(context.Context) (err error) {
	o := a.Options.Ingest
	o.Transitions = a.Time.Transitions
	o.Now, o.Folder, o.OnCommit, o.MaxBytes = a.Options.Now, a.SpoolFolder(), a.Results.Changed, a.Options.MaxUpload
	o.Stored = a.stored(batch.Stored)
	o.WantedLines = func() int {
		if a.Votes != nil && a.Votes.Busy() {
			return a.Options.LinesWhileVoting
		}
		return math.MaxInt // as many as a transaction takes
	}
	o.Approvals, o.MayUpload = a.Approvals, auth.MayUpload
	if a.Batches, err = batch.New(a.DB, a.Log, a.Elections, o); err != nil {
		return err
	}
	a.Approvals.Register(approval.RetractBatch, a.Batches.RetractApproved)
	a.Approvals.Register(approval.RestoreBatch, a.Batches.RestoreApproved)
	for _, act := range []approval.Act{approval.AnnulStation, approval.ReopenStation} {
		a.Approvals.Register(act, a.Elections.MoveStationApproved(act))
	}
	a.Approvals.Register(approval.LateBatch, a.Batches.ApproveLate)
	a.Approvals.RegisterRefusal(approval.LateBatch, a.Batches.RefuseLate)
	return nil
}
