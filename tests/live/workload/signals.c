// Signals: sent, blocked, waited for, handled.
#include <sys/signalfd.h>
#include <sys/time.h>

#include "workload.h"

#define SET_SIZE 8

static pid_t self;

static void on_signal(int number) { (void)number; }

static void sending(void) {
  CALL(kill, self, SIGUSR1);
  CALL(kill, 999999, 0);
  CALL(tkill, self, SIGUSR1);
  CALL(tkill, 999999, SIGUSR1);
  CALL(tgkill, self, self, SIGUSR2);
  CALL(tgkill, self, 999999, SIGUSR2);
  siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  CALL(rt_sigqueueinfo, self, SIGUSR1, &info);
  CALL(rt_sigqueueinfo, 999999, SIGUSR1, &info);
  CALL(rt_tgsigqueueinfo, self, self, SIGUSR2, &info);
  CALL(rt_tgsigqueueinfo, self, 999999, SIGUSR2, &info);
}

static void waiting_for_signals(void) {
  uint64_t set = 1ull << (SIGUSR1 - 1), none = 0, pending;
  struct timespec moment = {0, 1000};
  siginfo_t info;
  CALL(rt_sigprocmask, SIG_BLOCK, &set, NULL, SET_SIZE);
  CALL(rt_sigprocmask, 99, &set, NULL, SET_SIZE);
  CALL(kill, self, SIGUSR1);
  CALL(rt_sigpending, &pending, SET_SIZE);
  CALL(rt_sigpending, BAD_ADDRESS, SET_SIZE);
  CALL(rt_sigtimedwait, &set, &info, &moment, SET_SIZE);
  CALL(rt_sigtimedwait, &set, &info, &moment, SET_SIZE);
  int fd = CALL(signalfd, -1, &set, SET_SIZE);
  CALL(signalfd, 1234, &set, SET_SIZE);
  int second = CALL(signalfd4, -1, &set, SET_SIZE, SFD_NONBLOCK | SFD_CLOEXEC);
  CALL(signalfd4, -1, &set, SET_SIZE, -1);
  CALL(kill, self, SIGUSR1);
  struct signalfd_siginfo received;
  CALL(read, fd, &received, sizeof received);
  CALL(read, second, &received, sizeof received);
  CALL(kill, self, SIGUSR1);
  CALL(rt_sigsuspend, &none, SET_SIZE);
  CALL(rt_sigsuspend, &none, 1);
  CALL(rt_sigprocmask, SIG_UNBLOCK, &set, NULL, SET_SIZE);
  CALL(close, fd);
  CALL(close, second);
}

// A timer that goes off again and again: the first time may be before anyone waits.
static void pausing(void) {
  struct itimerval soon = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
  CALL(setitimer, ITIMER_REAL, &soon, NULL);
  CALL(pause);
  CALL(setitimer, ITIMER_REAL, &never, NULL);
}

static void killed(void) {
  pid_t own = CALL(getpid);
  CALL(kill, own, SIGKILL);
}

static void stopped(void) {
  pid_t child = CALL(fork);
  if (child == 0) {
    pid_t own = CALL(getpid);
    CALL(kill, own, SIGSTOP);
    CALL(exit_group, 0);
  }
  CALL(wait4, child, NULL, 2, NULL);
  CALL(kill, child, SIGCONT);
  CALL(wait4, child, NULL, 0, NULL);
}

static void faulting(void) { *(volatile int*)0 = 1; }

void signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  self = CALL(getpid);
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  sigaction(SIGALRM, &action, NULL);
  CALL(rt_sigaction, 99, NULL, NULL, SET_SIZE);
  stack_t stack = {.ss_flags = SS_DISABLE};
  CALL(sigaltstack, NULL, &stack);
  CALL(sigaltstack, BAD_ADDRESS, NULL);
  sending();
  waiting_for_signals();
  pausing();
  in_child(killed);
  in_child(stopped);
  in_child(faulting);
  CALL(restart_syscall);
}
