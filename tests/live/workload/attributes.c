// Extended attributes, and who is told of changes: inotify, fanotify; quotas.
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/quota.h>

#include "workload.h"

static void extended(void) {
  char value[64];
  int fd = CALL(open, "attributed", O_CREAT | O_RDWR, 0600);
  CALL(setxattr, "attributed", "trusted.one", "value", 5, 0);
  CALL(setxattr, "missing", "trusted.one", "value", 5, 0);
  CALL(lsetxattr, "attributed", "trusted.two", "value", 5, 1);
  CALL(lsetxattr, "missing", "trusted.two", "value", 5, 0);
  CALL(fsetxattr, fd, "trusted.three", "value", 5, 0);
  CALL(fsetxattr, 1234, "trusted.three", "value", 5, 0);
  CALL(getxattr, "attributed", "trusted.one", value, sizeof value);
  CALL(getxattr, "attributed", "trusted.none", value, sizeof value);
  CALL(lgetxattr, "attributed", "trusted.two", value, sizeof value);
  CALL(lgetxattr, "missing", "trusted.two", value, sizeof value);
  CALL(fgetxattr, fd, "trusted.three", value, sizeof value);
  CALL(fgetxattr, 1234, "trusted.three", value, sizeof value);
  CALL(listxattr, "attributed", value, sizeof value);
  CALL(listxattr, "missing", value, sizeof value);
  CALL(llistxattr, "attributed", value, sizeof value);
  CALL(llistxattr, "missing", value, sizeof value);
  CALL(flistxattr, fd, value, sizeof value);
  CALL(flistxattr, 1234, value, sizeof value);
  CALL(removexattr, "attributed", "trusted.one");
  CALL(removexattr, "attributed", "trusted.one");
  CALL(lremovexattr, "attributed", "trusted.two");
  CALL(lremovexattr, "missing", "trusted.two");
  CALL(fremovexattr, fd, "trusted.three");
  CALL(fremovexattr, 1234, "trusted.three");
  CALL(close, fd);
}

static void changes(void) {
  char events[512];
  int watch = CALL(inotify_init);
  int second = CALL(inotify_init1, IN_CLOEXEC | IN_NONBLOCK);
  CALL(inotify_init1, -1);
  int number = CALL(inotify_add_watch, watch, ".", IN_CREATE);
  CALL(inotify_add_watch, watch, "missing", IN_CREATE);
  CALL(creat, "noticed", 0600);
  CALL(read, watch, events, sizeof events);
  CALL(inotify_rm_watch, watch, number);
  CALL(inotify_rm_watch, watch, 99);
  CALL(close, watch);
  CALL(close, second);
  int notify = CALL(fanotify_init, FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDONLY);
  CALL(fanotify_init, -1, 0);
  CALL(fanotify_mark, notify, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "noticed");
  CALL(fanotify_mark, notify, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "missing");
  CALL(close, notify);
}

static void quotas(void) {
  char block[128];
  int folder = CALL(open, ".", O_RDONLY, 0);
  CALL(quotactl, QCMD(Q_GETINFO, USRQUOTA), "missing", 0, block);
  CALL(quotactl, QCMD(Q_GETQUOTA, GRPQUOTA), "/dev/null", 5, block);
  CALL(quotactl, QCMD(Q_SYNC, USRQUOTA), NULL, 0, NULL);
  CALL(quotactl_fd, folder, QCMD(Q_GETQUOTA, USRQUOTA), 0, block);
  CALL(quotactl_fd, 1234, QCMD(Q_SYNC, USRQUOTA), 0, NULL);
  CALL(close, folder);
}

void attributes(void) {
  extended();
  changes();
  quotas();
}
