/* Many processes that wait, each with five descriptors: sleepers COUNT. They end with their parent. Prints a line when
 * all are there. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 0, ready[2];
  char byte;

  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (pipe(ready) != 0) return 1;
  for (int i = 0; i < count; i++) {
    pid_t parent = getpid(), child = fork();

    if (child < 0) return 1;
    if (child > 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) return 1;
    close(ready[0]);
    if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 || write(ready[1], "", 1) != 1) return 1;
    for (;;) pause();
  }
  for (int i = 0; i < count; i++) {
    if (read(ready[0], &byte, 1) != 1) return 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
