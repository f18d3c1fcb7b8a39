#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"
#include "vfs.h"

enum { OK = 0 };

typedef struct {
  sqlite3_vfs base;
  sqlite3_vfs *real;
  uintptr_t handle;
} fault_vfs;

/* The system's own file follows the structure in the same allocation. */
typedef struct {
  sqlite3_file base;
  const char *name; /* SQLite keeps it until the file is closed; NULL for a temporary file */
  uintptr_t handle;
} fault_file;

static fault_file *ours(sqlite3_file *file) { return (fault_file *)file; }
static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)(ours(file) + 1); }

static int ask(sqlite3_file *file, int act, sqlite3_int64 at, const void *data, int length) {
  fault_file *f = ours(file);
  return faultvfsAsk(f->handle, act, (char *)f->name, at, (void *)data, length);
}

static int fault_close(sqlite3_file *file) { return real(file)->pMethods->xClose(real(file)); }

static int fault_read(sqlite3_file *file, void *into, int length, sqlite3_int64 at) {
  return real(file)->pMethods->xRead(real(file), into, length, at);
}

static int fault_write(sqlite3_file *file, const void *data, int length, sqlite3_int64 at) {
  int refused = ask(file, FAULTVFS_WRITE, at, data, length);
  if (refused != OK) {
    /* A disk that fails, or is full, has often written a part. */
    real(file)->pMethods->xWrite(real(file), data, length / 2, at);
    return refused;
  }
  return real(file)->pMethods->xWrite(real(file), data, length, at);
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int refused = ask(file, FAULTVFS_TRUNCATE, size, NULL, 0);
  return refused != OK ? refused : real(file)->pMethods->xTruncate(real(file), size);
}

/* The record alone knows what was synced; to wait for the real disk would only cost the tests their time. */
static int fault_sync(sqlite3_file *file, int flags) {
  (void)flags;
  return ask(file, FAULTVFS_SYNC, 0, NULL, 0);
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}

static int fault_lock(sqlite3_file *file, int level) { return real(file)->pMethods->xLock(real(file), level); }

static int fault_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

static int fault_check_reserved_lock(sqlite3_file *file, int *reserved) {
  return real(file)->pMethods->xCheckReservedLock(real(file), reserved);
}

static int fault_file_control(sqlite3_file *file, int what, void *argument) {
  return real(file)->pMethods->xFileControl(real(file), what, argument);
}

static int fault_sector_size(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }

static int fault_device_characteristics(sqlite3_file *file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int fault_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **into) {
  return real(file)->pMethods->xShmMap(real(file), region, size, extend, into);
}

static int fault_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }

static int fault_shm_unmap(sqlite3_file *file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

/* Version 2: with shared memory, and without reading through memory maps. */
static const sqlite3_io_methods methods = {
    2,
    fault_close,
    fault_read,
    fault_write,
    fault_truncate,
    fault_sync,
    fault_file_size,
    fault_lock,
    fault_unlock,
    fault_check_reserved_lock,
    fault_file_control,
    fault_sector_size,
    fault_device_characteristics,
    fault_shm_map,
    fault_shm_lock,
    fault_shm_barrier,
    fault_shm_unmap,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  fault_vfs *v = (fault_vfs *)vfs;
  file->pMethods = NULL;
  ours(file)->name = name;
  ours(file)->handle = v->handle;
  int failed = v->real->xOpen(v->real, name, real(file), flags, out);
  if (failed == OK) {
    file->pMethods = &methods;
    faultvfsAsk(v->handle, FAULTVFS_OPEN, (char *)name, 0, NULL, 0);
  }
  return failed;
}

static int fault_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
  fault_vfs *v = (fault_vfs *)vfs;
  int refused = faultvfsAsk(v->handle, FAULTVFS_DELETE, (char *)name, sync_folder, NULL, 0);
  return refused != OK ? refused : v->real->xDelete(v->real, name, sync_folder);
}

sqlite3_vfs *faultvfs_add(const char *name, uintptr_t handle) {
  if (!sqlite3_vfs_find || !sqlite3_vfs_register) return NULL;
  sqlite3_vfs *system = sqlite3_vfs_find(NULL);
  if (!system) return NULL;
  fault_vfs *v = calloc(1, sizeof(fault_vfs));
  if (!v) return NULL;
  /* What is not replaced below asks nothing of its VFS, so the copied functions may be called with ours. */
  size_t known = system->iVersion >= 3 ? 14 : system->iVersion == 2 ? 11 : 10;
  memcpy(&v->base, system, offsetof(sqlite3_vfs, rest) + known * sizeof(v->base.rest[0]));
  v->real = system;
  v->handle = handle;
  v->base.szOsFile = (int)sizeof(fault_file) + system->szOsFile;
  v->base.pNext = NULL;
  v->base.zName = strdup(name);
  v->base.xOpen = fault_open;
  v->base.xDelete = fault_delete;
  if (sqlite3_vfs_register(&v->base, 0) != OK) {
    free((void *)v->base.zName);
    free(v);
    return NULL;
  }
  return &v->base;
}

void faultvfs_remove(sqlite3_vfs *vfs) {
  sqlite3_vfs_unregister(vfs);
  free((void *)vfs->zName);
  free(vfs);
}
