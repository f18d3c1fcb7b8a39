package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"urna/internal/database"
)

// segmentsInATry bounds how many segments of the log one try of EmptyLog fills, since votes wait for it.
const segmentsInATry = 8

// nextSegment ends the present segment of the log, whose rest is then zeros. Without a record since the last switch the
// second statement would do nothing.
var nextSegment = []string{`SELECT pg_logical_emit_message(false, 'urna', '')`, `SELECT pg_switch_wal()`} //nolint:gochecknoglobals // a constant

// errUnseen is the error of a role that sees that others receive the log, and not how far.
var errUnseen = errors.New("the role may not see how far standbys have replayed the log")

// EmptyLog removes, on this server, the segments of the log of changes that were begun before the first try after Rewrite. A
// checkpoint removes them, or renames them with their content for later use: those are overwritten, one after the other. Standbys
// have replayed what came since. What others have received of the log is out of its reach (EraseCopies).
func (e *engine) EmptyLog(ctx context.Context) (outcome database.Emptying, err error) {
	pool, err := e.writer.DB()
	if err == nil {
		outcome, err = e.emptyLog(ctx, pool)
	}
	if code(err) == insufficientPrivilege || errors.Is(err, errUnseen) {
		err = fmt.Errorf("%w: %w: it needs GRANT pg_checkpoint, pg_read_all_stats, and GRANT EXECUTE ON FUNCTION pg_switch_wal(), pg_ls_waldir() "+
			"(deploy/postgres/urna.sql)", err, database.ErrMissingRight)
	}
	if err != nil {
		return database.Emptying{}, explain(fmt.Errorf("postgres: empty the log: %w", err))
	}
	return outcome, nil
}

func (e *engine) emptyLog(ctx context.Context, pool *sql.DB) (database.Emptying, error) {
	if e.old == "" {
		e.ahead = ""
		if err := pool.QueryRowContext(ctx, `SELECT pg_current_wal_insert_lsn()::text`).Scan(&e.old); err != nil {
			return database.Emptying{}, err
		}
	}
	l, err := e.readLog(ctx, pool)
	if err == nil && !l.checkpointed {
		l, err = e.readAfter(ctx, pool, 1)
	}
	if err != nil {
		return database.Emptying{}, err
	}
	holders, err := e.holders(ctx, pool, l)
	if err == nil && l.kept && len(holders) == 0 {
		// A segment without a holder goes with the next checkpoint, or when wal_keep_size is filled with others.
		segments := 0
		if l.keepable {
			segments = segmentsInATry
		}
		goesOn := l.keepable
		if l, err = e.readAfter(ctx, pool, segments); err == nil && l.kept && goesOn {
			return database.Emptying{GoesOn: true}, nil
		}
		if l.kept {
			holders = []database.LogCopy{{Kind: database.LogUnknown}}
		}
	}
	if err != nil || l.kept {
		return database.Emptying{Holders: holders}, err
	}
	return e.overwrite(ctx, pool, l, holders)
}

// overwrite fills segments that a checkpoint has kept for later use.
func (e *engine) overwrite(ctx context.Context, pool *sql.DB, l logState, holders []database.LogCopy) (outcome database.Emptying, err error) {
	if e.ahead == "" { // old content is in these segments, and comes to no others
		e.ahead = l.last
	}
	for range segmentsInATry {
		if l.current > e.ahead {
			return database.Emptying{Done: len(holders) == 0, Holders: holders}, nil
		}
		if err := advance(ctx, pool, 1); err != nil {
			return database.Emptying{}, err
		}
		if l, err = e.readLog(ctx, pool); err != nil {
			return database.Emptying{}, err
		}
	}
	return database.Emptying{GoesOn: true}, nil
}

// readAfter is readLog after so many further segments and a checkpoint.
func (e *engine) readAfter(ctx context.Context, pool *sql.DB, segments int) (logState, error) {
	if err := advance(ctx, pool, segments, `CHECKPOINT`); err != nil {
		return logState{}, err
	}
	return e.readLog(ctx, pool)
}

