#include "_cgo_export.h"
#include "trace.h"

enum { TRACE_PROFILE = 2, STATUS_VM_STEP = 4 };

static int ended(unsigned kind, void *context, void *statement, void *nanoseconds) {
  sqlite3_stmt *s = statement;
  (void)kind, (void)context, (void)nanoseconds;
  visitsEnded((char *)sqlite3_db_filename(sqlite3_db_handle(s), "main"), (char *)sqlite3_sql(s), sqlite3_stmt_status(s, STATUS_VM_STEP, 1));
  return 0;
}

static int connected(sqlite3 *db, const char **error, const void *interface) {
  (void)error, (void)interface;
  return sqlite3_trace_v2(db, TRACE_PROFILE, ended, 0);
}

void visits_trace(void) {
  if (sqlite3_auto_extension) sqlite3_auto_extension((void (*)(void))connected);
}
