// Makes every system call that x86-64 has, with success and failure where both can be had.
// Arguments: a folder to work in; then the name of one family of calls, or nothing for all but those of 32-bit
// programs. It changes nothing outside of its folder and its processes: calls that would are made in vain.
#include <stdlib.h>
#include <sys/wait.h>

#include "workload.h"

void in_child(void (*work)(void)) {
  pid_t child = CALL(fork);
  if (child == 0) {
    work();
    CALL(exit_group, 0);
  }
  CALL(wait4, child, NULL, 0, NULL);
}

static const struct {
  const char* name;
  void (*make)(void);
} families[] = {
    {"files", files},
    {"attributes", attributes},
    {"descriptors", descriptors},
    {"memory", memory},
    {"sockets", sockets},
    {"processes", processes},
    {"identity", identity},
    {"signals", signals},
    {"ipc", ipc},
    {"clocks", clocks},
    {"waiting", waiting},
    {"scheduling", scheduling},
    {"machine", machine},
    {"mounts", mounts},
    {"newer_calls", newer_calls},
    {"senseless", senseless},
    {"calls_32_bit", calls_32_bit},
};

int main(int count, char** arguments) {
  if (count < 2 || chdir(arguments[1]) != 0) return 2;
  for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
    if (count > 2 && strcmp(arguments[2], families[i].name) != 0) continue;
    if (count < 3 && families[i].make == calls_32_bit) continue;
    families[i].make();
  }
  return 0;
}
