// Every call there is with arguments that mean nothing: all bits set.
#include "workload.h"

// Calls that do something whatever their arguments are: end, wait for ever, return elsewhere, begin a process, reach
// beyond this one. The families make them.
static const int meaningful[] = {
    SYS_exit, SYS_exit_group, SYS_pause, SYS_rt_sigreturn,    SYS_fork, SYS_vfork, SYS_vhangup,
    SYS_sync, SYS_msgget,     SYS_alarm, SYS_set_tid_address,
};

static int is_meaningful(long number) {
  for (size_t i = 0; i < sizeof meaningful / sizeof *meaningful; i++)
    if (meaningful[i] == number) return 1;
  return 0;
}

static void on_signal(int number) { (void)number; }

static void all(void) {
  // One that only the kernel's own trampolines may make is answered with this signal.
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGILL, &action, NULL);
  for (long number = 0; number <= LAST_CALL + 2; number++) {
    if (number == FIRST_UNUSED_CALL) number = FIRST_UNIFIED_CALL;
    if (is_meaningful(number)) continue;
    CALL_NUMBER(number, -1, -1, -1, -1, -1, -1);
  }
}

void senseless(void) { in_child(all); }
