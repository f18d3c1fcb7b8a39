/*
** The part of SQLite's interface for tracing that this package uses (https://www.sqlite.org/c3ref/trace_v2.html). It is part
** of SQLite's stable binary interface. The functions are weak: the driver brings them to the final link only.
*/
#ifndef URNA_VISITS_H
#define URNA_VISITS_H

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

extern int sqlite3_auto_extension(void (*)(void)) __attribute__((weak));
extern int sqlite3_trace_v2(sqlite3 *, unsigned, int (*)(unsigned, void *, void *, void *), void *) __attribute__((weak));
extern int sqlite3_stmt_status(sqlite3_stmt *, int, int) __attribute__((weak));
extern const char *sqlite3_sql(sqlite3_stmt *) __attribute__((weak));
extern sqlite3 *sqlite3_db_handle(sqlite3_stmt *) __attribute__((weak));
extern const char *sqlite3_db_filename(sqlite3 *, const char *) __attribute__((weak));

/* visits_trace lets every connection that is opened from now on tell Go of each statement that ends. */
void visits_trace(void);

#endif
