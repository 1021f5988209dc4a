// Files and folders by name.
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <utime.h>

#include "workload.h"

static void opening(void) {
  CALL(open, "opened", O_CREAT | O_RDWR | O_TRUNC, 0640);
  CALL(open, "opened", O_CREAT | O_EXCL | O_WRONLY, 0600);
  CALL(open, "opened", O_WRONLY | O_APPEND | O_NONBLOCK | O_SYNC, 0);
  CALL(open, "missing", O_RDONLY, 0);
  CALL(open, ".", O_DIRECTORY | O_PATH, 0);
  CALL(open, "opened", O_DIRECTORY, 0);
  CALL(open, "", O_RDONLY, 0);
  CALL(open, BAD_ADDRESS, O_RDONLY, 0);
  CALL(open, "/dev/null", O_RDWR | O_NOCTTY, 0);
  CALL(open, ".", O_TMPFILE | O_RDWR, 0600);
  CALL(openat, AT_FDCWD, "opened", O_RDONLY | O_CLOEXEC, 0);
  CALL(openat, AT_FDCWD, "created at", O_CREAT | O_WRONLY, 04755);
  CALL(openat, 1234, "missing", O_RDONLY, 0);
  CALL(openat, AT_FDCWD, BAD_ADDRESS, O_RDONLY, 0);
  CALL(creat, "created", 0600);
  CALL(creat, "missing/created", 0600);
  struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0600, .resolve = RESOLVE_NO_SYMLINKS};
  CALL(openat2, AT_FDCWD, "opened", &how, sizeof how);
  how.resolve = RESOLVE_BENEATH;
  CALL(openat2, AT_FDCWD, "/etc/passwd", &how, sizeof how);
  CALL(openat2, AT_FDCWD, "opened", BAD_ADDRESS, sizeof how);
  CALL(openat2, AT_FDCWD, "opened", &how, 3);
}

static void folders(void) {
  CALL(mkdir, "folder", 0755);
  CALL(mkdir, "folder", 0700);
  CALL(mkdirat, AT_FDCWD, "folder/inner", 0700);
  CALL(mkdirat, AT_FDCWD, "missing/inner", 0700);
  CALL(chdir, "folder");
  CALL(chdir, "missing");
  char name[4096];
  CALL(getcwd, name, sizeof name);
  CALL(getcwd, name, 1);
  int folder = CALL(open, "..", O_RDONLY | O_DIRECTORY, 0);
  CALL(fchdir, folder);
  CALL(fchdir, 1234);
  char entries[8192];
  CALL(getdents, folder, entries, sizeof entries);
  CALL(getdents, 1234, entries, sizeof entries);
  CALL(lseek, folder, 0, SEEK_SET);
  CALL(getdents64, folder, entries, sizeof entries);
  CALL(getdents64, folder, entries, 1);
  CALL(rmdir, "folder/inner");
  CALL(rmdir, "folder/inner");
  CALL(mknod, "fifo", S_IFIFO | 0600, 0);
  CALL(mknod, "fifo", S_IFIFO | 0600, 0);
  CALL(mknodat, AT_FDCWD, "node", S_IFREG | 0600, 0);
  CALL(mknodat, 1234, "node", S_IFREG | 0600, 0);
  CALL(close, folder);
}

static void links(void) {
  char name[4096];
  CALL(link, "opened", "hard");
  CALL(link, "missing", "hard");
  CALL(linkat, AT_FDCWD, "opened", AT_FDCWD, "hard at", AT_SYMLINK_FOLLOW);
  CALL(linkat, AT_FDCWD, "opened", 1234, "hard at", 0);
  CALL(symlink, "opened", "soft");
  CALL(symlink, "opened", "soft");
  CALL(symlinkat, "folder", AT_FDCWD, "soft at");
  CALL(symlinkat, "folder", 1234, "soft at");
  CALL(readlink, "soft", name, sizeof name);
  CALL(readlink, "opened", name, sizeof name);
  CALL(readlinkat, AT_FDCWD, "soft at", name, 3);
  CALL(readlinkat, AT_FDCWD, "missing", name, sizeof name);
  CALL(rename, "created", "renamed");
  CALL(rename, "missing", "renamed");
  CALL(renameat, AT_FDCWD, "renamed", AT_FDCWD, "folder/renamed");
  CALL(renameat, 1234, "renamed", AT_FDCWD, "renamed");
  CALL(renameat2, AT_FDCWD, "folder/renamed", AT_FDCWD, "renamed", 1);
  CALL(renameat2, AT_FDCWD, "renamed", AT_FDCWD, "opened", 1);
  CALL(unlink, "hard");
  CALL(unlink, "hard");
  CALL(unlinkat, AT_FDCWD, "hard at", 0);
  CALL(unlinkat, AT_FDCWD, "folder", AT_REMOVEDIR);
  CALL(unlinkat, AT_FDCWD, "folder", AT_REMOVEDIR);
}