// advance begins segments of the log, and then executes statements.
func advance(ctx context.Context, pool *sql.DB, segments int, statements ...string) error {
	for range segments {
		for _, s := range nextSegment {
			if _, err := pool.ExecContext(ctx, s); err != nil {
				return err
			}
		}
	}
	for _, s := range statements {
		if _, err := pool.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// logState is the log of changes as its folder has it. Segments are named without their timeline, as the server compares them.
type logState struct {
	current, last string // the one that is written, and the one with the highest name
	kept          bool   // one of those before e.old is there
	keepable      bool   // wal_keep_size may keep it
	checkpointed  bool   // the last checkpoint began after them
}

func (e *engine) readLog(ctx context.Context, pool *sql.DB) (l logState, err error) {
	err = pool.QueryRowContext(ctx, `WITH old (lsn, segment) AS (SELECT $1::pg_lsn, substr(pg_walfile_name($1::pg_lsn), 9))
		SELECT substr(pg_walfile_name(pg_current_wal_insert_lsn()), 9), coalesce(max(substr(f.name, 9, 16)), ''),
			coalesce(bool_or(substr(f.name, 9, 16) <= o.segment), false),
			pg_wal_lsn_diff(pg_current_wal_insert_lsn(), o.lsn)
				<= pg_size_bytes(current_setting('wal_keep_size')) + 2 * pg_size_bytes(current_setting('wal_segment_size')),
			(SELECT substr(redo_wal_file, 9) > o.segment FROM pg_control_checkpoint())
		FROM old o LEFT JOIN pg_ls_waldir() f ON f.name ~ '^[0-9A-F]{24}' GROUP BY o.lsn, o.segment`, e.old).
		Scan(&l.current, &l.last, &l.kept, &l.keepable, &l.checkpointed)
	return l, err
}

// holders returns who keeps segments from before e.old, or has not replayed what came since.
func (e *engine) holders(ctx context.Context, pool *sql.DB, l logState) ([]database.LogCopy, error) {
	var unseen bool
	if err := pool.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state IS NULL)`).Scan(&unseen); err != nil {
		return nil, err
	}
	if unseen {
		return nil, errUnseen
	}
	return copies(ctx, pool, `SELECT 'standby', coalesce(nullif(application_name, ''), pid::text) FROM pg_stat_replication
			WHERE replay_lsn < $1::pg_lsn OR state IN ('startup', 'catchup')
		UNION ALL SELECT 'slot', slot_name FROM pg_replication_slots WHERE restart_lsn < $1::pg_lsn AND $2
		UNION ALL SELECT 'archive', '' FROM pg_stat_archiver WHERE $2 AND current_setting('archive_mode') <> 'off'
			AND substr(coalesce(last_archived_wal, ''), 9, 16) < substr(pg_walfile_name($1::pg_lsn), 9)
		ORDER BY 1, 2`, e.old, l.kept)
}

// EraseCopies finds no copies of the database, since the engine makes none, and says who has received the log of changes: an
// archive, receivers, standbys, consumers of slots and a base backup that is being made.
func (e *engine) EraseCopies(ctx context.Context, d *database.DB) (erased database.ErasedCopies, err error) {
	erased.Log, err = e.LogCopies(ctx, d.Pool())
	return erased, err
}

// LogCopies is DB.LogCopies.
func (*engine) LogCopies(ctx context.Context, on database.Querier) ([]database.LogCopy, error) {
	found, err := copies(ctx, on, `SELECT 'archive', '' FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off' OR archived_count > 0
		UNION ALL SELECT CASE WHEN state = 'backup' THEN 'backup' WHEN replay_lsn IS NULL AND state = 'streaming' THEN 'receiver' ELSE 'standby' END,
			coalesce(nullif(application_name, ''), pid::text) FROM pg_stat_replication
		UNION ALL SELECT 'slot', slot_name FROM pg_replication_slots WHERE slot_type = 'logical' OR NOT active
		UNION ALL SELECT 'server-log', '' WHERE current_setting('log_error_verbosity') <> 'terse'
		ORDER BY 1, 2`)
	if err != nil {
		return nil, explain(fmt.Errorf("postgres: look for copies of the log: %w", err))
	}
	return found, nil
}

// copies reads kinds and names.
func copies(ctx context.Context, on database.Querier, query string, args ...any) (found []database.LogCopy, err error) {
	rows, err := on.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c database.LogCopy
		if err := rows.Scan(&c.Kind, &c.Name); err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, rows.Err()
}
