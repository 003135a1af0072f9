/* Preloaded into the engine: journals what it writes to the database's files, and what it syncs.
 *
 * Each record is 40 bytes (op, file, offset, size, extra: int64 in the machine's order) and, for a
 * write, its bytes. A write is journalled after it was done, and a sync after it returned, with
 * the journal's size from before it began: so the journal never claims more than the disk had.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE = 2, SYNC = 3 };

static int journal = -1;
static const char *database;

__attribute__((constructor)) static void begin(void) {
  database = getenv("POWERCUT_DATABASE");
  const char *path = getenv("POWERCUT_JOURNAL");
  if (path) journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* 1 for the database, 2 for its log, 0 for any other file. */
static int64_t file_of(int fd) {
  char link[32], path[PATH_MAX];
  if (journal < 0 || !database) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  if (size <= 0) return 0;
  path[size] = 0;
  size_t stem = strlen(database);
  if (strncmp(path, database, stem)) return 0;
  if (!path[stem]) return 1;
  return strcmp(path + stem, "-wal") ? 0 : 2;
}

static void note(int64_t op, int64_t file, int64_t offset, const void *bytes, int64_t size,
                 int64_t extra) {
  int64_t head[5] = {op, file, offset, size, extra};
  struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, bytes ? (size_t)size : 0}};
  if (writev(journal, parts, 2) < 0) abort();
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define PWRITE(name, offset_t)                                                 \
  ssize_t name(int fd, const void *bytes, size_t size, offset_t offset) {      \
    REAL(name);                                                                \
    ssize_t done = real(fd, bytes, size, offset);                              \
    int64_t file = done > 0 ? file_of(fd) : 0;                                 \
    if (file) note(WRITE, file, offset, bytes, done, 0);                       \
    return done;                                                               \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE_OF(name, offset_t)                                            \
  int name(int fd, offset_t size) {                                            \
    REAL(name);                                                                \
    int done = real(fd, size);                                                 \
    int64_t file = done == 0 ? file_of(fd) : 0;                                \
    if (file) note(TRUNCATE, file, size, 0, 0, 0);                             \
    return done;                                                               \
  }
TRUNCATE_OF(ftruncate, off_t)
TRUNCATE_OF(ftruncate64, off64_t)

#define SYNC_OF(name)                                                          \
  int name(int fd) {                                                           \
    REAL(name);                                                                \
    int64_t file = file_of(fd);                                                \
    struct stat before = {0};                                                  \
    if (file) fstat(journal, &before);                                         \
    int done = real(fd);                                                       \
    if (file && done == 0) note(SYNC, file, 0, 0, 0, before.st_size);          \
    return done;                                                               \
  }
SYNC_OF(fsync)
SYNC_OF(fdatasync)
