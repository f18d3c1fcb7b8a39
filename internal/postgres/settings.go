package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ErrPooler is returned if something between Urna and PostgreSQL gives its statements to sessions of its own choice.
var ErrPooler = errors.New("postgres: a connection pooler, such as PgBouncer, is between Urna and PostgreSQL: locks and temporary tables of a session " +
	"would be lost; give the address of PostgreSQL itself")

// SettingError is returned for a setting of the server, the database or the role that a promise does not hold with.
type SettingError struct {
	Name, Value string
	Want        string
	Why         string
}

// Error says what to set.
func (e *SettingError) Error() string {
	return fmt.Sprintf("postgres: %s is %q: set it to %s (for the server, the database or the role); %s", e.Name, e.Value, e.Want, e.Why)
}

// oldest is the oldest version of PostgreSQL that tests have run on.
const oldest = 150000

// The reasons of refusals.
const (
	unsafe   = "an accepted ballot would not be safe"
	readable = "the server's log would hold the values of statements, such as ballots beside the keys of their voters"
)

// checkConnection reads back what Urna's promises rest on. A role or a database can have settings of its own, and a
// connection can lead to another server than the last one, so that each connection is asked.
func checkConnection(ctx context.Context, c *pgx.Conn, writes bool) error {
	s, pid, recovering, version, err := readSettings(ctx, c)
	switch {
	case err != nil:
		return fmt.Errorf("postgres: read back the settings: %w", err)
	case pid != c.PgConn().PID():
		return ErrPooler
	case version < oldest:
		return fmt.Errorf("postgres: the server has version %s: Urna needs %d or later", s["server_version"], oldest/10_000)
	case writes && recovering:
		return errors.New("postgres: the server is a standby, which takes no ballots: name all hosts in the address, with target_session_attrs=read-write")
	}
	return s.refusal()
}

// settings are values by name; "" is a setting that the server does not have.
type settings map[string]string

func readSettings(ctx context.Context, c *pgx.Conn) (s settings, pid uint32, recovering bool, version int, err error) {
	names := []string{
		"server_version", "fsync", "full_page_writes", "synchronous_commit", "log_statement", "log_min_duration_statement", "log_min_duration_sample",
		"log_transaction_sample_rate", "log_parameter_max_length", "log_parameter_max_length_on_error", "auto_explain.log_min_duration", "server_encoding",
	}
	var values []string
	var collation string
	err = c.QueryRow(ctx, `SELECT pg_backend_pid(), pg_is_in_recovery(), current_setting('server_version_num')::int,
		(SELECT datcollate FROM pg_database WHERE datname = current_database()),
		(SELECT array_agg(coalesce(current_setting(name, true), '') ORDER BY place) FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place))`,
		names).Scan(&pid, &recovering, &version, &collation, &values)
	if err != nil {
		return nil, 0, false, 0, err
	}
	s = settings{"lc_collate": collation}
	for i, name := range names {
		s[name] = values[i]
	}
	return s, pid, recovering, version, nil
}

// refusal returns the first setting that Urna cannot run with; nil for none.
func (s settings) refusal() error {
	demands := []struct {
		name string
		good []string
		want string
		why  string
	}{
		{"fsync", []string{"on"}, "on", unsafe},
		{"full_page_writes", []string{"on"}, "on", unsafe},
		{"synchronous_commit", []string{"on", "remote_apply"}, "on or remote_apply", unsafe},
		{"log_parameter_max_length_on_error", []string{"0"}, "0", readable},
		{"auto_explain.log_min_duration", []string{"", "-1"}, "-1", readable},
		{"server_encoding", []string{"UTF8"}, "UTF8 when the database is made (CREATE DATABASE … ENCODING 'UTF8')", "names are in several scripts"},
		{
			"lc_collate",
			[]string{"C", "POSIX", "C.UTF-8", "C.utf8"},
			"C.UTF-8 when the database is made (CREATE DATABASE … LOCALE 'C.UTF-8' TEMPLATE template0)",
			"lists would be in another order on each server",
		},
	}
	for _, d := range demands {
		if !slices.Contains(d.good, s[d.name]) {
			return &SettingError{Name: d.name, Value: s[d.name], Want: d.want, Why: d.why}
		}
	}
	if s["log_parameter_max_length"] == "0" {
		return nil
	}
	for _, logging := range []struct{ name, off string }{
		{"log_statement", "none"}, {"log_min_duration_statement", "-1"}, {"log_min_duration_sample", "-1"}, {"log_transaction_sample_rate", "0"},
	} {
		if !strings.EqualFold(s[logging.name], logging.off) {
			return &SettingError{Name: logging.name, Value: s[logging.name], Want: logging.off + ", or log_parameter_max_length to 0", Why: readable}
		}
	}
	return nil
}