static void status(void) {
  struct stat status;
  struct statfs system;
  struct statx extended;
  char old[64];
  int fd = CALL(open, "opened", O_RDWR, 0);
  CALL(stat, "opened", &status);
  CALL(stat, "missing", &status);
  CALL(lstat, "soft", &status);
  CALL(lstat, "missing", &status);
  CALL(fstat, fd, &status);
  CALL(fstat, 1234, &status);
  CALL(newfstatat, AT_FDCWD, "soft", &status, AT_SYMLINK_NOFOLLOW);
  CALL(newfstatat, fd, "", &status, AT_EMPTY_PATH);
  CALL(newfstatat, AT_FDCWD, "missing", &status, 0);
  CALL(statx, AT_FDCWD, "opened", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &extended);
  CALL(statx, AT_FDCWD, "missing", 0, STATX_SIZE, &extended);
  CALL(statfs, ".", &system);
  CALL(statfs, "missing", &system);
  CALL(fstatfs, fd, &system);
  CALL(fstatfs, 1234, &system);
  CALL(stat, "/dev/shm", &status);
  CALL(ustat, status.st_dev, old);
  CALL(ustat, 0xffff, old);
  CALL(access, "opened", R_OK | W_OK);
  CALL(access, "opened", X_OK);
  CALL(access, "missing", F_OK);
  CALL(faccessat, AT_FDCWD, "opened", R_OK);
  CALL(faccessat, AT_FDCWD, "missing", W_OK);
  CALL(faccessat2, AT_FDCWD, "soft", R_OK, AT_SYMLINK_NOFOLLOW | AT_EACCESS);
  CALL(faccessat2, AT_FDCWD, "missing", R_OK, AT_EACCESS);
  CALL(close, fd);
}

static void modes_owners_times(void) {
  int fd = CALL(open, "opened", O_RDWR, 0);
  CALL(chmod, "opened", 0604);
  CALL(chmod, "missing", 0604);
  CALL(fchmod, fd, 0640);
  CALL(fchmod, 1234, 0640);
  CALL(fchmodat, AT_FDCWD, "opened", 0600);
  CALL(fchmodat, AT_FDCWD, "missing", 04711);
  CALL(chown, "opened", 1, 2);
  CALL(chown, "missing", -1, -1);
  CALL(lchown, "soft", 3, -1);
  CALL(lchown, "missing", 0, 0);
  CALL(fchown, fd, 0, 0);
  CALL(fchown, 1234, 0, 0);
  CALL(fchownat, AT_FDCWD, "soft", 5, 6, AT_SYMLINK_NOFOLLOW);
  CALL(fchownat, AT_FDCWD, "missing", 5, 6, 0);
  struct utimbuf seconds = {1000, 2000};
  struct timeval micro[2] = {{1000, 5}, {2000, 6}};
  struct timespec nano[2] = {{1000, 7}, {2000, 8}};
  CALL(utime, "opened", &seconds);
  CALL(utime, "missing", &seconds);
  CALL(utimes, "opened", micro);
  CALL(utimes, "missing", micro);
  CALL(futimesat, AT_FDCWD, "opened", micro);
  CALL(futimesat, AT_FDCWD, "missing", micro);
  CALL(utimensat, AT_FDCWD, "opened", nano, 0);
  CALL(utimensat, AT_FDCWD, "missing", nano, AT_SYMLINK_NOFOLLOW);
  CALL(truncate, "opened", 100);
  CALL(truncate, "missing", 100);
  CALL(ftruncate, fd, 200);
  CALL(ftruncate, 1234, 200);
  CALL(umask, 027);
  CALL(umask, 022);
  CALL(close, fd);
}

static void handles(void) {
  struct {
    unsigned bytes;
    int type;
    char data[128];
  } handle = {.bytes = 128};
  int mount;
  CALL(name_to_handle_at, AT_FDCWD, "/dev/shm", &handle, &mount, 0);
  CALL(name_to_handle_at, AT_FDCWD, "missing", &handle, &mount, 0);
  int folder = CALL(open, "/dev/shm", O_RDONLY | O_DIRECTORY, 0);
  CALL(open_by_handle_at, folder, &handle, O_RDONLY);
  handle.bytes = 0;
  CALL(open_by_handle_at, folder, &handle, O_RDONLY);
  CALL(close, folder);
}

static void change_root(void) {
  CALL(chroot, ".");
  CALL(open, "/opened", O_RDONLY, 0);
  CALL(chroot, "missing");
}

void files(void) {
  opening();
  folders();
  links();
  status();
  modes_owners_times();
  handles();
  in_child(change_root);
}
