// Makes system calls as fast as it can on one CPU, whose number is the argument, until it is ended.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS_IN_A_ROW = 200, CHILDREN_IN_A_ROW = 2 };

static void calls(void) {
  static char buffer[4096];
  int fd = open("/dev/zero", O_RDWR);
  for (int i = 0; i < CALLS_IN_A_ROW; i++) {
    syscall(SYS_getppid);
    read(fd, buffer, sizeof buffer);
    write(fd, buffer, 1 + i * 20);
    open("/nowhere", O_RDONLY);
    char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[0] = 1;
    munmap(page, 4096);
  }
  close(fd);
}

static void children(void) {
  for (int i = 0; i < CHILDREN_IN_A_ROW; i++) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
  }
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(atoi(arguments[1]), &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);
  for (;;) {
    calls();
    children();
  }
}
