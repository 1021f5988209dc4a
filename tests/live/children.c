// Starts a process in every way there is; each child ends at once. Prints a line "HOW PID" for each.
#define _GNU_SOURCE
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void started(const char* how, long pid) {
  if (pid < 0) exit(1);
  printf("%s %ld\n", how, pid);
  waitpid((pid_t)pid, NULL, 0);
}

static long by_fork(void) { return syscall(SYS_fork); }

static long by_clone(void) { return syscall(SYS_clone, SIGCHLD | CLONE_FILES, NULL, NULL, NULL, NULL); }

static long by_clone3(unsigned long long flags) {
  struct clone_args arguments = {.flags = flags, .exit_signal = SIGCHLD};
  return syscall(SYS_clone3, &arguments, sizeof arguments);
}

int main(void) {
  long pid = by_fork();
  if (pid == 0) _exit(0);
  started("fork", pid);
  pid = vfork();
  if (pid == 0) _exit(0);
  started("vfork", pid);
  pid = by_clone();
  if (pid == 0) _exit(0);
  started("clone", pid);
  pid = by_clone3(CLONE_FS);
  if (pid == 0) _exit(0);
  started("clone3", pid);
  pid = by_clone3(CLONE_NEWPID);
  if (pid == 0) _exit(0);
  started("namespace", pid);
  syscall(SYS_clone, SIGCHLD | CLONE_THREAD, NULL, NULL, NULL, NULL);
  return 0;
}
