// Processes and threads: begun, replaced, waited for, looked into.
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "workload.h"

static void* thread(void* name) {
  CALL(prctl, PR_SET_NAME, name);
  CALL(gettid);
  return NULL;
}

static void beginning(void) {
  int status;
  struct rusage usage;
  siginfo_t info;
  pid_t child = CALL(fork);
  if (child == 0) CALL(exit, 3);
  CALL(wait4, child, &status, 0, &usage);
  CALL(wait4, -1, &status, 0, &usage);
  child = vfork();
  if (child == 0) _exit(4);
  CALL(waitid, P_PID, child, &info, WEXITED, &usage);
  CALL(waitid, 99, child, &info, WEXITED, NULL);
  child = CALL(clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) CALL(exit_group, 5);
  CALL(wait4, child, &status, 0, NULL);
  CALL(clone, CLONE_SIGHAND, 0, 0, 0, 0);
  struct clone_args arguments = {.exit_signal = SIGCHLD};
  child = CALL(clone3, &arguments, sizeof arguments);
  if (child == 0) CALL(exit_group, 6);
  CALL(wait4, child, &status, 0, NULL);
  arguments.flags = CLONE_THREAD;
  CALL(clone3, &arguments, sizeof arguments);
  CALL(clone3, &arguments, 1);
  pthread_t other;
  pthread_create(&other, NULL, thread, "renamed");
  pthread_join(other, NULL);
}

static void executing(void) {
  char* words[] = {"true", "an argument", "", "x=y", NULL};
  char* environment[] = {"A=b", "LONG=cccccccccccccccccccccccccccccccccccccccccccc", NULL};
  CALL(execve, "/missing/program", words, environment);
  CALL(execve, ".", words, environment);
  CALL(execve, BAD_ADDRESS, words, environment);
  CALL(execveat, AT_FDCWD, "missing", words, environment, 0);
  int fd = CALL(open, "/bin/true", O_RDONLY | O_CLOEXEC, 0);
  if (CALL(fork) == 0) CALL(execveat, fd, "", words, environment, AT_EMPTY_PATH);
  CALL(wait4, -1, NULL, 0, NULL);
  CALL(execve, "/bin/true", words, environment);
}

static void looking(void) {
  char from[64] = "of another process", to[64];
  struct iovec local = {to, 10}, remote = {from, 10};
  pid_t self = CALL(getpid);
  CALL(process_vm_readv, self, &local, 1, &remote, 1, 0);
  CALL(process_vm_readv, 999999, &local, 1, &remote, 1, 0);
  CALL(process_vm_writev, self, &local, 1, &remote, 1, 0);
  CALL(process_vm_writev, 999999, &local, 1, &remote, 1, 0);
  CALL(kcmp, self, self, KCMP_FILES, 0, 0);
  CALL(kcmp, self, 999999, KCMP_FILES, 0, 0);
  CALL(ptrace, PTRACE_PEEKDATA, 999999, NULL, NULL);
  CALL(ptrace, 77, self, NULL, NULL);
  int pidfd = CALL(pidfd_open, self, 0);
  CALL(pidfd_open, self, -1);
  CALL(pidfd_getfd, pidfd, pidfd, 0);
  CALL(pidfd_getfd, pidfd, 1234, 0);
  CALL(pidfd_send_signal, pidfd, 0, NULL, 0);
  CALL(pidfd_send_signal, pidfd, 99, NULL, 0);
  struct iovec page = {(void*)((long)&local & -4096), 4096};
  CALL(process_madvise, pidfd, &page, 1, 20, 0);
  CALL(process_madvise, 1234, &local, 1, 20, 0);
  CALL(process_mrelease, pidfd, 0);
  CALL(process_mrelease, 1234, 0);
  CALL(close, pidfd);
  char name[16];
  CALL(prctl, PR_SET_NAME, "workload");
  CALL(prctl, PR_GET_NAME, name);
  CALL(prctl, PR_GET_DUMPABLE);
  CALL(prctl, PR_SET_CHILD_SUBREAPER, 1);
  CALL(prctl, 999999);
  unsigned long base;
  CALL(arch_prctl, 0x1003, &base);
  CALL(arch_prctl, 0x9999, &base);
}

static void traced(void) {
  pid_t child = CALL(fork);
  if (child == 0) {
    CALL(ptrace, PTRACE_TRACEME, 0, NULL, NULL);
    CALL(exit_group, 0);
  }
  CALL(wait4, child, NULL, 0, NULL);
}

static void limits(void) {
  struct rlimit limit = {100, 200};
  struct rusage usage;
  CALL(getrlimit, RLIMIT_NOFILE, &limit);
  CALL(getrlimit, 99, &limit);
  CALL(setrlimit, RLIMIT_CORE, &limit);
  CALL(setrlimit, 99, &limit);
  CALL(prlimit64, 0, RLIMIT_STACK, NULL, &limit);
  struct rlimit old;
  CALL(prlimit64, 0, RLIMIT_CORE, &limit, &old);
  CALL(prlimit64, 999999, RLIMIT_STACK, NULL, &limit);
  CALL(getrusage, RUSAGE_SELF, &usage);
  CALL(getrusage, 99, &usage);
}

static void own_registers(void) {
  char list[24] = {0}, descriptor[16] = {0};
  void* head;
  size_t size;
  CALL(set_tid_address, list);
  CALL(set_robust_list, list, sizeof list);
  CALL(set_robust_list, list, 1);
  CALL(get_robust_list, 0, &head, &size);
  CALL(get_robust_list, 999999, &head, &size);
  CALL(rseq, BAD_ADDRESS, 32, 0, 0);
  CALL(set_thread_area, descriptor);
  CALL(get_thread_area, descriptor);
  CALL(modify_ldt, 0, list, sizeof list);
  CALL(modify_ldt, 99, list, sizeof list);
  CALL(personality, 0xffffffff);
  CALL(personality, 0x0040000);
  CALL(iopl, 0);
  CALL(iopl, 9);
  CALL(ioperm, 0x80, 1, 0);
  CALL(ioperm, -1, 5, 1);
}

void processes(void) {
  beginning();
  in_child(executing);
  looking();
  in_child(traced);
  in_child(limits);
  in_child(own_registers);
}
