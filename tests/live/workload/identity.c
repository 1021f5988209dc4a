// Who a process is: users, groups, sessions, capabilities, namespaces, restrictions. In children, as most is for good.
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>

#include "workload.h"

static void users(void) {
  unsigned real, effective, saved, list[4] = {1, 2};
  CALL(getuid);
  CALL(geteuid);
  CALL(getgid);
  CALL(getegid);
  CALL(getresuid, &real, &effective, &saved);
  CALL(getresuid, BAD_ADDRESS, &effective, &saved);
  CALL(getresgid, &real, &effective, &saved);
  CALL(getresgid, BAD_ADDRESS, &effective, &saved);
  CALL(setgroups, 2, list);
  CALL(setgroups, -1, list);
  CALL(getgroups, 4, list);
  CALL(getgroups, -1, list);
  CALL(setfsgid, 7);
  CALL(setfsuid, 7);
  CALL(setgid, 0);
  CALL(setregid, -1, 0);
  CALL(setresgid, 5, 6, 7);
  CALL(setuid, 0);
  CALL(setreuid, -1, 0);
  CALL(setresuid, 5, 6, 7);
  CALL(setuid, 0);
  CALL(setgid, 0);
  CALL(setreuid, 0, 0);
  CALL(setregid, 0, 0);
  CALL(setresuid, 0, 0, 0);
  CALL(setresgid, 0, 0, 0);
  CALL(open, "/etc/shadow", O_RDONLY, 0);
}

static void sessions(void) {
  CALL(getpid);
  CALL(getppid);
  CALL(getpgrp);
  CALL(getpgid, 0);
  CALL(getpgid, 999999);
  CALL(getsid, 0);
  CALL(getsid, 999999);
  CALL(setpgid, 0, 0);
  CALL(setpgid, 999999, 1);
  CALL(setsid);
  if (CALL(fork) == 0) {
    CALL(setsid);
    CALL(setsid);
    CALL(vhangup);
    CALL(exit_group, 0);
  }
  CALL(wait4, -1, NULL, 0, NULL);
}

static void capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct sets[2] = {0};
  CALL(capget, &header, sets);
  CALL(capset, &header, sets);
  struct __user_cap_data_struct none[2] = {0};
  CALL(capset, &header, none);
  CALL(capset, &header, sets);
  CALL(chroot, ".");
  header.version = 1;
  CALL(capget, &header, sets);
}

static void namespaces(void) {
  CALL(unshare, 0);
  CALL(unshare, -1);
  if (CALL(unshare, CLONE_NEWUTS) != 0) return;
  CALL(sethostname, "workload", 8);
  CALL(sethostname, "workload", -1);
  CALL(setdomainname, "workload.example", 16);
  CALL(setdomainname, BAD_ADDRESS, 5);
  int own = CALL(open, "/proc/self/ns/uts", O_RDONLY, 0);
  CALL(setns, own, CLONE_NEWUTS);
  CALL(setns, own, CLONE_NEWNET);
  CALL(unshare, CLONE_NEWPID);
  if (CALL(fork) == 0) {
    CALL(getpid);
    CALL(gettid);
    if (CALL(fork) == 0) CALL(exit_group, 0);
    CALL(wait4, -1, NULL, 0, NULL);
    CALL(exit_group, 0);
  }
  CALL(wait4, -1, NULL, 0, NULL);
}

static void restrictions(void) {
  struct landlock_ruleset_attr rules = {.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE};
  struct landlock_path_beneath_attr beneath = {.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE};
  int action = SECCOMP_RET_ALLOW;
  struct sock_filter instruction = {.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW};
  struct sock_fprog program = {.len = 1, .filter = &instruction};
  beneath.parent_fd = CALL(open, ".", O_PATH | O_DIRECTORY, 0);
  int ruleset = CALL(landlock_create_ruleset, &rules, sizeof rules, 0);
  CALL(landlock_create_ruleset, NULL, 0, 1);
  CALL(landlock_create_ruleset, &rules, 1, 0);
  CALL(landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
  CALL(landlock_add_rule, ruleset, 99, &beneath, 0);
  CALL(landlock_restrict_self, 1234, 0);
  CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  CALL(landlock_restrict_self, ruleset, 0);
  CALL(seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action);
  CALL(seccomp, 99, 0, NULL);
  CALL(seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  CALL(open, "/tmp", O_RDONLY, 0);
}

void identity(void) {
  in_child(users);
  in_child(sessions);
  in_child(capabilities);
  in_child(namespaces);
  in_child(restrictions);
}
