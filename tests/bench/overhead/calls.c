// Prints what system calls cost: nanoseconds of the monotonic clock for each turn of a loop, the least of several
// batches. Where a guest's clock counts its instructions, these are instructions.
// calls BATCHES TURNS; further arguments are a command, whose run takes the place of the loops. Of a command that
// counts what all tasks of the machine ran, since it may wait for files.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int zero, null;
static char **command;

static void ask_for_parent(void) { syscall(SYS_getppid); }

static void read_and_write(void) {
  char byte;
  if (read(zero, &byte, 1) != 1 || write(null, &byte, 1) != 1) exit(1);
}

static void open_and_close(void) {
  int fd = open("/dev/null", O_RDONLY);
  if (fd < 0) exit(1);
  close(fd);
}

static void run_command(void) {
  pid_t child = vfork();
  int status;
  if (child == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  if (waitpid(child, &status, 0) != child || status != 0) exit(1);
}

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

// What all tasks ran, as far as they have been switched off again.
static long ran(void) {
  char line[4096];
  long sum = 0, cpu;
  FILE *file = fopen("/proc/schedstat", "r");
  if (file == NULL) {
    perror("/proc/schedstat");
    exit(1);
  }
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "cpu%*d %*d %*d %*d %*d %*d %*d %ld", &cpu) == 1) sum += cpu;
  fclose(file);
  return sum;
}

static void measure(const char *name, void (*turn)(void), long (*clock)(void), int batches, int turns) {
  long least = 0;
  for (int batch = 0; batch < batches; batch++) {
    long start = clock();
    for (int i = 0; i < turns; i++) turn();
    long taken = clock() - start;
    if (batch == 0 || taken < least) least = taken;
  }
  printf("%s %.1f\n", name, (double)least / turns);
}

int main(int count, char **words) {
  if (count < 3) return 2;
  int batches = atoi(words[1]), turns = atoi(words[2]);
  zero = open("/dev/zero", O_RDONLY);
  null = open("/dev/null", O_WRONLY);
  if (count > 3) {
    command = words + 3;
    measure("compile", run_command, ran, batches, turns);
    return 0;
  }
  measure("getppid", ask_for_parent, now, batches, turns);
  measure("read+write", read_and_write, now, batches, turns);
  measure("open+close", open_and_close, now, batches, turns);
}
