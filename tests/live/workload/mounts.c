// Mounts, in a namespace of their own that nothing spreads from.
#include <linux/mount.h>
#include <sched.h>

#include "workload.h"

enum { MS_PRIVATE_ALL = 1 << 18 | 1 << 14, MS_BIND_ONLY = 1 << 12, DETACH = 2 };

static void mounted(void) {
  if (CALL(unshare, CLONE_NEWNS) != 0) return;
  CALL(mount, "none", "/", NULL, MS_PRIVATE_ALL, NULL);
  CALL(mkdir, "mounted", 0700);
  CALL(mount, "tracer", "mounted", "tmpfs", 1, "size=64k");
  CALL(mount, "missing", "missing", "tmpfs", 0, "");
  CALL(mount, "tracer", "mounted", "no such type", 0, NULL);
  CALL(umount2, "mounted", DETACH);
  CALL(umount2, "mounted", 0);
  CALL(umount2, "missing", 8);
  CALL(pivot_root, "missing", "mounted");
  CALL(pivot_root, "mounted", "mounted");
  int context = CALL(fsopen, "tmpfs", FSOPEN_CLOEXEC);
  CALL(fsopen, "no such type", 0);
  CALL(fsconfig, context, FSCONFIG_SET_STRING, "size", "64k", 0);
  CALL(fsconfig, context, FSCONFIG_SET_FLAG, "ro", NULL, 0);
  CALL(fsconfig, context, FSCONFIG_SET_STRING, "missing", "x", 0);
  CALL(fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
  int system = CALL(fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID);
  CALL(fsmount, 1234, 0, 0);
  CALL(move_mount, system, "", AT_FDCWD, "mounted", MOVE_MOUNT_F_EMPTY_PATH);
  CALL(move_mount, 1234, "", AT_FDCWD, "mounted", MOVE_MOUNT_F_EMPTY_PATH);
  int tree = CALL(open_tree, AT_FDCWD, "mounted", OPEN_TREE_CLONE);
  CALL(open_tree, AT_FDCWD, "missing", 0);
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOEXEC};
  CALL(mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
  CALL(mount_setattr, AT_FDCWD, "missing", 0, &attributes, sizeof attributes);
  CALL(fspick, AT_FDCWD, "mounted", 0);
  CALL(fspick, AT_FDCWD, "missing", 0);
  CALL(umount2, "mounted", DETACH);
}

void mounts(void) { in_child(mounted); }
