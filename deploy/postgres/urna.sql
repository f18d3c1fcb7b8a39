-- Makes the role and the database for Urna. An administrator of PostgreSQL runs it once with psql:
--   psql -v password=PASSWORD -f urna.sql postgres
-- -v role=NAME and -v database=NAME give them other names than urna. The role is no superuser and owns its database alone.
\set ON_ERROR_STOP on
\if :{?role}
\else
  \set role urna
\endif
\if :{?database}
\else
  \set database urna
\endif

CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role" ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;

-- After its end an election's log of changes is replaced, so that the old one tells nothing of the order of votes.
GRANT pg_checkpoint TO :"role";
-- Tells how far standbys have followed the log.
GRANT pg_read_all_stats TO :"role";

-- A line of the server's log about an error would have the values of its statement.
ALTER DATABASE :"database" SET log_parameter_max_length_on_error = 0;
-- A line about a row that was refused would have the values of the row.
ALTER DATABASE :"database" SET log_error_verbosity = terse;

-- A permission on a function belongs to each database.
\connect :database
GRANT EXECUTE ON FUNCTION pg_switch_wal() TO :"role";
-- The names of the segments of the log, so that Urna sees when none is left from before the close.
GRANT EXECUTE ON FUNCTION pg_ls_waldir() TO :"role";
